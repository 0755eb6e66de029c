"""What each act makes of the desk's work, and what may be taken back."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis.strategies import lists, sampled_from

from ascbridge.discharge.desk_state import FOLDS, UNDO_MS, Act, desk_state, undoable


def acts(*told: tuple[str, dict[str, object]]) -> list[Act]:
    return [Act(n, name, f"person {n}", n * 1000, dict(detail)) for n, (name, detail) in enumerate(told, 1)]


@pytest.mark.parametrize(
    "told, stage, claimed_by",
    [
        ([], "new", ""),
        ([("claim", {})], "claimed", "person 1"),
        ([("claim", {}), ("release", {})], "new", ""),
        ([("claim", {}), ("stage", {"stage": "arranging"}), ("release", {})], "arranging", ""),
        ([("stage", {"stage": "arranged"}), ("claim", {})], "arranged", "person 2"),
        ([("complete", {"outcome": "care-home"})], "done", ""),
        ([("drop", {"why": "duplicate"})], "dropped", ""),
        ([("drop", {"why": "duplicate"}), ("open_by_hand", {})], "new", ""),
        ([("note", {})], "new", ""),
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
        ("look_settled", {"look": "ready-tie", "since_ms": 5}),
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
