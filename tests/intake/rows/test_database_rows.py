"""What a database gives becomes the text that the profile speaks of; what it cannot mean is not guessed."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from ascbridge.intake.agreed.profiles import read
from ascbridge.intake.rows.database_rows import LONGEST_QUOTED, RowSaid, row_said
from ascbridge.intake.sources import council_facts
from ascbridge.intake.sources.profile import Column

PROFILE = read("council-views")
(PACKAGES,) = PROFILE.database.tables
ROW: dict[str, Any] = {
    "changed_at": datetime(2026, 7, 2, 5, 0, tzinfo=UTC), "person_id": "C100", "nhs_number": "9993000019",
    "nhs_status": "Verified", "surname": "Marlowe", "forenames": "Ada Jane", "born": date(1941, 3, 7), "gender": "F ",
    "service_id": 41, "service": "Home support", "status": "Open",
    "started": datetime(2025, 6, 1),  # noqa: DTZ001  # a column without a zone
    "ended": None,
}  # fmt: skip


def said(section: Any = PACKAGES, **values: Any) -> RowSaid:
    return row_said(section, list((ROW | values).values()))


def test_a_row_is_a_fact_that_the_door_takes() -> None:
    row = said()
    assert row.fact["package"] == {
        "id": "41", "kind": "Home support", "status": "live", "started_on": "2025-06-01",
    }  # fmt: skip
    assert row.fact["recorded"] == "2026-07-02T05:00:00+00:00"
    assert row.fact["person"]["gender"] == "female"
    council_facts.check(row.payload(), PROFILE)
    assert json.loads(row.payload())["id"] == json.loads(said().payload())["id"]


@pytest.mark.parametrize(
    "value,text",
    [
        (7, "7"), (True, "true"), (Decimal("7.00"), "7"), (Decimal("7.50"), "7.5"), (7.0, "7"), (" as it is ", "as it is"),
        (UUID(int=1), str(UUID(int=1))), (Decimal("1E+3"), "1000"),
    ],
)  # fmt: skip
def test_what_is_no_text_becomes_one(value: object, text: str) -> None:
    assert said(service=value).fact["package"]["kind"] == text


@pytest.mark.parametrize(
    "value,day",
    [
        (date(2026, 7, 1), "2026-07-01"),
        (datetime(2026, 7, 1), "2026-07-01"),  # noqa: DTZ001  # a day that is kept as midnight
        (datetime(2026, 7, 1, 23, 30, tzinfo=UTC), "2026-07-02"),
        (datetime(2026, 7, 1, 23, 30, tzinfo=timezone(timedelta(hours=1))), "2026-07-01"),
        ("2026-07-01", "2026-07-01"),
        ("2026-07-01 00:00:00", "2026-07-01"),
        ("2026-07-01 23:30:00+00", "2026-07-02"),
    ],
)
def test_a_moment_where_a_day_is_asked_for_is_the_day_in_coventry(value: object, day: str) -> None:
    assert said(started=value).fact["package"]["started_on"] == day


@pytest.mark.parametrize(
    "value,moment",
    [
        (datetime(2026, 7, 1, 12, 0), "2026-07-01T12:00:00+01:00"),  # noqa: DTZ001  # as the zone of the table
        (datetime(2026, 10, 25, 1, 30), "2026-10-25T01:30:00+01:00"),  # noqa: DTZ001  # the first of two
        ("2026-07-01 12:00:00.25", "2026-07-01T12:00:00.250000+01:00"),
        ("2026-07-01 12:00:00+00", "2026-07-01T12:00:00+00:00"),
    ],
)
def test_a_time_without_a_zone_has_that_of_the_table(value: object, moment: str) -> None:
    row = said(changed_at=value)
    assert row.fact["recorded"] == moment
    assert row.recorded_ms == round(datetime.fromisoformat(moment).timestamp() * 1000)


@pytest.mark.parametrize(
    "name,value,fault",
    [
        ("changed_at", datetime(2026, 3, 29, 1, 30), "changed_at: the clocks went forward over that time"),  # noqa: DTZ001
        ("status", "Perhaps", "status: a code that the profile does not list"),
        ("service", b"\x00", "service: of a kind that is no text"),
        ("service", float("nan"), "service: not a number"),
    ],
)  # fmt: skip
def test_what_it_cannot_mean_is_told_and_kept_with_the_row(name: str, value: object, fault: str) -> None:
    row = said(**{name: value})
    assert row.fault == fault
    assert row.fact == {}
    assert json.loads(row.payload())["row"]["surname"] == "Marlowe"
    assert row.content != said(**{name: value}, surname="Other").content


def test_a_long_cell_of_a_bad_row_is_kept_by_its_beginning() -> None:
    row = said(status="Perhaps", service="x" * 100_000)
    assert len(json.loads(row.payload())["row"]["service"]) == LONGEST_QUOTED


def test_a_text_is_read_by_its_form_and_a_day_of_the_database_needs_none() -> None:
    columns = PACKAGES.columns | {"started": Column(to="package.started_on", date="%d/%m/%Y")}
    section = PACKAGES.model_copy(update={"columns": columns})
    for value in ("01/06/2025", date(2025, 6, 1), datetime(2025, 6, 1)):  # noqa: DTZ001  # a day
        assert said(section, started=value).fact["package"]["started_on"] == "2025-06-01"
    assert said(section, started="2025-06-01 00:00:00").fault == "started: not written as %d/%m/%Y"


def test_a_fact_may_be_recorded_at_another_time_and_is_then_another() -> None:
    row = said()
    later = json.loads(row.payload(recorded_ms=row.recorded_ms + 1))
    assert later["recorded"] == "2026-07-02T05:00:00.001+00:00"
    assert later["id"] != json.loads(row.payload())["id"]


def test_what_is_recorded_as_nothing_that_can_be_read_has_no_time() -> None:
    assert said(changed_at="soon").recorded_ms == 0
    assert said(changed_at=None).recorded_ms == 0
