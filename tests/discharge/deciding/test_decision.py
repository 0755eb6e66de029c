"""One task for each spell, as stay, person, council and desk have it; and why."""

from dataclasses import replace

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ascbridge.discharge.deciding.decision import Case, Council, Decision, Person, decide, task_id
from ascbridge.discharge.deciding.desk_state import Act, DeskState, desk_state
from ascbridge.discharge.deciding.pathway import Death
from ascbridge.discharge.deciding.reference import Reference
from ascbridge.discharge.deciding.rules import Told
from ascbridge.discharge.stay.spell import EMPTY, SpellState, fold, merge, outdated
from ascbridge.discharge.stay.spell_view import view
from ascbridge.discharge.stay.statements import Said
from ascbridge.events.facts import catalogue as words
from ascbridge.events.facts.catalogue import Coded, StayFact, TaskFact
from tests.discharge.builders import (
    NEED,
    REFERENCE,
    W21,
    admitted,
    at,
    discharge_cancelled,
    discharged,
    iris,
    not_ready,
    ready,
    said,
    snapshot,
    stay,
)
from tests.discharge.stories import shuffled

KNOWN = Council(known=Told("yes", "e9", "KnownToCare", at("2026-01-01T00:00")))
UNKNOWN = Council(known=Told("no", "e9", "KnownToCare", at("2026-01-01T00:00")))
IRIS = Person("p1", age=Told("85+", "e1", "PatientDetailsRecorded", 1))
STRANGE = Coded(source_code="ZZ", code=None)


def case(
    *facts: StayFact, person: Person = IRIS, council: Council | None = None, acts: tuple[Act, ...] = ()
) -> Case:
    state = fold([said(fact, message=f"m{n:03d}") for n, fact in enumerate(facts)])
    return Case("s1", state, view(state), person, council or Council(), desk_state(acts), None)


def task_of(*facts: StayFact, reference: Reference = REFERENCE, **more: object) -> TaskFact:
    task = decide(case(*facts, **more), reference).task
    assert task is not None
    return task


IN, READY = admitted("2026-03-02T10:15", ward=W21), ready("2026-03-06T11:30", ready_on="2026-03-06")


def test_the_id_of_a_task_follows_from_its_spell() -> None:
    assert task_id("s1") == task_id("s1") != task_id("s2")
    assert task_id("s1", "other") != task_id("s1")


@pytest.mark.parametrize(
    "council, destination, expected",
    [
        (KNOWN, "19", "ready-opens@2:discharged-known"),
        (Council(), "85", "ready-opens@2:discharged-to-care"),
        (UNKNOWN, "85", "ready-opens@2:discharged-to-care"),
        (UNKNOWN, "19", None),
        (Council(), "19", None),
    ],
)
def test_discharged_without_referral(council: Council, destination: str, expected: str | None) -> None:
    task = decide(case(IN, discharged("2026-03-05T10:00", "1", destination), council=council), REFERENCE).task
    assert (task.rule if task else None) == expected
    if task:
        assert (task.signal, task.status, task.opened_ms) == (
            "discharged",
            "requested",
            at("2026-03-05T10:00"),
        )


def test_a_check_that_was_opened_stays_when_its_discharge_is_taken_back() -> None:
    task = task_of(IN, discharged("2026-03-05T10:00", "1", "85"), discharge_cancelled("2026-03-05T12:00"))
    assert (task.signal, task.status, task.discharged_ms) == ("in-hospital", "requested", None)


def test_a_ready_patient_who_is_discharged_keeps_the_rule_that_opened_the_task() -> None:
    task = task_of(IN, READY, not_ready("2026-03-07T10:00"), discharged("2026-03-08T10:00"))
    assert (task.rule, task.reason, task.signal, task.status) == (
        "ready-opens@2:ready",
        "ready",
        "discharged",
        "requested",
    )


def test_not_confirmed_is_what_nobody_told() -> None:
    assert task_of(READY, person=Person("p1")).not_confirmed == ("age", "residence")
    assert task_of(READY).not_confirmed == ("residence",)
    assert task_of(READY, council=KNOWN).not_confirmed == ()
    local = replace(IRIS, residence=Told("local"))
    assert task_of(READY, person=local).not_confirmed == ()
    assert task_of(READY, reference=NEED).not_confirmed == ("residence", "need")


def test_a_dropped_spell_has_no_task_and_keeps_its_explanation() -> None:
    decision = decide(
        case(READY, person=replace(IRIS, age=Told("0-17", "e1", "PatientDetailsRecorded", 1))), REFERENCE
    )
    assert decision.task is None
    why = orjson.loads(decision.explanation)
    assert (why["then"], why["rule"], why["would_open"]) == ("drop", "not-an-adult", "ready")
    assert why["because"][0] == {
        "input": "age",
        "value": "0-17",
        "event": "e1",
        "fact": "PatientDetailsRecorded",
        "at_ms": 1,
    }


def test_need_is_what_council_or_destination_say() -> None:
    def rule(council: Council, *facts: StayFact) -> str:
        return decide(case(*facts, council=council), NEED).verdict.rule

    assert rule(UNKNOWN, READY) == "no-need"
    assert rule(KNOWN, READY) == "ready"
    assert rule(Council(), READY) == "ready"
    live = replace(UNKNOWN, packages=(Told("live", "e5", "PackageStated", 5),))
    assert rule(live, READY) == "ready"
    assert rule(replace(UNKNOWN, packages=(Told("ended", "e5", "PackageStated", 5),)), READY) == "no-need"
    assert rule(UNKNOWN, READY, discharged("2026-03-08T10:00", "1", "88")) == "ready"


def test_opened_by_hand_whatever_the_rules_say() -> None:
    act = Act(1, "open_by_hand", "sam", at("2026-03-05T09:00"))
    task = task_of(IN, acts=(act,))
    assert (task.status, task.signal, task.reason, task.opened_ms) == (
        "requested",
        "in-hospital",
        "by-hand",
        act.at_ms,
    )
    assert task.due_ms == at("2026-03-05T13:00")
    child = replace(IRIS, age=Told("0-17"))
    assert task_of(READY, person=child, acts=(act,)).status == "requested"


def test_what_nothing_asks_for_any_longer_is_withdrawn_and_not_lost() -> None:
    opened = task_of(READY)
    child = replace(IRIS, age=Told("0-17"))
    now = decide(replace(case(READY, person=child), before=opened), REFERENCE).task
    assert now is not None
    assert (now.status, now.signal, now.reason, now.opened_ms) == (
        "cancelled", "withdrawn", "dropped:not-an-adult", opened.opened_ms,
    )  # fmt: skip
    assert now.due_ms is None
    empty = decide(replace(case(IN), before=opened), REFERENCE).task
    assert empty is not None
    assert (empty.signal, empty.reason, empty.rule) == ("withdrawn", "withdrawn", "ready-opens@2:none")


def test_desk_acts_alone_keep_a_task_when_it_is_built_again() -> None:
    task = task_of(IN, acts=(Act(1, "note", "sam", 5),))
    assert (task.status, task.signal) == ("cancelled", "withdrawn")


def test_pausing_and_cancelling_hide_the_stage_and_keep_it() -> None:
    acts = (
        Act(1, "claim", "sam", at("2026-03-06T12:00")),
        Act(2, "stage", "sam", at("2026-03-06T13:00"), {"stage": "arranging"}),
    )
    paused = task_of(IN, READY, not_ready("2026-03-07T10:00"), acts=acts)
    assert (paused.status, paused.stage) == ("on-hold", "sourcing")
    again = task_of(IN, READY, not_ready("2026-03-07T10:00"), ready("2026-03-10T09:00"), acts=acts)
    assert (again.status, again.stage, again.ready_on) == ("in-progress", "sourcing", "2026-03-10")
    dead = task_of(IN, READY, person=replace(IRIS, death=Death(True, "2026-03-08", 5)), acts=acts)
    assert (dead.status, dead.stage, dead.reason) == ("cancelled", "sourcing", "died")


def test_due_times_count_from_the_stage_that_the_desk_reached() -> None:
    claim = Act(1, "claim", "sam", at("2026-03-06T12:00"))
    assert task_of(IN, READY, acts=(claim,)).due_ms == at("2026-03-06T12:30")


def test_the_desk_s_own_reason_for_dropping_stands() -> None:
    task = task_of(READY, acts=(Act(1, "drop", "sam", 5, {"why": "duplicate"}),))
    assert (task.status, task.reason) == ("cancelled", "duplicate")


def test_a_contradiction_has_an_owner_and_a_due_time_and_can_be_settled() -> None:
    tie = (READY, snapshot("2026-03-06T11:30", ready=False))
    task = task_of(*tie)
    assert task.needs_a_look == ("ready-tie",)
    assert (task.owner_team, task.due_ms) == ("Community Discharge Team", at("2026-03-06T11:45"))
    settled = Act(1, "look_settled", "sam", 5, {"look": "ready-tie", "since_ms": at("2026-03-06T11:30")})
    assert task_of(*tie, acts=(settled,)).needs_a_look == ()
    newer = (*tie, ready("2026-03-08T09:00"), snapshot("2026-03-08T09:00", ready=False))
    assert task_of(*newer, acts=(settled,)).needs_a_look == ("ready-tie",)


def test_a_contradiction_on_a_stay_without_a_task_opens_one() -> None:
    task = task_of(IN, discharged("2026-03-14T04:30", "4", "79"))
    assert (task.rule, task.signal, task.status) == (
        "ready-opens@2:contradiction",
        "discharged-unclear",
        "requested",
    )
    assert task.needs_a_look == ("death-code-alone",)
    assert task.due_ms is not None


def test_an_admission_after_death_is_open_work_and_no_death() -> None:
    dead = replace(IRIS, death=Death(True, "2026-03-01", at("2026-03-01T12:00")))
    task = task_of(IN, READY, person=dead)
    assert (task.signal, task.status, task.needs_a_look) == ("ready", "requested", ("admitted-after-death",))
    assert task_of(IN, person=dead).needs_a_look == ("admitted-after-death",)


def test_an_unmapped_code_takes_no_step_onward() -> None:
    task = task_of(IN, READY, discharged("2026-03-11T16:20", discharge_method=STRANGE))
    assert (task.signal, task.status, task.not_understood) == (
        "discharged-unclear",
        "requested",
        ("discharge_method ZZ",),
    )
    assert task.needs_a_look == ()


def test_telling_others_is_over_when_the_desk_had_finished() -> None:
    left = (IN, READY, discharged("2026-03-11T16:20", "2", "19"))
    assert task_of(*left).needs_a_look == ("tell-duty-team",)
    done = Act(1, "complete", "sam", 5, {"outcome": "declined"})
    finished = task_of(*left, acts=(done,))
    assert (finished.needs_a_look, finished.status, finished.outcome) == ((), "completed", "declined")


def finished(at_ms: int, signal: str) -> Act:
    return Act(1, "complete", "sam", at_ms, {"outcome": "support-at-home", "signal": signal})


LEFT = discharged("2026-03-11T16:20")
BACK = discharge_cancelled("2026-03-11T18:00")


def test_a_discharge_taken_back_after_the_work_was_finished_needs_a_look() -> None:
    done = finished(at("2026-03-11T17:00"), "discharged")
    assert task_of(IN, READY, LEFT, acts=(done,)).needs_a_look == ()
    task = task_of(IN, READY, LEFT, BACK, acts=(done,))
    assert (task.status, task.signal, task.needs_a_look) == ("completed", "ready", ("changed-after-done",))
    assert task.due_ms is not None
    settled = Act(
        2, "look_settled", "sam", 6, {"look": task.needs_a_look[0], "since_ms": at("2026-03-11T18:00")}
    )
    assert task_of(IN, READY, LEFT, BACK, acts=(done, settled)).needs_a_look == ()
    again = replace(settled, act="open_by_hand", detail={}, at_ms=at("2026-03-11T19:00"))
    reopened = task_of(IN, READY, LEFT, BACK, acts=(done, again))
    assert (reopened.status, reopened.needs_a_look) == ("requested", ())


def test_it_needs_a_look_too_where_the_hospital_had_written_it_down_before_and_it_came_late() -> None:
    done = finished(at("2026-03-11T18:30"), "discharged")
    assert task_of(IN, READY, LEFT, BACK, acts=(done,)).needs_a_look == ("changed-after-done",)


def test_work_that_was_finished_before_the_patient_left_needs_a_look_only_when_the_hospital_changes_its_mind() -> (
    None
):
    early = finished(at("2026-03-07T09:00"), "ready")
    assert task_of(IN, READY, acts=(early,)).needs_a_look == ()
    assert task_of(IN, READY, LEFT, acts=(early,)).needs_a_look == ()
    changed = (IN, READY, not_ready("2026-03-08T09:00"))
    assert task_of(*changed, acts=(early,)).needs_a_look == ("changed-after-done",)
    assert task_of(*changed, ready("2026-03-09T09:00"), acts=(early,)).needs_a_look == ("changed-after-done",)


def test_where_a_restricted_person_is_stands_in_no_task() -> None:
    assert task_of(IN, READY).ward == W21
    assert task_of(IN, READY, person=replace(IRIS, restricted=True)).ward is None


def test_one_visit_under_two_people_needs_a_look_unless_it_was_moved() -> None:
    both = fold([said(READY, "p1"), said(snapshot("2026-03-06T12:00"), "p9")])
    two = Case(
        "s1", both, view(both), replace(IRIS, persons={"p1": "A", "p9": "B"}), Council(), DeskState(), None
    )
    assert [look.code for look in decide(two, REFERENCE).looks] == ["two-patients"]
    one = replace(two, person=replace(IRIS, persons={"p1": "A", "p9": "A"}))
    assert decide(one, REFERENCE).looks == ()


def test_leave_and_transfers_leave_the_task_as_it_is() -> None:
    before = task_of(IN, READY)
    for fact in (words.PatientWentOnLeave, words.PatientReturnedFromLeave):
        assert task_of(IN, READY, stay(fact, "2026-03-06T18:00")) == before


def test_a_late_message_does_not_move_the_state_backwards() -> None:
    facts = [fact for _, fact in iris()]
    assert task_of(*facts, ready("2026-03-05T09:00", ready_on="2026-03-05")).model_copy(
        update={"opened_ms": 0}
    ) == task_of(*facts).model_copy(update={"opened_ms": 0})


def heard_one_by_one(heard: list[Said], person: Person, council: Council) -> Decision:
    """Decide after each message, as the desk does; return the last decision."""
    state, evidence, before, decision = EMPTY, [], None, None
    for one in heard:
        evidence.append(one)
        state = _next(state, one, evidence)
        now = view(state, "p1")
        decision = decide(Case("s1", state, now, person, council, DeskState(), before), REFERENCE)
        if decision.task is not None:
            before = decision.task
    assert decision is not None
    return decision


def _next(state: SpellState, one: Said, evidence: list[Said]) -> SpellState:
    return fold(evidence, state.translations) if outdated(state, one) else merge(state, one)


def lasting(task: TaskFact | None) -> TaskFact | None:
    """A task that was withdrawn, because what had asked for it proved settled, counts as none."""
    return None if task is None or task.signal == "withdrawn" else task


people = st.sampled_from([
    IRIS, Person("p1"), replace(IRIS, death=Death(True, "2026-03-03", at("2026-03-03T00:00"))), replace(IRIS, persons={"p1": "A", "p2": "A"}),
])  # fmt: skip


@given(shuffled(), people, st.sampled_from([Council(), KNOWN, UNKNOWN]))
def test_any_order_and_any_repetition_end_in_the_same_task(
    two: tuple[list[Said], list[Said]], person: Person, council: Council
) -> None:
    one, other = (heard_one_by_one(heard, person, council) for heard in two)
    assert one.verdict == other.verdict
    assert lasting(one.task) == lasting(other.task)
    if lasting(one.task):
        assert one.explanation == other.explanation
        assert one.looks == other.looks
