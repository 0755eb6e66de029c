"""What somebody stopped on purpose: a feed, a sink, or a family of events. Kept in the database, so that it outlives a
restart and holds in every process.

*pause* of a feed: what comes is kept and answered, and left waiting. *drain* of a feed: nothing new is taken, and what
is kept is worked off. A paused sink is sent nothing. A paused family is left waiting by whoever reads it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from sqlalchemy import bindparam, select, update

from ascbridge.events.logs.log import CARE, DISCHARGE, PERSON, REFERRAL, TASK
from ascbridge.storage.prepared import Prepared
from ascbridge.storage.tables import pause
from ascbridge.storage.upsert import insert

if TYPE_CHECKING:
    from sqlalchemy import Connection

Kind = Literal["feed", "sink", "family"]
Mode = Literal["pause", "drain"]
FAMILIES = (PERSON, REFERRAL, DISCHARGE, CARE, TASK)
"""What can be paused of the events. Safeguarding is not among them: it stands behind its wall."""

_OPEN = Prepared(
    select(
        pause.c.kind,
        pause.c.name,
        pause.c.mode,
        pause.c.since_ms,
        pause.c.who,
        pause.c.role,
        pause.c.why,
        pause.c.ring,
    )
    .where(pause.c.ended_ms.is_(None))
    .order_by(pause.c.number)
)
_IS = Prepared.of(
    lambda _: select(pause.c.number).where(
        pause.c.kind == bindparam("of_kind"), pause.c.name == bindparam("named"), pause.c.ended_ms.is_(None)
    )
)


@dataclass(frozen=True, slots=True)
class Pause:
    """Something that is stopped since `since_ms` (UTC epoch milliseconds), by whom and why; `ring`: whom to ring."""

    kind: Kind
    name: str
    mode: Mode
    since_ms: int
    who: str
    role: str
    why: str
    ring: str = ""


def standing(connection: Connection) -> tuple[Pause, ...]:
    """Return what is stopped now, in the order in which it was."""
    return tuple(Pause(*row) for row in _OPEN.rows(connection))


def is_paused(connection: Connection, kind: Kind, name: str) -> bool:
    """Whether it is stopped now."""
    return bool(_IS.rows(connection, of_kind=kind, named=name))


def drained(connection: Connection) -> frozenset[str]:
    """Return the feeds that take nothing new now."""
    return frozenset(one.name for one in standing(connection) if (one.kind, one.mode) == ("feed", "drain"))


def begin(connection: Connection, wanted: Pause) -> None:
    """Stop it. Raises `IntegrityError` where it is stopped already; the caller audits."""
    row = {name: getattr(wanted, name) for name in Pause.__slots__}
    insert(connection, pause, [row])


def end(connection: Connection, kind: Kind, name: str, who: str, why: str, now_ms: int) -> bool:
    """Let it go on; whether it was stopped. The caller audits."""
    this = (pause.c.kind == kind, pause.c.name == name, pause.c.ended_ms.is_(None))
    ended = connection.execute(
        update(pause).where(*this).values(ended_ms=now_ms, ended_by=who, ended_why=why)
    )
    return ended.rowcount == 1
