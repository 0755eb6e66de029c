"""What the council's word makes of a task at each stage, and which event leads from one state to the next."""

from typing import Any, get_args

import pytest

from ascbridge.discharge.deciding.desk_state import DeskState
from ascbridge.discharge.deciding.pathway import Stage
from ascbridge.events.facts.front_door import FrontDoorTask
from ascbridge.frontdoor.door_status import (
    EVENT_WORDS,
    OPEN,
    OPENING,
    Signal,
    door_task_id,
    event_between,
    stage_of,
    status_of,
)


def task(**values: Any) -> FrontDoorTask:
    return FrontDoorTask.model_validate(
        {"task": "t1", "kind": "triage", "about": "contact:C1", "revision": 3, "status": "requested", "stage": "new",
         "signal": "waiting", "opened_ms": 5, **values}
    )  # fmt: skip


@pytest.mark.parametrize("signal", get_args(Signal))
def test_only_what_waits_or_is_due_is_open_and_what_the_desk_finished_stays_so(signal: Signal) -> None:
    assert (status_of(signal, "new") in OPEN) == (signal in OPENING.values())
    assert (status_of(signal, "claimed") in OPEN) == (signal in OPENING.values())
    assert status_of(signal, "done") == ("entered-in-error" if signal == "retracted" else "completed")


def test_what_follows_completes_and_what_stops_cancels() -> None:
    assert [status_of(one, "claimed") for one in ("waiting", "decided", "moved-on", "died", "no-support")] == [
        "accepted", "completed", "completed", "cancelled", "cancelled",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "before, after, what",
    [
        (None, {}, "Opened"),
        ({}, {"owner_team": "Duty Team"}, "Changed"),
        ({}, {"status": "accepted", "stage": "claimed"}, "Changed"),
        ({}, {"status": "completed"}, "Completed"),
        ({}, {"status": "entered-in-error"}, "Cancelled"),
        ({"status": "cancelled"}, {}, "Resumed"),
        ({"status": "completed"}, {"status": "completed", "stated_outcome": "nhs"}, "Changed"),
    ],
)
def test_the_event_says_what_became_of_it(
    before: dict[str, Any] | None, after: dict[str, Any], what: str
) -> None:
    was = None if before is None else task(**before)
    event = event_between(was, task(**after, revision=0))
    assert event is not None
    assert type(event).__name__ == f"FrontDoorTask{what}"
    assert event.revision == (1 if was is None else 4)
    assert type(event) in EVENT_WORDS


def test_where_nothing_differs_there_is_no_event() -> None:
    assert event_between(task(), task(revision=0)) is None
    assert event_between(task(status="cancelled"), task(status="cancelled", allocated_team="East")) is None
    assert event_between(task(), task(allocated_team="East")) is not None


def test_one_thing_has_one_task() -> None:
    ids = {door_task_id("triage", key, about) for key in ("p1", "p2") for about in ("contact:1", "contact:2")}
    assert len(ids | {door_task_id("review", "p1", "contact:1")}) == 5
    assert door_task_id("triage", "p1", "contact:1") in ids


@pytest.mark.parametrize("stage", get_args(Stage))
def test_for_the_front_door_all_between_new_and_done_is_claimed(stage: Stage) -> None:
    assert stage_of(DeskState(stage=stage)) == (stage if stage in {"new", "done"} else "claimed")
