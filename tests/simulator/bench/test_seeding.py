"""A seeded directory is one that a bridge could have written, and that a bridge goes on with."""

import asyncio
import time

import pytest
from sqlalchemy import Connection, func, select

from ascbridge.bootstrap.parts.ground import READERS
from ascbridge.events.ledgers import audit, hour_chain, ledger
from ascbridge.events.ledgers.hour_count import HOUR_MS
from ascbridge.events.logs.sealing import Keyring
from ascbridge.intake.agreed.profiles import read
from ascbridge.intake.keeping.answers import header_of
from ascbridge.intake.sources import hospital_adt
from ascbridge.operations.flowing import balance
from ascbridge.operations.tracing import trace
from ascbridge.people import lookups
from ascbridge.people.data_keys import DataKeys
from ascbridge.people.opening import SealedValue, open_bytes
from ascbridge.record.gathering import gather
from ascbridge.record.preparing import sent_state
from ascbridge.record.reader import read_person
from ascbridge.simulator.bench import pattern, seeding
from ascbridge.simulator.bench.bench_bridge import running
from ascbridge.storage.database import sqlite_engine
from ascbridge.storage.tables import arrival_read, event_log, message, patient, sent_resource, spell, task

COPIES = 3


@pytest.fixture(scope="module")
def seeded(tmp_path_factory):
    """A directory with a small pattern and three copies of it."""
    with pytest.MonkeyPatch.context() as patch:
        for name, little in (("PEOPLE", 3), ("TODAY", 4)):
            patch.setattr(pattern, name, little)
        folder = tmp_path_factory.mktemp("seeded") / "data"
        told = []
        folder.mkdir()
        asyncio.run(seeding._play_pattern(folder))
        seeding._copy(folder, seeding._events(folder) * (COPIES + 1), told.append)
        asyncio.run(seeding.catch_up(folder, time.time_ns() // 1_000_000))
        asyncio.run(seeding._play_today(folder))
    return folder


@pytest.fixture
def keyring(seeded) -> Keyring:
    return Keyring.load(seeded / "master.key")


@pytest.fixture
def connection(seeded):
    attached = {name: seeded / f"{name}.db" for name in ("kept", "keys")}
    engine = sqlite_engine(seeded / "bridge.db", attached=attached, writing=False)
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def a_copied_person(connection: Connection):
    rows = connection.execute(select(patient.c.patient_key, patient.c.person_id)).all()
    return rows[len(rows) // 2]


def test_only_a_new_directory_is_seeded(tmp_path):
    (tmp_path / "something").touch()
    with pytest.raises(seeding.NotSeeded, match="not empty"):
        seeding.seed(tmp_path, 10, print)


def test_there_are_people_for_more_than_ten_million_events():
    numbers = pattern.LAST_CITY - pattern.FIRST_COPIED_CITY + 1
    assert numbers * pattern.PEOPLE_A_CITY // pattern.PEOPLE * 3_500 > 20_000_000


@pytest.mark.slow
def test_the_ledger_adds_up_and_the_audit_holds(connection):
    assert ledger.miscounted(connection) == {}
    (one,) = balance.ledgers(connection)
    assert one.adds_up
    assert one.kept == one.delivered == len(connection.execute(select(message.c.position)).all())
    days = set(connection.scalars(select(audit.audit.c.day)))
    (writer,) = set(connection.scalars(select(audit.audit.c.writer)))
    assert [audit.verify(connection, writer, day) for day in sorted(days)] == [[]] * len(days)


@pytest.mark.slow
def test_a_copied_person_is_found_and_opens(connection, keyring):
    key, person = a_copied_person(connection)
    data_keys = DataKeys(keyring)
    record = read_person(connection, data_keys, person, now_ms=0, sources=())
    details = record.who.items[0].details
    assert [one.person_id for one in lookups.find_by_number(connection, keyring, details.nhs_number)] == [
        person
    ]
    assert lookups.find_by_local_id(connection, keyring, "RKB", details.local_id) == person
    assert len(record.spells.items) == pattern.STAYS_EACH
    assert key not in details.model_dump_json()


@pytest.mark.slow
def test_a_copied_message_opens_reads_and_has_its_trail(connection, keyring):
    rows = connection.execute(select(message).order_by(message.c.position)).all()
    row = rows[len(rows) // 2]
    (raw,) = open_bytes(connection, DataKeys(keyring), [SealedValue(row.body, row.key_id, row.message_id)])
    hospital_adt.check(raw, read("itk-v24"))
    assert header_of(raw).control_id == row.control_id
    trail = trace.trail(connection, row.message_id, READERS)
    assert trail.seen.state == "delivered"
    assert len(trail.said) >= 2
    assert trail.published_ms


@pytest.mark.slow
def test_the_record_holds_a_copied_person_as_they_are(connection, keyring):
    """So that touching somebody old sends nothing that did not change."""

    _, person = a_copied_person(connection)
    view = gather(connection, DataKeys(keyring), "icr", [person])[person]
    names = set(view.published)
    assert names == set(
        connection.scalars(select(sent_resource.c.resource).where(sent_resource.c.person_id == person))
    )
    assert len(sent_state(connection, "icr", names)) == len(names) > 2


@pytest.mark.slow
def test_what_is_open_is_of_today(connection):
    open_tasks = connection.execute(
        select(task).where(task.c.status.not_in(["completed", "cancelled"]))
    ).all()
    day_ago = (time.time() - 86_400) * 1000
    assert open_tasks
    assert min(row.changed_ms for row in open_tasks) > day_ago
    gone = connection.scalars(select(spell.c.status).where(spell.c.changed_ms < day_ago)).all()
    assert set(gone) == {"finished"}


@pytest.mark.slow
def test_events_stand_in_the_order_of_their_times(connection):
    times = list(connection.scalars(select(event_log.c.time_ms).order_by(event_log.c.position)))
    assert times == sorted(times)


@pytest.mark.slow
def test_what_a_bridge_does_behind_its_messages_is_done(connection):
    """Else a bridge that is measured on the store does it meanwhile."""
    now_ms = time.time_ns() // 1_000_000
    assert now_ms - hour_chain.next_hour(connection) < 4 * HOUR_MS
    entries = hour_chain.entries(connection, most=10_000)
    assert all(one.counted.adds_up for one in entries)
    assert sum(one.counted.counts.get("stored", 0) for one in entries) > COPIES * pattern.PEOPLE
    of_now = select(func.count()).where(
        message.c.position > select(arrival_read.c.position).scalar_subquery()
    )
    assert connection.scalar(of_now) < connection.scalar(select(func.count()).select_from(message)) / 2


@pytest.mark.slow
async def test_a_bridge_goes_on_with_it(seeded):
    async with running(seeded) as bench:
        before = await bench.delivered()
        await pattern.play_today(bench, time.time_ns() // 1_000_000)
        assert await bench.delivered() >= before
