"""Dead letters: events that were given up on after their last try, each waiting for a person to decide.

Only the head of a held lane becomes one. What waited behind it goes on, marked as lacking an earlier event.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import orjson
from sqlalchemy import bindparam, delete, select, update

from ascbridge.events.handlers import holds
from ascbridge.events.ledgers import ledger
from ascbridge.events.logs.cloud_event import GAP, message_of
from ascbridge.events.logs.envelope import derived_id
from ascbridge.events.logs.log import INBOUND, Record
from ascbridge.storage.prepared import Prepared, unindexed
from ascbridge.storage.tables import dead_letter, open_effect, parked

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

_REPLAY = Prepared.of(
    lambda one_of: (
        update(dead_letter)
        .where(one_of(dead_letter.c.dead_id, "letters"), unindexed(dead_letter.c.state) == "open")
        .values(state="replayed", closed_ms=bindparam("now"))
        .returning(
            dead_letter.c.dead_id, dead_letter.c.dead_ms, dead_letter.c.consumer, dead_letter.c.topic,
            dead_letter.c.partition, dead_letter.c.offset, dead_letter.c.lane, dead_letter.c.headers,
            dead_letter.c.value, dead_letter.c.cause,
        )
    )
)  # fmt: skip


class NoDeadLetter(LookupError):
    """There is no open dead letter with this id."""


def bury(connection: Connection, consumer: str, record: Record, cause: str, now_ms: int) -> str:
    """Give up on one record: it becomes a dead letter, for a person to look at. Returns the dead letter's id.

    What is parked behind it is marked, and so goes on as events that lack an earlier one.
    """
    holds.take_out(connection, consumer, record)
    _mark_rest(connection, consumer, record)
    dead_id = derived_id(now_ms, consumer, *holds.place(record))
    row = {
        "dead_id": dead_id, "consumer": consumer, "topic": record.topic, "partition": record.partition,
        "offset": record.offset, "lane": record.key, "event_id": record.event_id,
        "message_id": message_of(record), "cause": cause,
        "headers": orjson.dumps(dict(record.headers)).decode(), "value": record.value, "dead_ms": now_ms,
        "state": "open",
    }  # fmt: skip
    connection.execute(dead_letter.insert(), [row])
    holds.settle(connection, [record], now_ms)
    return dead_id


def replay(connection: Connection, dead_id: str, now_ms: int) -> None:
    """Put a dead letter back into its lane, to be tried at once, so that the person's order holds.

    The caller audits. Raises `NoDeadLetter`.
    """
    if not replay_all(connection, [dead_id], now_ms):
        raise NoDeadLetter(dead_id)


def replay_all(connection: Connection, dead_ids: Sequence[str], now_ms: int) -> list[str]:
    """Put dead letters back, each into its lane; return those that were open still. The caller audits."""
    rows = _REPLAY.rows(connection, letters=list(dead_ids), now=now_ms)
    rows = sorted(rows, key=lambda row: (row[1], row[0]))  # in the order in which they were given up
    for consumer in sorted({row[2] for row in rows}):
        back = [
            (Record(topic, partition, offset, lane, orjson.loads(headers), value, dead_ms), cause)
            for _, dead_ms, of, topic, partition, offset, lane, headers, value, cause in rows
            if of == consumer
        ]
        holds.put_back(connection, consumer, back, now_ms)
    return [row[0] for row in rows]


def dismiss(connection: Connection, dead_id: str, now_ms: int) -> None:
    """Close a dead letter that a person decided to do without. The caller audits. Raises `NoDeadLetter`."""
    row = _close(connection, dead_id, "dismissed", now_ms)
    connection.execute(
        delete(open_effect).where(
            open_effect.c.event_id == row.event_id, open_effect.c.reader == row.consumer
        )
    )
    at_rest: Literal["no_effect"] | None = "no_effect" if row.topic == INBOUND else None
    ledger.settle(connection, [row.message_id], now_ms, at_rest=at_rest, note="dismissed by a person")


def mended(connection: Connection, message_id: str, now_ms: int) -> int:
    """Close every open dead letter of a message that is now read as somebody changed it; return how many.

    What the message said before is replaced, so its readers owe nothing of it any more. The caller audits, and
    has the message translated again, which settles it.
    """
    of_it = select(dead_letter.c.dead_id).where(
        dead_letter.c.message_id == message_id, dead_letter.c.state == "open"
    )
    found = list(connection.scalars(of_it))
    for dead_id in found:
        row = _close(connection, dead_id, "mended", now_ms)
        connection.execute(
            delete(open_effect).where(
                open_effect.c.event_id == row.event_id, open_effect.c.reader == row.consumer
            )
        )
    return len(found)


def _close(connection: Connection, dead_id: str, state: str, now_ms: int) -> Any:
    closed = connection.execute(
        update(dead_letter)
        .where(dead_letter.c.dead_id == dead_id, dead_letter.c.state == "open")
        .values(state=state, closed_ms=now_ms)
        .returning(*dead_letter.c)
    ).first()
    if closed is None:
        raise NoDeadLetter(dead_id)
    return closed


def _mark_rest(connection: Connection, consumer: str, buried: Record) -> None:
    lane = select(parked).where(parked.c.consumer == consumer, parked.c.lane == buried.key)
    rows = [
        {
            "t": row.topic, "p": row.partition, "o": row.offset,
            "marked": orjson.dumps(orjson.loads(row.headers) | {GAP: buried.event_id}).decode(),
        }
        for row in connection.execute(lane)
    ]  # fmt: skip
    if rows:
        this = (
            parked.c.consumer == consumer,
            parked.c.topic == bindparam("t"),
            parked.c.partition == bindparam("p"),
            parked.c.offset == bindparam("o"),
        )
        connection.execute(update(parked).where(*this).values(headers=bindparam("marked")), rows)
