"""A sender's wrong clock is told from what was held back, sent again, or came late once."""

from __future__ import annotations

import random
from functools import partial
from typing import TYPE_CHECKING

import pytest

from ascbridge.alerts.alert_rules import Trouble
from ascbridge.operations.flowing import sender_clocks
from ascbridge.operations.flowing.sender_clocks import MINUTE_MS, Minutely, Seen, off, said
from tests.intake.messages import adt
from tests.web.city import hl7_time

if TYPE_CHECKING:
    from tests.web.city import City

BOUND = 5 * MINUTE_MS
HOUR = 60 * MINUTE_MS


def steady(by_ms: int, every_ms: int = 2 * MINUTE_MS, n: int = 20) -> list[Seen]:
    rng = random.Random(by_ms)
    return [Seen(one * every_ms, by_ms + rng.randrange(0, 20_000)) for one in range(n)]


@pytest.mark.parametrize("by_ms", [HOUR, -HOUR, 6 * MINUTE_MS, -7 * MINUTE_MS, 12 * HOUR])
def test_a_clock_that_is_off_by_the_same_in_nearly_all_is_wrong(by_ms: int) -> None:
    assert off(steady(by_ms), BOUND) == pytest.approx(by_ms, abs=20_000)
    two_late = [*steady(by_ms)[:18], Seen(36 * MINUTE_MS, 9 * HOUR), Seen(38 * MINUTE_MS, 3 * HOUR)]
    assert off(two_late, BOUND) == pytest.approx(by_ms, abs=20_000)


def test_a_clock_that_is_right_or_of_which_little_is_known_is_not_told() -> None:
    assert off(steady(0), BOUND) == 0
    assert off(steady(4 * MINUTE_MS), BOUND) == 0
    assert off(steady(HOUR, n=9), BOUND) == 0
    assert off([], BOUND) == 0


def test_what_was_held_back_or_is_sent_again_is_no_clock() -> None:
    at_once = [Seen(n * 1_000, 2 * HOUR - n * MINUTE_MS) for n in range(20)]
    assert off(at_once, BOUND) == 0
    slowly = [Seen(n * MINUTE_MS, 3 * HOUR - n * 4 * MINUTE_MS) for n in range(20)]
    assert off(slowly, BOUND) == 0
    assert off(steady(HOUR, every_ms=1_000), BOUND) == 0  # one batch, a moment long
    assert off(steady(30 * 24 * HOUR), BOUND) == 0  # history
    rng = random.Random(3)
    some_late = [Seen(n * MINUTE_MS, rng.choice([0, 0, 20, 90]) * MINUTE_MS) for n in range(20)]
    assert off(some_late, BOUND) == 0


def test_over_eight_weeks_of_a_hospital_that_is_now_and_then_down_no_clock_is_told() -> None:
    for seed in range(20):
        rng, at, told, down_until = random.Random(seed), 0, 0, 0
        seen: list[Seen] = []
        while at < 8 * 7 * 24 * HOUR:
            at += round(rng.expovariate(1 / (5 * MINUTE_MS)))
            if at > down_until and rng.random() < 0.002:
                down_until = at + rng.randrange(10, 300) * MINUTE_MS
            came = max(at, down_until) if at < down_until else at
            seen = [*seen[-40:], Seen(came + rng.randrange(2_000), came - at)]
            told += bool(off(seen, BOUND))
        assert told == 0


def test_it_is_said_in_plain_words() -> None:
    assert said("UHCW", HOUR + 3_000) == (
        "The times of UHCW are one hour behind ours: its summer time is not said, or said wrongly"
    )
    assert said("UHCW", -7 * MINUTE_MS) == "The clock of UHCW is 7 minutes ahead of ours"
    assert said("UHCW", 20 * MINUTE_MS) == (
        "The clock of UHCW is 20 minutes behind ours, or all it sends is held back for so long"
    )


def test_between_two_minutes_nothing_is_read_again() -> None:
    asked, minutely = list[Trouble](), Minutely()

    def fresh() -> list[Trouble]:
        asked.append(Trouble("sender-clock", "feed:itk-v24", "It is off"))
        return asked[-1:]

    for now_ms in (0, 5_000, 59_999, 60_000, 30_000):
        assert minutely.look(fresh, now_ms) == asked[-1:]
    assert len(asked) == 3


def test_it_is_read_from_the_headers_of_kept_messages(city: City) -> None:
    def look() -> list[str]:
        city.clock.at_ms += 1
        found = city.bridge.read_now(
            partial(
                sender_clocks.look, data_keys=city.data_keys, titles={"itk-v24": "UHCW"}, bound_ms=BOUND,
                now_ms=city.clock.now_ms(),
            )
        )  # fmt: skip
        return [one.text for one in found]

    assert look() == []
    city.clock.at_ms += 6 * HOUR  # what the city lived through is long ago
    for n in range(12):
        city.clock.at_ms += 2 * MINUTE_MS
        sent = hl7_time(city.clock.at_ms - HOUR)
        city.arrive("itk-v24", adt("A08", sent=sent, control_id=f"K{n}", local_id=f"K{n}", visit=f"K{n}"))
    assert look() == [said("UHCW", HOUR)]
