"""Opening without a relationship: why, for how long, what it never shows, and that somebody looks at it."""

from __future__ import annotations

from datetime import time
from typing import TYPE_CHECKING

import pytest

from ascbridge.operations.finding import audit_search
from ascbridge.relationship.duty_contacts import end_of_shift
from ascbridge.storage.tables import duty_contact, opening, patient
from ascbridge.web.wording import clock_time
from tests.web.city import MINUTE
from tests.web.conftest import Someone

if TYPE_CHECKING:
    from collections.abc import Callable

    from fastapi import FastAPI

    from tests.web.city import City

QUEUE = "/opened-without-relationship"
WHERE = ("W40", "BAY 9", "INVENTED ROW", "CV99")


@pytest.fixture
def duty(app: FastAPI) -> Someone:
    """Somebody on duty, who has to do with nobody yet."""
    return Someone(app).sign_in("front-door", "Dee Duty")


def stranger(city: City) -> str:
    """A person of whom only the hospital's desk knows."""
    return str(city.task_of(3).person_id)


def open_it(someone: Someone, person: str) -> None:
    answer = someone.fill(f"/people/{person}/open", reason="Something else", words="Fell, the daughter rang")
    assert answer.headers["location"] == f"/people/{person}"


def test_whom_nothing_connects_is_asked_and_shown_nothing_of_the_person(duty: Someone, city: City) -> None:
    person = stranger(city)
    asked = duty.get(f"/people/{person}")
    assert asked.headers["location"] == f"/people/{person}/open?next=%2Fpeople%2F{person}"
    page = duty.get(asked.headers["location"]).text
    assert "Nothing known connects you with this person" in page
    assert "BRADLEY" not in page
    assert "for 60 minutes" in page


def test_an_opening_ends_when_its_time_is_up_and_the_live_page_leaves(duty: Someone, city: City) -> None:
    person = stranger(city)
    open_it(duty, person)
    page = duty.get(f"/people/{person}").text
    assert "BRADLEY-SMYTHE, Bartholomew (Dr)" in page
    assert f"Opened without a relationship, until {clock_time(city.clock.at_ms + 60 * MINUTE)}" in page
    city.clock.at_ms += 60 * MINUTE - 1
    assert duty.get(f"/people/{person}").status_code == 200
    city.clock.at_ms += 1
    assert duty.get(f"/people/{person}", headers={"X-Mark": "old"}).status_code == 303
    assert duty.get(f"/people/{person}").headers["location"].startswith(f"/people/{person}/open")
    entries = city.bridge.read_now(lambda c: audit_search.entries(c, whom=person, who="Dee Duty"))
    assert [(one.what, one.why) for one in reversed(entries)] == [
        ("opened without a relationship", "Something else"),
        *[("person's record read", "no relationship: Something else")] * 2,
    ]


def test_why_is_chosen_and_said_and_what_was_typed_stays(duty: Someone, city: City) -> None:
    person = stranger(city)
    answer = duty.fill(f"/people/{person}/open", reason="", words="The daughter rang")
    assert answer.status_code == 422
    assert "Choose why you open this" in answer.text
    assert "The daughter rang" in answer.text
    assert (
        "Say in your own words"
        in duty.fill(f"/people/{person}/open", reason="Something else", words=" ").text
    )
    assert city.rows(opening) == []
    assert duty.get(f"/people/{person}").status_code == 303


def test_a_contact_is_written_down_and_connects_until_the_shift_ends(duty: Someone, city: City) -> None:
    person = stranger(city)
    page = duty.get(f"/people/{person}/open").text
    assert "until your shift ends, 20:00" in page
    wrong = duty.fill(f"/people/{person}/contact", f"/people/{person}/open", caller="family", about="")
    assert "Say who it was and what about" in wrong.text
    assert city.rows(duty_contact) == []
    duty.fill(
        f"/people/{person}/contact", f"/people/{person}/open", caller="family", about="Her son, about meals"
    )
    page = duty.get(f"/people/{person}").text
    assert "You opened this for: direct care, contact: Family, a friend or a neighbour" in page
    assert "Opened without a relationship" not in page
    ends = end_of_shift(city.clock.at_ms, (time(20),))
    city.clock.at_ms = ends - 1
    assert duty.get(f"/people/{person}").status_code == 200
    city.clock.at_ms = ends
    assert duty.get(f"/people/{person}").status_code == 303
    assert city.rows(opening) == []


def test_who_takes_no_contacts_may_not_make_a_relationship_that_way(app: FastAPI, city: City) -> None:
    nurse = Someone(app).sign_in("discharge-team")
    city.hear("A01", local_id="L950", visit="V950", name="STRANGER^SAM^^^MR^^L", born="19700101",
              nhs_number="9993000132", ward="W1^^^RKB01")  # fmt: skip
    person = next(row.person_id for row in city.rows(patient) if row.first_ms == city.clock.at_ms)
    page = nurse.get(f"/people/{person}/open").text
    assert "Somebody got in touch" not in page
    answer = nurse.fill(f"/people/{person}/contact", f"/people/{person}/open", caller="family", about="x")
    assert answer.status_code == 403


def test_a_restricted_person_shows_no_more_by_it(duty: Someone, city: City) -> None:
    person = next(row.person_id for row in city.rows(patient) if row.restricted)
    open_it(duty, person)
    page = duty.get(f"/people/{person}").text
    assert "Restricted person" in page
    assert "Not shared" in page
    assert not [word for word in WHERE if word in page]


def test_each_opening_waits_for_information_governance_and_names_nobody(
    duty: Someone, city: City, somebody: Callable[..., Someone]
) -> None:
    person = stranger(city)
    governor = somebody("information-governance", "Imran Gill")
    assert governor.get("/").headers["location"] == QUEUE
    assert "Nothing waits to be looked at." in governor.get(QUEUE).text
    open_it(duty, person)
    city.clock.at_ms += 73 * 60 * MINUTE
    page = governor.get(QUEUE).text
    for said in (
        "1 opening to look at",
        "1 overdue",
        "Dee Duty",
        "(not agreed)",
        person[:8],
        "Fell, the daughter rang",
    ):
        assert said in page, said
    assert "BRADLEY" not in page
    (row,) = city.rows(opening)
    answer = governor.fill(f"{QUEUE}/{row.opening_id}", QUEUE, outcome="", words="Rang her")
    assert answer.status_code == 422
    assert "Choose what came of it" in answer.text
    assert 'value="Rang her"' in answer.text
    governor.fill(f"{QUEUE}/{row.opening_id}", QUEUE, outcome="talk", words="Rang her")
    page = governor.get(QUEUE).text
    assert "Nothing waits to be looked at." in page
    assert "Talk to them. Rang her" in page


def test_an_auditor_sees_that_it_was_opened_and_no_words(
    duty: Someone, city: City, somebody: Callable[..., Someone]
) -> None:
    open_it(duty, stranger(city))
    auditor = somebody("auditor")
    page = auditor.get(QUEUE).text
    assert "Dee Duty" in page
    assert "daughter" not in page
    assert "In words that your role is not shown." in page
    (row,) = city.rows(opening)
    form_token = {"form_token": page.split('name="form_token" value="')[1].split('"')[0]}
    assert auditor.post(f"{QUEUE}/{row.opening_id}", data=form_token).status_code == 403


def test_what_safeguarding_opens_is_no_row_that_others_see(app: FastAPI, city: City) -> None:
    someone = Someone(app).sign_in("safeguarding")
    person = stranger(city)
    answer = someone.get(f"/people/{person}/open")
    assert answer.headers["location"].startswith("/reason?")
    assert city.rows(opening) == []


@pytest.mark.parametrize("next", ["https://evil.example/", "//evil.example"])
def test_nobody_is_sent_to_another_site(next: str, duty: Someone, city: City) -> None:
    path = f"/people/{stranger(city)}/open"
    assert duty.fill(path, reason="Something else", words="x", next=next).headers["location"] == "/"


def test_nobody_can_be_opened_who_is_not_there(duty: Someone, city: City) -> None:
    assert duty.fill("/people/nobody/open", reason="Something else", words="x").status_code == 404
    assert (
        duty.fill("/people/nobody/contact", "/people/nobody/open", caller="self", about="x").status_code
        == 404
    )
    assert city.rows(opening) == city.rows(duty_contact) == []
