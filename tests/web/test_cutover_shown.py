"""A look at two case systems: what it holds, how long it is kept, and that no two comparisons run at once."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from ascbridge.cutover.comparing import NAMES
from ascbridge.cutover.comparison_rules import shipped
from ascbridge.events.switches import EVENT_TYPES
from ascbridge.web.cutover_shown import KEPT_MS, Looks, differences, fields_shown, look
from tests.operations.two_systems import MARY, NEW, OLD, TwoSystems

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ascbridge.events.switches import Pair

DUE: dict[str, Any] = {"status": "due", "due_on": "2026-12-01"}


class SameIds(TwoSystems):
    """The new system goes on with the old one's numbers."""

    authority = "COVASC"


@pytest.fixture
def two(tmp_path: Path) -> Iterator[TwoSystems]:
    made = SameIds(tmp_path, cutover={"old": OLD, "new": NEW, "ids": "same"})
    made.say(OLD, "C100", MARY, "review", id="R1", **DUE)
    made.say(NEW, "C100", MARY, "review", id="R1", **DUE | {"outcome": "continues"})
    made.say(OLD, "C100", MARY, "review", id="R2", **DUE)
    yield made
    made.close()


@pytest.fixture
def pair(two: TwoSystems) -> Pair:
    assert two.pair is not None
    return two.pair


def test_a_look_counts_by_kind_and_names_the_fields(two: TwoSystems, pair: Pair) -> None:
    found = two.bridge.read_now(lambda c: look(c, pair, shipped(), 1))
    (review,) = (one for one in found.kinds if one.word == "review")
    assert (review.counts, review.fields) == (
        {"agree": 0, "differs": 1, "missing": 1, "extra": 0},
        (("outcome", 1),),
    )
    assert {line.criterion for line in review.lines if not line.good} == {"agreement"}
    assert (review.go, found.go, found.total("missing"), found.at_ms) == (False, False, 1, 1)
    assert "continues" not in repr(found)


def test_what_fields_say_is_for_those_who_may_and_of_a_restricted_person_for_nobody(
    two: TwoSystems, pair: Pair
) -> None:
    (one, _) = two.bridge.read_now(lambda c: differences(c, pair, shipped(), "review"))
    assert one.verdict == "differs"
    (may,) = fields_shown(one, values=True)
    assert (may.name, may.old, may.new) == ("outcome", "", "continues")
    (may_not,) = fields_shown(one, values=False)
    assert (may_not.name, may_not.old, may_not.new) == ("outcome", None, None)
    package = replace(
        one, event_type=EVENT_TYPES["package"], fields=("provider", "status", NAMES), restricted=True
    )
    assert [shown.old is None for shown in fields_shown(package, values=True)] == [True, False, True]


async def test_a_look_is_kept_for_minutes_and_made_again_when_asked_or_forgotten(
    two: TwoSystems, pair: Pair
) -> None:
    looks = Looks(two.parts())
    assert looks.last() is None
    first, made = await looks.get(pair)
    assert made
    assert await looks.get(pair) == (first, False)
    again, made = await looks.get(pair, afresh=True)
    assert (made, again is first, looks.last() is again) == (True, False, True)
    looks.forget()
    assert looks.last() is None
    kept, _ = await looks.get(pair)
    two.clock.at_ms += KEPT_MS - 1
    assert looks.last() is kept
    two.clock.at_ms += 1
    assert looks.last() is None


async def test_who_asks_while_another_compares_is_shown_that_look(two: TwoSystems, pair: Pair) -> None:
    looks = Looks(two.parts())
    found = await asyncio.gather(*(looks.get(pair, afresh=True) for _ in range(4)))
    assert [made for _, made in found] == [True, False, False, False]
    assert len({id(one) for one, _ in found}) == 1


async def test_a_look_begun_before_a_change_is_not_kept(two: TwoSystems, pair: Pair) -> None:
    looks, whole = Looks(two.parts()), two.bridge.read

    async def slow(work):  # type: ignore[no-untyped-def]
        found = await whole(work)
        looks.forget()  # somebody accepted a proposal meanwhile
        return found

    two.bridge.read = slow  # type: ignore[method-assign]
    _, made = await looks.get(pair)
    assert made
    assert looks.last() is None
