"""A number is looked for only in messages that nobody has understood, and only that number."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ascbridge.operations.finding import unread_messages
from tests.operations import no_task_causes
from tests.operations.no_task_causes import NUMBER

if TYPE_CHECKING:
    from tests.web.city import City


def naming(city: City, number: str = NUMBER, later_ms: int = 0) -> list[str]:
    return city.bridge.read_now(
        lambda c: unread_messages.naming(c, city.data_keys, number, city.clock.at_ms + later_ms)
    )


@pytest.mark.parametrize("cause", ["refused", "held", "given_up", "paused", "waiting"])
def test_what_was_not_understood_is_found_by_its_number(empty_city: City, cause: str) -> None:
    getattr(no_task_causes, cause)(empty_city)
    assert len(naming(empty_city)) == (2 if cause == "held" else 1)
    assert naming(empty_city, f"{NUMBER[:3]} {NUMBER[3:6]} {NUMBER[6:]}")
    assert naming(empty_city, "9993000019") == []


def test_what_was_understood_is_not_looked_into(empty_city: City) -> None:
    no_task_causes.no_rule(empty_city)
    assert naming(empty_city) == []


@pytest.mark.parametrize("number", ["", "999", "L300V300XX", "QUILLFEATH", NUMBER + "1", ".........."])
def test_nothing_but_a_number_is_looked_for(empty_city: City, number: str) -> None:
    no_task_causes.refused(empty_city)
    assert naming(empty_city, number) == []


def test_a_refusal_is_looked_into_for_a_week(empty_city: City) -> None:
    no_task_causes.refused(empty_city)
    assert naming(empty_city, later_ms=unread_messages.SINCE_MS - 60_000)
    assert naming(empty_city, later_ms=unread_messages.SINCE_MS + 60_000) == []
