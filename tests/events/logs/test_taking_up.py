"""A restored database and topics that know more: what is owed is said again, what it never said is heard by nobody."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from sqlalchemy import select

from ascbridge.events.logs import positions, taking_up
from ascbridge.events.logs.log import INBOUND, Assignment, Record
from ascbridge.events.logs.log_table import as_row
from ascbridge.storage.tables import event_log, message, open_effect
from ascbridge.storage.upsert import insert

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from ascbridge.storage.database import Database

NOW = 1_762_084_800_000
READERS = {"translator": (INBOUND,), "discharge": ("person",), "record": ("person",)}
INBOUND_0, PERSON_0 = Assignment(INBOUND, 0), Assignment("person", 0)


def record(topic: str, offset: int, event_id: str, key: str = "p1") -> Record:
    headers = {"ce_id": event_id, "feed": "ward", "kept_ms": str(NOW + offset)}
    return Record(topic, 0, offset, key, headers, event_id.encode(), NOW)


def restored(connection: Connection) -> None:
    """A database that kept m1 and m2, owes the discharge desk e1 and e3, and has e3 still in its outbox."""
    rows = [
        {"message_id": f"m{n}", "received_ms": NOW, "outcome": "kept", "body": b"", "answer": b""}
        for n in (1, 2)
    ]
    insert(connection, message, rows)
    owed = [
        {"message_id": "m1", "event_id": one, "reader": "discharge", "subject": "p1"} for one in ("e1", "e3")
    ]
    insert(connection, open_effect, owed)
    insert(connection, event_log, [as_row(record("person", 0, "e3"))])
    positions.claim(connection, "translator", [INBOUND_0], "one", NOW, {INBOUND_0: 4})
    positions.claim(connection, "discharge", [PERSON_0], "one", NOW, {PERSON_0: 2})
    positions.claim(connection, "record", [PERSON_0], "one", NOW, {PERSON_0: 3})


async def test_what_is_owed_is_put_back_in_front_and_the_rest_is_left_out(database: Database) -> None:
    await database.write(restored)
    bounds = {INBOUND_0: (1, 8), PERSON_0: (1, 6)}
    find = partial(taking_up.beyond, readers=READERS, bounds=bounds)
    assert await database.read(find) == {INBOUND_0: 4, PERSON_0: 2}
    late = partial(taking_up.beyond, readers=READERS | {"web": ("person",)}, bounds=bounds)
    assert await database.read(late) == {INBOUND_0: 4, PERSON_0: 1}
    beyond = [
        record(INBOUND, 4, "m2"), record(INBOUND, 5, "m8"), record(INBOUND, 6, "m9"), record(INBOUND, 7, "m8"),
        record("person", 2, "e1"), record("person", 3, "e2"), record("person", 4, "e3"), record("person", 5, "e1"),
    ]  # fmt: skip
    ends = {INBOUND_0: 8, PERSON_0: 6}
    done = await database.write(
        lambda c: taking_up.take_up(c, beyond, READERS | {"web": ("person",)}, ends, NOW)
    )
    assert (done.put_back, done.left_out, dict(done.lost)) == (2, 3, {"ward": [NOW + 5, NOW + 6]})
    said = await database.read(
        lambda c: c.execute(
            select(event_log.c.event_id, event_log.c.value).order_by(event_log.c.position)
        ).all()
    )
    assert [tuple(row) for row in said] == [("m2", b"m2"), ("e1", b"e1"), ("e3", b"e3")]
    standing = await database.read(positions.standing)
    assert {(name, one.topic): (now.next_offset, now.epoch) for (name, one), now in standing.items()} == {
        ("translator", INBOUND): (8, 3), ("discharge", "person"): (6, 3), ("record", "person"): (6, 3),
        ("web", "person"): (6, 2),
    }  # fmt: skip


async def test_doing_it_again_puts_nothing_back_twice(database: Database) -> None:
    await database.write(restored)
    for turn in range(2):
        beyond = [record(INBOUND, 4, "m2")] if turn == 0 else []
        await database.write(
            lambda c, b=beyond: taking_up.take_up(c, b, READERS, {INBOUND_0: 5, PERSON_0: 2}, NOW)
        )
    said = await database.read(lambda c: c.execute(select(event_log.c.event_id)).scalars().all())
    assert sorted(said) == ["e3", "m2"]
