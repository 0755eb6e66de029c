"""Due times from service hours and stage."""

from dataclasses import replace

import pytest

from ascbridge.discharge.deadlines import Due
from ascbridge.discharge.pathway import Signal, Stage, TaskStatus
from tests.discharge.builders import REFERENCE, at

DEADLINES = REFERENCE.deadlines
TEAM, NIGHT = "Community Discharge Team", "Emergency Out of Hours"


@pytest.mark.parametrize(
    "signal, stage, status, since, expected",
    [
        ("ready", "new", "requested", "2026-03-06T11:30", "2026-03-06T12:30"),
        ("ready", "new", "requested", "2026-03-06T19:30", "2026-03-07T08:30"),
        ("ready", "new", "requested", "2026-03-28T19:30", "2026-03-29T08:30"),
        ("ready", "claimed", "accepted", "2026-03-06T11:30", "2026-03-06T13:30"),
        ("ready", "arranging", "in-progress", "2026-03-06T16:00", "2026-03-07T12:00"),
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
    clock = replace(DEADLINES, look=Due(minutes=240, clock=True, agreed=True))
    assert clock.of_look(at("2026-03-06T18:00"), TEAM) == at("2026-03-06T22:00")


def test_who_is_on_duty() -> None:
    teams = (TEAM, NIGHT)
    assert DEADLINES.team_on_duty(at("2026-03-06T12:00"), teams) == TEAM
    assert DEADLINES.team_on_duty(at("2026-03-06T19:59"), teams) == TEAM
    assert DEADLINES.team_on_duty(at("2026-03-06T20:00"), teams) == NIGHT
    assert DEADLINES.team_on_duty(at("2026-03-06T03:00"), teams) == NIGHT
    assert DEADLINES.team_on_duty(at("2026-03-06T12:00"), (NIGHT,)) == NIGHT
