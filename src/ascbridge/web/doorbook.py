"""Writes down who opened what, before it is shown: an entry that cannot be written means a page that is not
given.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from ascbridge.access import BEHIND_THE_WALL
from ascbridge.events.ledgers.audit import AuditEntry, record

if TYPE_CHECKING:
    from collections.abc import Callable

    from fastapi import Request
    from sqlalchemy import Connection

    from ascbridge.web.parts import WebParts
    from ascbridge.web.visitors import Visitor


class Came(Protocol):
    """Whoever came: by a session or a token, and from which organisation."""

    @property
    def via(self) -> str: ...
    @property
    def employer(self) -> str: ...


async def write_down(
    request: Request,
    visitor: Visitor,
    what: str,
    *,
    whom: str = "",
    why: str = "",
    result: str = "done",
    also: Callable[[Connection], None] | None = None,
) -> None:
    """Write one audit entry: who, in which role, did what, to whom (a key), and why.

    `also` is written in the same transaction, and not at all for who is written down behind the wall.
    """
    parts: WebParts = request.app.state.parts
    # That safeguarding looks at somebody says that there may be a concern: so it is written down behind the wall.
    behind = parts.vault.database if parts.vault is not None and visitor.role in BEHIND_THE_WALL else None
    entry = AuditEntry(
        writer=parts.writer,
        who=visitor.name,
        role=visitor.role,
        what=what,
        whom=whom,
        why=why,
        where_from=where_from(request, visitor),
        result=result,
    )
    now_ms = parts.clock.now_ms()

    def write(connection: Connection) -> None:
        record(connection, entry, now_ms)
        if also is not None and visitor.role not in BEHIND_THE_WALL:
            also(connection)

    await (behind or parts.database).write(write)


def acting(request: Request, visitor: Visitor) -> AuditEntry:
    """Return an entry for this visitor, to be completed with what they do and written in the same
    transaction.
    """
    parts: WebParts = request.app.state.parts
    return AuditEntry(parts.writer, visitor.name, visitor.role, "", where_from=where_from(request, visitor))


def where_from(request: Request, visitor: Came) -> str:
    """Say by what, from where and from which other organisation somebody came: ``session 127.0.0.1, agency``."""
    came = f"{visitor.via} {request.client.host if request.client else ''}".strip()
    return came if visitor.employer in ("", "council") else f"{came}, {visitor.employer}"
