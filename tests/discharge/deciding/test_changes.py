"""Only differences make events, and each difference has one event."""

import pytest

from ascbridge.discharge.deciding.changes import in_words, stay_differs, stay_fact, stay_parts, task_event
from ascbridge.discharge.stay.spell import fold
from ascbridge.discharge.stay.spell_view import SpellView, view
from ascbridge.events.facts.catalogue import StayFact, TaskFact
from tests.discharge.builders import W21, admitted, discharged, said, snapshot


def a_task(status: str = "requested", **more: object) -> TaskFact:
    return TaskFact.model_validate({
        "task": "t1", "spell": "s1", "revision": 3, "status": status, "stage": "new", "signal": "ready", "opened_ms": 1, **more,
    })  # fmt: skip


@pytest.mark.parametrize(
    "before, after, event",
    [
        (None, "requested", "DischargeTaskOpened"),
        (None, "on-hold", "DischargeTaskOpened"),
        (None, "cancelled", "DischargeTaskCancelled"),
        (None, "entered-in-error", "DischargeTaskCancelled"),
        ("requested", "accepted", "DischargeTaskChanged"),
        ("requested", "on-hold", "DischargeTaskPaused"),
        ("on-hold", "in-progress", "DischargeTaskResumed"),
        ("cancelled", "requested", "DischargeTaskResumed"),
        ("completed", "requested", "DischargeTaskResumed"),
        ("cancelled", "on-hold", "DischargeTaskPaused"),
        ("in-progress", "completed", "DischargeTaskCompleted"),
        ("on-hold", "cancelled", "DischargeTaskCancelled"),
        ("cancelled", "entered-in-error", "DischargeTaskCancelled"),
    ],
)
def test_each_change_of_status_has_its_event(before: str | None, after: str, event: str) -> None:
    fact = task_event(a_task(before) if before else None, a_task(after))
    assert fact is not None
    assert type(fact).__name__ == event
    assert fact.revision == (4 if before else 1)


def test_the_same_task_is_no_event_whatever_its_revision() -> None:
    assert task_event(a_task(), a_task(revision=0)) is None
    changed = task_event(a_task(), a_task(ready_on="2026-03-06"))
    assert type(changed).__name__ == "DischargeTaskChanged"


def test_a_task_that_went_to_another_patient_is_said_again() -> None:
    moved = task_event(a_task(), a_task(), moved=True)
    assert moved is not None
    assert (type(moved).__name__, moved.revision) == ("DischargeTaskChanged", 4)


def seen(*facts: StayFact) -> SpellView:
    return view(fold([said(fact) for fact in facts]))


def test_a_newer_message_that_says_the_same_is_no_difference() -> None:
    first = stay_fact("s1", seen(admitted("2026-03-02T10:00", admitted_ms=5)), restricted=False, revision=1)
    same = seen(admitted("2026-03-02T10:00", admitted_ms=5), snapshot("2026-03-03T10:00"))
    again = stay_fact("s1", same, restricted=False, revision=2)
    assert again.recorded_ms > first.recorded_ms
    assert not stay_differs(first, again)
    assert stay_differs(None, first)


def test_where_a_restricted_person_is_stands_in_no_stay() -> None:
    here = seen(admitted("2026-03-02T10:00", ward=W21))
    assert stay_fact("s1", here, restricted=False, revision=1).ward == W21
    assert stay_fact("s1", here, restricted=True, revision=1).ward is None


def test_what_an_event_changed_is_told_in_words() -> None:
    before = stay_fact("s1", seen(admitted("2026-03-02T10:00")), restricted=False, revision=1)
    after = stay_fact(
        "s1",
        seen(admitted("2026-03-02T10:00", ward=W21), discharged("2026-03-05T10:00")),
        restricted=False,
        revision=2,
    )
    parts = stay_parts(before, after)
    assert set(parts) == {"status", "discharged_ms", "discharge_method", "discharge_destination", "ward"}
    assert (
        in_words(task_event(None, a_task()), ("status", "discharged_ms")) == "task opened, status, discharged"
    )
    assert in_words(None, ()) == "no change"
    assert in_words(None, stay_parts(None, before)) == "stay first heard of"
