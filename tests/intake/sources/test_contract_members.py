"""What a member of a council fact may hold."""

import pytest
from pydantic import TypeAdapter, ValidationError

from ascbridge.intake.sources.contract_members import Day, DayOrNothing, Moment, Text, Upto10


@pytest.mark.parametrize("day", ["1938", "1938-04", "1938-04-12"])
def test_a_day_is_as_exact_as_it_is_known(day: str) -> None:
    assert TypeAdapter(Day).validate_python(day) == day


@pytest.mark.parametrize("day", ["", "38", "1938-13", "2026-02-30", "12/04/1938"])
def test_what_no_calendar_has_is_refused(day: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Day).validate_python(day)


def test_a_day_that_may_be_left_out_may_be_empty() -> None:
    assert TypeAdapter(DayOrNothing).validate_python("") == ""


def test_texts_have_a_length_and_no_nul() -> None:
    for kind, text in ((Text, ""), (Text, "a" * 201), (Text, "a\x00"), (Upto10, "a" * 11)):
        with pytest.raises(ValidationError):
            TypeAdapter(kind).validate_python(text)


def test_a_moment_has_an_offset_and_a_year_of_our_times() -> None:
    for text in ('"2026-03-02T09:00:00"', '"1799-12-31T00:00:00Z"', '"9999-12-31T00:00:00Z"'):
        with pytest.raises(ValidationError):
            TypeAdapter(Moment).validate_json(text)
