"""Messages that hold a person's NHS number and stand under nobody's, because nobody has understood them.

A message that was refused, or that waits before it is understood, has told nobody whose it is. Whoever asks about one
person, with a reason that is audited, has the bridge look whether that one number stands in the few such messages
there are. Nothing of them is shown, and they are searched for nothing else (docs/decisions/0102).
"""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING

import orjson
from sqlalchemy import select

from ascbridge.events.logs.envelope import first_id
from ascbridge.events.logs.sealing import unseal
from ascbridge.operations.finding import find_streams
from ascbridge.storage.tables import dead_letter, message, parked, set_aside

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import ColumnElement, Connection

    from ascbridge.people.data_keys import DataKeys

MOST = 500
"""Messages of each kind that are looked at, the newest first."""
SINCE_MS = 7 * 24 * 3_600_000
READER = "translator"


def naming(connection: Connection, data_keys: DataKeys, nhs_number: str, now_ms: int) -> list[str]:
    """Return the ids of those in which this number stands, the newest first."""
    digits = "".join(nhs_number.split())
    if len(digits) != 10 or not digits.isdecimal():
        return []
    wanted = re.compile(rb"(?<!\d)%s ?%s ?%s(?!\d)" % tuple(
        part.encode() for part in (digits[:3], digits[3:6], digits[6:])
    ))  # fmt: skip
    ids = sorted({one for some in _unread(connection, now_ms) for one in some}, reverse=True)
    return [one for one, raw in _opened(connection, data_keys, ids) if wanted.search(raw)]


def _unread(connection: Connection, now_ms: int) -> Iterator[list[str]]:
    since = find_streams.Span(first_id(now_ms - SINCE_MS))
    refused = find_streams.in_state(connection, since, "refused") or []
    for stream in (*refused, find_streams.not_placed(connection, find_streams.Span())):
        yield [one for one, fits in islice(stream, MOST * 20) if fits][:MOST]
    for table, more in ((parked, parked.c.consumer == READER), (dead_letter, _open_letters())):
        newest = select(table.c.message_id).where(more).order_by(table.c.message_id.desc()).limit(MOST)
        yield list(connection.scalars(newest))
    headers = select(set_aside.c.headers).where(set_aside.c.consumer == READER).limit(MOST)
    yield [str(orjson.loads(text).get("ce_id", "")) for text in connection.scalars(headers)]


def _open_letters() -> ColumnElement[bool]:
    return (dead_letter.c.consumer == READER) & (dead_letter.c.state == "open")


def _opened(connection: Connection, data_keys: DataKeys, ids: list[str]) -> Iterator[tuple[str, bytes]]:
    for first in range(0, len(ids), 100):
        m = message.c
        rows = connection.execute(
            select(m.message_id, m.key_id, m.body)
            .where(m.message_id.in_(ids[first : first + 100]))
            .order_by(m.message_id.desc())
        ).all()
        keys = data_keys.by_id(connection, sorted({row.key_id for row in rows}))
        for row in rows:
            key = keys[row.key_id]
            if key is not None:
                yield row.message_id, unseal(row.body, key, row.message_id)
