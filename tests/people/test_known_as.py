"""The crosswalk: one id for a thing, whichever system speaks of it, and nothing guessed."""

from __future__ import annotations

import pytest

from ascbridge.events.facts.care import PackageStated, ReviewStated, WorkerAllocated
from ascbridge.events.facts.catalogue import DeathStatusRecorded, PatientDetailsRecorded
from ascbridge.people import known_as
from ascbridge.people.known_as import HEARD, PERSON, Crosswalk, Pairing
from tests.people.ward import empty_bridge, stamp

FEED = "case-new"


def row(kind: str, theirs: str, ours: str, feed: str = FEED) -> Pairing:
    return Pairing(feed, kind, theirs, ours, "file", "Ola", 5)


ROWS = [
    row(PERSON, "pnew", "pold"),
    row("review", "N9", "R1"),
    row("package", "7", "P1"),
    row("support_plan", "8", "SP1"),
    row("package", "X", "Q", "another"),
]
WALK = Crosswalk(FEED, ROWS, own=True)


def test_persons_and_things_go_by_the_ids_that_we_know() -> None:
    assert (WALK.person("pnew"), WALK.person("pother")) == ("pold", "pother")
    assert (WALK.slot("review:N9"), WALK.slot("worker")) == ("review:R1", "worker")
    assert WALK.id("review", "") == ""


def test_what_is_not_known_gets_a_name_of_its_own_unless_the_numbers_are_the_same() -> None:
    assert WALK.slot("review:R1") == "review:case-new/R1"
    assert WALK.slot("package:X") == "package:case-new/X"
    assert Crosswalk(FEED, ROWS, own=False).slot("review:R1") == "review:R1"


def test_a_fact_has_its_own_id_and_those_it_refers_to() -> None:
    said = ReviewStated(review="N9", status="due", reviews="8", stamp=stamp(0))
    assert WALK.fact(said) == said.model_copy(update={"review": "R1", "reviews": "SP1"})
    worker = WorkerAllocated(team="Team North", stamp=stamp(0))
    assert WALK.fact(worker) == worker
    died = DeathStatusRecorded(died=True, stamp=stamp(0))
    assert WALK.fact(died) is died


def test_a_reference_that_may_be_two_things_is_none_of_them() -> None:
    both = Crosswalk(FEED, [*ROWS, row("package", "8", "P8")], own=True)
    assert both.value("review", {"reviews": "8"}) == {"reviews": "case-new/8"}
    assert both.value("review", {"reviews": "7", "status": "due"}) == {"reviews": "P1", "status": "due"}


def test_the_way_back_names_every_id_under_which_a_thing_may_be_spoken_of() -> None:
    assert WALK.slots_of("pold", "review:R1") == [
        ("pnew", "review:N9"), ("pnew", "review:R1"), ("pold", "review:N9"), ("pold", "review:R1"),
    ]  # fmt: skip
    assert WALK.slots_of("pold", "worker") == [("pnew", "worker"), ("pold", "worker")]
    assert ("pother", "review:5") in WALK.slots_of("pother", "review:case-new/5")


@pytest.mark.parametrize(
    "fact,slot",
    [
        (PackageStated(package="P1", status="live", stamp=stamp(0)), "package:P1"),
        (WorkerAllocated(team="", stamp=stamp(0)), "worker"),
        (DeathStatusRecorded(died=False, stamp=stamp(0)), "death"),
        (PatientDetailsRecorded(source_name="x", number_state="none", stamp=stamp(0)), "person"),
    ],
)
def test_every_fact_is_about_one_slot(fact: object, slot: str) -> None:
    assert known_as.slot_of(fact) == slot  # type: ignore[arg-type]  # each of them is a fact


def test_rows_are_found_from_both_sides_and_replaced() -> None:
    with empty_bridge() as connection:
        known_as.write(connection, ROWS)
        assert known_as.about(connection, [FEED], ["R1"]) == [ROWS[1]]
        assert known_as.about(connection, [FEED], ["N9"]) == [ROWS[1]]
        assert known_as.about(connection, ["another"], ["R1"]) == []
        known_as.write(connection, [row("review", "N9", "R2")])
        assert Crosswalk(FEED, known_as.everything(connection, FEED), own=True).id("review", "N9") == "R2"
        assert known_as.theirs_of(connection, ["pold", "pnew"]) == ["pnew"]


def test_what_was_heard_under_a_name_of_its_own_stays_known_by_it() -> None:
    with empty_bridge() as connection:
        known_as.write(connection, ROWS)
        known_as.keep_heard(connection, FEED, [("review", "R5"), ("review", "N9")], 7)
        rows = {one.theirs: one for one in known_as.everything(connection, FEED)}
        assert (rows["R5"].ours, rows["R5"].source) == ("case-new/R5", HEARD)
        assert rows["N9"].ours == "R1"
        assert Crosswalk(FEED, rows.values(), own=False).id("review", "R5") == "case-new/R5"
