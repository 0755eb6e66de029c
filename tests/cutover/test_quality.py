"""What is to be put right first, and what is proposed to a person and never guessed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ascbridge.cutover import quality
from ascbridge.operations.changing import id_table
from ascbridge.operations.changing.id_table import Row
from tests.operations.two_systems import MARY, NEW, OLD, SAM, WHO, TwoSystems

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ascbridge.cutover.quality import Proposal

DUE = {"status": "due", "due_on": "2026-12-01"}


@pytest.fixture
def city(tmp_path: Path) -> Iterator[TwoSystems]:
    made = TwoSystems(tmp_path)
    yield made
    made.close()


def faults(city: TwoSystems) -> list[tuple[str, str]]:
    assert city.pair is not None
    pair = city.pair
    found = city.bridge.read_now(lambda c: quality.faults(c, pair, city.whole().unknown_workers))
    return [(one.feed, one.what) for one in found]


def proposals(city: TwoSystems) -> list[Proposal]:
    assert city.pair is not None
    pair = city.pair
    return city.bridge.read_now(lambda c: quality.proposals(c, pair, city.whole().alike))


def load(city: TwoSystems, *rows: Row) -> None:
    assert city.pair is not None
    pair = city.pair
    city.bridge.write_now(
        lambda c: id_table.load(c, city.keyring, pair, city.profiles, rows, WHO, city.clock.at_ms)
    )


def test_people_whose_data_is_whole_are_not_listed(city: TwoSystems) -> None:
    city.say(OLD, "C100", MARY, "review", id="R1", **DUE)
    assert faults(city) == []


def test_what_is_wrong_with_a_person_is_named_for_each_feed(city: TwoSystems) -> None:
    nobody = {"address_lines": [], "postcode": ""}
    city.say(OLD, "C100", ("", *MARY[1:]), "review", id="R1", about=nobody, **DUE)
    city.say(NEW, "70001", MARY, "worker", team="Team North")
    city.say(NEW, "70002", SAM, "package", id="K1", status="live")
    assert faults(city) == [
        (OLD, "no NHS number"), (OLD, "no address"), (NEW, "unknown worker"), (NEW, "unknown worker"),
    ]  # fmt: skip


def test_two_numbers_of_one_person_and_two_persons_of_one_number(city: TwoSystems) -> None:
    city.say(OLD, "C100", MARY, "review", id="R1", **DUE)
    city.say(OLD, "C100", (SAM[0], *MARY[1:]), "review", id="R1", **DUE)
    assert faults(city) == [(OLD, "two numbers")]
    city.say(NEW, "70001", MARY, "review", id="N1", **DUE)
    city.say(NEW, "70002", (MARY[0], *SAM[1:]), "review", id="N2", **DUE)
    assert faults(city) == [(NEW, "number shared by two")] * 2 + [(OLD, "two numbers")]


def test_the_two_systems_numbers_of_one_person_must_agree(city: TwoSystems) -> None:
    city.say(OLD, "C100", MARY, "review", id="R1", **DUE)
    city.say(NEW, "70001", (SAM[0], *MARY[1:]), "review", id="N1", **DUE)
    load(city, Row("person", "C100", "70001"))
    assert faults(city) == [(NEW, "two numbers")]


def test_a_person_is_proposed_by_number_and_birth_date_and_only_where_it_is_one(city: TwoSystems) -> None:
    city.say(OLD, "C100", MARY, "review", id="R1", **DUE)
    city.say(NEW, "70001", MARY, "review", id="N1", **DUE)
    city.say(OLD, "C200", SAM, "review", id="R2", **DUE)
    city.say(NEW, "70002", (*SAM[:3], "1938-07-03"), "review", id="N2", **DUE)
    (one,) = proposals(city)
    assert (one.kind, one.why) == ("person", "the same verified NHS number and birth date")
    city.say(NEW, "70003", MARY, "review", id="N3", **DUE)
    assert proposals(city) == []


def test_a_thing_is_proposed_where_each_side_has_exactly_one_like_it(city: TwoSystems) -> None:
    city.say(OLD, "C100", MARY, "review", id="R1", **DUE)
    city.say(NEW, "70001", MARY, "review", id="N1", **DUE)
    load(city, Row("person", "C100", "70001"))
    (one,) = proposals(city)
    assert (one.kind, one.theirs, one.ours, one.why) == ("review", "N1", "R1", "alike in due_on")
    city.say(NEW, "70001", MARY, "review", id="N2", **DUE)
    assert proposals(city) == []
