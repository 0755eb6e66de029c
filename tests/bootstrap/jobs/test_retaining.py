"""Retention as a job: it runs to its end a portion at a time, is written down, and a fault of it is told and mended."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy.exc import OperationalError

from ascbridge import telemetry
from ascbridge.bootstrap.jobs import retaining
from ascbridge.bootstrap.jobs.retaining import Job, Retention
from ascbridge.bootstrap.parts import settled
from ascbridge.clock import Clock
from ascbridge.events.logs import retention_rounds
from ascbridge.events.logs.retention_rounds import Portion
from ascbridge.storage.tables import kept_round, message, message_state, open_effect
from tests.bootstrap.erasures import Files, known, until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from ascbridge.config import Settings

DAY_MS = 86_400_000


@pytest.fixture
async def files(settings: Settings) -> AsyncIterator[Files]:
    made = Files(settings)
    yield made
    await made.close()


class Shown(Clock):
    """A clock that stands where a test puts it."""

    def __init__(self, at_ms: int) -> None:
        super().__init__()
        self.at_ms = at_ms

    def now_ms(self) -> int:
        return self.at_ms


def sample(name: str, kind: str) -> float | None:
    return telemetry.registry.get_sample_value(name, {"kind": kind})


async def at_rest(files: Files) -> None:
    """Let everything that is owed have been done."""

    def work(connection: Any) -> None:
        connection.execute(open_effect.delete())
        connection.execute(message_state.update().values(state="delivered"))

    await files.bridge.write(work)


def retention(files: Files, job: Job, clock: Clock) -> Retention:
    async def write(work: Any) -> None:
        files.kept.write_now(work)

    return Retention({"messages": job}, kept_round, write, files.bridge.read, clock)


async def rounds(files: Files) -> dict[str, retention_rounds.Round]:
    return await files.bridge.read(retention_rounds.rounds)


async def test_a_round_goes_portion_by_portion_and_is_written_down(settings: Settings, files: Files) -> None:
    asked: list[tuple[str, int]] = []

    async def some(after: str, before_ms: int) -> Portion:
        asked.append((after, before_ms))
        return Portion(2, 1, after="a" if after == "" else None)

    now_ms = Clock.system().now_ms()
    await retention(files, Job(some, DAY_MS), Shown(now_ms)).round("messages", asyncio.Event())
    assert asked == [("", now_ms - DAY_MS), ("a", now_ms - DAY_MS)]
    (one,) = (await rounds(files)).values()
    assert (one.removed, one.unresolved, one.ended_ms) == (4, 2, now_ms)
    assert sample("ascbridge_retention_ended_timestamp_seconds", "messages") == now_ms / 1000


async def test_a_fault_is_told_shown_and_over_when_a_round_comes_to_its_end(
    settings: Settings, files: Files, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retaining, "LOOK_EVERY_S", 0.001)
    tries = 0

    async def some(after: str, _: int) -> Portion:
        nonlocal tries
        if after == "":
            return Portion(1, after="b")
        tries += 1
        if tries < 3:
            raise OperationalError("x", {}, Exception("disk I/O error"))
        return Portion(1)

    clock, stop = Shown(1_000 * DAY_MS), asyncio.Event()
    job = retention(files, Job(some, DAY_MS), clock)
    await job.round("messages", stop)
    (one,) = (await rounds(files)).values()
    assert one.fault.startswith("OperationalError")
    assert (one.ended_ms, one.removed_ever) == (None, 1)
    assert sample("ascbridge_retention_failing", "messages") == 1
    running = asyncio.create_task(job.run(stop))

    async def ended() -> bool:
        return next(iter((await rounds(files)).values())).ended_ms is not None

    await until(ended, running)
    (one,) = (await rounds(files)).values()
    assert (one.fault, one.removed, one.removed_ever) == ("", 2, 4)
    assert sample("ascbridge_retention_failing", "messages") == 0
    assert "nothing removed this time" in capsys.readouterr().out
    stop.set()
    await running


async def test_what_is_not_due_waits_for_its_turn(
    settings: Settings, files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retaining, "LOOK_EVERY_S", 0.001)
    begun = 0

    async def some(_after: str, _before_ms: int) -> Portion:
        nonlocal begun
        begun += 1
        return Portion()

    clock, stop = Shown(1_000 * DAY_MS), asyncio.Event()
    running = asyncio.create_task(retention(files, Job(some, DAY_MS), clock).run(stop))
    looks = 0

    async def looked_often() -> bool:
        nonlocal looks
        looks += 1
        return looks > 10 and begun > 0

    await until(looked_often, running)
    assert begun == 1
    clock.at_ms += retaining.EVERY_MS

    async def twice() -> bool:
        return begun == 2

    await until(twice, running)
    stop.set()
    await running


async def test_the_process_that_keeps_empties_by_its_settings(
    settings: Settings, files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retaining, "LOOK_EVERY_S", 0.01)
    monkeypatch.setattr(retaining, "EVERY_MS", 0)
    await known(settings, files)
    await at_rest(files)
    asked = settings.model_copy(
        update={"retention": settings.retention.model_copy(update={"messages_days": 1})}
    )
    clock, stop = Shown(Clock.system().now_ms() + 2 * DAY_MS), asyncio.Event()

    async def write(work: Any) -> None:
        files.kept.write_now(work)

    assert settled.file_of(settings, "kept").exists()
    running = asyncio.create_task(retaining.empty_in_files(asked, write, clock, stop))

    async def emptied() -> bool:
        return {row.body for row in await files.rows(message)} == {b""}

    await until(emptied, running)

    async def written_down() -> bool:
        return {"messages", "refused"} <= (await rounds(files)).keys()

    await until(written_down, running)
    stop.set()
    await running
    assert (await rounds(files))["messages"].removed == len(await files.rows(message))


def test_without_a_word_from_the_council_nothing_that_was_understood_goes(settings: Settings) -> None:
    async def never(_: Any) -> Any:
        raise AssertionError

    assert set(retaining.messages(settings, never, never)) == {"refused"}
