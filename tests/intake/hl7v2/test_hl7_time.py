"""Time stamps: precision, offsets, the two nights when the English clock jumps, and what cannot be."""

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ascbridge.intake.hl7v2.hl7_time import LONDON, ImpossibleTime, Precision, format_ts, parse_ts


def utc_ms(*parts: int) -> int:
    return int(datetime(*parts, tzinfo=UTC).timestamp() * 1000)


@pytest.mark.parametrize(
    "text, precision, date_text, instant, fhir_text",
    [
        ("1940", Precision.YEAR, "1940", None, "1940"),
        ("194003", Precision.MONTH, "1940-03", None, "1940-03"),
        ("19400309", Precision.DAY, "1940-03-09", None, "1940-03-09"),
        ("20240229", Precision.DAY, "2024-02-29", None, "2024-02-29"),
        ("20260306+0000", Precision.DAY, "2026-03-06", None, "2026-03-06"),
        ("2026030210", Precision.HOUR, "2026-03-02", utc_ms(2026, 3, 2, 10), "2026-03-02T10:00:00+00:00"),
        ("202603021015", Precision.MINUTE, "2026-03-02", utc_ms(2026, 3, 2, 10, 15), "2026-03-02T10:15:00+00:00"),
        ("202607021015", Precision.MINUTE, "2026-07-02", utc_ms(2026, 7, 2, 9, 15), "2026-07-02T10:15:00+01:00"),
        ("202607020030", Precision.MINUTE, "2026-07-02", utc_ms(2026, 7, 1, 23, 30), "2026-07-02T00:30:00+01:00"),
        ("19860506000000", Precision.SECOND, "1986-05-06", utc_ms(1986, 5, 5, 23), "1986-05-06T00:00:00+01:00"),
        ("20260302101559", Precision.SECOND, "2026-03-02", utc_ms(2026, 3, 2, 10, 15, 59), "2026-03-02T10:15:59+00:00"),
        ("20260302101559.5", Precision.SECOND, "2026-03-02", utc_ms(2026, 3, 2, 10, 15, 59) + 500, "2026-03-02T10:15:59.500+00:00"),
        ("20260302101559.1239", Precision.SECOND, "2026-03-02", utc_ms(2026, 3, 2, 10, 15, 59) + 123, "2026-03-02T10:15:59.123+00:00"),
        ("202603021015+0100", Precision.MINUTE, "2026-03-02", utc_ms(2026, 3, 2, 9, 15), "2026-03-02T10:15:00+01:00"),
        ("20120918173931-0500", Precision.SECOND, "2012-09-18", utc_ms(2012, 9, 18, 22, 39, 31), "2012-09-18T17:39:31-05:00"),
        ("202603021015+0545", Precision.MINUTE, "2026-03-02", utc_ms(2026, 3, 2, 4, 30), "2026-03-02T10:15:00+05:45"),
        ("202610250130+0100", Precision.MINUTE, "2026-10-25", utc_ms(2026, 10, 25, 0, 30), "2026-10-25T01:30:00+01:00"),
        ("196912312359", Precision.MINUTE, "1969-12-31", -3_660_000, "1969-12-31T23:59:00+01:00"),
    ],
)  # fmt: skip
def test_a_time_stamp(text, precision, date_text, instant, fhir_text):
    found = parse_ts(text)
    assert (found.raw, found.precision, found.date_text) == (text, precision, date_text)
    assert found.utc_ms == instant
    assert found.fhir_text == fhir_text
    assert (found.ambiguous, found.nonexistent) == (False, False)


@pytest.mark.parametrize(
    "text, instant, ambiguous, nonexistent",
    [
        ("202610250059", utc_ms(2026, 10, 24, 23, 59), False, False),
        ("202610250100", utc_ms(2026, 10, 25, 0, 0), True, False),
        ("20261025015959", utc_ms(2026, 10, 25, 0, 59, 59), True, False),
        ("2026102501", utc_ms(2026, 10, 25, 0, 0), True, False),
        ("202610250200", utc_ms(2026, 10, 25, 2, 0), False, False),
        ("202603290059", utc_ms(2026, 3, 29, 0, 59), False, False),
        ("202603290100", utc_ms(2026, 3, 29, 1, 0), False, True),
        ("202603290159", utc_ms(2026, 3, 29, 1, 59), False, True),
        ("202603290200", utc_ms(2026, 3, 29, 1, 0), False, False),
        ("20261025", None, False, False),
        ("202610250130+0000", utc_ms(2026, 10, 25, 1, 30), False, False),
    ],
)
def test_the_nights_when_the_clock_changes(text, instant, ambiguous, nonexistent):
    found = parse_ts(text)
    assert (found.utc_ms, found.ambiguous, found.nonexistent) == (instant, ambiguous, nonexistent)


def test_another_senders_clock():
    assert parse_ts("202607021015", ZoneInfo("Europe/Paris")).utc_ms == utc_ms(2026, 7, 2, 8, 15)
    assert parse_ts("202603290130", ZoneInfo("Europe/Paris")).nonexistent is False


@pytest.mark.parametrize(
    "text, why",
    [
        ("", "not an HL7"),
        ('""', "not an HL7"),
        ("garbage", "not an HL7"),
        ("2026-03-02", "not an HL7"),
        ("202", "not an HL7"),
        ("20260", "not an HL7"),
        ("2026030210151", "not an HL7"),
        ("20260302 1015", "not an HL7"),
        ("202603021015\n", "not an HL7"),
        ("20260302101559.", "not an HL7"),
        ("20260302101559.12345", "not an HL7"),
        ("202603021015Z", "not an HL7"),
        ("202603021015+01", "not an HL7"),
        ("25:61", "not an HL7"),
        ("٢٠٢٦٠٣٠٢", "not an HL7"),
        ("20260231", "day is out of range"),
        ("20250229", "day is out of range"),
        ("19421345", "month must be"),
        ("20260001", "month must be"),
        ("20260100", "day is out of range"),
        ("00000000", "year 0"),
        ("202603022561", "hour must be"),
        ("202603022400", "hour must be"),
        ("202603021060", "minute must be"),
        ("20260302101560", "second must be"),
        ("202603021015+1500", "no such offset"),
        ("202603021015+0160", "no such offset"),
        ("20260302-2500", "no such offset"),
    ],
)
def test_what_cannot_be_a_time(text, why):
    with pytest.raises(ImpossibleTime) as caught:
        parse_ts(text)
    assert caught.value.raw == text
    assert why in caught.value.why
    assert not text or text not in str(caught.value)


def test_the_oldest_and_the_latest_year_are_read():
    assert parse_ts("00010101000000").date_text == "0001-01-01"
    assert parse_ts("99991231235959").utc_ms == utc_ms(9999, 12, 31, 23, 59, 59)
    assert isinstance(parse_ts("00010101000000+1400").utc_ms, int)
    assert isinstance(parse_ts("99991231235959-1400").utc_ms, int)


instants = st.integers(min_value=utc_ms(1975, 1, 1) // 1000, max_value=utc_ms(2037, 1, 1) // 1000)


@given(instants)
def test_an_instant_written_on_the_london_clock_is_read_back(seconds):
    found = parse_ts(format_ts(seconds * 1000))
    shift = 3_600_000 if found.ambiguous else 0
    assert found.utc_ms in (seconds * 1000, seconds * 1000 - shift)
    assert not found.nonexistent


@given(instants, st.integers(min_value=-14 * 60, max_value=14 * 60))
def test_an_instant_written_with_any_offset_is_read_back(seconds, minutes):
    zone = timezone(timedelta(minutes=minutes))
    text = datetime.fromtimestamp(seconds, zone).strftime("%Y%m%d%H%M%S%z")
    found = parse_ts(text)
    assert found.utc_ms == seconds * 1000
    assert datetime.fromisoformat(found.fhir_text).timestamp() == seconds


def read_or_refused(text):
    try:
        return parse_ts(text)
    except ImpossibleTime:
        return None


@given(st.text("0123456789+-.", max_size=24))
def test_any_digits_are_read_as_they_stand_or_refused(text):
    found = read_or_refused(text)
    if found is not None:
        assert text.startswith(found.date_text.replace("-", ""))
        assert (found.utc_ms is None) == (found.precision in (Precision.YEAR, Precision.MONTH, Precision.DAY))


def test_an_instant_is_written_in_seconds_on_the_london_clock():
    assert format_ts(utc_ms(2026, 7, 2, 9, 15, 7)) == "20260702101507"
    assert format_ts(utc_ms(2026, 3, 2, 9, 15, 7) + 999) == "20260302091507"
    assert format_ts(utc_ms(2026, 7, 2, 9, 15, 7), UTC) == "20260702091507"
    assert LONDON.key == "Europe/London"


@pytest.mark.parametrize(
    "text, fhir_text",
    [
        ("18000101120000", "1800-01-01T12:01:15+00:00"),  # London was 75 seconds behind until 1847
        ("18600101120000", "1860-01-01T12:00:00+00:00"),
        ("00010101000000", "0001-01-01T00:01:15+00:00"),
    ],
)
def test_an_offset_in_fhir_has_whole_minutes(text, fhir_text):
    assert parse_ts(text).fhir_text == fhir_text
