"""Waits at the front door: what the page says, to whom, and what may be taken away."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import pytest

from ascbridge.operations.finding import audit_search
from tests.web.conftest import Someone, token
from tests.web.door import HIDDEN, at_door, contact, people_the_door

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.web.city import City

PATH = "/front-door/waits"
WHY = "Managing the work of our team"


@pytest.fixture(autouse=True)
def waiting(city: City) -> None:
    people_the_door(city)


@pytest.fixture
def worker(somebody: Callable[..., Someone]) -> Someone:
    return somebody("front-door", "Sam Lee")


def more_wait(city: City, many: int = 6) -> None:
    for n in range(many):
        contact(
            city, (f"W{n}", "", ("WAITS", f"PERSON{n}"), f"19{40 + n}-01-01"), f"CT-W{n}", f"2026-09-0{n + 1}"
        )


def ask_for(someone: Someone, what: str, **more: str):
    page = someone.get(PATH).text
    return someone.post(f"{PATH}/csv", data={"form_token": token(page), "what": what, **more})


def took(someone: Someone, what: str) -> list[list[str]]:
    answer = ask_for(someone, what, why=WHY)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    name = f'attachment; filename="front-door-waits-{what}-2026-10-18.csv"'
    assert answer.headers["content-disposition"] == name
    return list(csv.reader(io.StringIO(answer.text.removeprefix("\ufeff"))))


def test_few_who_wait_are_named_to_those_who_work_there_and_withheld_from_the_figures(
    worker: Someone,
) -> None:
    page = worker.get(PATH).text
    assert page.index("OKAFOR") < page.index("HOLLOWAY") < page.index("EVANS")
    assert "6 days" in page
    figures = page.split('id="now-title"')[1].split("</section>")[0]
    assert "withheld" in figures
    assert ">3<" not in figures


def test_enough_who_wait_are_counted_by_team_and_by_what_they_wait_for(worker: Someone, city: City) -> None:
    more_wait(city)
    figures = worker.get(PATH).text.split('id="now-title"')[1].split("</section>")[0]
    everybody = figures.split(">Everybody</th>")[1].split("</tr>")[0]
    assert ">9</td>" in everybody
    assert ">47</td>" in everybody, "since 1 September"
    assert "For a decision" in figures
    duty = figures.split(">Duty Team</th>")[1].split("</tr>")[0]
    assert "withheld" in duty, "one person's"


def test_who_was_not_spoken_to_for_long_stands_out(worker: Someone, city: City) -> None:
    more_wait(city)
    people = worker.get(PATH).text.split('id="longest-title"')[1].split("</section>")[0]
    assert people.count("Not spoken to for over 28 days") == 6
    assert (
        worker.get(f"{PATH}?after=2").text.split('id="longest-title"')[1].count('<th role="rowheader"') == 7
    )


def test_a_restricted_person_shows_nothing_of_place(worker: Someone, city: City) -> None:
    at_door(city, "contact:CT-3")
    for shown in (worker.get(PATH).text, str(took(worker, "people"))):
        assert "HOLLOWAY" in shown
        assert not [word for word in HIDDEN if word in shown]


def test_who_sees_no_names_sees_figures_only_and_takes_no_names(
    somebody: Callable[..., Someone], city: City
) -> None:
    more_wait(city)
    auditor = somebody("auditor")
    page = auditor.get(PATH).text
    assert "Everybody" in page
    for name in ("OKAFOR", "PERSON", "Who waits longest", 'value="people"'):
        assert name not in page
    assert ask_for(auditor, "people", why=WHY).status_code == 404
    assert took(auditor, "now")
    for role in ("discharge-team", "it-operations"):
        assert somebody(role).get(PATH).status_code == 403


def test_an_erased_person_is_told_as_erased(worker: Someone, city: City) -> None:
    city.erase(at_door(city, "contact:CT-1").patient_key)
    for shown in (worker.get(PATH).text, str(took(worker, "people"))):
        assert "OKAFOR" not in shown
        assert "Erased" in shown


def test_a_table_that_is_taken_says_who_took_it_when_and_why_and_so_does_the_audit(
    worker: Someone, city: City
) -> None:
    sheet = took(worker, "people")
    assert sheet[:4] == [
        ["Table", "The people who wait, longest first"],
        ["Taken by", "Sam Lee, Front door: Initial Contact, Duty and reviews"],
        ["Taken at", "18 Oct 2026, 12:30"],
        ["Why", WHY],
    ]
    assert ["Note", "Invented people: nobody here is real."] in sheet
    assert sheet[-3][:6] == [
        "A decision",
        "6",
        "2026-10-12",
        "Initial Contact Team",
        "2026-10-12",
        "contact:CT-1",
    ]
    assert sheet[-3][6].startswith("OKAFOR")
    entries = {one.what: one for one in city.bridge.read_now(audit_search.entries)}
    taken = entries["taken as CSV: front-door-waits-people"]
    assert (taken.who, taken.why, taken.result) == ("Sam Lee", WHY, "3 rows")


@pytest.mark.parametrize("what", ["now", "care", "assessment"])
def test_every_table_can_be_taken_and_withholds_what_the_page_withholds(worker: Someone, what: str) -> None:
    sheet = took(worker, what)
    head = sheet.index([]) + 1
    assert len({len(one) for one in sheet[head:]}) == 1
    assert ("withheld" in sheet[head + 1]) is (what == "now")


def test_nothing_is_taken_without_saying_why(worker: Someone, city: City) -> None:
    for more in ({}, {"why": "nonsense"}):
        answer = ask_for(worker, "now", **more)
        assert answer.status_code == 422
        assert "Choose why you take this away" in answer.text
    assert "Say why in your own words" in ask_for(worker, "now", why="other", other="  ").text
    assert ask_for(worker, "now", why="other", other="Board paper").status_code == 200
    assert ask_for(worker, "secrets", why=WHY).status_code == 404
    taken = [one.why for one in city.bridge.read_now(audit_search.entries) if one.what.startswith("taken")]
    assert taken == ["Board paper"]


def test_reading_is_written_down(worker: Someone, city: City) -> None:
    worker.get(PATH)
    (entry,) = [
        one for one in city.bridge.read_now(audit_search.entries) if one.what == "front door waits read"
    ]
    assert (entry.who, entry.why, entry.result) == ("Sam Lee", "direct care", "3 shown")


def test_it_says_how_a_figure_is_worked_out_and_what_nobody_agreed(worker: Someone) -> None:
    page = worker.get(f"{PATH}?months=36").text
    assert "How these figures are worked out" in page
    assert "within 28 days" in page
    assert "Not agreed" in page
    assert "November 2023" in page
    assert "October 2025" not in worker.get(f"{PATH}?months=7").text, "a year where nobody offers that many"
    assert "November 2025" in worker.get(f"{PATH}?months=7").text
