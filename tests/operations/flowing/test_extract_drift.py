"""Columns that come, go or change are told of the feed, and what is ordinary is not."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from ascbridge.events.logs.envelope import derived_id
from ascbridge.intake.keeping import extract_faults
from ascbridge.operations.flowing import extract_drift, what_is_wrong
from ascbridge.operations.flowing.extract_drift import DAY_MS, FEWEST, HOUR_MS
from ascbridge.storage.tables import intake_hour, message, unread_column
from tests.web.city import MINUTE, NOON

if TYPE_CHECKING:
    from tests.web.city import City

FEED = "council-extract"
TITLES = {FEED: "Case system"}


def look(city: City, at_ms: int = NOON) -> list[tuple[str, str, str]]:
    found = city.bridge.read_now(partial(extract_drift.look, titles=TITLES, now_ms=at_ms))
    return [(one.cause, one.about, one.text) for one in found]


def write(city: City, table: Any, **values: Any) -> None:
    city.kept.write_now(lambda c: c.execute(table.insert(), values))


def heard(city: City, at_ms: int, **counts: int) -> None:
    for name, n in counts.items():
        write(city, intake_hour, feed=FEED, hour_ms=at_ms - at_ms % HOUR_MS, name=name, n=n)


def column(city: City, place: str, first_ms: int) -> None:
    write(
        city, unread_column, feed=FEED, kind="column", place=place, n=1, first_ms=first_ms, last_ms=first_ms
    )


def refuse(city: City, n: int, reason: str, feed: str = FEED) -> None:
    for number in range(n):
        write(
            city, message, message_id=derived_id(NOON - MINUTE, feed, reason, number), feed=feed, lane="x",
            received_ms=NOON - MINUTE, outcome="refused", reason=reason, body=b"", answer=b"",
        )  # fmt: skip


def test_a_new_column_is_told_for_a_day_but_not_with_the_first_file(empty_city: City) -> None:
    city = empty_city
    column(city, "colour", NOON)
    assert look(city) == [], "nobody knows since when the feed is read"
    heard(city, NOON - HOUR_MS, kept=5)
    assert look(city) == [], "its first file"
    heard(city, NOON - 3 * DAY_MS, kept=5)
    said = "A column has come to Case system that its profile does not know"
    assert look(city) == [("extract-drift", f"feed:{FEED}:new", said)]
    column(city, "size", NOON + 1)
    assert look(city)[0][2].startswith("2 columns have come")
    assert look(city, NOON + DAY_MS + 2) == []


@pytest.mark.parametrize(
    "n, others, strange",
    [(FEWEST, 0, True), (FEWEST, FEWEST, True), (FEWEST, FEWEST + 1, False), (FEWEST - 1, 0, False)],
)
def test_rows_refused_for_one_reason_are_a_column_s_fault_where_they_are_half_of_all(
    empty_city: City,
    n: int,
    others: int,
    strange: bool,  # noqa: FBT001  # a case's own value
) -> None:
    refuse(empty_city, n, "row: began: not written as %d/%m/%Y")
    refuse(empty_city, 30, "PID-3: nobody is named", feed="itk-v24")
    heard(empty_city, NOON - MINUTE, kept=others, refused=n)
    said = f"{n} rows of Case system within a day could not be read for one and the same reason"
    assert look(empty_city) == ([("extract-drift", f"feed:{FEED}:type", said)] if strange else [])
    assert look(empty_city, NOON + DAY_MS + HOUR_MS) == []


def test_reasons_of_every_kind_are_the_rows_own(empty_city: City) -> None:
    for number in range(FEWEST):
        refuse(empty_city, 2, f"row: column {number}: empty")
    heard(empty_city, NOON - MINUTE, refused=2 * FEWEST)
    assert look(empty_city) == []


def test_files_are_told_by_their_kind_and_their_rows_are_not_told_again(empty_city: City) -> None:
    city = empty_city
    for files, kind, n in (("a*.csv", "missing", 1), ("b*.csv", "unreadable", 12)):
        note = partial(extract_faults.note, feed=FEED, files=files, kind=kind, n=n, now_ms=NOON)
        city.kept.write_now(note)
    refuse(city, FEWEST, "row: began: empty")
    assert look(city) == [
        ("extract-drift", f"feed:{FEED}:a*.csv",
         "A file of Case system lacks columns that its profile names, and was refused whole"),
        ("extract-drift", f"feed:{FEED}:b*.csv",
         "12 rows of a file of Case system could not be read for one and the same reason"),
    ]  # fmt: skip


def test_a_column_that_is_gone_is_told_as_that() -> None:
    text = "columns are missing: began"
    assert what_is_wrong.of_part("database council-extract", text).cause == "extract-drift"
    assert what_is_wrong.of_part("folder council-extract", text).cause == "extract-drift"
    assert what_is_wrong.of_part("folder council-extract", "cannot be read").cause == "way-in"
    assert extract_drift.look(None, {}, NOON) == []  # type: ignore[arg-type]  # no feed, nothing asked
