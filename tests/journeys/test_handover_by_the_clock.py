"""An evening, a night in which the clocks go back, and a morning: from messages to the notes that come first at eight.

The messages go through the door, the translator and the desk; both teams act on the pages' forms, as they do without scripts.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from ascbridge.calendars import london_ms
from ascbridge.operations.finding import audit_search
from ascbridge.storage.tables import task, urgent_matter
from ascbridge.web.app import create_app
from tests.web.city import City, hl7_time, zu1
from tests.web.conftest import Someone

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ROSE: dict[str, Any] = {"local_id": "L201", "visit": "V201", "name": "NIGHTINGALE^ROSE^^^MRS^^L", "born": "19441110",
                        "nhs_number": "9993000019", "ward": "W12^BAY 3^BED 4^RKB01"}  # fmt: skip
ALBERT: dict[str, Any] = {"local_id": "L202", "visit": "V202", "name": "BARNES^ALBERT^^^MR^^L", "born": "19380702",
                          "nhs_number": "9993000027", "ward": "W21^BAY A^BED 11^RKB01"}  # fmt: skip
IRIS: dict[str, Any] = {"local_id": "L203", "visit": "V203", "name": "PATEL^IRIS^^^MS^^L", "born": "19520119",
                        "nhs_number": "9993000035", "ward": "W33^SIDE ROOM 2^^RKB01"}  # fmt: skip
ROSE_KNOWN = ("C201", "9993000019", ("NIGHTINGALE", "ROSE"), "1944-11-10")
ALBERT_KNOWN = ("C202", "9993000027", ("BARNES", "ALBERT"), "1938-07-02")


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    made = City(tmp_path)
    yield made
    made.close()


def now(city: City, text: str) -> None:
    at_ms = london_ms(text)
    assert at_ms is not None
    city.clock.at_ms = at_ms


def matter_of(city: City, code: str) -> str:
    (only,) = [row.matter_id for row in city.rows(urgent_matter) if row.code == code]
    return f"/night/{only}"


def words(page: str) -> str:
    """What a page says, without its marks."""
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def afternoon(city: City) -> None:
    """Saturday afternoon: the council's word, and a ward that says who is ready."""
    now(city, "2026-10-24T14:00")
    city.council(*ALBERT_KNOWN, "known", known=True)
    city.council(
        *ALBERT_KNOWN, "package", package={"id": "P1", "status": "suspended", "started_on": "2026-02-01"}
    )
    city.council(*ROSE_KNOWN, "assessment",
                 assessment={"id": "A1", "status": "completed", "client": "carer", "requested_on": "2026-03-02"})  # fmt: skip
    city.hear("A01", **ALBERT)
    city.hear("A01", **IRIS)
    nurse = Someone(create_app(city.parts())).sign_in("discharge-team", "Nia Brown")
    night = Someone(nurse.app).sign_in("out-of-hours", "Ola Night")
    night.say_why()


def evening(city: City, nurse: Someone, night: Someone) -> None:
    """A carer is admitted; the sheet is printed."""
    # 19:30: a carer is admitted. No task yet; the machine knows she is a carer, and asks who is alone
    now(city, "2026-10-24T19:30")
    city.hear("A01", **ROSE)
    assert city.rows(task) == []
    page = words(nurse.get("/worklist").text)
    assert "Urgent now" in page
    assert "Community Discharge Team has what is urgent now, until 20:00. Then Emergency Out of Hours" in page
    assert "Ask: Is the person they care for alone?" in page
    assert "The discharge team is open and has everything" in words(night.get("/night").text)
    rose = matter_of(city, "carer-admitted")
    assert night.get(rose).status_code == 404
    nurse.fill(f"{rose}/ring", rose, choice="ward", text="Sister will ask her")
    city.hear("A16", **IRIS, extra=(zu1("Y", "20261024"),))

    # 19:55: the sheet
    now(city, "2026-10-24T19:55")
    sheet = words(nurse.get("/worklist/handover").text)
    assert "Community Discharge Team is closed from 20:00 until tomorrow 08:00" in sheet
    assert "Until then ring Emergency Out of Hours, 024 7683 2222: e-mail does not reach them" in sheet
    assert "Ask: Is the person they care for alone?" in sheet.split("Who was rung today")[0]
    assert "NIGHTINGALE, Rose (Mrs): 19:30 rang: the ward. not reached (Nia Brown)" in sheet
    assert "PATEL" in sheet.split("Falls due before tomorrow 08:00")[1]


def night_falls(city: City, nurse: Someone, night: Someone) -> None:
    """Out of hours has it, rings, settles, writes, and asks what no message tells."""
    rose = matter_of(city, "carer-admitted")
    # 20:00: the night has it, for 13 hours; of everybody else it sees nothing
    now(city, "2026-10-24T20:00")
    page = words(night.get("/night").text)
    assert "Emergency Out of Hours has what is urgent now, until tomorrow 08:00" in page
    assert "NIGHTINGALE" in page
    assert "PATEL" not in page
    assert night.get("/worklist").status_code == 403

    # 23:00: somebody known leaves against advice, with his package still suspended
    now(city, "2026-10-24T23:00")
    city.hear("A03", **ALBERT, pv1={36: "2", 37: "19", 45: hl7_time(city.clock.at_ms)})
    page = words(night.get("/night").text)
    assert "3 matters to see to" in page
    gone, lapsed = matter_of(city, "self-discharge"), matter_of(city, "package-lapsed")
    night.fill(
        f"{gone}/ring", gone, choice="person", reached="yes", text="He is home, his daughter is with him"
    )
    night.fill(f"{gone}/settle", gone, text="Safe until the morning")
    night.fill(f"{lapsed}/ring", lapsed, choice="provider")
    night.fill(f"{lapsed}/note", lapsed, text="The provider opens at seven: ring them first")

    # 01:30 for the second time: the answer to what no message tells
    city.clock.at_ms = (london_ms("2026-10-25T01:30") or 0) + 3_600_000
    night.fill(f"{rose}/answer", rose, choice="no", text="A neighbour sleeps there")
    page = words(night.get("/night").text)
    assert "1 matter to see to" in page
    assert "Seen to tonight" in page

    # 07:30: the provider starts again, by the council's word: over by itself, with its note still to be read
    now(city, "2026-10-25T07:30")
    city.council(*ALBERT_KNOWN, "package", package={"id": "P1", "status": "live", "started_on": "2026-02-01"})
    assert "Nothing is urgent now" in words(night.get("/night").text)


def morning(city: City, nurse: Someone, night: Someone) -> None:
    """What the night wrote comes first, until it is taken up; the night sees no more."""
    rose, gone, lapsed = (
        matter_of(city, code) for code in ("carer-admitted", "self-discharge", "package-lapsed")
    )
    # 8:00: what the night wrote comes first of all
    now(city, "2026-10-25T08:00")
    html = nurse.get("/worklist").text
    page = words(html)
    assert "From the night, and urgent now" in page
    for note in ("He is home, his daughter is with him", "Safe until the morning", "A neighbour sleeps there",
                 "The provider opens at seven: ring them first"):  # fmt: skip
        assert html.index(note) < html.index("At a glance"), note
    assert "Sister will ask her" not in page.split("At a glance")[0], "that was the day's own"
    for one in (gone, lapsed, rose):
        assert nurse.fill(f"{one}/take-up", one).headers["location"] == "/worklist"
    assert "From the night" not in nurse.get("/worklist").text

    # 9:00: the night has written up what it did, and sees no more
    now(city, "2026-10-25T09:00")
    assert night.get(gone).status_code == 404
    assert "The discharge team is open and has everything" in words(night.get("/night").text)


def test_an_evening_and_a_night_from_messages_to_the_notes_of_the_morning(city: City) -> None:
    afternoon(city)
    nurse = Someone(create_app(city.parts())).sign_in("discharge-team", "Nia Brown")
    night = Someone(nurse.app).sign_in("out-of-hours", "Ola Night")
    night.say_why()
    evening(city, nurse, night)
    night_falls(city, nurse, night)
    morning(city, nurse, night)

    # everything that was opened and done is written down, by whom and about whom
    entries = [one for one in city.bridge.read_now(audit_search.entries) if one.who == "Ola Night"]
    about = {row.code: row.person_id for row in city.rows(urgent_matter)}
    assert {(one.what, one.whom) for one in entries if one.what.startswith("urgent matter ")} == {
        ("urgent matter read", about["self-discharge"]), ("urgent matter read", about["carer-admitted"]),
        ("urgent matter ring", about["self-discharge"]), ("urgent matter settle", about["self-discharge"]),
        ("urgent matter note", about["package-lapsed"]), ("urgent matter answer", about["carer-admitted"]),
    }  # fmt: skip
