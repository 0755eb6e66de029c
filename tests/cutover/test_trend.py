"""The trend by day, what may still come, and each event that does not agree with its partner."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ascbridge.cutover import trend
from ascbridge.cutover.trend import Found, Tally
from ascbridge.events.handlers.switches import EVENT_TYPES
from ascbridge.events.ledgers.said_events import Off
from ascbridge.operations.changing import id_table
from ascbridge.operations.changing.id_table import Row
from ascbridge.storage.tables import said_event
from tests.operations.two_systems import MARY, NEW, OLD, WHO, TwoSystems

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HOUR = 3_600_000
NOON = 1_781_866_800_000  # Friday 19 June 2026, 12:00 in Coventry


@pytest.fixture
def city(tmp_path: Path) -> Iterator[TwoSystems]:
    """Of reviews one agrees and one differs on Friday; on Saturday one more differs, and only one has another."""
    made = TwoSystems(tmp_path)
    made.clock.at_ms = NOON + 48 * HOUR
    for hours, due_old, due_new in ((0, "2026-12-01", "2026-12-01"), (3, "2027-01-01", "2027-02-01"),
                                    (24, "2027-03-01", "2027-04-01")):  # fmt: skip
        say(made, OLD, hours, due_on=due_old)
        say(made, NEW, hours + 1, due_on=due_new)
    made.say(
        OLD, "C100", MARY, "package", id="P1", status="live", provider="Invented Care", at_ms=NOON + 40 * HOUR
    )
    pair = made.pair
    assert pair is not None
    rows = [Row("person", "C100", "70001"), Row("review", "R1", "N9"), Row("package", "P1", "K1")]
    made.bridge.write_now(
        lambda c: id_table.load(c, made.keyring, pair, made.profiles, rows, WHO, made.clock.at_ms)
    )
    made.pair_events()
    yield made
    made.close()


def say(city: TwoSystems, feed: str, hours: float, **said: Any) -> None:
    number, id = ("C100", "R1") if feed == OLD else ("70001", "N9")
    city.say(feed, number, MARY, "review", at_ms=NOON + round(hours * HOUR), id=id, status="due", **said)


def tallies(city: TwoSystems, days: int = 14) -> list[Tally]:
    pair = city.pair
    assert pair is not None
    return city.bridge.read_now(lambda c: trend.tallies(c, pair, city.clock.at_ms, days))


def off(city: TwoSystems, before: tuple[str, str] | None = None, most: int = 9, **wanted: Any) -> list[Found]:
    pair = city.pair
    assert pair is not None
    return city.bridge.read_now(lambda c: trend.off(c, pair, Off(**wanted), before, most))


def one_event(city: TwoSystems, event_id: str) -> Found | None:
    pair = city.pair
    assert pair is not None
    return city.bridge.read_now(lambda c: trend.one_event(c, pair, event_id))


def test_each_day_and_type_is_counted_the_newest_day_first(city: TwoSystems) -> None:
    assert tallies(city) == [
        Tally("2026-06-21", "package", waiting=1),
        Tally("2026-06-20", "review", differs=1),
        Tally("2026-06-19", "person", agree=1),
        Tally("2026-06-19", "review", agree=1, differs=1),
    ]
    assert [one.day for one in tallies(city, days=2)] == ["2026-06-21", "2026-06-20"]


def test_who_waits_for_a_partner_too_long_is_missing(city: TwoSystems) -> None:
    city.clock.at_ms = NOON + 200 * HOUR
    assert tallies(city)[0] == Tally("2026-06-21", "package", missing=1)


def test_what_was_put_right_is_no_longer_off(city: TwoSystems) -> None:
    friday = tallies(city)[-1]
    assert (friday.whole, friday.still_off, friday.agreement, friday.by_now) == (2, 1, 0.5, 0.5)
    say(city, NEW, 100, due_on="2027-03-01")
    city.pair_events()
    (friday, saturday) = (one for one in reversed(tallies(city)) if one.word == "review")
    assert (friday.still_off, friday.agreement, friday.by_now, saturday.put_right) == (0, 0.5, 1.0, 1)
    assert off(city, event_type=EVENT_TYPES["review"]) == []
    assert len(off(city, event_type=EVENT_TYPES["review"], put_right=True)) == 2


def test_sums_are_by_day_or_by_type(city: TwoSystems) -> None:
    by_day, by_word = (trend.summed(tallies(city), by=by) for by in ("day", "word"))
    assert by_day[-1] == Tally("2026-06-19", "", agree=2, differs=1)
    assert Tally("", "review", agree=1, differs=2) in by_word
    assert (Tally("", "").agreement, Tally("", "").by_now) == (1.0, 1.0)


def test_what_does_not_agree_is_read_page_by_page(city: TwoSystems) -> None:
    first, second, third = off(city)
    assert [(one.verdict, one.day) for one in (first, second, third)] == [
        ("missing", "2026-06-21"), ("differs", "2026-06-20"), ("differs", "2026-06-19"),
    ]  # fmt: skip
    assert (first.waits(city.clock.at_ms), second.waits(city.clock.at_ms)) == (True, False)
    assert (second.thing.fields, second.thing.slot, bool(second.thing.person_id)) == (
        ("due_on",),
        "review:R1",
        True,
    )
    assert [second.thing.shown(side, "due_on") for side in (second.thing.old, second.thing.new)] == [
        "2027-03-01", "2027-04-01",
    ]  # fmt: skip
    assert off(city, most=1) == [first]
    assert off(city, (first.day, first.event_id), most=1) == [second]
    assert off(city, verdict="missing") == [first]
    assert off(city, day="2026-06-19") == [third]


def test_one_event_is_found_from_either_side(city: TwoSystems) -> None:
    differs = off(city, verdict="differs")[0]
    assert differs.new is not None
    assert one_event(city, differs.new.event_id) == differs
    assert one_event(city, "none") is None
    again = next(row for row in city.rows(said_event) if row.verdict == "again")
    found = one_event(city, again.event_id)
    assert found is not None
    assert (found.verdict, found.day) == ("again", "")


def test_where_a_restricted_person_is_cared_for_is_not_shown(city: TwoSystems) -> None:
    city.say(
        NEW, "70001", MARY, "package", id="K1", status="live", provider="Another Home", at_ms=NOON + 41 * HOUR
    )
    city.pair_events()
    (found,) = off(city, event_type=EVENT_TYPES["package"])
    assert (found.thing.fields, found.thing.shown(found.thing.old, "provider")) == (
        ("provider",),
        "Invented Care",
    )
    city.hear("A01", local_id="L1", visit="V1", nhs_number=MARY[0], name="EVANS^MARY", born="19410314",
              extra=("ZU8||||2",))  # fmt: skip
    (found,) = off(city, event_type=EVENT_TYPES["package"])
    assert (found.thing.restricted, found.thing.shown(found.thing.old, "provider")) == (True, "")
