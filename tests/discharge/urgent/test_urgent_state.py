"""How an urgent matter stands by facts, answers and acts."""

from typing import Any

import pytest

from ascbridge.discharge.deciding.desk_state import Act
from ascbridge.discharge.urgent.urgent_state import UrgentDesk, urgent_desk, urgent_status

SINCE = 1_000


def acts(*done: tuple[str, str, dict[str, Any]]) -> list[tuple[Act, str]]:
    return [(Act(n + 1, act, "x", SINCE + n, detail), role) for n, (act, role, detail) in enumerate(done)]


def said(answer: str, since_ms: int = SINCE) -> tuple[str, str, dict[str, Any]]:
    return ("answer", "out-of-hours", {"said": answer, "since_ms": since_ms})


@pytest.mark.parametrize(
    "answer, expected",
    [("", "to-ask"), ("yes", "urgent"), ("no", "not-urgent"), ("not-known", "to-ask")],
)
def test_what_nobody_knows_is_urgent_until_somebody_says_no(answer: str, expected: str) -> None:
    desk = urgent_desk(acts(said(answer)) if answer else [], SINCE)
    assert urgent_status(desk, holds=True, asks=True) == expected
    assert urgent_status(desk, holds=True, asks=False) == "urgent"
    assert urgent_status(desk, holds=False, asks=True) == "over"


def test_an_answer_counts_for_what_happened_then_and_is_asked_anew_when_it_happens_anew() -> None:
    before = acts(said("no"))
    assert urgent_status(urgent_desk(before, SINCE), holds=True, asks=True) == "not-urgent"
    assert urgent_status(urgent_desk(before, SINCE + 5), holds=True, asks=True) == "to-ask"


def test_what_is_settled_stays_so_until_somebody_answers_or_says_so_again() -> None:
    settled = ("settle", "out-of-hours", {"since_ms": SINCE})
    assert urgent_status(urgent_desk(acts(settled), SINCE), holds=True, asks=False) == "settled"
    again = acts(settled, said("yes"))
    assert urgent_status(urgent_desk(again, SINCE), holds=True, asks=True) == "urgent"
    stated = urgent_desk(acts(settled, ("say-urgent", "discharge-team", {})), SINCE)
    assert (stated.settled_ms, stated.stated_ms) == (None, SINCE + 1)


def test_what_the_night_wrote_is_to_be_taken_up_and_what_the_day_wrote_is_not() -> None:
    note, take = ("note", "out-of-hours", {}), ("take-up", "discharge-team", {})
    assert not urgent_desk(acts(("note", "discharge-team", {})), SINCE).to_take_up
    assert urgent_desk(acts(note), SINCE).to_take_up
    assert not urgent_desk(acts(note, take), SINCE).to_take_up
    assert urgent_desk(acts(note, take, note), SINCE) == UrgentDesk(version=3, night=3, taken=2)
