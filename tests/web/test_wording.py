"""How things are said."""

from __future__ import annotations

from datetime import datetime

import pytest

from ascbridge.web import wording
from ascbridge.web.wording import LONDON

MINUTE = 60_000
HOUR = 60 * MINUTE


def at(text: str) -> int:
    return round(datetime.fromisoformat(text).replace(tzinfo=LONDON).timestamp() * 1000)


NOW = at("2026-10-18T16:10:00")


@pytest.mark.parametrize(
    "span,said",
    [
        (0, "less than a minute"),
        (59_999, "less than a minute"),
        (MINUTE, "1 minute"),
        (HOUR + 5 * MINUTE, "1 hour 5 minutes"),
        (50 * HOUR, "2 days 2 hours"),
        (24 * HOUR + MINUTE, "1 day 1 minute"),
        (-2 * MINUTE, "2 minutes"),
    ],
)
def test_a_span_is_said_in_its_two_largest_units(span: int, said: str) -> None:
    assert wording.lasting(span) == said


def test_due_work_is_told_in_words() -> None:
    assert wording.due(NOW + 40 * MINUTE, NOW) == "Due in 40 minutes"
    assert wording.due(NOW - 125 * MINUTE, NOW) == "Overdue by 2 hours 5 minutes"
    assert wording.due(NOW + 30_000, NOW) == wording.due(NOW - 30_000, NOW) == "Due now"
    assert wording.due(None, NOW) == "No due time"


def test_times_are_those_of_coventry_in_summer_and_in_winter() -> None:
    assert wording.moment(at("2026-07-01T09:05:00")) == "1 Jul 2026, 09:05"
    assert wording.moment(at("2026-12-01T09:05:00")) == "1 Dec 2026, 09:05"
    assert wording.iso(at("2026-07-01T09:05:00")) == "2026-07-01T08:05:00Z"
    assert wording.exact(NOW + 42) == "2026-10-18 16:10:00.042"


@pytest.mark.parametrize(
    "then,said",
    [
        ("2026-10-18T09:30:00", "09:30"),
        ("2026-10-17T23:59:00", "yesterday 23:59"),
        ("2026-10-19T08:00:00", "tomorrow 08:00"),
        ("2026-10-12T08:00:00", "12 Oct, 08:00"),
        ("2025-10-12T08:00:00", "12 Oct 2025, 08:00"),
    ],
)
def test_a_time_is_said_as_short_as_it_stays_clear(then: str, said: str) -> None:
    assert wording.moment_near(at(then), NOW) == said


def test_yesterday_is_a_day_of_the_calendar_across_a_clock_change() -> None:
    after = at("2026-10-25T23:30:00")
    assert wording.moment_near(after - 24 * HOUR, after) == "00:30"
    assert wording.moment_near(after - 25 * HOUR, after) == "yesterday 23:30"


@pytest.mark.parametrize(
    "text,said",
    [
        ("1941-03-14", "14 Mar 1941"),
        ("1941-03", "March 1941"),
        ("1941", "1941"),
        ("2026-10-18T14:20", "18 Oct 2026, 14:20"),
        ("soon", "soon"),
        ("20xx-13-45", "20xx-13-45"),
    ],
)
def test_a_date_is_said_as_exactly_as_it_was_given(text: str, said: str) -> None:
    assert wording.written_date(text) == said


@pytest.mark.parametrize(
    "born,said",
    [
        ("1941-10-18", "85"),
        ("1941-10-19", "84"),
        ("1944", "about 82"),
        ("1944-07", "about 82"),
        ("", ""),
        ("19", ""),
    ],
)
def test_an_age_counts_birthdays(born: str, said: str) -> None:
    assert wording.age(born, NOW) == said


def test_an_nhs_number_is_spaced_and_anything_else_left_alone() -> None:
    assert wording.nhs_number("9993000019") == "999 300 0019"
    assert wording.nhs_number("12345") == "12345"


def test_given_names_in_capitals_are_written_as_names() -> None:
    assert wording.given_name("MARY-ANN") == "Mary-Ann"
    assert wording.given_name("O'NEIL") == "O'Neil"
    assert wording.given_name("ŁUCJA") == "Łucja"
    assert wording.given_name("DeShawn") == "DeShawn"


def test_a_wait_counts_whole_days() -> None:
    assert wording.waited("2026-10-12", "2026-10-18") == "6 days"
    assert wording.waited("2026-10-17", "2026-10-18") == "1 day"
    assert wording.waited("2026-10-18", "2026-10-18") == "since today"
    assert wording.waited("2026-10-19", "2026-10-18") == wording.waited("2026-10", "2026-10-18") == ""


def test_numbers_come_with_their_noun() -> None:
    assert wording.count(1, "task") == "1 task"
    assert wording.count(0, "task") == "0 tasks"
    assert wording.count(2, "try", "tries") == "2 tries"
    assert wording.count(12_345, "message") == "12,345 messages"


def test_a_time_in_a_form_is_meant_on_the_clock_of_coventry() -> None:
    assert wording.meant("2026-07-01T10:00") == 1_782_896_400_000  # an hour before UTC says so
    assert wording.meant("2026-12-01T10:00") == 1_796_119_200_000
    assert wording.meant("") is None
    assert wording.meant("yesterday") is None


@pytest.mark.parametrize(
    "label, line",
    [
        ("What is the outcome?", "What is the outcome? Choose one"),
        ("Note (optional)", "Note: Choose one"),
        ("", "Choose one"),
    ],
)
def test_what_is_wrong_is_named_by_the_label_of_its_field(label: str, line: str) -> None:
    assert wording.named(label, "Choose one") == line


def test_a_page_links_to_agreed_hosts_on_the_web_alone() -> None:
    hosts = ("records.trust.example",)
    assert wording.may_link("https://Records.trust.example:8443/d?x=1", hosts)
    for url in (
        "", "https://elsewhere.example/d", "javascript:records.trust.example", "https://[::1/d",
        "https://records.trust.example.evil.example/d", "https://evil.example/records.trust.example",
    ):  # fmt: skip
        assert not wording.may_link(url, hosts), url
