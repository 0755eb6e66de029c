"""What a reader comes to while its feed or family is paused: set aside in the transaction that moves the position, and
worked off in order afterwards.

So other feeds and families go on, a restart loses nothing, and a log that forgets forgets nothing of it. As long as
something of a lane is set aside, what follows in that lane (of the same feed or family) is too: nothing overtakes.
Whatever is set aside counts as waiting in the ledger, as it did before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson
from sqlalchemy import String, bindparam, delete, func, literal_column, select, union_all

from ascbridge.events.handlers.pauses import FAMILIES
from ascbridge.events.logs.log import INBOUND, Assignment, Record
from ascbridge.storage.prepared import Prepared
from ascbridge.storage.tables import pause, set_aside
from ascbridge.storage.upsert import insert_missing

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from sqlalchemy import Connection

    from ascbridge.events.handlers.pauses import Kind

PEOPLE_COUNTED = 1_000
"""People who wait are counted up to here: the count stands on every page."""

_PAUSED = select(pause.c.kind, pause.c.name).where(pause.c.ended_ms.is_(None), pause.c.mode == "pause")
_EVER = select(pause.c.kind, pause.c.name).distinct().order_by(pause.c.kind, pause.c.name)
_STOPPED = Prepared.of(
    lambda one_of: union_all(
        select(pause.c.kind, pause.c.name, literal_column("''", String)).where(
            pause.c.ended_ms.is_(None), pause.c.mode == "pause"
        ),
        select(set_aside.c.kind, set_aside.c.name, set_aside.c.lane).where(
            set_aside.c.consumer == bindparam("reader"), one_of(set_aside.c.lane, "lanes")
        ),
    )
)
_TAKE_OUT = delete(set_aside).where(
    set_aside.c.consumer == bindparam("reader"),
    set_aside.c.topic == bindparam("of_topic"),
    set_aside.c.partition == bindparam("of_partition"),
    set_aside.c.offset == bindparam("at"),
)


def lay(connection: Connection, consumer: str, records: Sequence[Record]) -> list[Record]:
    """Set aside what is paused, or follows something that is set aside; return the rest."""
    if not records:
        return []
    lanes = sorted({record.key for record in records})
    stopped = {tuple(row) for row in _STOPPED.rows(connection, reader=consumer, lanes=lanes)}
    if not stopped:
        return list(records)
    free: list[Record] = []
    aside: list[Record] = []
    for record in records:
        by = name_of(record)
        waits = (*by, "") in stopped or (*by, record.key) in stopped
        (aside if waits else free).append(record)
    insert_missing(connection, set_aside, [_row(consumer, record) for record in aside])
    return free


def any_paused(connection: Connection, records: Collection[Record]) -> bool:
    """Whether one of these is of a feed or family that is paused."""
    paused = {tuple(row) for row in connection.execute(_PAUSED)}
    return any(name_of(record) in paused for record in records)


def due(connection: Connection, consumer: str, owned: Collection[Assignment], limit: int) -> list[Record]:
    """Return what of these partitions may go on again, at most `limit`, what is of one name and partition in order."""
    paused = {tuple(row) for row in connection.execute(_PAUSED)}
    ever = [tuple(row) for row in connection.execute(_EVER)]
    found: list[Record] = []
    for kind, name in [one for one in ever if one not in paused]:
        topic = INBOUND if kind == "feed" else name
        for partition in sorted(here.partition for here in owned if here.topic == topic):
            if len(found) < limit:
                found += _of(connection, consumer, name, Assignment(topic, partition), limit - len(found))
    return found


def take_out(connection: Connection, consumer: str, records: Sequence[Record]) -> None:
    """Take out what is worked off now."""
    places = [
        {"reader": consumer, "of_topic": one.topic, "of_partition": one.partition, "at": one.offset}
        for one in records
    ]
    if places:
        connection.execute(_TAKE_OUT, places)


def people(connection: Connection, kind: Kind, name: str, most: int = PEOPLE_COUNTED) -> int:
    """Count the people whose news is set aside, up to `most`: patient keys, where a message says whose it is."""
    lanes = (
        select(set_aside.c.lane)
        .where(set_aside.c.kind == kind, set_aside.c.name == name)
        .distinct()
        .limit(most)
    )
    return connection.scalar(select(func.count()).select_from(lanes.subquery())) or 0


def count(connection: Connection, kind: Kind, name: str) -> int:
    """Count what is set aside: messages of a feed, or events of a family once for each reader."""
    these = select(func.count()).where(set_aside.c.kind == kind, set_aside.c.name == name)
    return connection.scalar(these) or 0


def name_of(record: Record) -> tuple[str, str]:
    """Return by what a record can be paused: the feed of a message, the family of an event; of others nothing."""
    if record.topic == INBOUND:
        return "feed", record.headers.get("feed", "")
    return "family", record.topic if record.topic in FAMILIES else ""


def _of(connection: Connection, consumer: str, name: str, here: Assignment, limit: int) -> list[Record]:
    wanted = (
        select(set_aside)
        .where(
            set_aside.c.consumer == consumer,
            set_aside.c.name == name,
            set_aside.c.topic == here.topic,
            set_aside.c.partition == here.partition,
        )
        .order_by(set_aside.c.offset)
        .limit(limit)
    )
    return [
        Record(
            row.topic, row.partition, row.offset, row.lane, orjson.loads(row.headers), row.value, row.time_ms
        )
        for row in connection.execute(wanted)
    ]


def _row(consumer: str, record: Record) -> dict[str, object]:
    kind, name = name_of(record)
    return {
        "consumer": consumer, "topic": record.topic, "partition": record.partition, "offset": record.offset,
        "kind": kind, "name": name, "lane": record.key, "headers": orjson.dumps(dict(record.headers)).decode(),
        "value": record.value, "time_ms": record.time_ms,
    }  # fmt: skip
