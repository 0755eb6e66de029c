"""What the council told of a person, as pages show it: known or not, packages of care, and who looks after
them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from ascbridge.access import Access
from ascbridge.discharge.store import read_care
from ascbridge.events.catalogue import SealedWorker
from ascbridge.people.membership import restricted
from ascbridge.people.opening import Erased, open_sealed
from ascbridge.storage.tables import care

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from ascbridge.people.data_keys import DataKeys


@dataclass(frozen=True, slots=True)
class Package:
    """One package of care; dates as exact as the council gave them."""

    kind: str
    status: str
    started_on: str
    ended_on: str
    since_ms: int


@dataclass(frozen=True, slots=True)
class CareShown:
    """`known` is None where the council never said. `changed_ms` is the last change (UTC ms), or None."""

    known: bool | None = None
    packages: tuple[Package, ...] = ()
    team: str = ""
    worker: str = ""
    changed_ms: int | None = None

    @property
    def anything(self) -> bool:
        """Whether the council said anything at all."""
        return self.known is not None or bool(self.packages) or bool(self.team)


def care_shown(
    connection: Connection, data_keys: DataKeys, patient_keys: Sequence[str], access: Access
) -> CareShown:
    """Return what the council said of a person, whichever of their patient keys it said it of, the newest
    winning.
    """
    every = read_care(connection, patient_keys)
    rows = [(key, slot, row) for key, slots in every.items() for slot, row in slots.items()]
    rows.sort(key=lambda one: one[2].stamp)
    shown = CareShown()
    known: bool | None = None
    packages: dict[str, Package] = {}
    for key, slot, row in rows:
        value = row.value
        if slot == "known":
            known = bool(value["known"])
        elif slot == "worker":
            worker = ""
            if row.sealed is not None and access is Access.full and value["team"]:
                opened = open_sealed(
                    connection, data_keys, row.sealed, row.key_id, row.sealed_event,
                    restricted=bool(restricted(connection, [key])), model=SealedWorker,
                )  # fmt: skip
                worker = "Erased" if isinstance(opened, Erased) else opened.worker_name
            shown = CareShown(team=value["team"], worker=worker)
        else:
            packages[slot] = Package(
                value.get("kind", ""),
                value["status"],
                value.get("started_on", ""),
                value.get("ended_on", ""),
                value.get("since_ms", 0),
            )
    live_first = sorted(packages.values(), key=lambda one: (one.status != "live", -one.since_ms))
    changed = connection.scalar(
        select(func.max(care.c.changed_ms)).where(care.c.patient_key.in_(patient_keys))
    )
    return CareShown(known, tuple(live_first), shown.team, shown.worker, changed)
