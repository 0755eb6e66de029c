"""What is about to go to a sink for the first time is written down before it does.

Whoever dies between sending and noting it then leaves a doubt, which is looked into. Else nobody would know that the
sink may hold it, and nothing would be taken back of somebody who was merged, restricted or objected meanwhile.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, delete

from ascbridge.storage.prepared import Prepared
from ascbridge.storage.tables import sent_resource
from ascbridge.storage.upsert import insert_missing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from ascbridge.record.preparing import Unit

_NOT_SENT = Prepared.of(
    lambda one_of: delete(sent_resource).where(
        sent_resource.c.sink == bindparam("of"),
        one_of(sent_resource.c.resource, "names"),
        sent_resource.c.digest == "",
        sent_resource.c.version == "",
    )
)


def unknown_to_sink(units: Sequence[Unit]) -> list[tuple[str, str]]:
    """Return the resources of people that would go out for the first time, each with its person."""
    return [
        (send.name, unit.taken.person_id)
        for unit in units
        if unit.taken
        for send in unit.sends
        if not (send.version or send.unsure or send.held or send.late)
    ]


def intend(connection: Connection, sink: str, units: Sequence[Unit], now_ms: int) -> None:
    """Write down what goes out for the first time, as something to be unsure of."""
    rows = [
        {"sink": sink, "resource": name, "person_id": person, "unsure": 1, "sent_ms": now_ms}
        for name, person in unknown_to_sink(units)
    ]
    insert_missing(connection, sent_resource, rows)


def forget(connection: Connection, sink: str, unsent: Sequence[Unit]) -> None:
    """Let go of what was intended and came to nothing."""
    names = [name for name, _ in unknown_to_sink(unsent)]
    if names:
        _NOT_SENT.run(connection, [{"of": sink, "names": names}])
