"""Reads what was derived, in pages: each read is short, so that the running bridge's log can be folded in between."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import orjson
from sqlalchemy import select

from ascbridge.record.preparing import Taken
from ascbridge.storage.tables import dirty_person, sent_resource

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sqlalchemy import ColumnElement, Connection, Row, Select

    from ascbridge.record.preparing import Preparation
    from ascbridge.storage.database import SqliteDatabase

AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two: a database to read, and how its people are prepared. `running` is the bridge at work.

    Of the running bridge what it published counts, and not what it would now.
    """

    database: SqliteDatabase
    preparation: Preparation
    running: bool = False


def rows(database: SqliteDatabase, key: ColumnElement[Any], columns: Sequence[Any]) -> Iterator[Row[Any]]:
    """Give rows in the order of their key, some in a read: a long one would keep the running bridge's log growing."""
    last = ""
    while True:
        wanted = select(*columns).where(key > last).order_by(key).limit(AT_ONCE)
        some = database.read_now(partial(_all, wanted=wanted))
        yield from some
        if len(some) < AT_ONCE:
            return
        last = some[-1][0]


def _all(connection: Connection, wanted: Select[Any]) -> list[Row[Any]]:
    return list(connection.execute(wanted))


def people_of(connection: Connection, side: Side, after: str) -> list[str]:
    table = sent_resource if side.running else dirty_person
    wanted = (
        select(table.c.person_id)
        .where(table.c.sink == side.preparation.sink, table.c.person_id > after)
        .distinct()
        .order_by(table.c.person_id)
        .limit(AT_ONCE)
    )
    return list(connection.execute(wanted).scalars())


def prepared(
    side: Side, people: Sequence[str], *, afresh: bool = False
) -> dict[str, dict[str, tuple[str, dict[str, str]]]]:
    """Return what would be sent of these people, by name: its digest, and a mark for each of its elements."""
    if not people:
        return {}
    taken = [Taken(one, 0, 0) for one in people]
    preparation = side.preparation.afresh() if afresh else side.preparation
    batch = side.database.read_now(partial(preparation.prepare, taken=taken))
    return {
        unit.taken.person_id: {send.name: (send.digest, marks(send.body)) for send in unit.sends}
        for unit in (*batch.people, *batch.merged)
        if unit.taken is not None
    }


def marks(body: Mapping[str, Any]) -> dict[str, str]:
    left = ("resourceType", "id", "meta")
    return {
        name: hashlib.blake2s(orjson.dumps(value, option=orjson.OPT_SORT_KEYS), digest_size=8).hexdigest()
        for name, value in body.items()
        if name not in left
    }
