"""Who sees which urgent matter, at every band of the hours: each kind that a fact makes, at each."""

import pytest

from ascbridge.discharge.urgent.urgent_list import for_the_day, may_open, urgent_list
from ascbridge.reference.in_force import ReferenceLists
from tests.discharge.builders import Bench, at
from tests.discharge.urgency import DAY, KINDS, NIGHT, OLA, act, matter

LISTS = ReferenceLists()
BANDS = [
    ("2026-03-03T12:00", DAY),  # Tuesday, the discharge team alone
    ("2026-03-03T18:30", DAY),  # both are on
    ("2026-03-03T20:00", NIGHT),  # the minute of closing
    ("2026-03-03T23:59", NIGHT),
    ("2026-03-04T00:00", NIGHT),
    ("2026-03-04T07:59", NIGHT),
    ("2026-03-04T08:00", DAY),  # both are on until half past eight
    ("2026-03-06T16:45", DAY),  # Friday, from when both are on
    ("2026-03-07T12:00", DAY),  # Saturday: both are on all day
    ("2026-03-07T21:00", NIGHT),
    ("2026-04-03T12:00", DAY),  # Good Friday
    ("2026-04-03T22:00", NIGHT),
    ("2026-03-29T02:30", NIGHT),  # the night with an hour less
    ("2026-10-25T01:30", NIGHT),  # the night with an hour more
]


@pytest.mark.parametrize("code", KINDS)
@pytest.mark.parametrize("when, team", BANDS)
def test_each_kind_is_seen_out_of_hours_only_while_the_discharge_team_is_closed(
    bench: Bench, when: str, team: str, code: str
) -> None:
    now = at(when)
    bench.clock.ms = now
    KINDS[code](bench, now - 60_000)
    one = matter(bench)
    day = bench.write(lambda c: urgent_list(c, LISTS, "discharge-team", now))
    night = bench.write(lambda c: urgent_list(c, LISTS, "out-of-hours", now))
    assert day.duty.team == team
    assert [found.code for found in day.matters] == [code], "the discharge team sees it at any time"
    writing_up = team == DAY and when.endswith("T08:00")
    assert night.open_to_them == (team == NIGHT or writing_up)
    assert [found.code for found in night.matters] == ([code] if night.open_to_them else [])
    assert may_open(one, LISTS, "out-of-hours", now) == night.open_to_them
    assert may_open(one, LISTS, "discharge-team", now)


def test_the_night_may_write_up_for_an_hour_after_the_discharge_team_opened(bench: Bench) -> None:
    bench.clock.ms = at("2026-03-06T21:00")
    KINDS["self-discharge"](bench, at("2026-03-06T21:00"))
    one = matter(bench)
    assert may_open(one, LISTS, "out-of-hours", at("2026-03-07T08:59"))
    assert not may_open(one, LISTS, "out-of-hours", at("2026-03-07T09:00"))


def test_the_night_sees_what_it_settled_tonight_and_nothing_of_the_day_before(bench: Bench) -> None:
    bench.clock.ms = at("2026-03-06T12:00")
    KINDS["self-discharge"](bench, at("2026-03-06T12:00"))
    act(bench, "settle", when="2026-03-06T19:00", text="Home and safe")
    seen = bench.write(lambda c: urgent_list(c, LISTS, "out-of-hours", at("2026-03-06T21:00")))
    assert (seen.open_to_them, seen.matters) == (True, ())
    assert not may_open(matter(bench), LISTS, "out-of-hours", at("2026-03-06T21:00"))
    day = bench.write(lambda c: urgent_list(c, LISTS, "discharge-team", at("2026-03-06T21:00")))
    assert len(day.matters) == 1


def test_in_the_morning_what_the_night_wrote_comes_before_what_is_urgent(bench: Bench) -> None:
    bench.clock.ms = at("2026-03-06T21:00")
    KINDS["self-discharge"](bench, at("2026-03-06T21:00"))
    (standing,) = bench.write(for_the_day)
    assert standing.stands
    act(bench, "settle", when="2026-03-06T22:00", actor=OLA, text="Home and safe")
    (written,) = bench.write(for_the_day)
    assert (written.stands, written.to_take_up) == (False, True)
    act(bench, "take-up", when="2026-03-07T08:01")
    assert bench.write(for_the_day) == ()
