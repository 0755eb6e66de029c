"""A round follows from its seed, and what must come of a stay follows from its triggers."""

from __future__ import annotations

import pytest

from ascbridge.people.nhs_numbers import checks
from tests.faults.hospital import LINES, STORIES, State, nhs_number, plan, state, step_of

pytestmark = pytest.mark.faults


def test_the_same_seed_gives_the_same_round_and_another_seed_another() -> None:
    assert plan(5) == plan(5)
    assert plan(5) != plan(6)


def test_each_stay_keeps_its_order_on_one_connection() -> None:
    made = plan(5)
    assert len(made.lines) == LINES
    for visit, triggers in made.stays.items():
        (steps,) = [
            steps for line in made.lines if (steps := [one.step for one in line if one.visit == visit])
        ]
        assert steps == list(range(1, len(triggers) + 1))
    assert len({one.control_id for one in made.sent}) == len(made.sent)


def test_every_round_has_merges_links_refusals_and_messages_without_effect() -> None:
    made = plan(5)
    assert {one.kind for one in made.sent} == {"stay", "merge", "refused", "no effect"}
    assert len(made.people) > len(made.merged_away) > 0
    assert all(checks(nhs_number(number)) for number in range(10))


@pytest.mark.parametrize(
    "triggers, wanted",
    list(
        zip(
            STORIES,
            [
                State("discharged", "finished"), State("discharged", "finished"), State("not-ready", "in-progress"),
                State("ready", "in-progress"), State("ready", "in-progress"),
                State("entered-in-error", "entered-in-error"), State("", "finished"),
            ],
            strict=True,
        )
    ),
)  # fmt: skip
def test_what_must_be_seen_at_the_end_of_a_story(triggers: tuple[str, ...], wanted: State) -> None:
    assert state(triggers) == wanted


def test_a_ward_says_how_far_a_stay_is() -> None:
    assert (step_of("F03"), step_of("W21"), step_of("")) == (3, 0, 0)
