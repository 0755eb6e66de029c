"""What people agreed about a task beside its stage: folded from the acts, and nothing of it when they are taken back."""

from ascbridge.discharge.deciding.desk_state import Act, DeskState, desk_state
from ascbridge.discharge.deciding.standing import STANDING_ACTS, Question, Standing, next_standing


def folded(*acts: tuple[str, dict[str, object]]) -> DeskState:
    return desk_state([Act(n, act, "sam", n * 1000, detail) for n, (act, detail) in enumerate(acts, 1)])


def test_a_task_is_given_to_a_colleague_and_to_another_team() -> None:
    given = folded(("assign", {"to": "alex"}))
    assert (given.claimed_by, given.stage, given.standing.team) == ("alex", "accepted", "")
    over = folded(("claim", {}), ("hand_over", {"team": "Duty Team", "from": "Community Discharge Team"}))
    assert (over.claimed_by, over.stage, over.standing.team, over.standing.team_ms) == (
        "",
        "new",
        "Duty Team",
        2000,
    )
    working = folded(("stage", {"stage": "sourcing"}), ("assign", {"team": "Duty Team"}))
    assert (working.stage, working.claimed_by, working.standing.team) == ("sourcing", "", "Duty Team")
    assert folded(("stage", {"stage": "arranged"}), ("assign", {"to": "alex"})).stage == "arranged"


def test_a_pause_holds_only_while_the_hospital_says_the_same() -> None:
    paused = folded(("pause", {"why": "funding", "signal": "ready"})).standing
    assert paused.waits("ready")
    assert not paused.waits("discharged")
    assert not Standing().waits("")
    assert not folded(("pause", {"why": "funding", "signal": "ready"}), ("resume", {})).standing.waits(
        "ready"
    )
    assert not folded(("pause", {"why": "x", "signal": "ready"}), ("open_by_hand", {})).standing.waits(
        "ready"
    )


def test_questions_wait_for_their_own_answers() -> None:
    asked = folded(("ask", {}), ("ask", {})).standing
    assert asked.questions == (Question(1, 1000), Question(2, 2000))
    assert asked.asked_ms == 1000
    one = folded(("ask", {}), ("ask", {}), ("answer", {"answers": 1})).standing
    assert one.asked_ms == 2000
    assert folded(("ask", {}), ("answer", {"answers": 1})).standing.asked_ms is None


def test_a_hold_stands_until_it_is_lifted_or_replaced() -> None:
    assert folded(("hold", {})).standing.hold_version == 1
    assert folded(("hold", {}), ("hold", {})).standing.hold_version == 2
    assert folded(("hold", {}), ("hold", {}), ("undo", {"undoes": 2})).standing.hold_version == 1
    assert folded(("hold", {}), ("lift_hold", {})).standing.hold_version == 0
    assert folded(("hold", {}), ("open_by_hand", {})).standing.hold_version == 1
    again = folded(
        ("hold", {}), ("assign", {"team": "Duty Team"}), ("drop", {"why": "x"}), ("open_by_hand", {})
    )
    assert (again.standing.hold_version, again.standing.team) == (1, "Duty Team")


def test_what_is_about_something_else_changes_nothing() -> None:
    before = folded(("hold", {}), ("ask", {})).standing
    for act in ("note", "claim", "stage", "nobody knows this"):
        assert act not in STANDING_ACTS
        assert next_standing(before, Act(9, act, "sam", 9, {})) == before


def test_giving_a_referral_back_closes_it_with_its_reason_and_opening_by_hand_starts_again() -> None:
    back = folded(("reject", {"why": "not-enough-told"}))
    assert (back.stage, back.why) == ("rejected", "not-enough-told")
    assert folded(("reject", {"why": "x"}), ("open_by_hand", {})).stage == "new"
