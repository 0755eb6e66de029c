"""Which parts of a person's record changed since a moment: stays, tasks and what belongs to them.

A part's row is written when something in it differs, so its moment is that of a change and not of a repeat.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import BigInteger, bindparam, select

from ascbridge.storage.prepared import Prepared, unindexed
from ascbridge.storage.tables import record_part

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

CHANGING = ("stay", "task", "sub", "assessed", "pack", "door")
_CHANGED = Prepared.of(
    lambda one_of: select(
        record_part.c.patient_key, record_part.c.kind, record_part.c.part_id, record_part.c.changed_ms
    ).where(
        unindexed(record_part.c.generation) == bindparam("of"),
        one_of(record_part.c.patient_key, "keys"),
        record_part.c.changed_ms > bindparam("since", type_=BigInteger),
    )
)


class ChangedPart(NamedTuple):
    """A part that changed, of which kind (see `record.projection`), and when that was written (UTC ms)."""

    patient_key: str
    kind: str
    part_id: str
    at_ms: int


def changed_parts(
    connection: Connection, patient_keys: Sequence[str], since_ms: int, generation: int = 1
) -> list[ChangedPart]:
    """Return what changed of these patients' stays and work, the last first."""
    rows = _CHANGED.rows(connection, of=generation, keys=list(patient_keys), since=since_ms)
    found = [ChangedPart(*row) for row in rows if row[1] in CHANGING]
    return sorted(found, key=lambda one: (-one.at_ms, one.kind, one.part_id))
