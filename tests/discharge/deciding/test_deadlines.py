"""Due times from service hours and stage."""

import pytest

from ascbridge.discharge.deciding.deadlines import Deadlines, Escalation
from ascbridge.discharge.deciding.pathway import Signal, Stage, TaskStatus
from ascbridge.reference.agreement import ListFile
from ascbridge.reference.in_force import ReferenceLists, version_of
from tests.discharge.builders import REFERENCE, at

DEADLINES = REFERENCE.deadlines
TEAM, NIGHT = "Community Discharge Team", "Emergency Out of Hours"


def newer(data: ListFile, loaded: str = "2026-03-01T00:00", **changes: object) -> Deadlines:
    """The deadlines once the next version of a list was loaded."""
    data = type(data).model_validate({**data.model_dump(), "version": data.version + 1, **changes})
    return Deadlines(ReferenceLists().with_version(version_of(data, "somebody", at(loaded))))


@pytest.mark.parametrize(
    "signal, stage, status, since, expected",
    [
        ("ready", "new", "requested", "2026-03-06T11:30", "2026-03-06T11:45"),
        ("ready", "new", "requested", "2026-03-06T19:50", "2026-03-07T08:05"),
        ("ready", "new", "requested", "2026-03-28T19:50", "2026-03-29T08:05"),
        ("ready", "accepted", "accepted", "2026-03-06T11:30", "2026-03-06T12:00"),
        ("ready", "sourcing", "in-progress", "2026-03-06T16:00", "2026-03-07T12:00"),
        ("discharged", "new", "requested", "2026-03-06T19:30", "2026-03-06T21:30"),
    ],
)
def test_work_is_due_after_so_much_of_the_teams_time(
    signal: Signal, stage: Stage, status: TaskStatus, since: str, expected: str
) -> None:
    assert DEADLINES.of_work(signal, stage, status, at(since), TEAM) == at(expected)


@pytest.mark.parametrize(
    "signal, stage, status",
    [
        ("not-ready", "new", "on-hold"),
        ("ready", "done", "completed"),
        ("died", "new", "cancelled"),
        ("ready", "arranged", "in-progress"),
    ],
)
def test_what_waits_or_is_closed_or_has_no_limit_is_never_due(
    signal: Signal, stage: Stage, status: TaskStatus
) -> None:
    assert DEADLINES.of_work(signal, stage, status, at("2026-03-06T11:30"), TEAM) is None


def test_a_contradiction_is_due_in_the_hours_of_the_team_that_looks() -> None:
    assert DEADLINES.of_look(at("2026-03-06T18:00"), TEAM) == at("2026-03-07T10:00")
    assert DEADLINES.of_look(at("2026-03-06T18:00"), NIGHT) == at("2026-03-06T22:00")
    due = DEADLINES.lists.due_times(0)
    by_clock = newer(due, look={"minutes": 240, "counts": "clock"})
    assert by_clock.of_look(at("2026-03-06T18:00"), TEAM) == at("2026-03-06T22:00")


def test_who_is_on_duty() -> None:
    teams = (TEAM, NIGHT)
    assert DEADLINES.team_on_duty(at("2026-03-06T12:00"), teams) == TEAM
    assert DEADLINES.team_on_duty(at("2026-03-06T19:59"), teams) == TEAM
    assert DEADLINES.team_on_duty(at("2026-03-06T20:00"), teams) == NIGHT
    assert DEADLINES.team_on_duty(at("2026-03-06T03:00"), teams) == NIGHT
    assert DEADLINES.team_on_duty(at("2026-03-06T12:00"), (NIGHT,)) == NIGHT


def test_work_is_judged_by_the_hours_that_held_when_its_clock_began() -> None:
    hours = DEADLINES.lists.hours(0)
    short = [{"team": TEAM, "daily": ["09:00-17:00"]}, {"team": NIGHT, "daily": ["17:00-24:00"]}]
    later = newer(hours, "2026-03-06T12:00", hours=short)
    before, after = at("2026-03-06T11:59"), at("2026-03-06T16:30")
    assert later.of_look(before, TEAM) == at("2026-03-06T15:59")
    assert later.of_look(after, TEAM) == at("2026-03-07T12:30")
    assert later.went_by(before)[1] == "service-hours@1"
    assert later.went_by(after) == (
        "due-times@1",
        "service-hours@2",
        "bank-holidays@1",
        "teams@1",
        "stages@1",
    )


def test_a_team_whose_hours_nobody_knows_is_not_waited_for() -> None:
    assert DEADLINES.of_look(at("2026-03-06T18:00"), "Duty Team") == at("2026-03-06T22:00")
    assert DEADLINES.team_on_duty(at("2026-03-06T12:00"), ("Duty Team", TEAM)) == TEAM


def test_a_bank_holiday_that_was_added_is_kept() -> None:
    days = DEADLINES.lists.days(0)
    later = newer(days, day=[{"date": "2026-03-04", "name": "A day of mourning"}])
    noon = at("2026-03-04T12:00")
    assert later.team_on_duty(noon, (NIGHT, TEAM)) == NIGHT
    assert DEADLINES.team_on_duty(noon, (NIGHT, TEAM)) == TEAM


def test_late_work_is_told_to_another_team_after_so_much_more_of_the_teams_time() -> None:
    since = at("2026-03-06T19:40")
    found = DEADLINES.escalation("ready", "new", "requested", since, TEAM)
    assert found == Escalation(at("2026-03-07T08:25"), "Hospital social work team")
    stages = [{"stage": "new"}, {"stage": "triaged"}]
    nobody = newer(DEADLINES.lists.stages(0), stage=stages)
    assert nobody.escalation("ready", "triaged", "in-progress", since, TEAM) is None  # nobody is named
    assert DEADLINES.escalation("ready", "new", "on-hold", since, TEAM) is None
    assert DEADLINES.escalation("ready", "arranged", "in-progress", since, TEAM) is None  # never late


def test_a_list_that_names_a_stage_as_it_was_called_formerly_still_counts() -> None:
    old = newer(
        DEADLINES.lists.due_times(0),
        due=[{"signal": "ready", "stage": "claimed", "minutes": 90, "counts": "clock"}],
    )
    assert old.of_work("ready", "accepted", "accepted", at("2026-03-06T11:30"), TEAM) == at(
        "2026-03-06T13:00"
    )
