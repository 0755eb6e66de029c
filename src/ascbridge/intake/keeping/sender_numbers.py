"""Whether a sender gave one number to two different messages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import exists, select

from ascbridge.storage.tables import message, resend

if TYPE_CHECKING:
    from sqlalchemy import Connection


def given_to_another(connection: Connection, feed: str, number: str, digest: str, since_ms: int) -> bool:
    """Whether a message was kept under this number since then (UTC ms) whose content was not that of `digest`.

    Ask of the resend window only: what makes the same content recognisable is forgotten after it.

    A refused one does not count: its sender mends it, and sends it under its number again.
    """
    same = select(resend.c.message_id).where(resend.c.feed == feed, resend.c.digest == digest)
    other = (
        select(message.c.position)
        .where(message.c.feed == feed, message.c.control_id == number, message.c.outcome == "kept")
        .where(message.c.received_ms >= since_ms, message.c.message_id.not_in(same))
    )
    return bool(connection.execute(select(exists(other))).scalar_one())
