"""Last looks: what counts as one look, whose it is, and that nothing which changed meanwhile is passed over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ascbridge.relationship.grounds import Reader
from ascbridge.relationship.last_looks import MARGIN_MS, ONE_LOOK_MS, all_seen, look, since
from ascbridge.storage.tables import last_look

if TYPE_CHECKING:
    from tests.web.city import City

NIA = Reader("Nia Brown", "locality-team", "link:1")
HOUR = 3_600_000


def seen(city: City, reader: Reader, at_ms: int, *, still_open: bool = False) -> int | None:
    found = city.bridge.read_now(lambda c: since(c, reader, ["p1"], at_ms, still_open=still_open))
    return found.get("p1")


def looks(city: City, reader: Reader, at_ms: int) -> None:
    city.bridge.write_now(lambda c: look(c, reader, "p1", at_ms))


def test_readings_close_together_are_one_look_and_tell_the_same(empty_city: City) -> None:
    city = empty_city
    assert seen(city, NIA, HOUR) is None
    looks(city, NIA, HOUR)
    assert seen(city, NIA, HOUR + ONE_LOOK_MS) is None  # still the first look
    later = 5 * HOUR
    assert seen(city, NIA, later) == HOUR - MARGIN_MS
    looks(city, NIA, later)
    assert seen(city, NIA, later + ONE_LOOK_MS) == HOUR - MARGIN_MS
    looks(city, NIA, later + ONE_LOOK_MS)  # takes nothing away from what comes after it
    assert seen(city, NIA, later + ONE_LOOK_MS + 1) == later - MARGIN_MS


def test_a_page_that_stays_open_goes_on_telling_what_it_told(empty_city: City) -> None:
    looks(empty_city, NIA, HOUR)
    looks(empty_city, NIA, 5 * HOUR)
    assert seen(empty_city, NIA, 9 * HOUR, still_open=True) == HOUR - MARGIN_MS
    assert seen(empty_city, NIA, 9 * HOUR) == 5 * HOUR - MARGIN_MS


def test_what_a_reader_says_they_saw_ends_with_the_page_that_told_it(empty_city: City) -> None:
    looks(empty_city, NIA, HOUR)
    empty_city.bridge.write_now(lambda c: all_seen(c, NIA, "p1", 5 * HOUR, 6 * HOUR))
    assert seen(empty_city, NIA, 6 * HOUR) == seen(empty_city, NIA, 5 * HOUR + 1) == 5 * HOUR
    empty_city.bridge.write_now(lambda c: all_seen(c, NIA, "p1", 99 * HOUR, 7 * HOUR))
    assert seen(empty_city, NIA, 7 * HOUR) == 7 * HOUR


def test_each_readers_looks_are_their_own_and_of_one_role(empty_city: City) -> None:
    looks(empty_city, NIA, HOUR)
    again = Reader("nia  BROWN", "locality-team", "link:2")
    assert seen(empty_city, again, 5 * HOUR) == HOUR - MARGIN_MS
    for other in (Reader("Nia Brown", "front-door", "link:1"), Reader("Al Poe", "locality-team", "link:1"),
                  Reader("Nia Brown", "locality-team", "person:77")):  # fmt: skip
        assert seen(empty_city, other, 5 * HOUR) is None
    (row,) = empty_city.rows(last_look)
    assert set(row._mapping) == {"reader", "person_id", "seen_ms", "before_ms"}
