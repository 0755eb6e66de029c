"""Nothing is missed and nothing is kept twice, whatever the case system's writers, clocks and our own stops do.

`POLLING_SOAK_SECONDS` says for how long each way of telling changes is tried: 600 for the ten minutes of the acceptance.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import random
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import asyncpg
import pytest

from ascbridge.intake.databases import polled
from ascbridge.intake.doors.database_poll import DatabasePoll
from ascbridge.intake.sources.profile import ChangeSection
from ascbridge.storage.alone import AlwaysMine
from tests.intake.case_system import (
    INSERT,
    PACKAGES,
    TRANSACTION,
    XMIN,
    CaseSystem,
    FileShelf,
    profile_of,
    recorded_ms,
    table_poll,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from typing import Any

    from ascbridge.intake.sources.profile import Profile
    from tests.intake.conftest import Intake

SECONDS = float(os.environ.get("POLLING_SOAK_SECONDS", "12"))
ROUND_S = 4.0
PATIENCE_S = 120
QUICK_WRITERS, SLOW_WRITERS = 3, 3
ROWS_EACH = 60
SHORT = ChangeSection(kind="time", column="changed_at", overlap_minutes=0.02)
"""Little more than a second, far less than a long transaction or a step of the clock: sweeps must find the rest."""


@dataclass
class Said:
    """What was kept so far, read on from where it was."""

    intake: Intake
    last: dict[str, tuple[int, str]] = field(default_factory=dict)
    times: Counter[str] = field(default_factory=Counter)
    rows: int = 0

    def now(self) -> dict[str, str]:
        """What a reader holds for so: of each package the statement that was recorded last."""
        rows = self.intake.rows()
        for row in rows[self.rows :]:
            assert row.outcome == "kept", row.reason
            fact = json.loads(self.intake.opened(row))
            number, said = fact["package"]["id"], fact["package"]["kind"]
            self.times[said] += 1
            self.last[number] = max(self.last.get(number, (0, "")), (recorded_ms(fact), said))
        self.rows = len(rows)
        return {number: said for number, (_, said) in self.last.items()}


class Writers:
    """The people of the case system, for one round; each has rows of their own, so that none waits for another."""

    def __init__(self, system: CaseSystem, seed: int, until_s: float) -> None:
        self._system, self._seed, self._until_s = system, seed, until_s
        self.writes = 0

    async def work(self) -> None:
        """Write until the round is over; what was begun is ended, one way or the other."""
        writers = [self._quick(n) for n in range(QUICK_WRITERS)]
        writers += [self._slow(n) for n in range(QUICK_WRITERS, QUICK_WRITERS + SLOW_WRITERS)]
        await asyncio.gather(*writers, self._clock())

    def _goes_on(self) -> bool:
        return time.monotonic() < self._until_s

    async def _quick(self, writer: int) -> None:
        dice = random.Random(f"{self._seed} {writer}")
        connection = await self._system.connect()
        while self._goes_on():
            await self._write(connection, dice, writer)
            await asyncio.sleep(dice.uniform(0, 0.03))
        await connection.close()

    async def _slow(self, writer: int) -> None:
        """Long transactions: savepoints, some undone, and some undone as a whole."""
        dice = random.Random(f"{self._seed} {writer}")
        connection = await self._system.connect()
        while self._goes_on():
            transaction = connection.transaction()
            await transaction.start()
            for _ in range(dice.randint(1, 6)):
                savepoint = connection.transaction()
                await savepoint.start()
                await self._write(connection, dice, writer)
                await (savepoint.rollback() if dice.random() < 0.2 else savepoint.commit())
                await asyncio.sleep(dice.uniform(0, 0.6))
            await (transaction.rollback() if dice.random() < 0.2 else transaction.commit())
        await connection.close()

    async def _write(self, connection: asyncpg.Connection[Any], dice: random.Random, writer: int) -> None:
        number = writer * ROWS_EACH + dice.randrange(ROWS_EACH)
        if dice.random() < 0.15:
            await connection.execute("DELETE FROM reporting.packages WHERE service_id = $1", number)
        else:
            again = " ON CONFLICT (service_id) DO UPDATE SET status = excluded.status"
            await connection.execute(INSERT + again, number, dice.choice(["Open", "On hold", "Closed"]))
        self.writes += 1

    async def _clock(self) -> None:
        """The clock by which rows are stamped steps to and fro, by up to two hours."""
        dice = random.Random(f"{self._seed} clock")
        while self._goes_on():
            await self._system.do(f"UPDATE reporting.clock SET ahead = '{dice.randint(-7200, 7200)} seconds'")
            await asyncio.sleep(dice.uniform(0.1, 1))


class Polls:
    """A poller that is stopped in the middle, and begins anew, again and again."""

    def __init__(
        self, system: CaseSystem, intake: Intake, profile: Profile, seed: int, *, sweeps: bool
    ) -> None:
        self._system, self._intake, self._profile = system, intake, profile
        self._dice = random.Random(f"{seed} stops")
        self.sweep_s = 0.0 if sweeps else 86_400.0
        self.stops = 0
        self.calm = False
        """Whether it is left alone: stopped again and again it would come to no end on a slow machine."""

    async def run(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            own = asyncio.Event()
            table, database = table_poll(
                self._system,
                FileShelf(self._intake),
                self._profile,
                rows=20,
                sweep_s=self.sweep_s,
                gone_percent=100,
            )
            poll = DatabasePoll("soak", database, [table], AlwaysMine(), poll_s=0.05)
            running = asyncio.create_task(poll.run(own))
            await _set(stop, self._dice.uniform(0.5, 3))
            while self.calm and self.sweep_s == table._pace.sweep_s and not await _set(stop, 0.05):
                continue
            assert not running.done(), running
            assert poll.trouble == ""
            running.cancel()  # wherever it is
            with contextlib.suppress(asyncio.CancelledError):
                await running
            self.stops += 1


async def _set(event: asyncio.Event, within_s: float) -> bool:
    """Wait for an event for so long at the most; whether it came."""
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(event.wait(), within_s)
    return event.is_set()


async def until(reached: Callable[[], Coroutine[Any, Any, bool]], polling: asyncio.Task[None]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not await reached():
            assert not polling.done(), polling
            await asyncio.sleep(0.05)


@pytest.mark.postgres
@pytest.mark.slow
@pytest.mark.timeout(SECONDS + 5 * PATIENCE_S)
@pytest.mark.parametrize("change", [TRANSACTION, XMIN, SHORT], ids=lambda one: one.kind)
async def test_nothing_is_missed_under_writers_long_transactions_clock_steps_and_deletes(
    change: ChangeSection,
    postgres_url: str,
    open_intake: Callable[..., Intake],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("ascbridge.intake.doors.table_poll.NOTE_EVERY_S", 0)
    system, profile = CaseSystem(postgres_url), profile_of(change)
    await system.make()
    intake, seed = open_intake(profile), 20_261_122
    said = Said(intake)
    polls = Polls(system, intake, profile, seed, sweeps=change.kind == "time")
    stop = asyncio.Event()
    polling = asyncio.create_task(polls.run(stop))
    ends_s, rounds, writes = time.monotonic() + SECONDS, 0, 0

    async def caught_up() -> bool:
        so, now = said.now(), await system.versions()
        return {number: so.get(number) for number in now} == now

    while time.monotonic() < ends_s:
        writers = Writers(system, seed + rounds, min(ends_s, time.monotonic() + ROUND_S))
        await writers.work()
        polls.calm = True
        await until(caught_up, polling)
        polls.calm = False
        rounds, writes = rounds + 1, writes + writers.writes
    polls.sweep_s, polls.calm = 0.0, True  # from the next start on
    gone = said.now().keys() - (await system.versions()).keys()
    assert gone

    async def all_gone_are_told() -> bool:
        return intake.kept.read_now(lambda c: polled.gone(c, profile.feed.name, PACKAGES.table)) == len(gone)

    await until(all_gone_are_told, polling)
    stop.set()
    await asyncio.wait_for(polling, PATIENCE_S)
    assert [one for one, times in said.times.items() if times > 1] == []
    assert polls.stops >= rounds
    print(
        f"{change.kind}: {rounds} rounds, {writes} writes, {said.rows} kept, {polls.stops} stops, {len(gone)} gone"
    )
