"""The go/no-go sheet: every criterion for every event type, and what stands against a switch in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ascbridge.cutover import sheets
from ascbridge.cutover.comparison_rules import shipped
from ascbridge.events.handlers.switches import EVENT_TYPES
from ascbridge.operations.changing import id_table
from ascbridge.operations.changing.id_table import Row
from tests.operations.two_systems import MARY, NEW, OLD, WHO, TwoSystems

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ascbridge.cutover.sheets import Sheet

DUE = {"status": "due", "due_on": "2026-12-01"}


@pytest.fixture
def city(tmp_path: Path) -> Iterator[TwoSystems]:
    made = TwoSystems(tmp_path)
    made.say(OLD, "C100", MARY, "review", id="R1", **DUE)
    made.say(NEW, "70001", MARY, "review", id="N1", **DUE)
    yield made
    made.close()


def sheet(city: TwoSystems) -> Sheet:
    assert city.pair is not None
    pair, rules = city.pair, shipped()
    return city.bridge.read_now(lambda c: sheets.fill(c, pair, rules, city.whole(), city.clock.at_ms))


def test_every_event_type_has_every_criterion(city: TwoSystems) -> None:
    lines = sheet(city).lines
    assert len(lines) == len({(one.word, one.criterion) for one in lines}) == 5 * len(EVENT_TYPES)


def test_it_is_no_go_until_people_and_things_are_paired_and_agree(city: TwoSystems) -> None:
    assert sheet(city).against(["review"]) == [
        "review: agreement is 0.0%, wants 100.0%", "review: undecided proposals is 1, wants 0",
    ]  # fmt: skip
    pair = city.pair
    assert pair is not None
    rows = [Row("person", "C100", "70001"), Row("review", "R1", "N1")]
    city.bridge.write_now(
        lambda c: id_table.load(c, city.keyring, pair, city.profiles, rows, WHO, city.clock.at_ms)
    )
    assert sheet(city).against(["review"]) == [
        "review: events not paired yet is being looked at anew, wants 100"
    ]
    city.pair_events()
    assert sheet(city).against(EVENT_TYPES) == []
    city.say(NEW, "70001", MARY, "review", id="N1", status="due", due_on="2027-12-01")
    assert sheet(city).against(["review"]) == ["review: agreement is 0.0%, wants 100.0%"]
    assert sheet(city).against(["worker"]) == []


def test_events_that_stay_off_stand_against_a_switch_once_no_partner_can_come(city: TwoSystems) -> None:
    pair = city.pair
    assert pair is not None
    rows = [Row("person", "C100", "70001"), Row("review", "R1", "N1")]
    city.bridge.write_now(
        lambda c: id_table.load(c, city.keyring, pair, city.profiles, rows, WHO, city.clock.at_ms)
    )
    city.say(NEW, "70001", MARY, "review", id="N1", status="due", due_on="2027-12-01")
    city.pair_events()
    wrong = "review: events agreeing in 14 days is 50.0%, wants 99.0%"
    assert wrong not in sheet(city).against(["review"])
    city.clock.at_ms += 100 * 3_600_000
    assert wrong in sheet(city).against(["review"])
    assert "most 100" in next(one.bound for one in sheet(city).lines if "not paired" in one.criterion)
