"""What each act makes of the desk's work, and what may be taken back."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis.strategies import lists, sampled_from

from ascbridge.discharge.deciding.desk_state import FOLDS, UNDO_MS, Act, desk_state, undoable
from ascbridge.events.facts.catalogue import ChosenReason


def acts(*told: tuple[str, dict[str, object]]) -> list[Act]:
    return [Act(n, name, f"person {n}", n * 1000, dict(detail)) for n, (name, detail) in enumerate(told, 1)]


@pytest.mark.parametrize(
    "told, stage, claimed_by",
    [
        ([], "new", ""),
        ([("claim", {})], "accepted", "person 1"),
        ([("claim", {}), ("release", {})], "new", ""),
        ([("claim", {}), ("stage", {"stage": "arranging"}), ("release", {})], "sourcing", ""),
        ([("stage", {"stage": "arranged"}), ("claim", {})], "arranged", "person 2"),
        ([("complete", {"outcome": "care-home"})], "done", ""),
        ([("drop", {"why": "duplicate"})], "dropped", ""),
        ([("drop", {"why": "duplicate"}), ("open_by_hand", {})], "new", ""),
        ([("note", {})], "new", ""),
        ([("accept", {})], "accepted", ""),
        ([("accept", {}), ("claim", {}), ("release", {})], "accepted", ""),
        ([("stage", {"stage": "claimed"})], "accepted", ""),
    ],
)
def test_the_stage_follows_from_what_the_desk_did(
    told: list[tuple[str, dict[str, object]]], stage: str, claimed_by: str
) -> None:
    state = desk_state(acts(*told)[::-1])
    assert (state.stage, state.claimed_by, state.version) == (stage, claimed_by, len(told))


def test_the_desk_remembers_outcome_reason_opening_and_settled_looks() -> None:
    state = desk_state(acts(
        ("open_by_hand", {}), ("look_settled", {"look": "ready-tie", "since_ms": 5}), ("complete", {"outcome": "care-home"}),
    ))  # fmt: skip
    assert (state.outcome, state.opened_ms, state.since_ms) == ("care-home", 1000, 3000)
    assert state.settled == {("ready-tie", 5)}
    again = desk_state(acts(("open_by_hand", {}), ("drop", {"why": "duplicate"}), ("open_by_hand", {})))
    assert (again.opened_ms, again.why, again.since_ms) == (1000, "", 3000)
    assert desk_state(acts(("drop", {"why": "duplicate"}))).why == "duplicate"


ANY_ACT = sampled_from(
    [
        ("claim", {}), ("release", {}), ("note", {}), ("open_by_hand", {}), ("drop", {"why": "duplicate"}),
        ("stage", {"stage": "arranging"}), ("stage", {"stage": "arranged"}), ("complete", {"outcome": "care-home"}),
        ("look_settled", {"look": "ready-tie", "since_ms": 5}), ("accept", {}),
        ("confirm_pathway", {"route": "r", "pathway": 2, "setting": "residential", "why": "no-home", "list": "reasons@1"}),
        ("source", {"step": "offered"}), ("source", {"step": "failed", "why": "no-capacity", "list": "reasons@1"}),
    ]
)  # fmt: skip


@given(lists(ANY_ACT, max_size=6), ANY_ACT)
def test_what_was_taken_back_counts_as_never_done(
    before: list[tuple[str, dict[str, object]]], done: tuple[str, dict[str, object]]
) -> None:
    with_it = desk_state(acts(*before, done, ("undo", {"undoes": len(before) + 1})))
    assert with_it == replace(desk_state(acts(*before)), version=len(before) + 2)


def test_only_ones_own_last_act_is_taken_back_and_only_at_once() -> None:
    done = acts(("claim", {}), ("complete", {"outcome": "care-home"}))
    then = done[-1].at_ms
    assert undoable(done, "person 2", then + UNDO_MS) == done[-1]
    assert undoable(done, "person 2", then + UNDO_MS + 1) is None
    assert undoable(done, "person 1", then) is None
    assert undoable(acts(("claim", {}), ("undo", {"undoes": 1})), "person 2", then) is None
    assert undoable(acts(("note", {})), "person 1", 1000) is None
    assert undoable([], "person 1", 0) is None


def test_an_act_of_a_later_version_changes_nothing() -> None:
    assert "split_off" not in FOLDS
    assert desk_state(acts(("claim", {}), ("split_off", {"what": "?"}))) == replace(
        desk_state(acts(("claim", {}))), version=2
    )


def test_each_stage_keeps_when_it_was_entered_and_what_was_gone_back_behind_goes() -> None:
    told = [("accept", {}), ("stage", {"stage": "triaged"}), ("stage", {"stage": "sourcing"}), ("note", {})]
    there = desk_state(acts(*told))
    assert dict(there.reached) == {"accepted": 1000, "triaged": 2000, "sourcing": 3000}
    back = desk_state(acts(*told, ("stage", {"stage": "triaged", "back": True})))
    assert (dict(back.reached), back.since_ms) == ({"accepted": 1000, "triaged": 2000}, 5000)
    beside = desk_state(acts(*told, ("stage", {"stage": "needs-captured", "back": True})))
    assert dict(beside.reached) == {"accepted": 1000, "triaged": 2000, "needs-captured": 5000}
    closed = desk_state(acts(*told, ("complete", {"outcome": "declined"})))
    assert closed.reached["done"] == 5000
    assert dict(desk_state(acts(*told, ("drop", {"why": "duplicate"}), ("open_by_hand", {}))).reached) == {}


@given(lists(ANY_ACT, max_size=8))
def test_the_way_to_a_stage_ends_with_it_and_runs_forward_in_time(
    told: list[tuple[str, dict[str, object]]],
) -> None:
    state = desk_state(acts(*told))
    assert (list(state.reached)[-1:] or ["new"]) == [state.stage]
    times = list(state.reached.values())
    assert times == sorted(times)
    assert not times or times[-1] <= state.since_ms


def test_a_route_is_kept_with_its_reason_until_the_task_begins_anew() -> None:
    route = {
        "route": "recovery-bed",
        "pathway": 2,
        "setting": "residential",
        "why": "no-home",
        "list": "reasons@1",
    }
    state = desk_state(acts(("propose_pathway", route)))
    assert (state.stage, state.pathway, state.setting) == ("pathway-proposed", 2, "residential")
    assert state.route_reason == ChosenReason(code="no-home", list="reasons@1")
    home = {"route": "home-with-support", "pathway": 1, "setting": "home"}
    state = desk_state(acts(("propose_pathway", route), ("confirm_pathway", home)))
    assert (state.stage, state.pathway, state.route_reason) == ("pathway-confirmed", 1, None)
    anew = desk_state(
        acts(("confirm_pathway", route), ("complete", {"outcome": "declined"}), ("open_by_hand", {}))
    )
    assert (anew.route, anew.pathway, anew.outcome) == ("", None, "")


def test_a_search_is_timed_from_when_it_was_first_asked_for_until_it_is_placed() -> None:
    failed = {"step": "failed", "why": "no-capacity", "list": "reasons@1"}
    told = [("stage", {"stage": "sourcing"}), ("source", {"step": "offered"}), ("source", failed)]
    state = desk_state(acts(*told))
    assert (state.sourcing, dict(state.sought)) == (
        "failed",
        {"requested": 1000, "offered": 2000, "failed": 3000},
    )
    assert state.sourcing_reason == ChosenReason(code="no-capacity", list="reasons@1")
    again = [*told, ("source", {"step": "requested"}), ("stage", {"stage": "arranged"})]
    state = desk_state(acts(*again))
    assert (state.sourcing, state.sought["requested"], state.sought["placed"]) == ("placed", 1000, 5000)
    fell_through = desk_state(acts(*again, ("stage", {"stage": "sourcing", "back": True})))
    assert (fell_through.sourcing, dict(fell_through.sought)) == ("requested", {"requested": 6000})
    assert desk_state(acts(("stage", {"stage": "arranged"}))).sourcing == ""  # no search was needed
