"""Switching: all that is named or nothing, recorded, reversible, and refused where something stands against it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ascbridge.events import switches
from ascbridge.events.switches import EVENT_TYPES
from ascbridge.operations import audit_search, switching
from ascbridge.operations.switching import CannotSwitch
from tests.operations.two_systems import NEW, OLD, TwoSystems

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

REVIEW = EVENT_TYPES["review"]


@pytest.fixture
def city(tmp_path: Path) -> Iterator[TwoSystems]:
    made = TwoSystems(tmp_path)
    yield made
    made.close()


class Unsigned(TwoSystems):
    signed = False


def test_a_switch_is_recorded_with_who_and_why_and_taken_back(city: TwoSystems) -> None:
    (made,) = city.switch("review", why="reviews agree since Monday")
    assert (made.event_type, made.live, made.other, made.who) == (REVIEW, NEW, OLD, "Ola Green")
    (back,) = city.switch("review", to=OLD, why="wrong dates")
    assert (back.live, back.other, back.at_ms) == (OLD, NEW, made.at_ms + 1)
    assert city.bridge.read_now(switches.history) == [made, back]
    last, first = city.bridge.read_now(audit_search.entries)
    assert (first.what, first.why) == (
        f"{REVIEW} switched from {OLD} to {NEW}", "reviews agree since Monday",
    )  # fmt: skip
    assert (last.what, last.result) == (f"{REVIEW} switched from {NEW} to {OLD}", "done")


def test_all_is_every_event_type_or_none(city: TwoSystems) -> None:
    city.switch("review")
    with pytest.raises(CannotSwitch, match=f"{NEW} is heard already: {REVIEW}"):
        city.switch("all")
    city.switch("review", to=OLD)
    assert len(city.switch("all")) == len(EVENT_TYPES)


def test_a_profile_that_nobody_signed_is_not_switched_to_unless_told_and_then_recorded(
    tmp_path: Path,
) -> None:
    city = Unsigned(tmp_path)
    with pytest.raises(CannotSwitch, match="not signed"):
        city.switch("review")
    assert city.bridge.read_now(switches.history) == []
    (made,) = city.switch("review", anyway=True)
    assert "not signed" in made.against
    (entry,) = city.bridge.read_now(audit_search.entries)
    assert entry.result == "done against advice"
    city.switch("review", to=OLD)
    city.close()


@pytest.mark.parametrize(
    "words,to,why,wrong",
    [
        ([], NEW, "so", "name an event type"),
        (["reviews"], NEW, "so", "there is no event type 'reviews'"),
        (["review"], "council-facts", "so", "the feeds of this cut-over are"),
        (["review"], NEW, "  ", "say why"),
    ],
)
def test_what_is_not_meant_clearly_is_refused(
    city: TwoSystems, words: list[str], to: str, why: str, wrong: str
) -> None:
    with pytest.raises(CannotSwitch, match=wrong):
        switching.asked(words, to, why, anyway=True, pair=city.pair)


def test_without_a_cut_over_nothing_can_be_switched() -> None:
    with pytest.raises(CannotSwitch, match="no cut-over is set up"):
        switching.asked(["review"], NEW, "so", anyway=False, pair=None)
