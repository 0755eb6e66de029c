"""A look at two case systems: what it holds, how long it is kept, and that no two comparisons run at once."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from ascbridge.cutover import comparing, steps
from ascbridge.cutover.comparing import NAMES
from ascbridge.cutover.comparison_rules import shipped
from ascbridge.events.handlers.switches import EVENT_TYPES
from ascbridge.web.cutover import cutover_shown
from ascbridge.web.cutover.cutover_shown import KEPT_MS, Looks, Progress, differences, fields_shown, look
from tests.operations.two_systems import MARY, NEW, OLD, TwoSystems

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ascbridge.events.handlers.switches import Pair

DUE: dict[str, Any] = {"status": "due", "due_on": "2026-12-01"}


class SameIds(TwoSystems):
    """The new system goes on with the old one's numbers."""

    authority = "COVASC"


@pytest.fixture
def two(tmp_path: Path) -> Iterator[TwoSystems]:
    made = SameIds(tmp_path, cutover={"old": OLD, "new": NEW, "ids": "same"})
    made.say(OLD, "C100", MARY, "review", id="R1", **DUE)
    made.say(NEW, "C100", MARY, "review", id="R1", **DUE | {"outcome": "continues"})
    made.say(OLD, "C100", MARY, "review", id="R2", **DUE)
    yield made
    made.close()


@pytest.fixture
def pair(two: TwoSystems) -> Pair:
    assert two.pair is not None
    return two.pair


def test_a_look_counts_by_kind_and_names_the_fields(two: TwoSystems, pair: Pair) -> None:
    found = two.bridge.read_now(lambda c: look(c, pair, shipped(), two.whole(), 1))
    (review,) = (one for one in found.kinds if one.word == "review")
    assert (review.counts, review.fields) == (
        {"agree": 0, "differs": 1, "missing": 1, "extra": 0},
        (("outcome", 1),),
    )
    assert {line.criterion for line in review.lines if not line.good} == {"agreement"}
    assert (review.go, found.go, found.total("missing"), found.at_ms) == (False, False, 1, 1)
    assert "continues" not in repr(found)


def test_what_fields_say_is_for_those_who_may_and_of_a_restricted_person_for_nobody(
    two: TwoSystems, pair: Pair
) -> None:
    places = two.whole().off("review")
    (one, _) = two.bridge.read_now(lambda c: differences(c, pair, shipped(), "review", places))
    assert one.verdict == "differs"
    (may,) = fields_shown(one, values=True)
    assert (may.name, may.old, may.new) == ("outcome", "", "continues")
    (may_not,) = fields_shown(one, values=False)
    assert (may_not.name, may_not.old, may_not.new) == ("outcome", None, None)
    package = replace(
        one, event_type=EVENT_TYPES["package"], fields=("provider", "status", NAMES), restricted=True
    )
    assert [shown.old is None for shown in fields_shown(package, values=True)] == [True, False, True]


async def test_a_look_is_kept_for_minutes_and_made_again_when_asked_or_forgotten(
    two: TwoSystems, pair: Pair
) -> None:
    looks = Looks(two.parts())
    assert looks.last() is None
    first, begun = await looks.get(pair)
    assert begun
    assert await looks.get(pair) == (first, False)
    again, begun = await looks.get(pair, afresh=True)
    assert (begun, again is first, looks.last() is again) == (True, False, True)
    looks.forget()
    assert looks.last() is None
    kept, _ = await looks.get(pair)
    two.clock.at_ms += KEPT_MS - 1
    assert looks.last() is kept
    two.clock.at_ms += 1
    assert looks.last() is None


async def test_who_asks_while_another_compares_is_shown_that_look(two: TwoSystems, pair: Pair) -> None:
    looks = Looks(two.parts())
    found = await asyncio.gather(*(looks.get(pair, afresh=True) for _ in range(4)))
    assert [begun for _, begun in found] == [True, False, False, False]
    assert len({id(one) for one, _ in found}) == 1


async def test_another_process_shows_a_look_that_this_one_made(two: TwoSystems, pair: Pair) -> None:
    first, _ = await Looks(two.parts()).get(pair)
    assert first is not None
    two.clock.at_ms += 1
    other, _ = await Looks(two.parts()).get(pair)
    assert other is not None
    assert (other.at_ms, other.kinds) == (first.at_ms, first.kinds)


class Held:
    """Holds a comparison still at its steps, so that a test sees what is so in between."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *, free: int = 0) -> None:
        self.steps, self.free, self.more = 0, free, asyncio.Event()
        monkeypatch.setattr(comparing, "AT_ONCE", 1)
        monkeypatch.setattr(cutover_shown, "KEPT_EVERY", 1)

    def of(self, two: TwoSystems) -> None:
        whole = two.bridge.read

        async def read(work: Any) -> Any:
            if getattr(work, "func", None) is cutover_shown._step:
                if self.steps >= self.free:
                    await self.more.wait()
                self.steps += 1
            return await whole(work)

        two.bridge.read = read  # type: ignore[method-assign]  # to hold it still


async def test_no_page_waits_and_how_far_it_is_is_told(
    two: TwoSystems, pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = Held(monkeypatch)
    held.of(two)
    monkeypatch.setattr(cutover_shown, "PATIENCE_S", 0)
    looks = Looks(two.parts())
    assert await looks.get(pair) == (None, True)
    async with asyncio.timeout(30):
        while looks.progress is None:
            assert await looks.get(pair) == (None, False)
    assert looks.progress == Progress(0, 1)
    held.more.set()
    monkeypatch.setattr(cutover_shown, "PATIENCE_S", 60)
    made, begun = await looks.get(pair)
    assert made is not None
    assert (begun, looks.progress) == (False, None)


async def test_a_comparison_that_was_left_is_taken_up_where_it_was(
    two: TwoSystems, pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(2, 6):
        two.say(OLD, f"C10{number}", MARY, "review", id=f"R{number}0", **DUE)
    wanted = two.bridge.read_now(lambda c: look(c, pair, shipped(), two.whole(), 1))
    held = Held(monkeypatch, free=3)
    held.of(two)
    monkeypatch.setattr(cutover_shown, "PATIENCE_S", 0)
    left = Looks(two.parts())
    assert await left.get(pair) == (None, True)
    async with asyncio.timeout(30):
        while left.progress is None or left.progress.looked < 3:  # noqa: ASYNC110  # a step of another task
            await asyncio.sleep(0)
    await left.stop()
    assert left.progress is None
    held.more.set()
    monkeypatch.setattr(cutover_shown, "PATIENCE_S", 60)
    made, _ = await Looks(two.parts()).get(pair)
    assert made is not None
    assert made.kinds == wanted.kinds
    assert held.steps == 6  # three people, the two others, and the end


async def test_a_look_begun_before_a_change_is_not_kept(
    two: TwoSystems, pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = Held(monkeypatch)
    held.of(two)
    monkeypatch.setattr(cutover_shown, "PATIENCE_S", 0)
    looks = Looks(two.parts())
    await looks.get(pair)
    async with asyncio.timeout(30):
        while looks.progress is None:  # noqa: ASYNC110  # a step of another task
            await asyncio.sleep(0)
    two.bridge.write_now(steps.forget)  # somebody accepted a proposal meanwhile
    looks.forget()
    held.more.set()
    monkeypatch.setattr(cutover_shown, "PATIENCE_S", 60)
    assert await looks.get(pair) == (None, False)
    assert looks.last() is None
