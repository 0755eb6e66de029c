"""Reads again what was read before codes came to mean something else: a row was signed, a version holds, or no longer.

What changed is written down with the map of before, in the transaction of the change. Whoever understands then looks at
the feed's messages of the last `DAYS` days, in order and in portions, reads each by both maps, and reads again what
differs. How far it is stands with it, so that it goes on after a stop.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import orjson
from sqlalchemy import func, select, update

from ascbridge.events.logs.envelope import first_id
from ascbridge.storage.tables import code_rereading, message_state

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection

    from ascbridge.intake.reading.translator import Translator

DAYS = 31
DAY_MS = 86_400_000
MOST_TRIED = 200
READ_MEANWHILE_MS = 5_000
"""For so long after a change a message may still have been read by the map of before: a transaction was under way."""
_T = code_rereading.c


@dataclass(frozen=True, slots=True)
class Rereading:
    """One change of what codes of a feed mean, and how far what was read before is read again. Times are UTC ms."""

    feed: str
    at_ms: int
    since_ms: int
    what: str
    after: str
    looked: int
    again: int
    state: str

    def __str__(self) -> str:
        """In a sentence."""
        said = f"{self.looked} messages were looked at and {self.again} read again"
        return said if self.state == "done" else f"{said} so far; it goes on"


_COLUMNS = [_T[name] for name in Rereading.__slots__]


def begin(
    connection: Connection,
    feed: str,
    codes: Mapping[str, Mapping[str, str]],
    what: str,
    at_ms: int,
    bound_ms: int | None = None,
) -> None:
    """Write down that a feed's codes mean something else from a moment on, and what they meant before.

    What was received up to `DAYS` days before it, or before `bound_ms`, is read again.
    """
    last = connection.execute(
        select(*_COLUMNS).where(_T.feed == feed).order_by(_T.at_ms.desc()).limit(1)
    ).first()
    if last is not None and last.at_ms == at_ms and not last.looked and last.state == "waiting":
        return  # part of one change, and compared is with what was before all of it
    at_ms = at_ms if last is None else max(at_ms, last.at_ms + 1)
    values = {
        "feed": feed, "at_ms": at_ms, "since_ms": max(0, (bound_ms or at_ms) - DAYS * DAY_MS), "what": what,
        "codes": orjson.dumps(codes).decode(), "after": "", "looked": 0, "again": 0, "state": "waiting",
    }  # fmt: skip
    connection.execute(code_rereading.insert(), [values])


def step(connection: Connection, translator: Translator, now_ms: int, at_once: int = 100) -> bool:
    """Read some messages again, of the change that came first; return whether there was one."""
    due = select(*_COLUMNS, _T.codes).where(_T.state == "waiting", _T.at_ms <= now_ms)
    row = connection.execute(due.order_by(_T.at_ms, _T.feed).limit(1).with_for_update()).first()
    if row is None:
        return False
    translator.adopt(connection)
    codes = orjson.loads(row.codes)
    ids = []
    if row.feed in translator.profiles and codes != translator.profiles[row.feed].codes:
        s = message_state.c
        here = (s.message_id > (row.after or first_id(row.since_ms)), s.feed == row.feed)
        some = select(s.message_id).where(*here, s.message_id < first_id(row.at_ms + READ_MEANWHILE_MS))
        ids = list(connection.execute(some.order_by(s.message_id).limit(at_once)).scalars())
    otherwise = _otherwise(connection, translator, translator.reading_codes(row.feed, codes), ids)
    translator.again(connection, *otherwise)
    values = {
        "after": max(ids, default=row.after), "looked": row.looked + len(ids), "again": row.again + len(otherwise),
        "state": "waiting" if ids else "done",
    }  # fmt: skip
    here = (_T.feed == row.feed, _T.at_ms == row.at_ms)
    connection.execute(update(code_rereading).where(*here).values(**values))
    return True


def foreseen(
    connection: Connection, translator: Translator, other: Translator, feed: str, now_ms: int
) -> str:
    """Say how many messages another one would read otherwise, of the newest ones. Changes nothing."""
    s = message_state.c
    newest = select(s.message_id).where(s.feed == feed, s.message_id >= first_id(now_ms - DAYS * DAY_MS))
    ids = list(connection.execute(newest.order_by(s.message_id.desc()).limit(MOST_TRIED)).scalars())
    differ = _otherwise(connection, translator, other, ids)
    return (
        f"of the newest {len(ids)} messages of the last {DAYS} days {len(differ)} would be read otherwise. All of "
        f"these {DAYS} days are looked at once it holds, and read again where they differ; what is older stays"
    )


def latest(connection: Connection) -> dict[str, Rereading]:
    """Return for each feed the last change, and how far it is."""
    last = select(_T.feed, func.max(_T.at_ms).label("at_ms")).group_by(_T.feed).subquery()
    same = (_T.feed == last.c.feed) & (_T.at_ms == last.c.at_ms)
    return {row.feed: Rereading(*row) for row in connection.execute(select(*_COLUMNS).join(last, same))}


def _otherwise(connection: Connection, one: Translator, other: Translator, ids: list[str]) -> list[str]:
    return [
        id
        for id in ids
        if (now := one.said_now(connection, id)) is not None and now != other.said_now(connection, id)
    ]
