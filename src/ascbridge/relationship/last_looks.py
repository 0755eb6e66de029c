"""When a reader last looked at a person: moments, and nothing of what was seen.

Readings with less than half an hour between the first and the next are one look, so that opening a page again hides
nothing that it just told. A page that renews itself is no look: nobody may be sitting before it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from ascbridge.people.identities import in_lists
from ascbridge.storage.tables import last_look
from ascbridge.storage.upsert import upsert

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy import Connection

    from ascbridge.relationship.grounds import Reader

ONE_LOOK_MS = 30 * 60_000
MARGIN_MS = 60_000
"""What was written within a minute before a look counts as unseen: it may not have been readable yet."""


def reader_key(reader: Reader) -> str:
    """Return whose looks these are: who signed in, as the identity provider knows them, or by name; in which role."""
    known = reader.sign_in if reader.sign_in.startswith(("person:", "token:")) else ""
    return f"{reader.role}/{known or 'named:' + ' '.join(reader.who.split()).casefold()}"


def since(
    connection: Connection,
    reader: Reader,
    person_ids: Collection[str],
    now_ms: int,
    *,
    still_open: bool = False,
) -> dict[str, int]:
    """Return, for each of these people whom the reader looked at before, since when what changed is news (UTC ms).

    `still_open`: a page that renews itself goes on with the look that it was opened for, however long ago that was.
    """
    wanted = select(last_look.c.person_id, last_look.c.seen_ms, last_look.c.before_ms)
    mine = wanted.where(last_look.c.reader == reader_key(reader))
    rows = [
        row
        for part in in_lists(sorted(person_ids))
        for row in connection.execute(mine.where(last_look.c.person_id.in_(part)))
    ]
    found = {
        person: before_ms if still_open or _same_look(seen_ms, now_ms) else seen_ms
        for person, seen_ms, before_ms in rows
    }
    return {person: at_ms - MARGIN_MS for person, at_ms in found.items() if at_ms is not None}


def look(connection: Connection, reader: Reader, person_id: str, now_ms: int) -> None:
    """Write down that a reader looks now, unless that belongs to the look before."""
    seen_ms = _seen(connection, reader, person_id)
    if seen_ms is None or not _same_look(seen_ms, now_ms):
        _put(connection, reader, person_id, now_ms, seen_ms)


def all_seen(connection: Connection, reader: Reader, person_id: str, told_ms: int, now_ms: int) -> None:
    """Take a reader's word that they have seen what a page told, up to its newest change (`told_ms`)."""
    at_ms = min(told_ms, now_ms) + MARGIN_MS
    _put(connection, reader, person_id, at_ms, at_ms)


def _same_look(seen_ms: int, now_ms: int) -> bool:
    return now_ms - seen_ms <= ONE_LOOK_MS


def _seen(connection: Connection, reader: Reader, person_id: str) -> int | None:
    return connection.execute(
        select(last_look.c.seen_ms).where(
            last_look.c.reader == reader_key(reader), last_look.c.person_id == person_id
        )
    ).scalar()


def _put(connection: Connection, reader: Reader, person_id: str, seen_ms: int, before_ms: int | None) -> None:
    row = {"reader": reader_key(reader), "person_id": person_id, "seen_ms": seen_ms, "before_ms": before_ms}
    upsert(connection, last_look, [row])
