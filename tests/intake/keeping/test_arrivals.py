"""What feeds send is counted once, by kind and five minutes; what is quiet as it never is, is said until it speaks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from ascbridge.calendars import Calendar
from ascbridge.discharge.keeping.wards_heard import wards
from ascbridge.intake.keeping import arrivals
from ascbridge.intake.keeping.arrivals import WHOLE, Quiet
from ascbridge.intake.keeping.usual_day import SLOT_MS
from ascbridge.storage.tables import arrival_count
from tests.intake.messages import adt
from tests.web.city import MINUTE, NOON
from tests.web.conftest import empty_city

__all__ = ["empty_city"]

if TYPE_CHECKING:
    from tests.web.city import City

WEEK = 7 * 86_400_000
HOLIDAY = Calendar().is_bank_holiday


def counts(city: City) -> dict[tuple[str, str], int]:
    rows = city.bridge.read_now(lambda c: c.execute(select(arrival_count)).all())
    found: dict[tuple[str, str], int] = {}
    for row in rows:
        found[row.feed, row.kind] = found.get((row.feed, row.kind), 0) + row.n
    return found


def count(city: City, now_ms: int) -> None:
    while city.bridge.write_now(lambda c: arrivals.count_on(c, now_ms)):
        continue


def lay(city: City, *kinds: str, now_ms: int, each: int = 4) -> None:
    """Three weeks in which each slot of an hour before and after now had so many messages of each kind."""
    slot = now_ms // SLOT_MS * SLOT_MS
    first = slot - 3 * WEEK - 2 * 86_400_000
    rows = [
        {"feed": "itk-v24", "slot_ms": at, "kind": kind, "n": each, "last_ms": at}
        for week in range(1, 4) for at in range(slot - week * WEEK - 12 * SLOT_MS, slot - week * WEEK + 12 * SLOT_MS, SLOT_MS)
        for kind in (WHOLE, *kinds)
    ]  # fmt: skip
    rows.append({"feed": "itk-v24", "slot_ms": first, "kind": WHOLE, "n": 1, "last_ms": first})
    city.bridge.write_now(lambda c: c.execute(arrival_count.insert(), rows))


def look(city: City, now_ms: int) -> tuple[Quiet, ...]:
    return city.bridge.write_now(lambda c: arrivals.look(c, ["itk-v24"], now_ms, HOLIDAY))


def test_each_kept_message_is_counted_once_and_of_what_is_no_trigger_only_that_it_came(
    empty_city: City,
) -> None:
    city = empty_city
    city.arrive("itk-v24", adt("A01", control_id="X1"))
    city.arrive("itk-v24", adt("A08", control_id="X2"))
    city.arrive("itk-v24", adt("A08", control_id="X3").replace(b"ADT^A08", b"ADT^ZZZZ"))
    city.arrive("itk-v24", b"MSH|^~\\&|PAS|RKB|||202610181200||ADT^A01||P|2.4\r")  # refused
    count(city, city.clock.at_ms + 2 * MINUTE)
    once = counts(city)
    assert once == {("itk-v24", ""): 3, ("itk-v24", "A01"): 1, ("itk-v24", "A08"): 1}
    count(city, city.clock.at_ms + 3 * MINUTE)
    assert counts(city) == once


def test_what_has_just_come_is_counted_the_next_time(empty_city: City) -> None:
    city = empty_city
    city.arrive("itk-v24", adt("A01", control_id="X1"))
    count(city, city.clock.at_ms + MINUTE // 2)
    assert counts(city) == {}
    count(city, city.clock.at_ms + 2 * MINUTE)
    assert counts(city)["itk-v24", ""] == 1


def test_a_quiet_feed_is_said_with_since_when_and_how_many_come_by_now_until_it_speaks(
    empty_city: City,
) -> None:
    city = empty_city
    city.arrive("itk-v24", adt("A01", control_id="X1"))
    since_ms, now_ms = city.clock.at_ms, city.clock.at_ms + 25 * MINUTE
    lay(city, "A01", now_ms=now_ms)
    count(city, now_ms)
    (found,) = look(city, now_ms)
    assert (found.feed, found.kind, found.since_ms) == ("itk-v24", WHOLE, since_ms)
    assert 12 <= found.usual <= 20
    assert city.bridge.read_now(arrivals.quiet) == (found,)
    city.clock.at_ms = now_ms
    city.arrive("itk-v24", adt("A01", control_id="X2"))
    assert look(city, now_ms + MINUTE) == ()
    assert city.bridge.read_now(arrivals.quiet) == ()


def test_one_kind_of_message_that_stays_away_is_said_where_others_come(empty_city: City) -> None:
    city = empty_city
    now_ms = NOON + 90 * MINUTE
    lay(city, "A01", "A03", now_ms=now_ms)
    city.clock.at_ms = now_ms
    city.arrive("itk-v24", adt("A01", control_id="X1"))
    (found,) = look(city, now_ms + MINUTE)
    assert (found.kind, found.since_ms) == ("A03", now_ms + MINUTE - 86_400_000)


def test_what_a_ward_sends_is_counted_by_what_the_desk_understood(empty_city: City) -> None:
    city = empty_city
    city.hear("A01", local_id="L1", visit="V1", ward="W12^BAY^1^RKB01")
    city.hear("A03", local_id="L1", visit="V1", ward="W12^BAY^1^RKB01")
    city.hear("A01", local_id="L2", visit="V2", ward="what nobody^BAY^1^RKB01")
    now_ms = city.clock.at_ms + 2 * MINUTE
    while city.bridge.write_now(lambda c: arrivals.count_on(c, now_ms, wards)):
        continue
    assert {kind: n for (_, kind), n in counts(city).items()} == {
        "": 3, "A01": 2, "A03": 1, "A01 W12": 1, "A03 W12": 1,
    }  # fmt: skip


def test_a_ward_that_discharges_nobody_is_said_where_others_do(empty_city: City) -> None:
    city, now_ms = empty_city, NOON + 90 * MINUTE
    lay(city, "A03", "A03 W12", "A03 W13", now_ms=now_ms)
    fresh = [
        {"feed": "itk-v24", "slot_ms": at // SLOT_MS * SLOT_MS, "kind": kind, "n": 1, "last_ms": at}
        for kind, at in (("A03 W12", now_ms - 55 * MINUTE), ("A03 W13", now_ms - MINUTE))
    ]
    city.bridge.write_now(lambda c: c.execute(arrival_count.insert(), fresh))
    city.clock.at_ms = now_ms
    city.arrive("itk-v24", adt("A03", control_id="X1"))
    (found,) = look(city, now_ms)
    assert (found.kind, found.since_ms) == ("A03 W12", now_ms - 55 * MINUTE)
    assert look(city, now_ms + 2 * 86_400_000) == ()  # closed, or named otherwise


def test_a_feed_that_nobody_knows_yet_is_not_quiet(empty_city: City) -> None:
    assert look(empty_city, NOON) == ()
    empty_city.arrive("itk-v24", adt("A01", control_id="X1"))
    count(empty_city, NOON + 60 * MINUTE)
    assert look(empty_city, NOON + 600 * MINUTE) == ()


def test_what_no_week_reaches_any_more_is_let_go_of(empty_city: City) -> None:
    lay(empty_city, now_ms=NOON)
    first = NOON // SLOT_MS * SLOT_MS - 3 * WEEK - 2 * 86_400_000
    empty_city.bridge.write_now(lambda c: arrivals.forget(c, first + arrivals.KEEP_MS + 1))
    left = counts(empty_city)["itk-v24", WHOLE]
    empty_city.bridge.write_now(lambda c: arrivals.forget(c, NOON + 20 * WEEK))
    assert left == 3 * 24 * 4
    assert counts(empty_city) == {}
