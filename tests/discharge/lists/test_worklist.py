"""The desk's lists, counts and stories."""

from dataclasses import replace
from typing import get_args

import pytest

from ascbridge.discharge.acts import between_people, desk
from ascbridge.discharge.acts.desk import Sitting
from ascbridge.discharge.deciding.decision import task_id
from ascbridge.discharge.lists import task_story, worklist
from ascbridge.discharge.lists.worklist import NOBODY, NOT_STATED, VIEWS, Lists, View
from ascbridge.events.facts import catalogue as words
from ascbridge.people.actor import Actor
from tests.discharge.builders import (
    ED,
    W21,
    Bench,
    at,
    death,
    snapshot,
)
from tests.discharge.conftest import NOW

SAM = Actor("sam", "discharge-team", "work")


def spells(bench: Bench, view: View, lists: Lists = NOW) -> list[str]:
    return [row.fact.spell for row in bench.write(lambda connection: worklist.rows(connection, view, lists))]


def test_open_work_comes_in_due_order(ward: Bench) -> None:
    assert spells(ward, "open") == ["late", "later", "odd"]
    rows = ward.write(lambda connection: worklist.rows(connection, "open", NOW))
    assert [row.late for row in rows] == [True, False, False]
    assert [row.fact.due_ms for row in rows] == sorted(row.fact.due_ms or 0 for row in rows)
    assert (rows[0].patient_key, rows[0].version, rows[0].claimed_by, rows[0].invented) == (
        "p-late",
        0,
        "",
        False,
    )


@pytest.mark.parametrize(
    "view, expected",
    [
        ("due-today", ["late", "later", "odd", "left"]),
        ("needs-a-look", ["odd", "left"]),
        ("breaching", ["late", "later", "odd"]),
        ("not-confirmed", ["odd"]),
        ("paused", ["paused"]),
        ("closed-today", ["left"]),
        ("discharged", []),
        ("mine", []),
        ("escalated", ["late"]),
    ],
)
def test_each_list_shows_its_own(ward: Bench, view: View, expected: list[str]) -> None:
    assert spells(ward, view) == expected


def test_late_work_stands_on_the_list_of_the_team_that_is_told_of_it(ward: Bench) -> None:
    (late, *_) = ward.write(lambda connection: worklist.rows(connection, "open", NOW))
    told_ms, team = late.fact.escalates_ms, late.fact.escalates_to
    assert told_ms is not None
    assert team == "Hospital social work team"
    before, then = Lists(told_ms - 1, told_to=team), Lists(told_ms, told_to=team)
    assert spells(ward, "escalated", before) == []
    assert spells(ward, "escalated", then) == ["late"]
    assert spells(ward, "escalated", replace(then, told_to="Duty Team")) == []
    assert ward.write(lambda connection: worklist.counts(connection, then))["escalated"] == 1


def test_every_list_can_be_asked_for_and_counted(ward: Bench) -> None:
    assert get_args(View) == VIEWS
    counts = ward.write(lambda connection: worklist.counts(connection, NOW))
    assert {view: counts[view] for view in VIEWS} == {view: len(spells(ward, view)) for view in VIEWS}
    assert (counts["late"], counts["dropped"]) == (1, 1)


def test_a_list_is_that_of_one_team_where_asked(ward: Bench) -> None:
    brokerage = Lists(NOW.now_ms, team="Brokerage Team")
    assert spells(ward, "open", brokerage) == []
    sitting = Sitting(ward.desk, Actor("sam", "discharge-team", "work"), 0, NOW.now_ms)
    ward.write(lambda c: between_people.assign(c, sitting, task_id("late"), "team:Brokerage Team"))
    assert spells(ward, "open", brokerage) == ["late"]
    others = spells(ward, "open", Lists(NOW.now_ms, team="Community Discharge Team"))
    assert [*others, "late"] == [*(one for one in spells(ward, "open") if one != "late"), "late"]


@pytest.mark.parametrize(
    "asked, expected",
    [
        ({"ward": "W21, RKB01"}, ["late", "later", "odd"]),
        ({"ward": "W9"}, []),
        ({"stage": "new"}, ["late", "later", "odd"]),
        ({"stage": "accepted"}, []),
        ({"whose": NOBODY}, ["late", "later", "odd"]),
        ({"whose": "sam"}, []),
        ({"locality": NOT_STATED}, ["late", "later", "odd"]),
        ({"leaves_on": "2026-03-09"}, ["later"]),
    ],
)
def test_a_list_is_narrowed_by_what_is_asked(ward: Bench, asked: dict[str, str], expected: list[str]) -> None:
    ward.say(
        snapshot("2026-03-06T12:31", spell="later", planned_discharge="2026-03-09T15:00"), patient="p-later"
    )
    assert spells(ward, "open", replace(NOW, **asked)) == expected
    counted = ward.write(lambda connection: worklist.counts(connection, replace(NOW, **asked)))
    assert counted["open"] == len(expected)


def test_what_nearly_breaches_is_told_from_what_does(ward: Bench) -> None:
    earlier = Lists(at("2026-03-06T12:04"))
    rows = ward.write(lambda connection: worklist.rows(connection, "open", earlier))
    assert [(row.late, row.near) for row in rows] == [(True, False), (False, True), (False, False)]
    assert spells(ward, "breaching", earlier) == ["late", "later"]


def test_a_list_can_go_ward_by_ward(ward: Bench) -> None:
    ward.say(snapshot("2026-03-06T12:20", spell="late", ward=ED), patient="p-late")
    by_ward = ward.write(lambda connection: worklist.rows(connection, "open", NOW, by_ward=True))
    assert [(row.fact.spell, row.fact.ward.ward) for row in by_ward if row.fact.ward] == [
        ("late", "ED"),
        ("later", "W21"),
        ("odd", "W21"),
    ]


def test_what_moved_is_told_by_when_people_see_it_change(ward: Bench) -> None:
    def moved() -> list[int]:
        return [row.moved_ms for row in ward.write(lambda connection: worklist.rows(connection, "open", NOW))]

    assert set(moved()) == {NOW.now_ms}
    ward.clock.ms = NOW.now_ms + 60_000
    ward.say(snapshot("2026-03-06T12:31", spell="later", ward=W21), patient="p-later")  # says the same again
    assert set(moved()) == {NOW.now_ms}
    id = ward.write(lambda connection: worklist.rows(connection, "open", NOW))[0].fact.task
    ward.write(
        lambda connection: desk.note(connection, Sitting(ward.desk, SAM, 0, ward.clock.ms), id, "rang")
    )
    assert moved() == [NOW.now_ms + 60_000, NOW.now_ms, NOW.now_ms]


def test_since_when_a_look_waits_is_told(ward: Bench) -> None:
    rows = ward.write(lambda connection: worklist.rows(connection, "needs-a-look", NOW))
    assert [row.look_ms for row in rows] == [at("2026-03-06T12:50"), at("2026-03-06T12:00")]


def test_mine_are_those_i_claimed(ward: Bench) -> None:
    id = ward.write(lambda connection: worklist.rows(connection, "open", NOW))[1].fact.task
    ward.write(lambda connection: desk.claim(connection, Sitting(ward.desk, SAM, 0, NOW.now_ms), id))
    assert spells(ward, "mine") == ["later"]
    assert spells(ward, "mine", Lists(NOW.now_ms, actor="alex")) == []


def test_yesterdays_closed_work_is_not_todays(ward: Bench) -> None:
    assert spells(ward, "closed-today", Lists(at("2026-03-07T09:00"))) == []


def test_lists_come_in_pages(ward: Bench) -> None:
    def page(after: int) -> list[str]:
        rows = ward.write(lambda connection: worklist.rows(connection, "open", NOW, limit=2, after=after))
        return [row.fact.spell for row in rows]

    assert (page(0), page(2)) == (["late", "later"], ["odd"])


def test_where_a_restricted_person_is_stands_in_no_row_and_no_story(ward: Bench) -> None:
    id = ward.write(lambda connection: worklist.rows(connection, "open", NOW))[0].fact.task
    before = ward.write(lambda connection: task_story.story(connection, id, NOW))
    assert before is not None
    assert any("W21" in str(one.data) for one in before.evidence)
    ward.say(words.PatientRestricted(level="national"), patient="p-late")
    story = ward.write(lambda connection: task_story.story(connection, id, NOW))
    assert story is not None
    assert "W21" not in str(story)
    assert "W21" not in str(ward.write(lambda connection: worklist.rows(connection, "open", NOW))[0])


def test_a_death_withdrawn_brings_the_task_back_to_the_list(ward: Bench) -> None:
    ward.say(death("2026-03-06T12:55"), patient="p-late")
    assert "late" not in spells(ward, "open")
    assert "late" in spells(ward, "closed-today")
    ward.say(death("2026-03-06T12:58", died=False), patient="p-late")
    assert "late" in spells(ward, "open")
    assert "late" not in spells(ward, "closed-today")
