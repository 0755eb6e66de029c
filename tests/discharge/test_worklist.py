"""The desk's lists, counts and stories."""

from typing import get_args

import pytest

from ascbridge.discharge import desk, worklist
from ascbridge.discharge.desk import Sitting
from ascbridge.discharge.worklist import VIEWS, Lists, View
from ascbridge.events import catalogue as words
from ascbridge.people.actor import Actor
from tests.discharge.builders import (
    W21,
    Bench,
    admitted,
    at,
    death,
    details,
    discharged,
    known,
    not_ready,
    ready,
    snapshot,
)

SAM = Actor("sam", "discharge-team", "work")
NOW = Lists(at("2026-03-06T13:00"), actor="sam")


@pytest.fixture
def ward(bench: Bench) -> Bench:
    """Seven people: ready (late), ready later, paused, a contradiction, self-discharged, dropped, not asked for."""
    bench.clock.ms = NOW.now_ms
    for name, age in (
        ("late", "85+"),
        ("later", "85+"),
        ("paused", "85+"),
        ("odd", ""),
        ("left", "85+"),
        ("child", "0-17"),
        ("none", ""),
    ):
        bench.say(
            details("2026-03-02T10:00", age, "local"),
            admitted("2026-03-02T10:00", spell=name, ward=W21),
            patient=f"p-{name}",
        )
    bench.say(ready("2026-03-06T11:30", spell="late"), patient="p-late")
    bench.say(ready("2026-03-06T12:30", spell="later"), patient="p-later")
    bench.say(
        ready("2026-03-06T12:00", spell="paused"),
        not_ready("2026-03-06T12:40", spell="paused"),
        patient="p-paused",
    )
    bench.say(
        ready("2026-03-06T12:50", spell="odd"),
        snapshot("2026-03-06T12:50", spell="odd", ready=False),
        patient="p-odd",
    )
    bench.say(
        ready("2026-03-06T10:00", spell="left"),
        discharged("2026-03-06T12:00", "2", spell="left"),
        patient="p-left",
    )
    bench.say(ready("2026-03-06T12:00", spell="child"), patient="p-child")
    return bench


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
        ("not-confirmed", ["odd"]),
        ("paused", ["paused"]),
        ("closed-today", ["left"]),
        ("discharged", []),
        ("mine", []),
    ],
)
def test_each_list_shows_its_own(ward: Bench, view: View, expected: list[str]) -> None:
    assert spells(ward, view) == expected


def test_every_list_can_be_asked_for_and_counted(ward: Bench) -> None:
    assert get_args(View) == VIEWS
    counts = ward.write(lambda connection: worklist.counts(connection, NOW))
    assert {view: counts[view] for view in VIEWS} == {view: len(spells(ward, view)) for view in VIEWS}
    assert (counts["late"], counts["dropped"]) == (1, 1)


def test_a_list_is_that_of_one_team_where_asked(ward: Bench) -> None:
    out_of_hours = Lists(NOW.now_ms, team="Emergency Out of Hours")
    assert spells(ward, "open", out_of_hours) == []
    ward.say(
        ready("2026-03-06T10:00", spell="night"),
        discharged("2026-03-06T03:00", "2", spell="night"),
        patient="p-night",
    )
    assert spells(ward, "needs-a-look", out_of_hours) == ["night"]
    assert spells(ward, "open", Lists(NOW.now_ms, team="Community Discharge Team")) == spells(ward, "open")


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


def test_a_dropped_stay_stays_listed_with_its_reason(ward: Bench) -> None:
    (dropped,) = ward.write(lambda connection: worklist.dropped(connection, NOW))
    assert (dropped.spell, dropped.rule, dropped.would_open) == ("child", "not-an-adult", "ready")
    assert dropped.why.startswith("Stated to be under 18")
    assert dropped.stay.status == "in-progress"


def test_a_persons_tasks(ward: Bench) -> None:
    person = ward.stay("late")["person_id"]
    found = ward.write(lambda connection: worklist.tasks_of(connection, person, NOW))
    assert [row.fact.spell for row in found] == ["late"]


def test_the_story_tells_acts_evidence_and_why(ward: Bench) -> None:
    id = ward.write(lambda connection: worklist.rows(connection, "open", NOW))[0].fact.task
    ward.write(lambda connection: desk.note(connection, Sitting(ward.desk, SAM, 0, NOW.now_ms), id, "rang"))
    ward.say(known("2026-03-01T02:00"), patient="p-late")
    story = ward.write(lambda connection: worklist.story(connection, id, NOW))
    assert story is not None
    assert [(act.version, act.act, act.actor, act.role) for act in story.acts] == [
        (1, "note", "sam", "discharge-team")
    ]
    assert story.acts[0].sealed is not None
    assert [one.type.split(".")[-2] for one in story.evidence] == [
        "patient-admitted",
        "patient-ready-for-discharge",
    ]
    assert story.evidence[1].effect.startswith("task opened")
    assert story.explanation["rule"] == "ready"
    assert story.explanation["because"][0]["event"] == story.evidence[1].event_id
    assert story.row.fact.spell == "late"
    assert story.stay.status == "in-progress"
    assert story.sealed_visit is not None
    assert ward.write(lambda connection: worklist.story(connection, "t-none", NOW)) is None


def test_where_a_restricted_person_is_stands_in_no_row_and_no_story(ward: Bench) -> None:
    id = ward.write(lambda connection: worklist.rows(connection, "open", NOW))[0].fact.task
    before = ward.write(lambda connection: worklist.story(connection, id, NOW))
    assert before is not None
    assert any("W21" in str(one.data) for one in before.evidence)
    ward.say(words.PatientRestricted(level="national"), patient="p-late")
    story = ward.write(lambda connection: worklist.story(connection, id, NOW))
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
