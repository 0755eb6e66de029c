"""What became of fetched files is remembered with what is kept, on both databases."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ascbridge.intake.doors.fetched import DAY_MS, FORGET_AFTER_MS, FetchedFiles
from tests.intake.conftest import SetClock

if TYPE_CHECKING:
    from collections.abc import Callable

    from ascbridge.storage.database import Database
    from tests.intake.conftest import Intake

ONE = (5_000_000_000, 1_791_200_000_000)


@pytest.fixture
def shelf(open_intake: Callable[..., Intake]) -> Database:
    return open_intake().kept


async def test_a_file_goes_from_landed_to_settled_and_another_folder_knows_nothing_of_it(
    shelf: Database,
) -> None:
    clock = SetClock()
    ours, theirs = FetchedFiles("a", shelf, clock), FetchedFiles("b", shelf, clock)
    await ours.remember("x.csv", ONE, "landed")
    await theirs.taken("x.csv", ONE[0], ())
    assert await theirs.all() == {}
    await ours.taken("x.csv", ONE[0], ("done/x.csv.receipt.json", "done/x.csv.rejected.jsonl"))
    (one,) = (await ours.all()).values()
    assert (one.name, one.version, one.stage) == ("x.csv", ONE, "taken")
    assert one.reports == ("done/x.csv.receipt.json", "done/x.csv.rejected.jsonl")
    await ours.remember("x.csv", ONE, "settled")
    (one,) = (await ours.all()).values()
    assert (one.stage, one.reports) == ("settled", ())
    await ours.forget("x.csv")
    assert await ours.all() == {}


@pytest.mark.parametrize("size, stage", [(ONE[0] + 1, "landed"), (ONE[0], "settled")])
async def test_a_file_that_somebody_else_dropped_under_its_name_is_not_taken_for_it(
    shelf: Database, size: int, stage: str
) -> None:
    ours = FetchedFiles("a", shelf, SetClock())
    await ours.remember("x.csv", ONE, stage)  # type: ignore[arg-type]
    await ours.taken("x.csv", size, ())
    assert (await ours.all())["x.csv"].stage == stage


async def test_what_is_away_for_long_is_forgotten_and_what_is_there_is_not(shelf: Database) -> None:
    clock = SetClock()
    ours = FetchedFiles("a", shelf, clock)
    for name in ("there.csv", "away.csv"):
        await ours.remember(name, ONE, "settled")
    clock.at_ms += DAY_MS + 1
    await ours.seen((await ours.all()).values(), {"there.csv"})
    clock.at_ms += FORGET_AFTER_MS - DAY_MS
    await ours.seen((await ours.all()).values(), {"there.csv"})
    assert set(await ours.all()) == {"there.csv"}
