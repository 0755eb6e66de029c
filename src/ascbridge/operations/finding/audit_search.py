"""Finding audit entries, and saying whether a day's chains hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from ascbridge.events.ledgers.audit import Break, verify
from ascbridge.storage.tables import audit

if TYPE_CHECKING:
    from sqlalchemy import Connection

MOST_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that somebody did; `whom` is a person id or a key, never a name. UTC epoch milliseconds."""

    position: int
    at_ms: int
    who: str
    role: str
    what: str
    whom: str
    why: str
    where_from: str
    result: str


def entries(
    connection: Connection, *, whom: str = "", who: str = "", day: str = "", before: int = 0
) -> tuple[Entry, ...]:
    """Return the newest entries about `whom`, by `who`, of one UTC `day`; `before` is the position to go on
    from.
    """
    columns = (
        audit.c.position, audit.c.at_ms, audit.c.who, audit.c.role, audit.c.what, audit.c.whom, audit.c.why,
        audit.c.where_from, audit.c.result,
    )  # fmt: skip
    wanted = select(*columns).order_by(audit.c.position.desc()).limit(MOST_AT_ONCE)
    for column, value in ((audit.c.whom, whom), (audit.c.who, who), (audit.c.day, day)):
        if value:
            wanted = wanted.where(column == value)
    if before:
        wanted = wanted.where(audit.c.position < before)
    return tuple(Entry(*row) for row in connection.execute(wanted))


def chains(connection: Connection, day: str) -> dict[str, list[Break]]:
    """Return, for each process that wrote on a UTC day, where its chain is broken (nowhere: all is well)."""
    writers = connection.scalars(select(audit.c.writer).where(audit.c.day == day).distinct())
    return {writer: verify(connection, writer, day) for writer in sorted(writers)}
