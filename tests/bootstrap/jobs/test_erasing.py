"""Erasing on one machine: one process agrees, the other throws keys away, and a crash in between loses nothing."""

from __future__ import annotations

import asyncio
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from ascbridge.bootstrap import listening, working
from ascbridge.bootstrap.commands import migrate, prepare
from ascbridge.bootstrap.jobs import erasing, throwing_away
from ascbridge.bootstrap.parts.ground import open_ground
from ascbridge.clock import Clock
from ascbridge.events.ledgers import said_events
from ascbridge.events.ledgers.said_events import SaidEvent
from ascbridge.operations.shadow import shadows
from ascbridge.people import erase, erasure_journal
from ascbridge.people.data_keys import DataKeys
from ascbridge.people.lookups import OpenedPatient, open_patients
from ascbridge.people.opening import ERASED
from ascbridge.storage.tables import (
    audit,
    data_key,
    dirty_person,
    feed_person,
    feed_word,
    patient,
    people_request,
    record_part,
    resource,
    said_event,
)
from tests.bootstrap.erasures import ANNE, BEN, PATIENCE_S, Files, known, until
from tests.intake.messages import adt
from tests.people.ward import KEYRING, Said, Ward, cause, details

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from sqlalchemy import Connection

    from ascbridge.config import Settings
    from ascbridge.storage.database import Database


@pytest.fixture
async def files(settings: Settings) -> AsyncIterator[Files]:
    made = Files(settings)
    yield made
    await made.close()


async def test_two_processes_erase_a_person_and_the_shared_record_lets_go(
    settings: Settings, files: Files
) -> None:
    stop = asyncio.Event()
    work = asyncio.create_task(working.work(settings, stop))
    await files.hear(adt("A01"))

    async def published() -> bool:
        found = [row.status for row in await files.rows(resource) if row.person_id]
        return bool(found) and not await files.rows(dirty_person)

    await until(published, work)
    person = await files.approve()
    listen = asyncio.create_task(listening.listen(settings, stop))

    async def done() -> bool:
        return await files.state() == "done"

    await until(done, work, listen)
    await until(published, work, listen)
    (row,) = await files.rows(patient)
    assert (row.sealed, row.nhs_lookup, row.details) == (b"", "", "")
    keys = await files.keys.read(
        lambda c: c.execute(select(data_key).where(data_key.c.owner_key == row.patient_key)).all()
    )
    assert [one.wrapped for one in keys] == [None]
    assert [one.kind for one in await files.rows(record_part) if one.patient_key == row.patient_key] == []
    theirs = [one for one in await files.rows(resource) if one.person_id == person]
    assert {one.status for one in theirs} == {"erased"}
    assert all(b"GRANGE" not in one.body and b"family" not in one.body for one in theirs)
    assert [(one.who, one.what) for one in await files.rows(audit) if "eras" in one.what] == [
        ("Anne Hall", "erasing a person asked"),
        ("Ben Shah", "erasing a person approved"),
        ("ascbridge", "person erased"),
    ]
    (request,) = await files.rows(people_request)
    assert (request.why, request.done_ms >= request.decided_ms) == ("", True)
    stop.set()
    await asyncio.wait_for(asyncio.gather(work, listen), PATIENCE_S)


async def test_no_shadow_outlives_an_erasure(settings: Settings, files: Files) -> None:
    stop = asyncio.Event()
    work = asyncio.create_task(working.work(settings, stop))
    await files.hear(adt("A01"))

    async def published() -> bool:
        return any(row.person_id for row in await files.rows(resource))

    await until(published, work)
    shadows.begin(settings.data_dir, shadows.Plan("next", "1", "ola", 5), {})
    await files.approve()
    listen = asyncio.create_task(listening.listen(settings, stop))

    async def done() -> bool:
        return await files.state() == "done"

    await until(done, work, listen)
    assert shadows.every(settings.data_dir) == []
    stop.set()
    await asyncio.gather(work, listen)


async def test_the_journal_has_an_erasure_before_anybodys_rows_are_emptied(
    make_settings: Callable[..., Settings], once_used: Path, tmp_path: Path
) -> None:
    journal = tmp_path / "elsewhere" / "erasures.jsonl"
    settings = make_settings(erasures_file=journal)
    shutil.copytree(once_used, settings.data_dir, ignore=shutil.ignore_patterns("*.sock"))
    files = Files(settings)
    stop = asyncio.Event()
    running = [asyncio.create_task(one(settings, stop)) for one in (working.work, listening.listen)]
    await files.approve()

    async def gone() -> bool:
        return all(
            row.erased_ms
            for row in await files.keys.read(lambda c: c.execute(select(data_key)).all())
            if row.owner_key.startswith("p")
        )

    async def done() -> bool:
        return await files.state() == "done"

    await until(gone, *running)
    assert not await done()  # the folder of the journal is not there, so it waits
    journal.parent.mkdir()
    await until(done, *running)
    (row,) = erasure_journal.read(journal.read_bytes())
    assert row["request_id"] == (await files.rows(people_request))[0].request_id
    assert journal.stat().st_mode & 0o777 == 0o600
    stop.set()
    await asyncio.gather(*running)
    await files.close()


async def test_nothing_is_done_until_the_keys_are_gone_and_each_side_goes_on_after_a_crash(
    settings: Settings, files: Files
) -> None:
    await known(settings, files)
    await files.approve()
    ground = open_ground(settings)
    assert await ground.database.write(lambda c: erasing._finish(ground, c)) == 0
    assert await files.state() == "approved"
    for _ in range(2):  # the process that throws keys away dies after its commit, and begins again
        stop = asyncio.Event()
        throwing = asyncio.create_task(
            throwing_away.throw_keys_away(settings, files.keys, files.data_keys, Clock.system(), stop)
        )
        (request,) = await files.bridge.read(erase.approved)

        async def gone(request: Any = request) -> bool:
            return await files.bridge.read(lambda c: erase.keys_are_gone(c, files.data_keys, request))

        await until(gone, throwing)
        stop.set()
        await throwing
    (row,) = await files.rows(patient)
    assert row.nhs_lookup  # its row is emptied by the process that writes bridge.db, and by no other
    await ground.database.write(lambda c: _said(c, row.patient_key, request.decided_ms))
    assert await ground.database.write(lambda c: erasing._finish(ground, c)) == 1
    for table in (said_event, feed_word):  # of what two case systems said, only what came afterwards is left
        assert [one.message_id for one in await files.rows(table)] == ["after", "of another"]
    assert [one.patient_key for one in await files.rows(feed_person)] == [row.patient_key, "p-another"]
    assert await ground.database.write(lambda c: erasing._finish(ground, c)) == 0
    assert await files.state() == "done"
    await ground.log.close()
    await ground.database.close()


@pytest.mark.postgres
async def test_on_postgresql_one_service_does_it_all(
    make_settings: Callable[..., Settings], postgres_url: str
) -> None:
    settings = make_settings(database_url=postgres_url, kafka={"bootstrap": "127.0.0.1:9"})
    await migrate(settings)
    prepare(settings)
    ground = open_ground(settings)
    database, data_keys = ground.database, DataKeys(KEYRING)
    ground.desk = replace(ground.desk, data_keys=data_keys)
    keys = await _two_people(ground.database, data_keys)
    now_ms = ground.clock.now_ms()

    def agree(connection: Any) -> None:
        person = connection.scalar(select(patient.c.person_id).where(patient.c.patient_key == keys[0]))
        id = erase.request_erasure(connection, person, ANNE, "they asked for it", now_ms)
        erase.approve_erasure(connection, id, BEN, now_ms)

    await database.write(agree)
    stop = asyncio.Event()
    finishing = asyncio.create_task(erasing.finish_erasures(ground, stop))

    async def done() -> bool:
        return not await database.read(erase.approved)

    await until(done, finishing)
    stop.set()
    await finishing
    opened = await database.read(lambda c: open_patients(c, data_keys, keys))
    assert opened[keys[0]] == ERASED
    assert isinstance(opened[keys[1]], OpenedPatient)
    assert len(await database.read(lambda c: c.execute(select(dirty_person)).all())) == 1
    await ground.log.close()
    await database.close()


def _said(connection: Connection, patient_key: str, decided_ms: int) -> None:
    """What case systems said of an erased person before that was decided and after it, and of another."""
    for number, (key, message, at) in enumerate(
        [
            (patient_key, "before", decided_ms),
            (patient_key, "after", decided_ms + 1),
            ("p-another", "of another", decided_ms),
        ]
    ):
        told = SaidEvent(
            f"e{number}", message, "case-old", "care.review-stated.v1", key, "", 1, at, "", b"{}", ""
        )
        said_events.put(connection, [told])
        word = {
            "feed": "case-old",
            "patient_key": key,
            "slot": message,
            "message_id": message,
            "value": b"{}",
        }
        connection.execute(feed_word.insert(), word | {"heard_ms": 0, "kept_ms": at})
    people = [{"feed": "case-old", "patient_key": key} for key in (patient_key, "p-another")]
    connection.execute(feed_person.insert(), people)


async def _two_people(database: Database, data_keys: DataKeys) -> list[str]:
    """Let two patients be known by name; return their keys."""

    def learn(connection: Any) -> list[str]:
        ward = Ward(connection, data_keys)
        refs = [ward.patient("M1", created_ms=1), ward.patient("M2", created_ms=1)]
        for n, ref in enumerate(refs):
            ward.hear(Said(cause(f"m{n}"), [details(ref, family_name="HATHAWAY")]))
        return [ward.key(ref) for ref in refs]

    return await database.write(learn)
