"""The life of a task in words, at every stage."""

from typing import get_args

import pytest

from ascbridge.discharge.deciding.pathway import CLOSED, STATUS, Stage
from ascbridge.events.facts.catalogue import ChosenReason, DischargeTaskChanged, TaskFact
from ascbridge.web.discharge.life_shown import life_shown
from tests.discharge.builders import HOUR, MINUTE, REFERENCE, at

NOW = at("2026-03-06T15:00")


def fact(stage: Stage = "new", **more: object) -> TaskFact:
    said = {"task": "t1", "spell": "s1", "revision": 1, "opened_ms": NOW - 3 * HOUR, "signal": "ready",
            "status": STATUS["ready"][stage], "stage": stage, "stage_since_ms": NOW - HOUR, **more}  # fmt: skip
    return DischargeTaskChanged.model_validate(said)


@pytest.mark.parametrize("stage", get_args(Stage))
def test_whatever_the_stage_each_step_is_said_once_and_what_is_closed_has_no_next(stage: Stage) -> None:
    entered = {} if stage == "new" else {stage: NOW - HOUR}
    life = life_shown(fact(stage, milestones=entered), REFERENCE, NOW)
    stages = [one.stage for one in life.steps]
    assert len(stages) == len(set(stages))
    assert (*life.done, *((life.next,) if life.next else ()), *life.later) == life.steps
    if fact(stage).status in CLOSED:
        assert life.next is None
        assert life.later == ()


def test_what_lies_behind_is_done_or_passed_over_and_the_next_step_is_one() -> None:
    entered = {"accepted": NOW - 2 * HOUR, "triaged": NOW - 100 * MINUTE, "pathway-confirmed": NOW - HOUR}
    life = life_shown(fact("pathway-confirmed", milestones=entered), REFERENCE, NOW)
    assert [(one.stage, one.state, one.at_ms) for one in life.done] == [
        ("new", "done", NOW - 3 * HOUR),
        ("accepted", "done", NOW - 2 * HOUR),
        ("triaged", "done", NOW - 100 * MINUTE),
        ("pathway-proposed", "passed over", None),
        ("pathway-confirmed", "done", NOW - HOUR),
    ]
    assert life.next is not None
    assert life.next.stage == "needs-captured"
    assert life.later[0].stage == "sourcing"


def test_a_route_says_whether_it_is_only_proposed_and_why_it_is_not_home() -> None:
    route = {
        "pathway": 2,
        "setting": "residential",
        "route_reason": ChosenReason(code="no-home", list="reasons@1"),
    }
    life = life_shown(fact("pathway-proposed", **route), REFERENCE, NOW)
    assert (life.route, life.why_route) == ("Pathway 2, Care home (proposed)", "Has no home to go to")
    confirmed = fact("pathway-confirmed", milestones={"pathway-confirmed": NOW}, **route)
    assert life_shown(confirmed, REFERENCE, NOW).route == "Pathway 2, Care home"
    unknown = fact(route_reason=ChosenReason(code="no-home", list="reasons@77"))
    assert life_shown(unknown, REFERENCE, NOW).why_route == "no-home"


def test_a_search_says_its_steps_in_time_and_how_long_it_took() -> None:
    sought = {"requested": NOW - 2 * HOUR, "offered": NOW - HOUR}
    life = life_shown(fact("sourcing", sought=sought, sourcing="offered"), REFERENCE, NOW)
    assert [one.words for one in life.search] == ["Asked for", "Offered"]
    assert life.searched_ms == 2 * HOUR
    placed = fact("arranged", sought={**sought, "placed": NOW - 30 * MINUTE})
    assert life_shown(placed, REFERENCE, NOW).searched_ms == 90 * MINUTE


def test_late_work_says_to_whom_it_is_told_and_since_when_or_from_when() -> None:
    late = life_shown(fact(escalates_ms=NOW - MINUTE, escalates_to="Night"), REFERENCE, NOW)
    assert (late.told_to, late.told_ms, late.until_ms) == ("Night", NOW - MINUTE, None)
    soon = life_shown(fact(escalates_ms=NOW + MINUTE, escalates_to="Night"), REFERENCE, NOW)
    assert (soon.told_ms, soon.until_ms) == (None, NOW + MINUTE)


def test_what_blocks_is_said_in_words() -> None:
    assert life_shown(fact(blocks=("support-not-placed", "of-later")), REFERENCE, NOW).blocks == (
        "A package or bed is sought and not placed yet",
        "of-later",
    )
