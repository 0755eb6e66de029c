"""Reports: each with its chart, the table behind it and how it is worked out; what is small is withheld; taken with a reason."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

import pytest

from ascbridge.operations.finding import audit_search
from ascbridge.web.taken_away import WHYS
from tests.web.city import MINUTE
from tests.web.conftest import Someone, token

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.web.city import City

CODES = (
    "accepted", "triaged", "discharged", "first-visit", "delay-reason", "delay-pathway", "at-home", "ethnicity", "language",
    "locality", "sitrep",
)  # fmt: skip


@pytest.fixture
def busy(city: City) -> City:
    """A city in which six more people became ready yesterday, and five of them left today."""
    hour = 60 * MINUTE
    now = city.clock.at_ms
    for n in range(6):
        who: dict[str, Any] = {"local_id": f"R{n}", "visit": f"VR{n}", "name": f"READY^PERSON{n}", "born": f"19{40 + n}0101",
                               "nhs_number": "", "ward": "W21^BAY A^BED 1^RKB01"}  # fmt: skip
        city.hear("A01", now - 60 * hour, **who)
        city.hear("A16", now - 26 * hour, **who, extra=("ZU1" + "|" * 22 + "Y||20261017",))
        if n < 5:
            city.hear("A03", now - hour, **who, pv1={36: "1", 37: "19", 45: "202610181130"})
    return city


def took(someone: Someone, what: str, **more: str) -> Any:
    page = someone.get("/reports").text
    return someone.post("/reports/csv", data={"form_token": token(page), "what": what, **more})


def rows(answer: Any) -> list[list[str]]:
    sheet = list(csv.reader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    return sheet[sheet.index([]) + 1 :]


def test_every_report_has_a_chart_a_table_and_says_how_it_is_worked_out(
    busy: City, somebody: Callable[..., Someone]
) -> None:
    page = somebody("discharge-team").get("/reports").text
    assert [code for code in CODES if f'<h2 id="{code}">' not in page] == []
    for code in CODES:
        section = page.split(f'<h2 id="{code}">')[1].split("</section>")[0]
        assert 'class="asc-quiet"' in section, code
        assert "<table" in section or "There is nothing to count yet" in section, code
    discharged = page.split('<h2 id="discharged">')[1].split("</section>")[0]
    assert "<rect" in discharged
    assert "1.0 days" in discharged
    assert '<a href="/reports"' in page


def test_small_numbers_are_withheld(city: City, somebody: Callable[..., Someone]) -> None:
    """In the tests' city two people left: nothing of them is told."""
    someone = somebody("discharge-team")
    table = rows(took(someone, "discharged", why=WHYS[0]))
    assert table[1][:3] == ["October 2026", "withheld", "withheld"]
    assert "withheld" in someone.get("/reports").text


def test_a_taken_table_is_written_down_and_needs_a_reason(
    busy: City, somebody: Callable[..., Someone]
) -> None:
    someone = somebody("discharge-team")
    assert took(someone, "discharged").status_code == 422
    assert took(someone, "nothing", why=WHYS[0]).status_code == 404
    for code in CODES:
        answer = took(someone, code, why=WHYS[0])
        assert answer.status_code == 200
        assert len({len(row) for row in rows(answer)}) == 1, code
        assert f'filename="report-{code}-2026-10-18.csv"' in answer.headers["content-disposition"]
    taken = [one for one in busy.bridge.read_now(audit_search.entries) if one.what.startswith("taken as CSV")]
    assert len(taken) == len(CODES)
    assert {(one.who, one.why) for one in taken} == {("Nia Brown", WHYS[0])}


def test_the_daily_counts_have_the_national_columns_and_invent_no_code(
    busy: City, somebody: Callable[..., Someone]
) -> None:
    table = rows(took(somebody("discharge-team"), "sitrep", why=WHYS[0]))
    assert table[0] == [
        "Period", "Level", "Region", "ICB", "Org Code", "Org Name", "Metric", "Metric Type", "Metric Group", "Value",
    ]  # fmt: skip
    yesterday = [row for row in table if row[0] == "2026-10-17"]
    assert [row[8] for row in yesterday] == ["NCTR", "Discharges", "NCTR not discharged"]
    assert {row[4] for row in yesterday} == {"RKB"}
    assert all(row[1] == row[2] == row[3] == row[5] == "" for row in yesterday)
    assert yesterday[0][9] == yesterday[2][9] != "withheld"


@pytest.mark.parametrize("role", ["auditor", "information-governance", "safeguarding"])
def test_nobody_is_named_to_anybody(role: str, busy: City, somebody: Callable[..., Someone]) -> None:
    page = somebody(role).get("/reports?months=12").text
    for name in ("EVANS", "READY", "999 300", "W21", "W40"):
        assert name not in page


def test_who_has_no_work_there_sees_none(somebody: Callable[..., Someone]) -> None:
    for role in ("it-operations", "front-door"):
        assert somebody(role).get("/reports").status_code == 403


def test_reading_is_written_down(city: City, somebody: Callable[..., Someone]) -> None:
    somebody("auditor").get("/reports?months=6")
    (entry,) = [one for one in city.bridge.read_now(audit_search.entries) if one.what == "reports read"]
    assert (entry.role, entry.result) == ("auditor", "6 months")
