"""What the pages are given."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.web.city import City


def test_feeds_and_their_patience_come_from_the_profiles(empty_city: City) -> None:
    parts = empty_city.parts()
    assert [(feed.name, feed.title, feed.late_after_ms) for feed in parts.feeds] == [
        ("council-facts", "Adult social care case system", 1440 * 60_000),
        ("itk-v24", "Hospital patient administration system", 120 * 60_000),
    ]


def test_words_and_keys_are_those_of_the_desk(empty_city: City) -> None:
    parts = empty_city.parts()
    assert parts.reference == empty_city.desk.reference
    assert parts.data_keys is empty_city.data_keys
    assert parts.wake() is None  # type: ignore[func-returns-value]
