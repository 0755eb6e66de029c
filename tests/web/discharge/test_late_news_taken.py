"""The list of people whose news came late, taken away: asked why, written down, and never where a restricted person is."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import pytest

from ascbridge.discharge.keeping import late_news
from ascbridge.operations.finding import audit_search
from ascbridge.web.discharge import late_news_taken
from tests.web.discharge.test_phone_pages import after_an_outage
from tests.web.operations.test_api_flows import someone

if TYPE_CHECKING:
    from collections.abc import Callable

    from fastapi import FastAPI

    from tests.web.city import City
    from tests.web.conftest import Someone

__all__ = ["after_an_outage"]
WHY = "Managing the work of our team"
PATH = "/check-by-phone/csv"


def table(text: str) -> list[dict[str, str]]:
    rows = list(csv.reader(io.StringIO(text.lstrip("\ufeff"))))
    head = next(n for n, row in enumerate(rows) if row == list(late_news_taken.COLUMNS))
    return [dict(zip(rows[head], row, strict=True)) for row in rows[head + 1 :]]


def test_it_holds_whom_to_ring_the_latest_first_and_the_audit_says_who_took_it(
    after_an_outage: City, somebody: Callable[..., Someone]
) -> None:
    nurse = somebody("discharge-team")
    assert PATH in nurse.get("/check-by-phone").text
    assert "2 people" in nurse.get(PATH).text
    answer = nurse.fill(PATH, what="late-news", why=WHY)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/csv; charset=utf-8")
    rows = table(answer.text)
    assert [row["How late"] for row in rows] == ["5 hours", "2 hours"]
    assert [row["Minutes late"] for row in rows] == ["300", "120"]
    assert "HOLLOWAY" in rows[0]["Person"]
    entries = after_an_outage.bridge.read_now(audit_search.entries)
    assert ("taken as CSV: late-news", WHY, "2 rows") in [(one.what, one.why, one.result) for one in entries]


def test_where_a_restricted_person_is_stands_nowhere(
    after_an_outage: City, somebody: Callable[..., Someone]
) -> None:
    text = somebody("discharge-team").fill(PATH, what="late-news", why=WHY).text
    assert "restricted: not shown" in [row["Ward"] for row in table(text)]
    assert "W40" not in text


def test_nobody_takes_it_without_saying_why_nor_who_may_not_see_names(
    after_an_outage: City, somebody: Callable[..., Someone]
) -> None:
    nurse = somebody("discharge-team")
    asked = nurse.fill(PATH, what="late-news")
    assert asked.status_code == 422
    assert "Choose why you take this away" in asked.text
    assert somebody("it-operations").get(PATH).status_code == 403
    assert nurse.get(f"{PATH}?alert=99").status_code == 404
    assert nurse.get(f"{PATH}?team=Nobody").status_code == 404


def test_programs_take_it_with_their_purpose(app: FastAPI, after_an_outage: City) -> None:
    robot = someone(app, after_an_outage, "discharge-team")
    assert robot.get("/api/late-news/csv").status_code == 422
    answer = robot.get("/api/late-news/csv?purpose=the+morning+list")
    assert len(table(answer.text)) == 2
    assert ["Why", "the morning list"] in list(csv.reader(io.StringIO(answer.text)))
    assert robot.get("/api/late-news/csv?purpose=the+list&alert=99").status_code == 404


def test_it_is_bounded_and_says_so(
    after_an_outage: City, somebody: Callable[..., Someone], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(late_news, "MOST", 2)
    text = somebody("discharge-team").fill(PATH, what="late-news", why=WHY).text
    assert "These are the first 2 rows; there are more." in text
