"""Who works at the desk: whoever signed in lately in a role that acts on tasks, so that work can be given to them.

There is no list of staff to keep: whoever signs in is known from then on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from ascbridge.access import ORGANISATIONS, ROLES, may
from ascbridge.storage.tables import colleague
from ascbridge.storage.upsert import upsert

if TYPE_CHECKING:
    from sqlalchemy import Connection

LATELY_MS = 60 * 24 * 3_600_000
"""Who has not signed in for so long is offered no work."""

_AT_DESK = [role for role in ROLES if any(may(one, role, "desk") for one in ORGANISATIONS)]


def seen(connection: Connection, who: str, role: str, now_ms: int) -> None:
    """Write down that somebody signed in, in which role, when (UTC ms). A role without the desk is no colleague."""
    if role in _AT_DESK:
        upsert(connection, colleague, [{"who": who, "role": role, "seen_ms": now_ms}])


def known(connection: Connection, now_ms: int) -> tuple[str, ...]:
    """Return the names of those who work at the desk, in order."""
    c = colleague.c
    wanted = select(c.who).where(c.role.in_(_AT_DESK), c.seen_ms >= now_ms - LATELY_MS).distinct()
    return tuple(sorted(connection.execute(wanted).scalars()))
