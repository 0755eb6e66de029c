"""Files of history: each line once across stops, at its pace, held still by a file, and told of in the folder."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from ascbridge.intake.agreed import profiles
from ascbridge.intake.doors import history_drop
from ascbridge.intake.doors.history_drop import PAUSE, PROGRESS, HistoryDrop
from ascbridge.intake.keeping import history_pace
from ascbridge.storage.tables import history_file
from tests.intake.doors.test_file_drop import LINE, write

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from ascbridge.intake.keeping.inbox import Arrival
    from ascbridge.intake.keeping.intake_desk import Beside
    from ascbridge.intake.keeping.kept import Kept
    from tests.intake.conftest import Intake

PATIENCE_S = 60


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history_pace, "ALONE", 2)
    monkeypatch.setattr(history_drop, "LOOK_AGAIN_S", 0.01)
    monkeypatch.setattr(history_drop, "TELL_EVERY_S", 0.0)


@pytest.fixture
def past(open_intake: Callable[..., Intake]) -> Intake:
    return open_intake(profiles.read("council-history"))


class Bench:
    """A folder of history before a real intake. `before` is called before each portion is kept."""

    def __init__(self, past: Intake, folder: Path) -> None:
        self.past, self.folder, self.stop = past, folder, asyncio.Event()
        self.waiting: dict[str, int] = {}
        self.portions: list[int] = []
        self.before: Callable[[], None] = lambda: None

    def drop(self) -> HistoryDrop:
        async def keep(arrivals: Sequence[Arrival], beside: Beside) -> list[list[Kept]]:
            self.before()
            kept = self.past.desk.keep_in_files(self.past.keys, self.past.kept, arrivals, beside)
            self.portions.append(len(arrivals))
            return kept

        async def read(question: Callable[..., Any]) -> Any:
            return self.past.kept.read_now(question)

        async def write_(work: Callable[..., Any]) -> Any:
            return self.past.kept.write_now(work)

        async def waiting() -> dict[str, int]:
            return self.waiting

        return HistoryDrop(
            self.folder, keep, feed="council-history", files=profiles.read("council-history").files, read=read,
            write=write_, waiting=waiting, clock=self.past.clock, stop=self.stop, look_every_s=0.01,
        )  # fmt: skip

    async def until_read(self, drop: HistoryDrop) -> None:
        running = asyncio.create_task(drop.run(self.stop))
        try:
            async with asyncio.timeout(PATIENCE_S):
                while not self.done() and not running.done():  # noqa: ASYNC110  # files
                    await asyncio.sleep(0.01)
        finally:
            self.stop.set()
            await asyncio.wait_for(running, PATIENCE_S)

    def done(self) -> bool:
        return (self.folder / "done").exists() and not list(self.folder.glob("*.jsonl"))

    def rows(self) -> list[tuple[Any, ...]]:
        wanted = select(history_file.c.name, history_file.c.lines, history_file.c.kept, history_file.c.refused,
                        history_file.c.ended_ms.is_not(None))  # fmt: skip
        return [tuple(row) for row in self.past.kept.read_now(lambda c: c.execute(wanted).all())]


def lines(count: int) -> list[object]:
    return [LINE | {"id": f"H{number}"} for number in range(count)]


def report(folder: Path) -> list[int]:
    told = (folder / "done" / "facts.jsonl.rejected.jsonl").read_text().splitlines()
    return [json.loads(one)["line"] for one in told]


async def test_every_line_is_kept_once_in_portions_and_the_file_moves_away(
    past: Intake, tmp_path: Path
) -> None:
    bench = Bench(past, tmp_path / "in")
    write(bench.folder, *lines(3), "{not json", "", *lines(7)[3:])
    await bench.until_read(bench.drop())
    assert past.counts() == {"received": 8, "kept": 7, "refused": 1}
    assert bench.portions == [2, 2, 2, 2]
    assert report(bench.folder) == [4]
    assert bench.rows() == [("facts.jsonl", 9, 7, 1, 1)]
    receipt = json.loads((bench.folder / "done" / "facts.jsonl.receipt.json").read_bytes())
    assert (receipt["lines"], receipt["kept"], receipt["refused"]) == (8, 7, 1)
    told = json.loads((bench.folder / PROGRESS).read_bytes())
    assert (told["state"], told["lines"], told["kept"]) == ("read", 9, 7)
    assert "Marlowe" not in json.dumps(told)


async def test_a_stop_in_the_middle_costs_nothing(past: Intake, tmp_path: Path) -> None:
    bench = Bench(past, tmp_path / "in")
    write(bench.folder, "{not json", *lines(6))

    def stop_after_two() -> None:
        if len(bench.portions) == 2:
            raise RuntimeError("killed")

    bench.before = stop_after_two
    with pytest.raises(RuntimeError, match="killed"):
        await bench.until_read(bench.drop())
    assert past.counts() == {"received": 4, "kept": 3, "refused": 1}
    past.clock.at_ms += 400 * 86_400_000  # long after the same lines would be known again as repeats
    bench.before, bench.stop = lambda: None, asyncio.Event()
    await bench.until_read(bench.drop())
    assert past.counts() == {"received": 7, "kept": 6, "refused": 1}
    assert report(bench.folder) == [1]
    assert bench.rows() == [("facts.jsonl", 7, 6, 1, 1)]


async def test_it_ends_when_told_in_the_middle_of_a_file_that_stays(past: Intake, tmp_path: Path) -> None:
    bench = Bench(past, tmp_path / "in")
    path = write(bench.folder, *lines(6))
    bench.before = bench.stop.set
    await bench.until_read(bench.drop())
    assert path.exists()
    assert bench.rows() == [("facts.jsonl", 2, 2, 0, 0)]


async def test_a_pause_holds_it_still_until_it_goes_on(past: Intake, tmp_path: Path) -> None:
    bench = Bench(past, tmp_path / "in")
    write(bench.folder, *lines(3))
    (bench.folder / PAUSE).touch()
    running = asyncio.create_task(bench.until_read(bench.drop()))
    async with asyncio.timeout(PATIENCE_S):
        while not (bench.folder / PROGRESS).exists():  # noqa: ASYNC110  # a file
            await asyncio.sleep(0.01)
    told = json.loads((bench.folder / PROGRESS).read_bytes())
    assert (told["state"], bench.portions) == ("paused", [])
    (bench.folder / PAUSE).unlink()
    await running
    assert past.counts() == {"received": 3, "kept": 3}


async def test_it_waits_for_its_own_lines_to_come_through(past: Intake, tmp_path: Path) -> None:
    bench = Bench(past, tmp_path / "in")
    write(bench.folder, *lines(4))
    asked = 0

    def come_through() -> Iterator[dict[str, int]]:
        nonlocal asked
        for _ in range(5):
            asked += 1
            yield {"council-history": 1_000 + asked}  # it moves, and is not through
        while True:
            yield {}

    standing = come_through()
    drop = bench.drop()

    async def waiting() -> dict[str, int]:
        return next(standing)

    drop._waiting = waiting  # stands for the ledger
    await bench.until_read(drop)
    assert (asked, bench.portions) == (5, [2, 2])
