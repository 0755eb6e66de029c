"""What is offered at each stage, and what can be chosen."""

from typing import get_args

import pytest

from ascbridge.discharge.deciding.pathway import CLOSED, STATUS, Signal, Stage, stage_now
from ascbridge.events.facts.catalogue import DischargeTaskChanged, TaskFact
from ascbridge.web.discharge.stage_forms import Choices, choices, leads_on, possible
from tests.discharge.builders import REFERENCE

NOW = 1_772_797_500_000


def fact(stage: str = "new", signal: Signal = "ready", **more: object) -> TaskFact:
    status = STATUS[signal][stage_now(stage)]
    said = {
        "task": "t1",
        "spell": "s1",
        "revision": 1,
        "opened_ms": 5,
        "status": status,
        "signal": signal,
        **more,
    }
    return DischargeTaskChanged.model_validate({**said, "stage": stage})


def asked(act: str, one: TaskFact) -> Choices:
    found = choices(act, one, REFERENCE, NOW)
    assert found is not None
    return found


def offered(one: TaskFact) -> tuple[str, ...]:
    return possible(one, REFERENCE, NOW)


@pytest.mark.parametrize("stage", get_args(Stage))
@pytest.mark.parametrize("signal", get_args(Signal))
def test_whatever_is_offered_can_be_asked_and_nothing_is_offered_of_what_is_closed(
    signal: Signal, stage: Stage
) -> None:
    one = fact(stage, signal)
    assert (offered(one) == ()) == (one.status in CLOSED)
    assert all(
        asked(act, one).items
        for act in offered(one)
        if act not in {"accept", "delay-over", "complete", "drop"}
    )


@pytest.mark.parametrize(
    "stage, expected",
    [
        ("new", ("accept", "delay", "complete", "drop")),
        ("claimed", ("stage", "delay", "complete", "drop")),
        ("triaged", ("propose-pathway", "confirm-pathway", "stage", "delay", "complete", "drop")),
        ("pathway-proposed", ("confirm-pathway", "stage", "delay", "complete", "drop")),
        ("sourcing", ("source", "stage", "delay", "complete", "drop")),
        ("arranged", ("stage", "delay", "complete", "drop")),
    ],
)
def test_each_stage_offers_what_leads_on_from_it(stage: str, expected: tuple[str, ...]) -> None:
    assert offered(fact(stage)) == expected


def test_what_is_paused_is_not_completed() -> None:
    assert "complete" not in offered(fact("arranged", "not-ready"))


def test_home_comes_first_and_what_was_proposed_stands_when_it_is_confirmed() -> None:
    first = asked("propose-pathway", fact("triaged"))
    assert first.usual == first.items[0].value == "home-with-support"
    assert first.items[0].hint == "Pathway 1, Own home"
    assert "needs a reason" in next(one.hint for one in first.items if one.value == "recovery-bed")
    assert "no-home" in {one.value for one in first.reasons}
    proposed = fact("pathway-proposed", pathway=2, setting="residential")
    assert asked("confirm-pathway", proposed).usual == "recovery-bed"


def test_going_back_says_so_and_asks_why() -> None:
    found = asked("stage", fact("needs-captured"))
    assert [one.text for one in found.items] == [
        "Package or bed is sought",
        "Support arranged",
        "Left hospital",
        "Back to: Pathway confirmed",
        "Back to: Triaged",
    ]
    assert "needs-changed" in {one.value for one in found.reasons}
    assert asked("stage", fact("accepted")).reasons == ()


def test_a_search_that_found_nothing_can_be_asked_for_again() -> None:
    steps = [one.value for one in asked("source", fact("sourcing", sourcing="failed")).items]
    assert steps == ["offered", "failed", "requested"]
    assert len(asked("source", fact("sourcing", sourcing="requested")).items) == 2


def test_what_is_no_step_of_the_way_asks_nothing_here() -> None:
    assert choices("note", fact(), REFERENCE, NOW) is None


def test_a_reason_that_names_safeguarding_says_that_nothing_is_kept() -> None:
    hints = {one.value: one.hint for one in asked("delay", fact()).items}
    assert "Nothing of this is kept here" in hints["delay-2022-18"]
    assert hints["delay-2024-01"] == "Reasons for delay, national list of 2024"
    assert "delay-over" in offered(fact(delays=({"reason": "other", "from_ms": 5},)))
    assert "delay" not in offered(fact("arranged", "discharged"))


@pytest.mark.parametrize(
    "stage,coming,act",
    [
        ("new", "accepted", "accept"),
        ("triaged", "pathway-proposed", "propose-pathway"),
        ("pathway-proposed", "pathway-confirmed", "confirm-pathway"),
        ("sourcing", "arranged", "source"),
        ("accepted", "triaged", "stage"),
    ],
)
def test_one_act_leads_on_to_the_next_stage(stage: str, coming: str, act: str) -> None:
    assert leads_on(offered(fact(stage)), coming) == act


def test_where_no_stage_comes_after_completing_leads_on_if_it_may_be_done() -> None:
    assert leads_on(("stage", "complete", "drop"), "") == "complete"
    assert leads_on(("stage", "drop"), "") == ""
    assert leads_on(("drop",), "triaged") == ""
