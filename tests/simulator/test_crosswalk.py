"""The crosswalk: what two systems call the same, from one truth."""

import csv
from datetime import date
from random import Random

from ascbridge.command_line.changeover import _COLUMNS
from ascbridge.operations.changing import id_table
from ascbridge.simulator.case_plots import PLOTS
from ascbridge.simulator.case_timeline import LETTERS, CaseTimeline
from ascbridge.simulator.caseload import Caseload
from ascbridge.simulator.city import City
from ascbridge.simulator.crosswalk import (
    PERSON,
    crosswalk,
    new_number,
    old_number,
    renumbered,
    write_crosswalk,
)

DAY = date(2026, 6, 15)
SAID = [one for case in Caseload(1, City(1, DAY)).on(DAY) for one in case]


def test_every_person_and_thing_is_in_it_once():
    rows = crosswalk(SAID)
    assert len({row[:2] for row in rows}) == len(rows)
    people = {one.citizen.council_id for one in SAID}
    assert {new for kind, _, new in rows if kind == PERSON} == {new_number(PERSON, who) for who in people}
    things = {(one.fact, one.value["id"]) for one in SAID if one.fact in LETTERS and one.fact != "review"}
    assert {(kind, new) for kind, _, new in rows if kind not in {PERSON, "review"}} == {
        (fact, new_number(fact, number)) for fact, number in things
    }


def test_the_numbers_of_no_two_things_are_one():
    numbers = {(one.fact, one.value["id"]) for one in SAID if one.fact in LETTERS and one.fact != "review"}
    for numbering in (old_number, new_number):
        assert len({numbering(*each) for each in numbers}) == len(numbers)


def test_the_old_row_of_a_review_is_used_again_and_the_file_gives_the_newest():
    review = next(plot for plot in PLOTS if plot.name == "review")
    case = CaseTimeline(City(1, DAY).citizen(), DAY, Random(1))
    review.tell(case)
    first, second = sorted({one.value["id"] for one in case.said if one.fact == "review"})
    assert old_number("review", first) == old_number("review", second)
    rows = [row for row in crosswalk(case.said) if row[0] == "review"]
    assert rows == [("review", old_number("review", first), new_number("review", second))]


def test_what_refers_to_a_thing_gives_the_number_of_the_same_system():
    referral = next(one for one in SAID if one.fact == "referral")
    for numbering in (old_number, new_number):
        said = renumbered(referral, numbering)["referral"]
        assert said["contact"] == numbering("contact", referral.value["contact"])
        assert said["id"] == numbering("referral", referral.value["id"])
    assert renumbered(next(one for one in SAID if one.fact == "known"), old_number) == {"known": True}


def test_the_file_has_a_row_for_each(tmp_path):
    path = tmp_path / "crosswalk.csv"
    count = write_crosswalk(path, SAID)
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == count == len(crosswalk(SAID))
    assert set(rows[0]) == set(_COLUMNS)  # what the command takes


def test_the_bridge_takes_its_kinds_and_each_number_is_in_one_row():
    rows = crosswalk(SAID)
    assert {kind for kind, _, _ in rows} <= id_table.KINDS
    assert len({(kind, new) for kind, _, new in rows}) == len(rows)
