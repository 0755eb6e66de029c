"""A comparison in steps: how far it is, written down, taken up, and worth nothing once somebody changed what is compared."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from ascbridge.cutover import comparing, steps
from ascbridge.cutover.comparison_rules import Rules, shipped
from ascbridge.cutover.steps import STALE_MS, Step
from tests.operations.two_systems import MARY, NEW, OLD, TwoSystems

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ascbridge.events.handlers.switches import Pair

DUE: dict[str, Any] = {"status": "due", "due_on": "2026-12-01"}


@pytest.fixture
def city(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[TwoSystems]:
    monkeypatch.setattr(comparing, "AT_ONCE", 1)
    made = TwoSystems(tmp_path)
    made.say(OLD, "C100", MARY, "review", id="R1", **DUE)
    made.say(NEW, "70001", MARY, "review", id="N1", **DUE)
    yield made
    made.close()


@pytest.fixture
def pair(city: TwoSystems) -> Pair:
    assert city.pair is not None
    return city.pair


def step(city: TwoSystems, pair: Pair, at: Step, now_ms: int = 9) -> Step:
    return city.bridge.read_now(lambda c: steps.step(c, pair, shipped(), at, now_ms))


def load(city: TwoSystems, pair: Pair, now_ms: int, rules: Rules | None = None) -> Step | None:
    return city.bridge.read_now(lambda c: steps.load(c, pair, rules or shipped(), now_ms))


def keep(city: TwoSystems, pair: Pair, at: Step) -> bool:
    return city.bridge.write_now(lambda c: steps.keep(c, pair, shipped(), at))


def test_it_goes_person_by_person_and_says_when_it_ends(city: TwoSystems, pair: Pair) -> None:
    assert city.bridge.read_now(lambda c: steps.everybody(c, pair)) == 2
    one = step(city, pair, Step(5))
    two = step(city, pair, one)
    assert (one.looked, two.looked, two.ended_ms) == (1, 2, None)
    end = step(city, pair, two)
    assert (end.looked, end.ended_ms) == (2, 9)
    assert end.found.counts == city.whole().counts


def test_what_is_written_down_is_taken_up_for_an_hour_and_by_the_same_rules(
    city: TwoSystems, pair: Pair
) -> None:
    assert load(city, pair, 5) is None
    at = Step(5)
    city.bridge.write_now(lambda c: steps.begin(c, pair, shipped(), at))
    at = step(city, pair, at)
    assert keep(city, pair, at)
    assert load(city, pair, 5 + STALE_MS) == at
    assert load(city, pair, 6 + STALE_MS) is None
    rule = shipped().rule["review"].model_copy(update={"window_hours": 1.0})
    other = shipped().model_copy(update={"rule": shipped().rule | {"review": rule}})
    assert load(city, pair, 5, other) is None


def test_one_that_somebody_made_worthless_or_began_anew_is_not_written_down(
    city: TwoSystems, pair: Pair
) -> None:
    at = Step(5)
    city.bridge.write_now(lambda c: steps.begin(c, pair, shipped(), at))
    assert keep(city, pair, at)
    city.bridge.write_now(lambda c: steps.begin(c, pair, shipped(), replace(at, began_ms=6)))
    assert not keep(city, pair, at)
    city.bridge.write_now(steps.forget)
    assert not keep(city, pair, replace(at, began_ms=6))
    assert load(city, pair, 6) is None


def test_a_switch_and_a_crosswalk_make_it_worthless(city: TwoSystems, pair: Pair) -> None:
    city.bridge.write_now(lambda c: steps.begin(c, pair, shipped(), Step(5)))
    city.switch("review")
    assert load(city, pair, 5) is None
