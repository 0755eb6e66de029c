"""Where split-off work stands: acts folded, parent and council heard, the same in whatever order."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ascbridge.discharge.deciding.desk_state import Act
from ascbridge.discharge.sub_tasks.sub_state import (
    SUB_MAY,
    SubDesk,
    outstanding,
    state_words,
    sub_desk_state,
    sub_event,
    sub_signal,
    sub_status,
    sub_tell,
)
from ascbridge.events.facts.catalogue import TaskFact
from ascbridge.events.facts.split_work import SubTaskFact
from ascbridge.reference.in_force import ReferenceLists

FACT = SubTaskFact(
    task="u1", parent="t1", spell="s1", kind="equipment", title="Equipment", revision=4, status="requested",
    state="to-order", state_words="To be ordered", signal="wanted", opened_ms=0,
)  # fmt: skip
SPLIT = Act(
    1, "split", "sam", 5, {"kind": "equipment", "list": "sub-tasks@1", "state": "to-order", "about": ""}
)


def parent(status: str, signal: str = "ready", stage: str = "new") -> TaskFact:
    return TaskFact.model_validate(
        {
            "task": "t1",
            "spell": "s1",
            "revision": 1,
            "status": status,
            "stage": stage,
            "signal": signal,
            "opened_ms": 0,
        }
    )


@pytest.mark.parametrize(
    "status, signal, stage, thing, found",
    [
        ("requested", "ready", "new", "", "wanted"),
        ("on-hold", "not-ready", "new", "", "paused"),
        ("requested", "ready", "new", "delivered", "delivered"),
        ("requested", "ready", "new", "ordered", "wanted"),
        ("requested", "ready", "new", "returned", "not-wanted"),
        ("requested", "ready", "new", "cancelled", "not-wanted"),
        ("cancelled", "died", "new", "delivered", "died"),
        ("cancelled", "self-discharged", "new", "", "self-discharged"),
        ("cancelled", "ready", "dropped", "", "dropped"),
        ("cancelled", "died", "dropped", "", "died"),
        ("cancelled", "withdrawn", "new", "", "withdrawn"),
        ("completed", "discharged", "done", "", "wanted"),
        ("completed", "died", "done", "", "died"),
        ("completed", "self-discharged", "done", "", "wanted"),
        ("entered-in-error", "entered-in-error", "done", "", "entered-in-error"),
    ],
)
def test_what_becomes_of_it_from_outside(
    status: str, signal: str, stage: str, thing: str, found: str
) -> None:
    assert sub_signal(parent(status, signal, stage), thing) == found


@pytest.mark.parametrize(
    "desk, signal, thing, found",
    [
        (SubDesk(), "wanted", "", "requested"),
        (SubDesk(begun=True), "wanted", "", "accepted"),
        (SubDesk(begun=True, moved=True), "wanted", "", "in-progress"),
        (SubDesk(), "paused", "", "on-hold"),
        (SubDesk(means="done"), "paused", "", "completed"),
        (SubDesk(means="done"), "died", "", "completed"),
        (SubDesk(means="failed"), "died", "", "failed"),
        (SubDesk(means="failed"), "delivered", "delivered", "completed"),
        (SubDesk(means="stopped"), "delivered", "delivered", "cancelled"),
        (SubDesk(), "died", "delivered", "completed"),
        (SubDesk(), "died", "", "cancelled"),
        (SubDesk(), "not-wanted", "returned", "cancelled"),
        (SubDesk(means="done"), "entered-in-error", "", "entered-in-error"),
    ],
)
def test_its_status(desk: SubDesk, signal: str, thing: str, found: str) -> None:
    assert sub_status(desk, signal, thing) == found
    assert found in SUB_MAY


def test_only_what_was_begun_is_told_to_stop_and_only_who_stopped_to_go_on() -> None:
    assert sub_tell(SubDesk(), "died", "") == ""
    assert sub_tell(SubDesk(begun=True), "died", "") == "stop"
    assert sub_tell(SubDesk(), "died", "ordered") == "stop"
    assert sub_tell(SubDesk(begun=True, told="stop"), "died", "") == ""
    assert sub_tell(SubDesk(begun=True, told="stop"), "wanted", "") == "go-on"
    assert sub_tell(SubDesk(begun=True, told="go-on"), "died", "") == "stop"
    assert sub_tell(SubDesk(begun=True, means="stopped"), "died", "") == ""


def test_what_was_taken_back_counts_as_never_done() -> None:
    acts = [
        SPLIT,
        Act(2, "state", "sam", 9, {"state": "failed", "means": "failed", "reason": "no-access"}),
        Act(3, "undo", "sam", 12, {"undoes": 2}),
    ]
    found = sub_desk_state(acts)
    assert (found.state, found.means, found.reason, found.moved, found.version) == (
        "to-order",
        "open",
        "",
        False,
        3,
    )


@given(st.permutations(range(6)))
def test_the_order_in_which_acts_are_read_does_not_matter(order: list[int]) -> None:
    acts = [
        SPLIT,
        Act(2, "claim", "sam", 6),
        Act(3, "state", "sam", 7, {"state": "ordered", "means": "open"}),
        Act(4, "need", "sam", 8, {"before_discharge": True}),
        Act(5, "unknown act of a later version", "sam", 9),
        Act(6, "stop", "sam", 10, {"reason": "declined"}),
    ]
    assert sub_desk_state([acts[n] for n in order]) == sub_desk_state(acts)


def test_only_differences_make_events() -> None:
    assert sub_event(FACT, FACT.model_copy(update={"revision": 0})) is None
    assert type(sub_event(None, FACT)).__name__ == "SubTaskOpened"
    moved = sub_event(FACT, FACT, moved=True)
    assert moved is not None
    assert (type(moved).__name__, moved.revision) == ("SubTaskChanged", 5)
    for before, after, name in (
        ("requested", "accepted", "SubTaskChanged"),
        ("accepted", "on-hold", "SubTaskPaused"),
        ("on-hold", "accepted", "SubTaskResumed"),
        ("accepted", "completed", "SubTaskCompleted"),
        ("accepted", "failed", "SubTaskFailed"),
        ("accepted", "cancelled", "SubTaskCancelled"),
        ("cancelled", "requested", "SubTaskResumed"),
        ("completed", "entered-in-error", "SubTaskCancelled"),
    ):
        event = sub_event(
            FACT.model_copy(update={"status": before}), FACT.model_copy(update={"status": after})
        )
        assert type(event).__name__ == name


def test_outstanding_is_what_is_needed_before_and_neither_there_nor_given_up() -> None:
    needed = FACT.model_copy(update={"before_discharge": True})
    found = {
        status: outstanding(needed.model_copy(update={"status": status}))
        for status in ("requested", "on-hold", "failed", "completed", "cancelled")
    }
    assert found == {
        "requested": True,
        "on-hold": True,
        "failed": True,
        "completed": False,
        "cancelled": False,
    }
    assert not outstanding(FACT)


def test_a_state_that_a_list_no_longer_has_reads_as_its_code() -> None:
    kind = ReferenceLists().sub_tasks(0).by_code["equipment"]
    assert state_words(kind, "to-order") == "To be ordered"
    assert (state_words(kind, "lost"), state_words(None, "lost")) == ("lost", "lost")
