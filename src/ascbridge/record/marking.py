"""Who has to be published again: the one place that marks a person, and that lets go of one.

A mark starts at the millisecond it is made (times a thousand) and grows by one with each further reason, so
a mark that is the same as before means that nothing has happened since, even if the row was gone in
between.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_, case, delete

from ascbridge.events.ledgers.ledger import owed_to_sink, sink_done
from ascbridge.record.patience import WHILE_BEHIND_MS
from ascbridge.storage.prepared import Prepared
from ascbridge.storage.tables import dirty_person, record_part
from ascbridge.storage.upsert import or_change

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection

# One statement: a publisher that lets go of somebody between a look and a change would lose the new reason.
_MARK = or_change(
    dirty_person,
    ("sink", "person_id", "since_ms", "mark", "next_try_ms"),
    lambda fresh: {
        "mark": dirty_person.c.mark + 1,
        "next_try_ms": case(
            (dirty_person.c.fault != "", fresh.next_try_ms),
            # Whose turn it is, and whom nobody has taken up: where this reason waits for nothing, neither do they.
            (
                and_(
                    dirty_person.c.next_try_ms <= fresh.since_ms,
                    fresh.next_try_ms < dirty_person.c.next_try_ms,
                ),
                fresh.next_try_ms,
            ),
            else_=dirty_person.c.next_try_ms,
        ),
    },
)
_FORGET = Prepared.of(lambda one_of: delete(record_part).where(one_of(record_part.c.patient_key, "keys")))


def mark(
    connection: Connection, sink: str, person_ids: Iterable[str], now_ms: int, *, at_once: bool = False
) -> None:
    """Have these people published to the sink (again). One who was refused is tried again at once.

    `at_once`: not even what else waits to be read about them is waited for (`record.patience`), as where something must
    go from the record.
    """
    turn_ms = now_ms - WHILE_BEHIND_MS if at_once else now_ms
    fresh = [
        {"sink": sink, "person_id": person, "since_ms": now_ms, "mark": now_ms * 1000, "next_try_ms": turn_ms}
        for person in sorted(set(person_ids))
    ]
    if fresh:
        _MARK.run(connection, fresh)


def forget(
    connection: Connection, sink: str, patient_keys: Iterable[str], person_ids: Iterable[str], now_ms: int
) -> None:
    """Drop what the record knew of erased patient keys, and have their people's resources withdrawn.

    Events about them are owed to nobody any more.
    """
    keys = sorted(set(patient_keys))
    sink_done(connection, sink, owed_to_sink(connection, sink, keys), now_ms)
    _FORGET.run(connection, [{"keys": keys}])
    mark(connection, sink, person_ids, now_ms, at_once=True)
