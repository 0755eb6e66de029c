"""Both sides compared as they stand: what agrees, what differs in which fields, what only one of them has."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ascbridge.cutover.comparing import NAMES, Comparison
from ascbridge.operations.changing import id_table
from ascbridge.operations.changing.id_table import Row
from tests.operations.two_systems import MARY, NEW, OLD, SAM, WHO, TwoSystems

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DUE = {"status": "due", "due_on": "2026-12-01"}
LIVE = {"status": "live", "started_on": "2026-02-01", "provider": "Invented Care"}


@pytest.fixture
def city(tmp_path: Path) -> Iterator[TwoSystems]:
    made = TwoSystems(tmp_path)
    made.say(OLD, "C100", MARY, "review", id="R1", **DUE)
    made.say(NEW, "70001", MARY, "review", id="N9", **DUE)
    pair = made.pair
    assert pair is not None
    rows = [Row("person", "C100", "70001"), Row("review", "R1", "N9"), Row("package", "P1", "K1")]
    made.bridge.write_now(
        lambda c: id_table.load(c, made.keyring, pair, made.profiles, rows, WHO, made.clock.at_ms)
    )
    yield made
    made.close()


def compare(city: TwoSystems) -> Comparison:
    return city.compared()


def told(city: TwoSystems, word: str) -> list[tuple[str, str, tuple[str, ...]]]:
    return [(one.slot, one.verdict, one.fields) for one in compare(city).things if one.word == word]


def test_what_both_say_agrees_whatever_it_is_numbered(city: TwoSystems) -> None:
    found = compare(city)
    assert [(one.slot, one.verdict) for one in found.things] == [("person", "agree"), ("review:R1", "agree")]
    whole = city.whole()
    assert (whole.agreement("review"), whole.agreement("worker")) == (1.0, 1.0)
    assert found.things[0].person_id


def test_fields_that_differ_are_named_and_shown_from_both_sides(city: TwoSystems) -> None:
    city.say(NEW, "70001", MARY, "review", id="N9", status="due", due_on="2027-12-01")
    (one,) = (one for one in compare(city).things if one.word == "review")
    assert (one.verdict, one.fields) == ("differs", ("due_on",))
    assert [one.shown(side, "due_on") for side in (one.old, one.new)] == ["2026-12-01", "2027-12-01"]
    assert city.whole().of("review") == {"agree": 0, "differs": 1, "missing": 0, "extra": 0}


def test_what_only_one_side_has_is_missing_or_extra(city: TwoSystems) -> None:
    city.say(OLD, "C100", MARY, "package", id="P1", **LIVE)
    assert told(city, "package") == [("package:P1", "missing", ())]
    city.say(NEW, "70001", MARY, "package", id="K2", **LIVE)
    assert set(told(city, "package")) == {
        ("package:P1", "missing", ()), (f"package:{NEW}/K2", "extra", ()),
    }  # fmt: skip


def test_what_is_closed_on_both_sides_is_history(city: TwoSystems) -> None:
    for feed, number, id in ((OLD, "C100", "P1"), (NEW, "70001", "K1")):
        city.say(
            feed, number, MARY, "package", id=id, status="ended", ended_on=f"2026-0{1 + (feed == NEW)}-01"
        )
    found = compare(city)
    assert (told(city, "package"), found.closed["package"]) == ([], 1)


def test_a_tolerated_difference_is_none(city: TwoSystems) -> None:
    city.say(OLD, "C100", MARY, "package", id="P1", **LIVE)
    city.say(NEW, "70001", MARY, "package", id="K1", **LIVE, changed_on="2026-03-01")
    assert told(city, "package") == [("package:P1", "agree", ())]


def test_names_are_compared_and_never_shown(city: TwoSystems) -> None:
    city.say(OLD, "C100", MARY, "worker", team="Team North", name="Amina Yusuf")
    city.say(NEW, "70001", MARY, "worker", team="Team North", name="Bela Novak")
    (one,) = (one for one in compare(city).things if one.word == "worker")
    assert (one.fields, one.shown(one.old, NAMES), one.shown(one.new, NAMES)) == ((NAMES,), "", "")


def test_a_provider_that_only_one_side_says_differs_unless_it_was_withheld(city: TwoSystems) -> None:
    city.say(OLD, "C100", MARY, "package", id="P1", **LIVE)
    city.say(NEW, "70001", MARY, "package", id="K1", **LIVE | {"provider": ""})
    assert told(city, "package") == [("package:P1", "differs", ("provider",))]
    city.say(OLD, "C200", SAM, "package", id="P2", **LIVE)
    city.say(NEW, "70002", SAM, "package", id="K2", **LIVE)  # nobody knows yet who 70002 is
    pair = city.pair
    assert pair is not None
    more = [Row("person", "C200", "70002"), Row("package", "P2", "K2")]
    city.bridge.write_now(
        lambda c: id_table.load(c, city.keyring, pair, city.profiles, more, WHO, city.clock.at_ms)
    )
    assert ("package:P2", "agree", ()) in told(city, "package")


def test_of_two_things_that_are_one_of_ours_what_was_said_last_is_compared(city: TwoSystems) -> None:
    pair = city.pair
    assert pair is not None
    for number in ("N0", "N10"):  # on either side of N9 in any order of names
        row = [Row("review", "R1", number)]
        city.bridge.write_now(
            lambda c, row=row: id_table.load(c, city.keyring, pair, city.profiles, row, WHO, city.clock.at_ms)
        )
        due = {"status": "due", "due_on": f"202{7 + len(number)}-12-01"}
        city.say(OLD, "C100", MARY, "review", id="R1", **due)
        city.say(NEW, "70001", MARY, "review", id=number, **due)
        assert told(city, "review") == [("review:R1", "agree", ())]


def test_where_a_restricted_person_is_cared_for_is_not_shown(city: TwoSystems) -> None:
    city.say(OLD, "C100", MARY, "package", id="P1", **LIVE)
    city.say(NEW, "70001", MARY, "package", id="K1", **LIVE | {"provider": "Another Home"})
    (one,) = (one for one in compare(city).things if one.word == "package")
    assert (one.fields, one.shown(one.old, "provider")) == (("provider",), "Invented Care")
    city.hear("A01", local_id="L1", visit="V1", nhs_number=MARY[0], name="EVANS^MARY", born="19410314",
              extra=("ZU8||||2",))  # fmt: skip
    (one,) = (one for one in compare(city).things if one.word == "package")
    assert (one.restricted, one.shown(one.old, "provider"), one.shown(one.new, "provider")) == (True, "", "")


def test_somebody_else_is_somebody_else(city: TwoSystems) -> None:
    city.say(NEW, "70002", SAM, "review", id="N10", **DUE)
    people = {one.patient_key: one.person_id for one in compare(city).things if one.verdict == "extra"}
    assert list(people.values()) == [""]
