"""When feeds spoke, whether they are late, how much came, and how far readers are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ascbridge.operations.flowing import flows
from ascbridge.operations.flowing.flows import Feed
from tests.intake.messages import adt
from tests.web.city import MINUTE, NOON

if TYPE_CHECKING:
    from tests.web.city import City

HOSPITAL = Feed("itk-v24", "Hospital", 60 * MINUTE)


def test_a_feed_is_late_once_it_has_been_quiet_for_longer_than_agreed(city: City) -> None:
    (on_time,) = city.bridge.read_now(lambda c: flows.heard(c, [HOSPITAL], NOON + 55 * MINUTE))
    assert (on_time.late, on_time.last_ms) == (False, NOON - 5 * MINUTE)
    (late,) = city.bridge.read_now(lambda c: flows.heard(c, [HOSPITAL], NOON + 56 * MINUTE))
    assert late.late


def test_a_feed_that_never_spoke_is_late(empty_city: City) -> None:
    (never,) = empty_city.bridge.read_now(lambda c: flows.heard(c, [HOSPITAL], NOON))
    assert (never.late, never.last_ms) == (True, None)


def test_the_last_hour_counts_what_was_kept_refused_and_repeated_within_it(empty_city: City) -> None:
    city = empty_city
    raw = adt("A01", control_id="X1")
    city.arrive("itk-v24", raw)
    city.clock.at_ms += 61 * MINUTE
    city.hear("A08")
    city.arrive("itk-v24", adt("A08", control_id="X2"))
    city.arrive("itk-v24", adt("A08", control_id="X2"))
    city.arrive("itk-v24", b"MSH|^~\\&|PAS|RKB|||202610181200||ADT^A01||P|2.4\r")
    found = city.bridge.read_now(lambda c: flows.rates(c, city.clock.at_ms))
    assert found == {"itk-v24": flows.Rate(kept=2, refused=1, repeats=1)}


def test_readers_say_when_they_moved_and_what_waits_for_them(city: City) -> None:
    found = {one.name: one for one in city.bridge.read_now(flows.readers)}
    assert found["translator"].waiting == 0
    assert found["discharge"].moved_ms == NOON - 30 * MINUTE
    assert found["sink:icr"].waiting > 0
    assert found["sink:icr"].moved_ms is None
    people, since_ms = city.bridge.read_now(flows.people_to_publish)["icr"]
    assert people == 8
    assert since_ms < NOON


def test_what_waits_elsewhere_is_known_by_the_database_with_its_age(empty_city: City) -> None:
    city = empty_city
    city.hear("A01")
    city.work()  # the discharge reader hears what it said itself
    city.clock.at_ms += MINUTE
    city.arrive("itk-v24", adt("A08", control_id="X1"), work=False)
    found = city.bridge.read_now(flows.backlogs)
    assert found["translator"] == flows.Backlog(1, None, NOON)
    assert found["discharge"] == flows.Backlog(0, None, NOON)
    assert (found["sink:icr"].waiting > 0, found["sink:icr"].oldest_ms) == (True, NOON)
    city.work()
    assert city.bridge.read_now(flows.backlogs)["translator"].waiting == 0


def test_the_first_id_of_a_millisecond_stands_before_every_id_made_in_it() -> None:
    from ascbridge.events.logs.envelope import derived_id, first_id

    ids = [derived_id(NOON, "a", number) for number in range(50)]
    assert all(first_id(NOON) <= one < first_id(NOON + 1) for one in ids)
