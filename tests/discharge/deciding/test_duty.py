"""Who is on duty by the clock, held against a plain calendar that knows nothing of spans, lists and turns."""

from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ascbridge.calendars import LONDON
from ascbridge.discharge.deciding.duty import closed_when_due, is_open, on_duty, opens_next
from ascbridge.reference.in_force import ReferenceLists, version_of
from tests.discharge.builders import HOUR, MINUTE, at
from tests.discharge.urgency import DAY, NIGHT
from tests.reference.lists import HOURS, made

LISTS = ReferenceLists()
HOLIDAYS = {
    date(2026, 1, 1), date(2026, 4, 3), date(2026, 4, 6), date(2026, 5, 4), date(2026, 5, 25), date(2026, 8, 31),
    date(2026, 12, 25), date(2026, 12, 28),
}  # fmt: skip
"""England's of 2026, written down by hand."""
MINUTES = st.integers(at("2026-01-02T00:00") // MINUTE, at("2026-12-30T00:00") // MINUTE)
FORWARD = st.integers(at("2026-03-28T12:00") // MINUTE, at("2026-03-30T12:00") // MINUTE)
BACK = st.integers(at("2026-10-24T12:00") // MINUTE, at("2026-10-26T12:00") // MINUTE)
ANY = st.one_of(MINUTES, FORWARD, BACK)


def plain(at_ms: int) -> str:
    return DAY if 8 <= local(at_ms).hour < 20 else NIGHT


def plainly_out_of_hours(at_ms: int) -> bool:
    """After 5pm Monday to Thursday, 4.30pm Friday, the weekend, bank holidays, and before half past eight."""
    now = local(at_ms)
    if now.date() in HOLIDAYS or now.weekday() >= 5:
        return True
    ends = time(16, 30) if now.weekday() == 4 else time(17)
    return now.time() < time(8, 30) or now.time() >= ends


def local(at_ms: int) -> datetime:
    return datetime.fromtimestamp(at_ms / 1000, LONDON)


def plain_turns(at_ms: int) -> list[int]:
    days = [local(at_ms).date() + timedelta(days=n) for n in (-1, 0, 1)]
    return [
        int(datetime.combine(day, time(hour), LONDON).timestamp() * 1000) for day in days for hour in (8, 20)
    ]


@given(ANY)
@example(at("2026-03-29T01:30") // MINUTE)
@example(at("2026-10-25T01:30") // MINUTE)
@example(at("2026-10-25T01:30") // MINUTE + 60)
def test_the_discharge_team_has_it_from_eight_to_eight_every_day_and_the_night_has_the_rest(
    minute: int,
) -> None:
    at_ms = minute * MINUTE
    duty, turns = on_duty(LISTS, at_ms), plain_turns(at_ms)
    assert (duty.team, duty.out_of_hours) == (plain(at_ms), plain(at_ms) == NIGHT)
    assert duty.at_work, "at every moment somebody is"
    assert duty.until_ms == min(ms for ms in turns if ms > at_ms)
    assert duty.since_ms == max(ms for ms in turns if ms <= at_ms)
    assert duty.then == plain(duty.until_ms)
    assert duty.phone == ("024 7683 2222" if duty.out_of_hours else "")


@given(ANY)
@example(at("2026-04-03T12:00") // MINUTE)
@example(at("2026-12-28T12:00") // MINUTE)
def test_when_the_night_team_is_at_work_too(minute: int) -> None:
    assert is_open(LISTS, NIGHT, minute * MINUTE) == plainly_out_of_hours(minute * MINUTE)


@given(ANY)
def test_a_team_that_is_closed_opens_next_at_eight(minute: int) -> None:
    at_ms = minute * MINUTE
    if plain(at_ms) == DAY:
        assert opens_next(LISTS, DAY, at_ms) is None
    else:
        assert opens_next(LISTS, DAY, at_ms) == min(ms for ms in plain_turns(at_ms) if ms > at_ms)


@pytest.mark.parametrize(
    "night, hours",
    [("2026-03-28T20:00", 11), ("2026-10-24T20:00", 13), ("2026-03-27T20:00", 12)],
)
def test_a_night_in_which_the_clocks_change_is_an_hour_shorter_or_longer(night: str, hours: int) -> None:
    duty = on_duty(LISTS, at(night))
    assert duty.until_ms is not None
    assert duty.until_ms - at(night) == hours * HOUR


@pytest.mark.parametrize(
    "due, opens",
    [
        ("2026-03-06T19:59", None),
        ("2026-03-06T20:00", None),  # at the minute of closing
        ("2026-03-06T20:01", "2026-03-07T08:00"),
        ("2026-03-07T03:00", "2026-03-07T08:00"),
        ("2026-03-07T08:00", None),
        ("2026-10-25T01:30", "2026-10-25T08:00"),
    ],
)
def test_what_falls_due_while_the_team_is_closed_says_when_it_opens(due: str, opens: str | None) -> None:
    assert closed_when_due(LISTS, DAY, at(due)) == (at(opens) if opens else None)


def test_a_team_of_which_no_hours_are_known_is_never_said_to_be_closed() -> None:
    assert closed_when_due(LISTS, "Duty Team", at("2026-03-07T03:00")) is None
    assert not is_open(LISTS, "Duty Team", at("2026-03-07T12:00"))


def test_other_hours_hold_from_their_day() -> None:
    hours = version_of(made("service-hours", HOURS, day="2026-05-01"), "somebody", at("2026-04-01T00:00"))
    later = LISTS.with_version(hours)
    assert on_duty(later, at("2026-05-01T18:30")).team == NIGHT
    assert on_duty(later, at("2026-04-30T18:30")).team == DAY
