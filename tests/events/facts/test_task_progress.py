"""Six words for a hospital, which follow from the task alone."""

from __future__ import annotations

import pytest

from ascbridge.discharge.deciding.pathway import STAGES
from ascbridge.events.facts.catalogue import DischargeTaskChanged
from ascbridge.events.facts.task_progress import STEPS, Progress, progress_of, reason_of, told_as

STATUSES = ("requested", "accepted", "in-progress", "on-hold", "completed", "cancelled", "entered-in-error")


def fact(stage: str, status: str = "in-progress", **more: object) -> DischargeTaskChanged:
    values = {"task": "t1", "spell": "s1", "revision": 1, "signal": "ready", "opened_ms": 1}
    return DischargeTaskChanged.model_validate({**values, "stage": stage, "status": status, **more})


@pytest.mark.parametrize(
    "stage, status, progress",
    [
        ("new", "requested", "received"),
        ("accepted", "accepted", "accepted"),
        ("triaged", "in-progress", "allocated"),
        ("sourcing", "in-progress", "allocated"),
        ("arranged", "in-progress", "planned"),
        ("arranged", "on-hold", "planned"),
        ("in-recovery", "in-progress", "planned"),
        ("done", "completed", "closed"),
        ("dropped", "cancelled", "closed"),
        ("rejected", "cancelled", "rejected"),
        ("new", "cancelled", "closed"),
        ("sourcing", "entered-in-error", "closed"),
    ],
)
def test_each_state_of_a_task_is_one_standing(stage: str, status: str, progress: str) -> None:
    assert progress_of(fact(stage, status)) == progress


def test_what_somebody_has_is_allocated_and_what_nobody_has_is_the_teams() -> None:
    assert progress_of(fact("accepted", "accepted")) == "accepted"
    assert progress_of(fact("accepted", "accepted", taken=True)) == "allocated"
    assert progress_of(fact("arranged", taken=True)) == "planned"


@pytest.mark.parametrize(
    "progress, wanted, told",
    [
        ("allocated", {"received", "accepted", "closed"}, "accepted"),
        ("planned", {"received", "accepted", "allocated"}, "allocated"),
        ("planned", {"closed", "rejected"}, None),
        ("rejected", {"received", "closed"}, None),
        ("allocated", {"allocated"}, "allocated"),
    ],
)
def test_a_standing_that_is_not_wanted_is_told_as_what_it_implies(
    progress: Progress, wanted: set[Progress], told: str | None
) -> None:
    assert told_as(progress, wanted) == told


def test_every_stage_has_a_standing_whatever_the_status() -> None:
    assert {progress_of(fact(stage, status)) for stage in STAGES for status in STATUSES} <= set(STEPS)


def test_a_reason_goes_with_what_is_over_and_with_nothing_else() -> None:
    assert reason_of(fact("rejected", "cancelled", reason="not-ours")) == "not-ours"
    assert reason_of(fact("dropped", "cancelled", reason="duplicate")) == "duplicate"
    assert reason_of(fact("done", "completed", outcome="care-home", reason="ready")) == "care-home"
    assert reason_of(fact("new", "cancelled", reason="died")) == "died"
    assert reason_of(fact("new", "requested", reason="ready")) == ""
