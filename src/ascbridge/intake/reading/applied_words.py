"""What was said in shadow and is to be heard all the same, because somebody said so: each message once.

Put down with the decision; the translator then understands these messages again, in turns, and a crash between two
turns loses none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select, update

from ascbridge.people.identities import in_lists
from ascbridge.storage.tables import applied_word
from ascbridge.storage.upsert import insert_missing

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection


def put(connection: Connection, words: Iterable[tuple[str, str]], who: str, why: str, now_ms: int) -> None:
    """Have these be heard: pairs of a message's id and an event type that it tells."""
    decided = {"state": "waiting", "who": who, "why": why, "at_ms": now_ms}
    rows = [
        {"message_id": message_id, "event_type": event_type, **decided} for message_id, event_type in words
    ]
    insert_missing(connection, applied_word, rows)


def of(connection: Connection, message_ids: Iterable[str]) -> dict[str, set[str]]:
    """Return the event types of which each of these messages is heard by somebody's decision."""
    found: dict[str, set[str]] = {}
    for part in in_lists(message_ids):
        wanted = select(applied_word.c.message_id, applied_word.c.event_type)
        for message_id, event_type in connection.execute(wanted.where(applied_word.c.message_id.in_(part))):
            found.setdefault(message_id, set()).add(event_type)
    return found


def take_waiting(connection: Connection, at_once: int) -> list[str]:
    """Return up to `at_once` messages that wait to be heard, the oldest first, and mark them as done."""
    wanted = select(applied_word.c.message_id).where(applied_word.c.state == "waiting")
    found = list(connection.scalars(wanted.order_by(applied_word.c.message_id).distinct().limit(at_once)))
    for part in in_lists(found):
        of_these = applied_word.c.message_id.in_(part)
        connection.execute(update(applied_word).where(of_these).values(state="done"))
    return found


def waiting(connection: Connection) -> bool:
    """Whether anything waits to be heard."""
    wanted = select(applied_word.c.message_id).where(applied_word.c.state == "waiting").limit(1)
    return connection.scalar(wanted) is not None
