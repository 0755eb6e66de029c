"""Who has to be published again: the one place that marks a person, and that lets go of one.

A mark starts at the millisecond it is made (times a thousand) and grows by one with each further reason, so
a mark that is the same as before means that nothing has happened since, even if the row was gone in
between.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import case, delete

from ascbridge.events.ledger import owed_to_sink, sink_done
from ascbridge.people.identities import in_lists
from ascbridge.storage.tables import dirty_person, record_part
from ascbridge.storage.upsert import insert_or_change

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection


def mark(connection: Connection, sink: str, person_ids: Iterable[str], now_ms: int) -> None:
    """Have these people published to the sink (again). One who was refused is tried again at once."""
    fresh = [
        {"sink": sink, "person_id": person, "since_ms": now_ms, "mark": now_ms * 1000, "next_try_ms": now_ms}
        for person in sorted(set(person_ids))
    ]
    # One statement: a publisher that lets go of somebody between a look and a change would lose the new reason.
    insert_or_change(
        connection,
        dirty_person,
        fresh,
        {
            "mark": dirty_person.c.mark + 1,
            "next_try_ms": case((dirty_person.c.fault != "", now_ms), else_=dirty_person.c.next_try_ms),
        },
    )


def forget(
    connection: Connection, sink: str, patient_keys: Iterable[str], person_ids: Iterable[str], now_ms: int
) -> None:
    """Drop what the record knew of erased patient keys, and have their people's resources withdrawn.

    Events about them are owed to nobody any more.
    """
    keys = sorted(set(patient_keys))
    sink_done(connection, sink, owed_to_sink(connection, sink, keys), now_ms)
    for part in in_lists(keys):
        connection.execute(delete(record_part).where(record_part.c.patient_key.in_(part)))
    mark(connection, sink, person_ids, now_ms)
