"""A comparison made ahead holds at its moment: who spoke since is compared again, and nobody else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ascbridge.cutover import ahead as module
from ascbridge.cutover import comparing
from ascbridge.cutover.ahead import Ahead, turn
from ascbridge.cutover.comparison_rules import shipped
from ascbridge.operations.changing import id_table
from ascbridge.operations.changing.id_table import Row
from ascbridge.storage.tables import feed_word
from tests.operations.two_systems import MARY, NEW, OLD, SAM, WHO, TwoSystems

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ascbridge.events.handlers.switches import Pair

DUE: dict[str, Any] = {"status": "due", "due_on": "2026-12-01"}
ANN = ("9993000035", "PATEL", "ANN", "1939-05-05")


@pytest.fixture
def city(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[TwoSystems]:
    monkeypatch.setattr(module, "PEOPLE", 1)
    made = TwoSystems(tmp_path)
    made.say(OLD, "C100", MARY, "review", id="R1", **DUE)
    made.say(NEW, "70001", MARY, "review", id="N1", **DUE)
    made.say(OLD, "C200", SAM, "review", id="R2", **DUE)
    yield made
    made.close()


@pytest.fixture
def pair(city: TwoSystems) -> Pair:
    assert city.pair is not None
    return city.pair


def told(compared: comparing.Comparison) -> list[tuple[str, str]]:
    return [(one.patient_key, one.verdict) for one in compared.things]


@pytest.fixture
def ahead(city: TwoSystems, pair: Pair) -> Ahead:
    made = Ahead(pair, shipped(), told)
    city.bridge.write_now(lambda c: made.begin(c, 5))
    while city.bridge.read_now(made.step):
        pass
    return made


def is_so(city: TwoSystems, ahead: Ahead) -> bool:
    """Whether it says what a comparison of everybody says now."""
    things = [(one.patient_key, one.verdict) for one in city.compared().things]
    now = city.whole()
    return sorted(ahead.told) == sorted(things) and (ahead.found.counts, ahead.found.places) == (
        now.counts,
        now.places,
    )


def catch_up(city: TwoSystems, ahead: Ahead) -> int:
    until = city.bridge.write_now(turn)
    return city.bridge.read_now(lambda c: ahead.catch_up(c, until))


def test_nobody_is_compared_again_of_whom_nothing_was_said(city: TwoSystems, ahead: Ahead) -> None:
    assert is_so(city, ahead)
    assert catch_up(city, ahead) == 0


def test_who_spoke_since_is_compared_again_and_nobody_else(
    city: TwoSystems, ahead: Ahead, monkeypatch: pytest.MonkeyPatch
) -> None:
    city.say(NEW, "70001", MARY, "review", id="N1", status="done", done_on="2026-11-20")
    assert not is_so(city, ahead)
    asked, of_people = list[str](), comparing.of_people

    def noted(connection: Any, pair: Pair, rules: Any, keys: Any) -> comparing.Comparison:
        asked.extend(keys)
        return of_people(connection, pair, rules, keys)

    monkeypatch.setattr(comparing, "of_people", noted)
    assert catch_up(city, ahead)
    monkeypatch.undo()
    assert is_so(city, ahead)
    assert not {word.patient_key for word in city.rows(feed_word) if word.slot == "review:R2"} & set(asked)
    assert catch_up(city, ahead) == 0


def test_who_is_new_is_compared_too(city: TwoSystems, ahead: Ahead) -> None:
    city.say(NEW, "70003", ANN, "review", id="N3", **DUE)
    city.say(OLD, "C050", ANN, "review", id="R3", **DUE)
    assert catch_up(city, ahead)
    assert is_so(city, ahead)


def test_a_crosswalk_that_changes_ends_it(city: TwoSystems, pair: Pair, ahead: Ahead) -> None:
    assert city.bridge.read_now(ahead.holds)
    rows = [Row("person", "C100", "70001")]
    city.bridge.write_now(
        lambda c: id_table.load(c, city.keyring, pair, city.profiles, rows, WHO, city.clock.at_ms)
    )
    assert not city.bridge.read_now(ahead.holds)
