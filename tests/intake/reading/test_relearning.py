"""What was read before codes came to mean something else is read again: how far back, in which order, after a stop."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ascbridge.intake.reading import relearning
from ascbridge.intake.reading.map_versions import MapRow
from ascbridge.operations.flowing.balance import ledgers
from ascbridge.operations.mending import mapping
from ascbridge.storage.tables import spell, task
from tests.operations.changing import test_feed_profiles as versions
from tests.operations.mending.test_completing import leaves
from tests.operations.mending.test_mapping import NIA, WRONG, asked, methods, signed

if TYPE_CHECKING:
    from tests.web.city import City

FEED = "itk-v24"
DAY_MS = 86_400_000
ONE_IS_TWO = ('"1" = "1"', '"1" = "2"')


def read_again(city: City, at_once: int = 100) -> int:
    """Read again all that waits; return in how many portions."""
    done = 0
    while city.bridge.write_now(lambda c: relearning.step(c, city.translator, city.clock.at_ms, at_once)):
        done += 1
    city.work()
    return done


def how_far(city: City) -> str:
    return str(city.bridge.read_now(relearning.latest)[FEED])


def test_what_was_read_by_another_meaning_is_read_again_and_nothing_else(empty_city: City) -> None:
    city = empty_city
    leaves(city, "1")
    leaves(city, "2", 2)
    city.clock.at_ms += 60_000
    signed(city, asked(city, WRONG))
    city.clock.at_ms += 60_000
    leaves(city, "1", 3)
    assert methods(city) == ["1", "2", "2"]  # nothing in the signature's own transaction
    tasks = len(city.rows(task))
    read_again(city)
    assert methods(city) == ["1", "2", "2", "2"]
    assert how_far(city) == "2 messages were looked at and 1 read again"
    assert len(city.rows(spell)) == 3
    assert len(city.rows(task)) == tasks
    (hospital,) = (one for one in city.bridge.read_now(ledgers) if one.feed == FEED)
    assert (hospital.kept, hospital.adds_up) == (3, True)
    assert read_again(city) == 0


async def test_taken_back_what_was_read_again_by_it_is_read_as_before(empty_city: City) -> None:
    city = empty_city
    leaves(city, "1")
    city.clock.at_ms += 60_000
    number = asked(city, WRONG)
    signed(city, number)
    read_again(city)
    city.bridge.write_now(lambda c: mapping.refuse(c, FEED, number, NIA, "wrong", city.clock.at_ms))
    await city.completing.at_start()
    city.work()
    assert methods(city) == ["1", "2", "1"]


def test_taken_back_before_it_was_read_again_nothing_is(empty_city: City) -> None:
    city = empty_city
    leaves(city, "1")
    city.clock.at_ms += 60_000
    number = asked(city, WRONG)
    signed(city, number)
    city.bridge.write_now(lambda c: mapping.refuse(c, FEED, number, NIA, "wrong", city.clock.at_ms))
    read_again(city)
    assert methods(city) == ["1"]


def test_a_new_code_has_nothing_read_again(empty_city: City) -> None:
    leaves(empty_city, "1")
    signed(empty_city, asked(empty_city, MapRow(FEED, "discharge_method", "ZZ", "1")))
    assert empty_city.bridge.read_now(relearning.latest) == {}


def test_what_is_older_stays_as_it_was_read(empty_city: City) -> None:
    city = empty_city
    leaves(city, "1")
    city.clock.at_ms += 2 * DAY_MS
    leaves(city, "1", 2)
    city.clock.at_ms += (relearning.DAYS - 1) * DAY_MS
    number = asked(city, WRONG)
    signed(city, number)
    read_again(city)
    assert methods(city) == ["1", "1", "2"]
    assert how_far(city) == "1 messages were looked at and 1 read again"


def test_a_version_and_its_roll_back_have_the_same_messages_read_again(empty_city: City) -> None:
    city = empty_city
    leaves(city, "1")
    city.clock.at_ms += 60_000
    number = versions.asked(city, versions.itk(ONE_IS_TWO))
    versions.signed(city, number)
    now = city.clock.at_ms
    city.bridge.write_now(
        lambda c: versions.feed_profiles.activate(c, city.translator, FEED, number, NIA, now)
    )
    assert read_again(city) == 0  # it does not hold yet
    city.clock.at_ms += versions.LEAD_MS
    read_again(city)
    assert methods(city) == ["1", "2"]
    city.clock.at_ms += 20 * DAY_MS  # rolled back late, and the message is older than the bound
    city.clock.at_ms += 20 * DAY_MS
    assert versions.rolled_back(city) == 0
    read_again(city)
    assert methods(city) == ["1", "2", "1"]


def test_it_goes_on_where_it_was_and_reads_nothing_twice(empty_city: City) -> None:
    city = empty_city
    for person in (1, 2, 3):
        leaves(city, "1", person)
    city.clock.at_ms += 60_000
    signed(city, asked(city, WRONG))
    assert city.bridge.write_now(lambda c: relearning.step(c, city.translator, city.clock.at_ms, 2))
    assert how_far(city) == "2 messages were looked at and 2 read again so far; it goes on"
    city._build()  # another process goes on
    read_again(city, 1)
    assert methods(city) == ["1", "1", "1", "2", "2", "2"]
