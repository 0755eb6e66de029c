"""One table that cannot be read stops no other; it is told, tried again, and caught up with."""

from __future__ import annotations

import asyncio
import types
from typing import TYPE_CHECKING

import pytest
from sqlalchemy.exc import IntegrityError

from ascbridge import telemetry
from ascbridge.intake.databases.council_database import CouncilDatabase, NoAnswer
from ascbridge.intake.databases.polled import Overtaken
from ascbridge.intake.doors import database_poll
from ascbridge.intake.doors.database_poll import DatabasePoll
from ascbridge.storage.alone import AlwaysMine
from tests.intake.case_system import TIME, CaseSystem, FileShelf, last_said, profile_of, table_poll
from tests.needs import require
from tests.servers.postgres import PostgresServer, missing

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.intake.conftest import Intake

PATIENCE_S = 60


class FakeTable:
    """A table that fails as it is told to."""

    def __init__(self, name: str, *faults: Exception) -> None:
        self.name, self.suspicion, self.faults = name, "", list(faults)
        self.read = self.forgotten = 0

    async def poll(self) -> None:
        self.read += 1
        if self.faults:
            raise self.faults.pop(0)

    async def sweep(self, _until_s: float) -> None:
        return

    def forget(self) -> None:
        self.forgotten += 1


class SetTurn(AlwaysMine):
    """A turn that is ours where a test says so."""

    ours = True

    async def mine(self) -> bool:
        return self.ours


class NoDatabase(CouncilDatabase):
    def __init__(self) -> None:
        pass

    async def close(self) -> None:
        return


def poll_of(*tables: FakeTable, turn: AlwaysMine | None = None, poll_s: float = 0.01) -> DatabasePoll:
    return DatabasePoll("views", NoDatabase(), tables, turn or AlwaysMine(), poll_s=poll_s)  # type: ignore[arg-type]  # fakes


async def test_a_table_that_fails_is_told_and_the_others_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database_poll, "FIRST_WAIT_S", 0)
    clash = IntegrityError("INSERT", None, Exception())
    bad = FakeTable("bad", NoAnswer("columns are missing: a"), Overtaken("another"), clash)
    good = FakeTable("good")
    poll = poll_of(bad, good)
    await poll.look()
    assert poll.trouble == "bad: columns are missing: a"
    assert (good.read, bad.forgotten) == (1, 0)
    await poll.look()
    assert poll.trouble == "bad: another"
    assert bad.forgotten == 1
    await poll.look()
    assert poll.trouble == "bad: the database refuses: Exception"
    await poll.look()
    assert poll.trouble == ""
    assert (bad.read, good.read) == (4, 4)


async def test_it_is_tried_again_less_and_less_often(monkeypatch: pytest.MonkeyPatch) -> None:
    bad, good = FakeTable("bad", NoAnswer("away")), FakeTable("good")
    poll = poll_of(bad, good)
    monkeypatch.setattr(database_poll, "time", types.SimpleNamespace(monotonic=lambda: 0))
    for _ in range(5):
        await poll.look()
    assert (bad.read, good.read) == (1, 5)
    waits = []
    for now_s in range(10_000, 130_000, 10_000):
        monkeypatch.setattr(database_poll.time, "monotonic", lambda at=now_s: at)
        bad.faults = [NoAnswer("away")]
        await poll.look()
        waits.append(poll._failed["bad"].again_at_s - now_s)
    assert waits[:4] == [2, 4, 8, 16]
    assert waits[-1] == database_poll.LONGEST_WAIT_S


async def test_what_nobody_expects_ends_the_service() -> None:
    with pytest.raises(ZeroDivisionError):
        await poll_of(FakeTable("bad", ZeroDivisionError())).look()


async def test_what_a_person_must_look_at_is_trouble() -> None:
    table = FakeTable("t")
    table.suspicion = "30 of 30 rows have gone at once"
    assert poll_of(table).trouble == "t: 30 of 30 rows have gone at once"


async def test_whoever_has_not_the_turn_reads_nothing_and_forgets_how_far_it_was() -> None:
    table, turn = FakeTable("t", NoAnswer("away")), SetTurn()
    poll = poll_of(table, turn=turn)
    await poll.look()
    turn.ours = False
    await poll.look()
    assert (table.read, table.forgotten, poll.trouble) == (1, 1, "")
    turn.ours = True
    await poll.look()
    assert table.read == 2


async def test_it_reads_until_it_is_told_to_stop_and_says_how_long_ago() -> None:
    table, stop = FakeTable("t"), asyncio.Event()
    poll = poll_of(table)
    running = asyncio.create_task(poll.run(stop))
    async with asyncio.timeout(PATIENCE_S):
        while table.read < 3:
            assert not running.done(), running
            await asyncio.sleep(0.01)
    assert telemetry.registry.get_sample_value(
        "ascbridge_poll_age_seconds", {"feed": "views"}
    ) == pytest.approx(poll.age_s(), abs=5)
    stop.set()
    await asyncio.wait_for(running, PATIENCE_S)


@pytest.mark.postgres
@pytest.mark.slow
async def test_a_database_that_goes_away_is_told_and_caught_up_with(
    open_intake: Callable[..., Intake], monkeypatch: pytest.MonkeyPatch
) -> None:
    require(not missing(), missing())
    monkeypatch.setattr(database_poll, "LONGEST_WAIT_S", 0.1)
    intake = open_intake(profile_of(TIME))
    with PostgresServer() as server:
        system = CaseSystem(server.create_database("council"))
        await system.make()
        await system.open_packages(1)
        table, database = table_poll(system, FileShelf(intake), profile_of(TIME))
        poll, stop = DatabasePoll("views", database, [table], AlwaysMine(), poll_s=0.05), asyncio.Event()
        running = asyncio.create_task(poll.run(stop))

        async def until(reached: Callable[[], bool]) -> None:
            async with asyncio.timeout(PATIENCE_S):
                while not reached():
                    assert not running.done(), running
                    await asyncio.sleep(0.01)

        await until(lambda: set(last_said(intake)) == {"1"})
        server.stop()
        await until(lambda: poll.trouble.startswith("reporting.packages: the council's database"))
        server.start()
        await system.open_packages(2)
        await until(lambda: set(last_said(intake)) == {"1", "2"} and poll.trouble == "")
        stop.set()
        await asyncio.wait_for(running, PATIENCE_S)
