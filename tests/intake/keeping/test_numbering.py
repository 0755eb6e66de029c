"""A feed that numbers its messages is believed once that was seen for long, and then what it left out is told, once."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from ascbridge.intake.keeping.numbering import LEAST, MESSAGES_AFTER, PATIENCE_MS, Gap, Numbering

if TYPE_CHECKING:
    from collections.abc import Iterable

NOON = 1_791_200_000_000
LATER = NOON + PATIENCE_MS


def heard(numbers: Iterable[int], form: str = "T{:06d}", into: Numbering | None = None) -> Numbering:
    one = into or Numbering()
    for number in numbers:
        one.hear("", form.format(number), NOON)
    return one


LEARNED = range(1, LEAST + 2)
AFTER = range(LEAST + 5, LEAST + 5 + MESSAGES_AFTER + 1)
"""What comes after three that never came."""


def test_what_a_feed_left_out_that_numbers_its_messages_is_told_once() -> None:
    one = heard([*LEARNED, *AFTER])
    assert one.due(LATER - 1) == []  # it may yet come
    assert one.due(LATER) == [Gap(f"T{LEAST + 2:06d}", f"T{LEAST + 4:06d}", 3, NOON)]
    assert one.due(LATER) == one.due(LATER)
    one.told()
    assert one.due(LATER) == []


def test_what_comes_late_was_not_lost() -> None:
    assert heard([*LEARNED, *AFTER, LEAST + 3]).due(LATER) == [
        Gap(f"T{LEAST + 2:06d}", f"T{LEAST + 2:06d}", 1, NOON),
        Gap(f"T{LEAST + 4:06d}", f"T{LEAST + 4:06d}", 1, NOON),
    ]
    assert heard([*LEARNED, *AFTER, LEAST + 4, LEAST + 2, LEAST + 3]).due(LATER) == []


@pytest.mark.parametrize(
    "numbers",
    [
        pytest.param([*range(1, LEAST), *AFTER], id="not believed yet"),
        pytest.param(range(1, 3_000, 2), id="it shares its counter with another receiver"),
        pytest.param([n for n in range(3_000) if n % 150], id="it leaves some out at times"),
        pytest.param([*LEARNED, *range(9_000, 9_100)], id="its counter was set forward"),
        pytest.param([*range(5_000, 5_300), *range(1, 100)], id="its counter began again"),
        pytest.param([*LEARNED, *LEARNED, *range(LEAST + 2, LEAST + 100)], id="it sent all of it again"),
        pytest.param([*LEARNED, LEAST + 3], id="nothing has come since"),
    ],
)
def test_no_false_alarm(numbers: Iterable[int]) -> None:
    assert heard(numbers).due(LATER) == []


def test_control_ids_that_are_no_numbers_are_no_counter() -> None:
    rng, one = random.Random(3), Numbering()
    for _ in range(5_000):
        one.hear("", f"{rng.getrandbits(64):x}", NOON)
    assert one.due(LATER) == []
    assert len(one._streams) <= 4
    by_time = heard((20261005100000 + n * 7 for n in range(1_000)), "{}")
    assert by_time.due(LATER) == []


def test_who_leaves_numbers_out_now_and_then_is_told_a_few_times_and_then_no_more() -> None:
    one, told, now_ms = Numbering(), 0, NOON
    for number in range(60_000):
        if number % 500 == 0:
            continue
        now_ms += 20_000
        one.hear("", f"T{number}", now_ms)
        told += len(one.due(now_ms))
        one.told()
    print(f"a feed that leaves out one in five hundred for {60_000 // 4320} days is told {told} times")
    assert told <= 2


def test_a_sequence_number_is_believed_before_a_control_id() -> None:
    one = Numbering()
    for n in [*LEARNED, *AFTER]:
        one.hear(str(n), f"X{n * 13}", NOON)
    assert one.due(LATER) == [Gap(f"MSH-13 {LEAST + 2}", f"MSH-13 {LEAST + 4}", 3, NOON)]
    for odd in ("", "0", "-1", "ten", "\u00b2"):
        one.hear(odd, "no number here ", NOON)


def test_each_counter_of_a_feed_is_its_own() -> None:
    one = Numbering()
    for n in [*LEARNED, *AFTER]:
        one.hear("", f"A{n}", NOON)
        one.hear("", f"B{n + (n % 2) * 7}", NOON)
    assert [gap.first for gap in one.due(LATER)] == [f"A{LEAST + 2}"]
