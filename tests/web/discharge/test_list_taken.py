"""A list taken away: asked why, bounded, written down, and saying who took it and when."""

from __future__ import annotations

import csv
import io
import re
from typing import TYPE_CHECKING

import pytest

from ascbridge.operations.finding import audit_search
from ascbridge.web import taken_away
from ascbridge.web.discharge import list_taken

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.web.city import City
    from tests.web.conftest import Someone

WHY = "Managing the work of our team"


@pytest.fixture
def nurse(somebody: Callable[..., Someone]) -> Someone:
    return somebody("discharge-team")


def take(someone: Someone, query: str = "", **form: str) -> list[list[str]]:
    answer = someone.fill(f"/worklist/csv{query}", **{"what": "open", "why": WHY, **form})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    return list(csv.reader(io.StringIO(answer.text.lstrip("\ufeff"))))


def table(rows: list[list[str]]) -> list[dict[str, str]]:
    head = next(n for n, row in enumerate(rows) if row == list(list_taken.COLUMNS))
    return [dict(zip(rows[head], row, strict=True)) for row in rows[head + 1 :]]


def test_it_says_who_took_it_when_and_why_and_the_audit_says_so_too(nurse: Someone, city: City) -> None:
    rows = take(nurse)
    head = dict(row[:2] for row in rows[:4])
    assert head["Taken by"] == "Nia Brown, Community Discharge Team"
    assert head["Taken at"] == "18 Oct 2026, 12:30"
    assert head["Why"] == WHY
    entries = city.bridge.read_now(audit_search.entries)
    assert ("taken as CSV: worklist-open", WHY, "7 rows") in [
        (one.what, one.why, one.result) for one in entries
    ]


def test_it_holds_the_list_of_the_address_in_its_order(nurse: Someone) -> None:
    people = [row["Person"] for row in table(take(nurse))]
    listed = re.findall(
        r'class="asc-name"><a[^>]*>([^<]+)</a>', nurse.get("/worklist").text.split("<table")[1]
    )
    assert people == listed
    some = table(take(nurse, "?ward=W12, RKB01&view=in-hospital"))
    assert [row["Ward"] for row in some] == ["W12, RKB01"] * 2
    evans = some[0]
    assert (evans["Person"], evans["Born"], evans["NHS number"]) == (
        "EVANS, Mary Joy (Mrs)",
        "1941-03-14",
        "999 300 0019",
    )


def test_a_restricted_persons_place_stands_nowhere(nurse: Someone) -> None:
    rows = take(nurse)
    hidden = next(row for row in table(rows) if row["Person"].startswith("HOLLOWAY"))
    assert (hidden["Ward"], hidden["Bed"], hidden["Locality"]) == ("restricted: not shown", "", "")
    assert "W40" not in str(rows)


def test_no_more_than_so_many_are_taken(nurse: Someone, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (list_taken, taken_away):
        monkeypatch.setattr(module, "MOST_ROWS", 3)
    rows = take(nurse)
    assert len(table(rows)) == 3
    assert ["Note", "These are the first 3 rows; there are more."] in rows
    assert "of which the first 3 are given" in nurse.get("/worklist/csv").text


def test_without_a_reason_nothing_is_given(nurse: Someone, city: City) -> None:
    answer = nurse.fill("/worklist/csv?ward=W12, RKB01", what="open")
    assert answer.status_code == 422
    assert "Choose why you take this away" in answer.text
    assert "EVANS" not in answer.text
    assert not [one for one in city.bridge.read_now(audit_search.entries) if "CSV" in one.what]


def test_who_sees_no_names_takes_no_list(somebody: Callable[..., Someone], nurse: Someone) -> None:
    auditor = somebody("auditor")
    assert auditor.get("/worklist/csv").status_code == 403
    assert "Take this list away" not in auditor.get("/worklist").text
    assert 'href="/worklist/csv?view=paused"' in nurse.get("/worklist?view=paused").text
