"""What is strange in the newest messages is seen within fifty of them, and ordinary days are not strange."""

from __future__ import annotations

import random
from functools import partial
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select, update

from ascbridge.intake.keeping import number_gaps
from ascbridge.intake.keeping.numbering import Gap
from ascbridge.operations.flowing import strangeness
from ascbridge.operations.flowing.strangeness import NEWEST, rise, storm
from ascbridge.storage.tables import message, message_state

if TYPE_CHECKING:
    from tests.web.city import City

TITLES = {"itk-v24": "UHCW"}


def test_a_wrong_map_is_seen_within_fifty_messages() -> None:
    well = [False] * 400
    first = next(n for n in range(1, NEWEST + 1) if rise([True] * n + well))
    print(f"a map that fits no message is seen after {first} of them")
    assert first <= NEWEST
    one_in_four = [n % 4 == 0 for n in range(400)]
    assert rise(one_in_four) == 0  # as it always is
    assert rise([True] * 40 + one_in_four)
    assert rise([True] * 400)  # it goes on for as long as it lasts
    assert rise([False] * 48 + [True] * 2 + well) == 0
    assert rise([False] * 41 + [True] * 9 + well[:40]) == 0  # nobody knows yet what is usual
    rare = [n == 60 for n in range(350)]
    assert rise([False] * 41 + [True] * 9 + rare) == 0  # now and then one lacks a code


def test_a_wrong_map_of_what_only_discharges_carry_is_seen_within_fifty_messages() -> None:
    rng, well, seen = random.Random(8), [False] * 400, []
    for _ in range(1_000):
        newest: list[bool] = []
        while not rise([*newest, *well]):
            newest.insert(0, rng.random() < 0.15)
        seen.append(len(newest))
    late = sum(one > NEWEST for one in seen)
    print(
        f"one message in seven has the code: seen after {sorted(seen)[500]} of them, {late} of 1,000 after {NEWEST}"
    )
    assert late <= 20


@pytest.mark.parametrize(
    "kept, repeats, strange", [(100, 49, False), (100, 99, False), (100, 100, True), (0, 50, True)]
)
def test_a_storm_of_duplicates(kept: int, repeats: int, strange: bool) -> None:  # noqa: FBT001  # a case's own value
    assert storm(kept, repeats) is strange


def test_messages_that_never_came_are_told_for_two_hours_without_their_numbers(empty_city: City) -> None:
    city, now_ms = empty_city, empty_city.clock.now_ms()
    gaps = [Gap("T0005", "T0006", 2, now_ms), Gap("T0009", "T0009", 1, now_ms)]
    for feed in ("itk-v24", "another"):
        city.kept.write_now(partial(number_gaps.write, feed=feed, gaps=gaps, now_ms=now_ms))

    def look(at_ms: int) -> list[tuple[str, str, str]]:
        found = city.bridge.read_now(partial(strangeness.look, titles=TITLES, now_ms=at_ms))
        return [(one.cause, one.about, one.text) for one in found]

    said = "3 messages of UHCW never came, by the numbers that it gives its messages"
    assert look(now_ms) == [("number-gap", "feed:itk-v24", said)]
    assert look(now_ms + strangeness.GAP_SHOWN_MS + 1) == []


def test_it_is_told_of_the_feed_and_of_nobody(city: City) -> None:
    def look() -> list[tuple[str, str]]:
        found = city.bridge.read_now(partial(strangeness.look, titles=TITLES, now_ms=city.clock.now_ms()))
        assert not [one for one in found if "L1" in one.text]
        return [(one.cause, one.about) for one in found]

    assert look() == []
    for n in range(strangeness.HOT):
        city.hear("A08", local_id="L1", visit=f"V{n}")
    assert look() == [("hot-person", "feed:itk-v24")]
    note, id = f"{strangeness.NOT_MAPPED}PV1-14 9", message_state.c.message_id
    newest = city.bridge.read_now(lambda c: c.scalars(select(id).order_by(id.desc()).limit(NEWEST)).all())
    city.bridge.write_now(lambda c: c.execute(update(message_state).where(id.in_(newest)).values(note=note)))
    city.kept.write_now(lambda c: c.execute(update(message).values(repeats=2)))
    assert look() == [(one, "feed:itk-v24") for one in ("not-mapped", "duplicates", "hot-person")]
