"""Throwing data keys away: those of the approved only, and never at the cost of listening."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from ascbridge.bootstrap.jobs import throwing_away
from ascbridge.bootstrap.parts import job_loop, settled
from ascbridge.clock import Clock
from ascbridge.people import erase
from ascbridge.storage.tables import data_key, patient
from tests.bootstrap.erasures import ANNE, Files, known, until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from ascbridge.config import Settings


@pytest.fixture
async def files(settings: Settings) -> AsyncIterator[Files]:
    made = Files(settings)
    yield made
    await made.close()


async def thrown(files: Files) -> list[str]:
    """Return whose data keys are gone."""
    wanted = select(data_key.c.owner_key).where(data_key.c.erased_ms.is_not(None))
    return await files.keys.read(lambda c: list(c.execute(wanted).scalars()))


async def test_what_was_only_asked_throws_nothing_away(
    settings: Settings, files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job_loop, "LOOK_EVERY_S", 0.001)
    await known(settings, files)
    (row,) = await files.rows(patient)
    now_ms = Clock.system().now_ms()
    asked = await files.bridge.write(
        lambda c: erase.request_erasure(c, row.person_id, ANNE, "they asked for it", now_ms)
    )
    stop, looked = asyncio.Event(), 0

    async def step() -> None:
        nonlocal looked
        looked += 1

    throwing = asyncio.create_task(
        throwing_away.throw_keys_away(settings, files.keys, files.data_keys, Clock.system(), stop)
    )
    looking = asyncio.create_task(job_loop.again_and_again(step, stop, "a test"))

    async def often() -> bool:
        return looked >= 20

    await until(often, throwing, looking)
    assert await thrown(files) == []
    await files.approve(asked)

    async def gone() -> bool:
        return bool(await thrown(files))

    await until(gone, throwing, looking)
    assert await thrown(files) == [row.patient_key]
    stop.set()
    await asyncio.gather(throwing, looking)


async def test_a_database_that_cannot_be_read_is_told_once_and_ends_nothing(
    settings: Settings, files: Files, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job_loop, "LOOK_EVERY_S", 0.001)
    await known(settings, files)
    await files.approve()
    await files.bridge.close()
    bridge = settled.file_of(settings, "bridge")
    for path in bridge.parent.glob("bridge.db*"):
        path.rename(path.parent / path.name.replace("bridge.db", "bridge.away"))
    stop, said = asyncio.Event(), ""
    throwing = asyncio.create_task(
        throwing_away.throw_keys_away(settings, files.keys, files.data_keys, Clock.system(), stop)
    )

    async def told() -> bool:
        nonlocal said
        said += capsys.readouterr().out
        return "a job waits for the database" in said

    await until(told, throwing)
    for path in bridge.parent.glob("bridge.away*"):
        path.rename(path.parent / path.name.replace("bridge.away", "bridge.db"))

    async def gone() -> bool:
        return bool(await thrown(files))

    await until(gone, throwing)
    stop.set()
    await throwing
    assert (said + capsys.readouterr().out).count("a job waits for the database") == 1
