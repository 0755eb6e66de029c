"""After a shared database was restored: its topics tell of a time that it knows nothing of, and that nobody may hear.

The topics beyond the restored positions hold both what this database still owes its readers and what was said after the
back-up was made. What is owed goes into the outbox again, in front of what waits there; positions go to the end. So
nobody hears of messages, stays and tasks that this database never had, and nothing that it had is lost.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy import delete, select

from ascbridge.events.logs import positions
from ascbridge.events.logs.log import INBOUND
from ascbridge.events.logs.log_table import as_record, as_row
from ascbridge.storage.tables import event_log, message, open_effect
from ascbridge.storage.upsert import insert

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection

    from ascbridge.events.logs.log import Assignment, Record

    Readers = Mapping[str, tuple[str, ...]]
    """Each consumer's topics."""

AT_ONCE = 1_000


@dataclass(slots=True)
class TakenUp:
    """What became of the records beyond the restored positions. Times are UTC epoch milliseconds."""

    put_back: int = 0
    left_out: int = 0
    lost: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    """By feed, when each message was kept that was answered after the back-up was made."""


def beyond(
    connection: Connection, readers: Readers, bounds: Mapping[Assignment, tuple[int, int]]
) -> dict[Assignment, int]:
    """Return where in each partition the first record is that some reader has not read: `bounds` are those held."""
    standing = positions.standing(connection)
    first = {here: end for here, (_, end) in bounds.items()}
    for consumer, topics in readers.items():
        for here, (lowest, _) in bounds.items():
            if here.topic in topics:
                known = standing.get((consumer, here))  # a reader that had not begun has it all before it
                first[here] = min(first[here], max(lowest, known.next_offset) if known else lowest)
    return first


def take_up(
    connection: Connection,
    records: Sequence[Record],
    readers: Readers,
    ends: Mapping[Assignment, int],
    now_ms: int,
) -> TakenUp:
    """Put back what is owed of `records`, all those from `beyond` to `ends`, and set every position to its end."""
    waiting = [as_record(row) for row in connection.execute(select(event_log).order_by(event_log.c.position))]
    seen = {(one.topic, one.event_id) for one in waiting}
    done, again = TakenUp(), []
    for start in range(0, len(records), AT_ONCE):
        part = records[start : start + AT_ONCE]
        owed = _owed(connection, part)
        for record in part:
            if (record.topic, record.event_id) in seen:
                continue
            seen.add((record.topic, record.event_id))
            if record.event_id in owed:
                again.append(record)
                continue
            done.left_out += 1
            if record.topic == INBOUND:
                done.lost[record.headers.get("feed", "")].append(
                    int(record.headers.get("kept_ms", record.time_ms))
                )
    done.put_back = len(again)
    connection.execute(
        delete(event_log)
    )  # what waited comes after, so that a person's events keep their order
    insert(connection, event_log, [as_row(one) for one in (*again, *waiting)])
    for consumer, topics in readers.items():
        theirs = [here for here in ends if here.topic in topics]
        positions.claim(connection, consumer, theirs, "", now_ms)  # it may have none yet
    positions.leave_behind(connection, ends, now_ms)
    return done


def _owed(connection: Connection, records: Sequence[Record]) -> set[str]:
    """Return the ids of those that this database has said and some reader has not dealt with."""
    pointers = [one.event_id for one in records if one.topic == INBOUND]
    others = [one.event_id for one in records if one.topic != INBOUND]
    kept = select(message.c.message_id).where(message.c.message_id.in_(pointers))
    effects = select(open_effect.c.event_id).where(open_effect.c.event_id.in_(others))
    return {*connection.execute(kept).scalars(), *connection.execute(effects).scalars()}
