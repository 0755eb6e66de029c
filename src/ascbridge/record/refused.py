"""Who a sink refused, by cause so that one fault is one line, and sending them again at once because somebody says so.

Each is tried again by itself, later and later, and with the next news of them; nobody has to do anything but mend the
cause. Nothing of a person stands here but an id.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from ascbridge.events.ledgers import audit
from ascbridge.record.marking import mark
from ascbridge.storage.tables import dirty_person

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from ascbridge.events.ledgers.audit import AuditEntry

MOST_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class Refusal:
    """People whom a sink refused, or who cannot be sent, for one cause. Times are UTC epoch milliseconds."""

    sink: str
    cause: str
    people: int
    since_ms: int
    next_try_ms: int


def refusals(connection: Connection) -> tuple[Refusal, ...]:
    """Return who was refused by cause, the longest-waiting first."""
    d = dirty_person.c
    rows = connection.execute(
        select(d.sink, d.fault, func.count(), func.min(d.since_ms), func.min(d.next_try_ms))
        .where(d.fault != "")
        .group_by(d.sink, d.fault)
        .order_by(func.min(d.since_ms), d.fault)
    )
    return tuple(Refusal(*row) for row in rows)


def send_again(
    connection: Connection, sink: str, cause: str, person_id: str, who: AuditEntry, now_ms: int
) -> int:
    """Have those tried now whom the sink refused for a cause, or one of them (`person_id`); return how many that is."""
    d = dirty_person.c
    wanted = select(d.person_id).where(d.sink == sink, d.fault != "")
    wanted = wanted.where(d.person_id == person_id) if person_id else wanted.where(d.fault == cause)
    people = list(connection.scalars(wanted.order_by(d.since_ms, d.person_id).limit(MOST_AT_ONCE)))
    if people:
        mark(connection, sink, people, now_ms)
        about = people[0] if person_id else f"sink:{sink}"
        told = replace(
            who, what="refused by a shared record: sent again", whom=about, result=f"{len(people)} people"
        )
        audit.record(connection, told, now_ms)
    return len(people)
