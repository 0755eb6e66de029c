"""Forgets what made a repeat recognisable, once the resend window is over: nobody asks for it any more.

Otherwise the table would grow with every message for ever, and each new one would touch another page of it. The
messages themselves, and their answers, are a truth of their own and stay.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, delete, select

from ascbridge.storage.prepared import Prepared
from ascbridge.storage.tables import resend

if TYPE_CHECKING:
    from sqlalchemy import Connection

AT_ONCE = 200
"""Rows in one transaction. They lie scattered, and whoever sends a message waits for the same writer."""

_OLD = Prepared.of(
    lambda _: (
        select(resend.c.feed, resend.c.digest)
        .where(resend.c.received_ms < bindparam("before"))
        .order_by(resend.c.received_ms)
        .limit(bindparam("most"))
    )
)
_FORGET = Prepared.of(
    lambda _: delete(resend).where(
        resend.c.feed == bindparam("of"),
        resend.c.digest == bindparam("known_by"),
        # Somebody who sent the same again meanwhile is remembered from then on.
        resend.c.received_ms < bindparam("before"),
    )
)


def forget(connection: Connection, before_ms: int, at_once: int = AT_ONCE) -> int:
    """Forget up to `at_once` of those that came before a time (UTC epoch milliseconds); return how many were found."""
    old = _OLD.rows(connection, before=before_ms, most=at_once)
    if old:
        _FORGET.run(
            connection, [{"of": feed, "known_by": digest, "before": before_ms} for feed, digest in old]
        )
    return len(old)
