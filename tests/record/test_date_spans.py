"""Dates of any precision, and what they last."""

import pytest

from ascbridge.record.date_spans import FOR_EVER, NoDate, span, when_of

DAY = 24 * 3_600_000


@pytest.mark.parametrize(
    "value, prefix, low, length",
    [
        ("1970", "eq", 0, 365 * DAY),
        ("ge1970-02", "ge", 31 * DAY, 28 * DAY),
        ("lt1970-01-02", "lt", DAY, DAY),
        ("1970-01-01T01:00+01:00", "eq", 0, 60_000),
        ("1970-01-01T01:00 01:00", "eq", 0, 60_000),
        ("gt1970-01-01T00:00:01Z", "gt", 1_000, 1_000),
        ("1970-01-01T00:00:00.25", "eq", 250, 1),
    ],
)
def test_a_date_lasts_as_long_as_it_is_precise(value: str, prefix: str, low: int, length: int) -> None:
    assert span(value) == (prefix, low, low + length)


@pytest.mark.parametrize("value", ["", "soon", "1970-13", "1970-02-30", "0000", "ne1970", "9999-12-31"])
def test_what_is_no_date_is_refused_and_not_quoted(value: str) -> None:
    with pytest.raises(NoDate) as fault:
        span(value)
    assert not value or value not in str(fault.value)


def test_a_period_without_an_end_goes_on_for_ever() -> None:
    assert when_of({"start": "1970-01-02"}) == (DAY, FOR_EVER)
    assert when_of({"end": "1970-01-01"}) == (-FOR_EVER, DAY)
    assert when_of("1970-01-01") == (0, DAY)
    assert when_of("soon") is None
