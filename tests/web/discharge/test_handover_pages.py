"""The sheet of the end of the day, and saying what is urgent tonight."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ascbridge.operations.finding import audit_search
from ascbridge.storage.tables import task, urgent_act, urgent_matter
from ascbridge.web.app import create_app
from tests.web.conftest import Someone, token
from tests.web.nights import clock, leaves_by_herself, matter_once

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.web.city import City

EVENING = "2026-10-18T19:55"
SHEET = "/worklist/handover"


@pytest.fixture
def nurse(somebody: Callable[..., Someone]) -> Someone:
    return somebody("discharge-team")


def under(page: str, heading: str) -> str:
    """What stands under a heading that begins so."""
    return page.split(f"<h2>{heading}")[1].split("<h2", maxsplit=1)[0]


def test_the_sheet_says_what_is_urgent_who_was_rung_what_is_due_and_what_can_wait(
    city: City, nurse: Someone
) -> None:
    matter = leaves_by_herself(city, "2026-10-18T19:30")
    clock(city, EVENING)
    nurse.fill(f"/night/{matter}/ring", f"/night/{matter}", choice="ward")
    page = nurse.get(SHEET).text
    assert "Handover sheet, 18 Oct 2026, 19:55" in page
    assert "Community Discharge Team is closed from 20:00 until tomorrow 08:00" in page
    assert "Until then ring Emergency Out of Hours, 024 7683 2222: e-mail does not reach them." in page
    urgent = under(page, "Open and urgent")
    for said in ("EVANS, Mary Joy (Mrs)", "14 Mar 1941", "999 300 0019", "Ring the ward, then the person"):
        assert said in urgent, said
    assert "EVANS, Mary Joy (Mrs): 19:55 rang: the ward. not reached (Nia Brown)" in under(
        page, "Who was rung today"
    )
    due = under(page, "Falls due before tomorrow 08:00")
    assert "OKAFOR" in due
    assert "Overdue" in due
    assert "EVANS" not in under(page, "Can wait, and when it is due")


def test_work_that_falls_due_while_the_team_is_closed_says_so_on_sheet_list_and_task(
    city: City, nurse: Someone
) -> None:
    clock(city, "2026-10-18T19:30")
    city.hear("A16", local_id="L150", visit="V150", name="NIGHTINGALE^ROSE^^^MS^^L", born="19440101",
              nhs_number="9993000116", ward="W12^BAY 1^BED 1^RKB01", extra=("ZU1" + "|" * 22 + "Y||20261018",))  # fmt: skip
    city.hear("A03", local_id="L150", visit="V150", name="NIGHTINGALE^ROSE^^^MS^^L", born="19440101",
              nhs_number="9993000116", ward="W12^BAY 1^BED 1^RKB01", pv1={36: "1", 37: "19", 45: "202610181930"})  # fmt: skip
    row = next(one for one in city.rows(task) if one.opened_ms == city.clock.at_ms)
    said = "The team is closed then: it opens tomorrow 08:00"
    for path in ("/worklist", f"/tasks/{row.task_id}", SHEET):
        assert said in nurse.get(path).text, path
    assert nurse.get("/worklist").text.count(said) == 1


def test_an_empty_evening_says_so(empty_city: City) -> None:
    clock(empty_city, EVENING)
    page = Someone(create_app(empty_city.parts())).sign_in("discharge-team").get(SHEET).text
    assert "Nothing that the table calls urgent." in page
    assert "Nobody, about what is urgent." in page
    assert page.count("<p>Nothing.</p>") == 2


def test_the_sheet_is_audited_and_names_nobody_to_masked_roles(
    city: City, nurse: Someone, somebody: Callable[..., Someone]
) -> None:
    nurse.get(SHEET)
    assert "handover sheet read" in [one.what for one in city.bridge.read_now(audit_search.entries)]
    matter_once(city)
    page = somebody("auditor").get(SHEET).text
    for canary in ("EVANS", "999 300 0019", "Ring her at ten"):
        assert canary not in page


def test_saying_what_is_urgent_tonight_puts_it_on_the_list_with_what_must_be_done(
    city: City, nurse: Someone
) -> None:
    clock(city, EVENING)
    path = f"/tasks/{city.task_of(0).task_id}/urgent"
    page = nurse.get(path).text
    assert "Say what is urgent tonight" in page
    assert "Is the person they care for alone?" in page
    nothing = nurse.fill(path, text="Ring at ten")
    assert (nothing.status_code, "Choose what is urgent" in nothing.text) == (422, True)
    empty = nurse.fill(path, choice="alone-tonight", text=" ")
    assert (empty.status_code, "Write what must be done tonight" in empty.text) == (422, True)
    assert nurse.fill(path, choice="boredom", text="x").status_code == 422
    done = nurse.fill(path, choice="alone-tonight", text="Ring her at ten")
    assert done.status_code == 303
    shown = nurse.get(done.headers["location"]).text
    assert "It stands on the list of what is urgent." in shown
    assert "Ring her at ten" in shown
    assert "Somebody said so" in shown
    assert "Ring her at ten" in under(nurse.get(SHEET).text, "Open and urgent")
    again = nurse.fill(path, choice="alone-tonight", text="Again")
    assert again.status_code == 409
    assert "stands on the list of what is urgent already" in again.text
    assert len(city.rows(urgent_matter)) == len(city.rows(urgent_act)) == 1
    form = {"form_token": token(page), "choice": "alone-tonight", "text": "x"}
    assert nurse.post("/tasks/nothing/urgent", data=form).status_code == 404
    assert nurse.get("/tasks/nothing/urgent").status_code == 404


def test_nothing_is_said_of_an_erased_person(city: City, nurse: Someone) -> None:
    city.erase(city.task_of(0).patient_key)
    path = f"/tasks/{city.task_of(0).task_id}/urgent"
    refused = nurse.fill(path, choice="alone-tonight", text="Ring")
    assert refused.status_code == 409
    assert "This person is erased" in refused.text
