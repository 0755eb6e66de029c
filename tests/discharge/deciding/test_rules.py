"""Rules as data: what opens, what drops on a stated fact only, and the explanation of each decision."""

import pytest

from ascbridge.discharge.deciding.rules import Rule, RuleSet, Told, Verdict, judge
from tests.discharge.builders import DAY, NEED, REFERENCE

DEFAULT = REFERENCE.rules
YES = Told("yes", "e1", "PatientReadyForDischarge", 100)


def decide(rules: RuleSet, **inputs: object) -> Verdict:
    told = {}
    for name, value in inputs.items():
        values = value if isinstance(value, tuple) else (value,)
        told[name] = [one if isinstance(one, Told) else Told(str(one), at_ms=50) for one in values]
    return judge(rules, told)


def test_ready_opens_and_says_why_with_the_event() -> None:
    verdict = decide(DEFAULT, ready=YES, age="85+", residence="local")
    assert (verdict.then, verdict.rule, verdict.decided_ms) == ("open", "ready", 100)
    (because,) = verdict.because
    assert (because.input, because.told.event, because.told.fact) == (
        "ready",
        "e1",
        "PatientReadyForDischarge",
    )
    assert verdict.why.startswith("The hospital said")
    assert verdict.not_confirmed == ()


def test_nothing_that_asks_for_a_task_is_a_decision_with_an_explanation_too() -> None:
    verdict = decide(DEFAULT, age="85+")
    assert (verdict.then, verdict.rule, verdict.why) == ("none", "", "No rule asks for a task.")


def test_what_cannot_be_told_opens_the_task_marked_not_confirmed() -> None:
    assert decide(DEFAULT, ready=YES).not_confirmed == ("age", "residence")
    assert decide(NEED.rules, ready=YES).not_confirmed == ("age", "residence", "need")
    assert decide(NEED.rules, ready=YES).then == "open"


def test_only_a_stated_fact_drops() -> None:
    child = decide(DEFAULT, ready=YES, age="0-17")
    assert (child.then, child.rule, child.would_open) == ("drop", "not-an-adult", "ready")
    assert [one.input for one in child.because] == ["age", "ready"]
    assert decide(DEFAULT, ready=YES, age="18-64").then == "open"


@pytest.mark.parametrize("rules", [DEFAULT, NEED.rules])
def test_where_somebody_lives_drops_nobody(rules: RuleSet) -> None:
    assert decide(rules, ready=YES, residence="elsewhere").then == "open"
    assert decide(rules, ready=YES, residence="local").then == "open"


def test_a_drop_needs_every_stated_value() -> None:
    assert decide(DEFAULT, ready=YES, patient_class="O").rule == "not-an-inpatient"
    assert decide(DEFAULT, ready=YES, patient_class=("O", "I")).then == "open"


def test_a_stay_that_nothing_would_open_is_not_listed_as_dropped() -> None:
    assert decide(DEFAULT, age="0-17").then == "none"


def test_the_second_set_drops_whom_the_council_states_not_to_know() -> None:
    assert decide(NEED.rules, ready=YES, need="no").rule == "no-need"
    assert decide(DEFAULT, ready=YES, need="no").then == "open"
    assert decide(NEED.rules, ready=YES, need="yes").then == "open"
    assert decide(NEED.rules, ready=YES, need="no", contradiction="yes").then == "open"


def test_a_discharge_without_referral_is_checked_for_people_known_and_for_care_homes() -> None:
    assert decide(DEFAULT, discharged="yes", known_to_care="yes").rule == "discharged-known"
    assert decide(DEFAULT, discharged="yes", known_to_care="no").then == "none"
    assert decide(DEFAULT, discharged="yes").then == "none"
    for destination in ("54", "65", "85", "88"):
        assert decide(DEFAULT, discharged="yes", destination=destination).rule == "discharged-to-care"
    assert decide(DEFAULT, discharged="yes", destination="19").then == "none"
    assert decide(DEFAULT, discharged="yes", destination="85", died="yes").then == "none"
    assert decide(DEFAULT, discharged="yes", known_to_care="yes", died="yes").then == "none"


def test_an_old_discharge_is_no_work_because_the_council_speaks_today() -> None:
    left, late, soon = Told("yes", at_ms=0), Told("yes", at_ms=15 * DAY), Told("yes", at_ms=13 * DAY)
    assert decide(DEFAULT, discharged=left, known_to_care=late).then == "none"
    opened = decide(DEFAULT, discharged=left, known_to_care=soon)
    assert (opened.then, opened.decided_ms) == ("open", 13 * DAY)
    assert decide(DEFAULT, discharged=Told("yes", at_ms=900 * DAY), known_to_care=left).then == "open"


def test_a_contradiction_opens() -> None:
    assert decide(DEFAULT, contradiction="yes").rule == "contradiction"


def test_the_first_opening_rule_that_holds_is_the_one_that_is_told() -> None:
    def rule(name: str, value: str) -> Rule:
        return Rule(name, "open", name, {"ready": frozenset({value})}, {}, {})

    rules = RuleSet("r", 1, "", (rule("first", "no"), rule("second", "yes"), rule("third", "yes")), ())
    assert judge(rules, {"ready": [YES]}).rule == "second"
