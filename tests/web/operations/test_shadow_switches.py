"""A shadow is put in force and rolled back from its page, by those who may repair."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.web.operations.shadow_once import shadow_once

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.web.city import City
    from tests.web.conftest import Someone

PAGE = "/operations/shadows"


def test_who_may_not_repair_puts_nothing_in_force_and_what_cannot_be_says_why(
    somebody: Callable[..., Someone], city: City
) -> None:
    shadow_once(city)
    engineer = somebody("it-operations")
    assert "Ask to put it in force" in engineer.get(f"{PAGE}/next").text
    said = engineer.fill(f"{PAGE}/next/roll-back", f"{PAGE}/next", why="wrong")
    assert said.status_code == 422
    assert "Nothing of next is asked for or in force" in said.text
    assert engineer.fill(f"{PAGE}/next/sign", f"{PAGE}/next").status_code == 422
    assert somebody("discharge-team").post(f"{PAGE}/next/sign").status_code == 403


def test_what_would_change_is_read_before_who_signs(somebody: Callable[..., Someone], city: City) -> None:
    shadow_once(city)
    text = somebody("it-operations").get(f"{PAGE}/next").text
    places = [
        text.index(words)
        for words in ("Compared with", "What would be otherwise", "One by one", "Put it in force")
    ]
    assert places == sorted(places)
