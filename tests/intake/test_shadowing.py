"""What is heard of two case systems: one of them for each event type, and the other teaches nobody anything."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson
import pytest

from ascbridge.intake.shadowing import IN_SHADOW
from ascbridge.storage.tables import care, event_log, message_state, open_effect, patient
from tests.operations.two_systems import MARY, NEW, OLD, SAM, TwoSystems

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DUE = {"id": "R1", "status": "due", "due_on": "2026-12-01"}
REVIEW, PERSON = "care.review-stated.v1", "person.patient-details-recorded.v1"


@pytest.fixture
def city(tmp_path: Path) -> Iterator[TwoSystems]:
    made = TwoSystems(tmp_path)
    yield made
    made.close()


def slots(city: TwoSystems) -> list[str]:
    return [row.slot for row in city.rows(care)]


def test_the_new_system_is_in_shadow_until_it_is_switched_to(city: TwoSystems) -> None:
    city.say(NEW, "70001", MARY, "review", **DUE)
    assert city.said("shadow") == [PERSON, REVIEW]
    assert (city.said("care"), city.said("person"), city.rows(care), city.rows(patient)) == ([], [], [], [])
    (state,) = city.rows(message_state)
    assert (state.state, state.note) == ("no_effect", IN_SHADOW)
    assert city.rows(open_effect) == []


def test_the_old_system_is_heard_as_before(city: TwoSystems) -> None:
    city.say(OLD, "C100", MARY, "review", **DUE)
    assert (city.said("shadow"), city.said("care"), slots(city)) == ([], [REVIEW], ["review:R1"])


def test_a_switch_is_for_one_event_type(city: TwoSystems) -> None:
    city.switch("review", "person")
    city.say(NEW, "70001", MARY, "review", **DUE)
    city.say(NEW, "70001", MARY, "package", id="P1", status="live")
    assert slots(city) == ["review:R1"]
    assert city.said("shadow") == ["care.package-stated.v1"]
    city.say(OLD, "C100", MARY, "review", id="R2", status="due")
    assert slots(city) == ["review:R1"]
    city.say(OLD, "C200", SAM, "package", id="P9", status="live")
    assert slots(city) == ["review:R1", "package:P9"]


def test_a_fact_is_heard_though_who_it_is_about_is_still_in_shadow(city: TwoSystems) -> None:
    city.switch("review")
    city.say(NEW, "70001", MARY, "review", **DUE)
    assert (city.said("care"), city.said("shadow")) == ([REVIEW], [PERSON])
    (state,) = city.rows(message_state)
    assert (state.state, state.note) == ("delivered", "")


def test_switched_back_is_as_before(city: TwoSystems) -> None:
    city.switch("all")
    city.switch("all", to=OLD)
    city.say(NEW, "70001", MARY, "review", **DUE)
    city.say(OLD, "C100", MARY, "review", **DUE)
    assert (slots(city), city.said("shadow")) == (["review:R1"], [PERSON, REVIEW])


def test_what_is_understood_again_is_heard_as_it_was_at_first(city: TwoSystems) -> None:
    city.say(NEW, "70001", MARY, "review", **DUE)
    city.say(OLD, "C100", MARY, "review", **DUE)
    before = [row.event_id for row in city.rows(event_log)]
    city.clock.at_ms += 1
    city.switch("all")
    city.bridge.write_now(lambda c: c.execute(event_log.delete()))
    city._read = {}
    city.work()
    assert [row.event_id for row in city.rows(event_log)] == before
    assert sorted(city.said("shadow")) == [REVIEW, PERSON]


def test_what_waited_while_the_switch_was_made_goes_by_the_switch(city: TwoSystems) -> None:
    city.say(NEW, "70001", MARY, "review", **DUE, work=False)
    city.switch("all")
    assert (slots(city), city.said("shadow")) == (["review:R1"], [])


def test_nothing_of_where_a_stranger_is_goes_into_shadow(city: TwoSystems) -> None:
    """Nobody can say yet whether a number of the new system is that of a restricted person."""
    city.say(NEW, "70001", MARY, "package", id="P1", status="live", provider="Invented Care Home")
    (row,) = (row for row in city.rows(event_log) if b"P1" in row.value)
    assert orjson.loads(row.value)["provider"] == ""


def test_without_a_cut_over_nothing_is_in_shadow(tmp_path: Path) -> None:
    city = TwoSystems(tmp_path, cutover={})
    city.say(OLD, "C100", MARY, "review", **DUE)
    city.say(NEW, "70001", SAM, "review", **DUE)
    assert (slots(city), city.said("shadow")) == (["review:R1", "review:R1"], [])
    city.close()
