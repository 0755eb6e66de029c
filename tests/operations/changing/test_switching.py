"""Switching: all that is named or nothing, recorded, reversible, and refused where something stands against it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from ascbridge.cutover.comparison_rules import shipped
from ascbridge.events.handlers import switches
from ascbridge.events.handlers.switches import EVENT_TYPES
from ascbridge.operations.changing import id_table, switching
from ascbridge.operations.changing.id_table import Row
from ascbridge.operations.changing.switching import CannotSwitch
from ascbridge.operations.finding import audit_search
from ascbridge.storage.tables import care, feed_word
from tests.operations.two_systems import MARY, NEW, OLD, WHO, Between, TwoSystems

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ascbridge.events.handlers.switches import Switch

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
        city.switch("review", anyway=False)
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


# -- what was said in shadow, and what the other still says ---------------------------------------------------------------

DUE = {"status": "due", "due_on": "2026-12-01"}


def paired(city: TwoSystems, *more: Row) -> None:
    """Mary has one review in both systems, and the crosswalk says so."""
    city.say(OLD, "C100", MARY, "review", id="R1", **DUE)
    city.say(NEW, "70001", MARY, "review", id="N1", **DUE)
    assert city.pair is not None
    pair, rows = city.pair, [Row("person", "C100", "70001"), Row("review", "R1", "N1"), *more]
    city.bridge.write_now(
        lambda c: id_table.load(c, city.keyring, pair, city.profiles, rows, WHO, city.clock.at_ms)
    )
    city.pair_events()


def reviews(city: TwoSystems) -> dict[str, str]:
    return {
        row.slot: json.loads(row.value)["due_on"] for row in city.rows(care) if row.slot.startswith("review")
    }


def waiting(city: TwoSystems) -> list[tuple[str, str, tuple[str, ...]]]:
    found = city.bridge.read_now(lambda c: switching.corrections(c, shipped(), switches.load(c, city.pair)))
    return [(one.slot, one.verdict, one.fields) for one in found]


def test_what_agrees_is_continued_without_being_said_again(city: TwoSystems) -> None:
    paired(city)
    before = city.said("care")
    city.switch("review", anyway=False)
    assert (city.said("care"), reviews(city)) == (before, {"review:R1": "2026-12-01"})


def test_figures_stand_against_a_switch_and_never_against_going_back(city: TwoSystems) -> None:
    paired(city)
    city.say(NEW, "70001", MARY, "review", id="N1", status="due", due_on="2027-01-15")
    with pytest.raises(CannotSwitch, match=r"review: agreement is 0\.0%, wants 100\.0%"):
        city.switch("review", anyway=False)
    (made,) = city.switch("review")
    assert "agreement is 0.0%" in made.against
    city.switch("review", to=OLD, anyway=False)


def test_an_accepted_difference_is_said_once_and_holds(city: TwoSystems) -> None:
    paired(city)
    city.say(NEW, "70001", MARY, "review", id="N1", status="due", due_on="2027-01-15")
    city.say(NEW, "70001", MARY, "review", id="N2", status="due", due_on="2027-05-05")
    before = len(city.said("care"))
    city.switch("review")
    assert reviews(city) == {"review:R1": "2027-01-15", f"review:{NEW}/N2": "2027-05-05"}
    assert len(city.said("care")) == before + 2
    city.switch("review", to=OLD)
    city.switch("review")
    assert len(city.said("care")) == before + 2


def test_a_correction_of_the_old_system_is_shown_and_applied_only_when_told(city: TwoSystems) -> None:
    paired(city)
    city.switch("review")
    city.clock.at_ms += 60_000
    city.say(OLD, "C100", MARY, "review", id="R1", status="due", due_on="2026-11-30")
    assert reviews(city) == {"review:R1": "2026-12-01"}
    assert waiting(city) == [("review:R1", "differs", ("due_on",))]
    (word,) = (word for word in city.rows(feed_word) if (word.feed, word.slot) == (OLD, "review:R1"))
    assert city.pair is not None
    pair = city.pair

    def apply() -> None:
        who = replace(WHO, why="rang the ward")
        city.bridge.write_now(
            lambda c: switching.apply_correction(
                c, pair, shipped(), word.message_id, REVIEW, who, city.clock.at_ms
            )
        )
        while city.bridge.write_now(city.translator.apply_words):
            continue
        city.work()

    apply()
    assert (reviews(city), waiting(city)) == ({"review:R1": "2026-11-30"}, [])
    with pytest.raises(CannotSwitch, match="no correction that waits"):
        apply()
    city.say(NEW, "70001", MARY, "review", id="N1", status="due", due_on="2027-02-02")
    assert reviews(city) == {"review:R1": "2027-02-02"}


def test_what_the_old_system_repeats_is_no_correction(city: TwoSystems) -> None:
    paired(city)
    city.switch("review")
    city.clock.at_ms += 60_000
    city.say(OLD, "C100", MARY, "review", id="R1", **DUE)
    assert waiting(city) == []


async def switched(city: TwoSystems, between: Between) -> list[Switch]:
    """Switch reviews in steps, as the pages' process does."""
    assert city.pair is not None
    wish = switching.asked(["review"], NEW, "the weekend", anyway=True, pair=city.pair)
    made = await switching.switch_ahead(
        between, city.pair, shipped(), city.profiles, wish, WHO, city.clock
    )  # fmt: skip
    while city.bridge.write_now(city.translator.apply_words):
        continue
    city.work()
    return made


MAKING = 3
"""Of the writes of a switch: the first says that everybody is compared, the second how far, the third switches."""


async def test_what_is_said_while_everybody_is_compared_is_switched_by_too(city: TwoSystems) -> None:
    paired(city)
    between = Between(
        city.bridge, MAKING,
        lambda: city.say(NEW, "70001", MARY, "review", id="N1", status="due", due_on="2027-01-15"),
    )  # fmt: skip
    (made,) = await switched(city, between)
    assert (made.live, between.writes) == (NEW, MAKING)
    assert reviews(city) == {"review:R1": "2027-01-15"}


async def test_a_crosswalk_that_is_loaded_while_everybody_is_compared_has_them_compared_anew(
    city: TwoSystems,
) -> None:
    paired(city)
    city.say(NEW, "70001", MARY, "review", id="N2", status="due", due_on="2027-05-05")
    between = Between(city.bridge, MAKING, lambda: paired(city, Row("review", "R2", "N2")))
    (made,) = await switched(city, between)
    assert (made.live, between.writes) == (NEW, 2 * MAKING)
    assert reviews(city) == {"review:R1": "2026-12-01", "review:R2": "2027-05-05"}


async def test_what_is_heard_already_is_refused_before_anybody_is_compared(city: TwoSystems) -> None:
    city.switch("review")
    between = Between(city.bridge, 0, lambda: None)
    with pytest.raises(CannotSwitch, match="is heard already"):
        await switched(city, between)
    assert between.writes == 0
