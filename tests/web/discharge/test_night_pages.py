"""What is urgent, by the clock: who sees it when, what it shows, what is written down, and that nobody loses what they typed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ascbridge.operations.finding import audit_search
from ascbridge.storage.tables import urgent_act, urgent_matter
from ascbridge.web.app import create_app
from tests.web.conftest import Someone, token
from tests.web.nights import HOLLOWAY, MORNING, NIGHT, clock, leaves_by_herself, matter_once, night_did

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.web.city import City


@pytest.fixture
def matter(city: City) -> str:
    return leaves_by_herself(city)


@pytest.fixture
def ola(matter: str, somebody: Callable[..., Someone]) -> Someone:
    return somebody("out-of-hours", "Ola Night")


def test_out_of_hours_sees_who_why_since_when_where_and_what_to_do_and_nobody_else(
    ola: Someone, matter: str
) -> None:
    page = ola.get("/night").text
    for said in ("EVANS, Mary Joy (Mrs)", "14 Mar 1941", "999 300 0019", "W12", "Somebody known to the council left",
                 "Emergency Out of Hours</strong> has what is urgent now", "until tomorrow 08:00",
                 "Not agreed</strong> Nobody has agreed to"):  # fmt: skip
        assert said in page, said
    for other in ("OKAFOR", "SINGH", "KOWALCZYK", "ADEYEMI"):
        assert other not in page
    one = ola.get(f"/night/{matter}").text
    assert "Ring the ward, then the person" in one
    assert "Known to adult social care" in one or "known to adult social care" in one
    assert "the record</a>" in one


def test_of_discharge_work_out_of_hours_sees_no_more(ola: Someone, city: City) -> None:
    task = city.task_of(0)
    for path in ("/worklist", f"/tasks/{task.task_id}", "/sub-tasks", "/check-by-phone", "/worklist/handover",
                 f"/tasks/{task.task_id}/urgent", "/reports", "/fhir/Task", "/api/tasks"):  # fmt: skip
        assert ola.get(path).status_code == 403, path
    assert ola.get("/").headers["location"] == "/night"
    assert ola.get(f"/people/{task.person_id}").status_code == 200, (
        "an urgent matter is a reason to open the record"
    )
    other = city.task_of(1).person_id
    assert f"/people/{other}/open?" in ola.get(f"/people/{other}").headers["location"], (
        "anybody else is asked for"
    )


def test_while_the_discharge_team_is_open_there_is_nothing_to_see_out_of_hours(
    ola: Someone, city: City, matter: str
) -> None:
    clock(city, MORNING)
    assert ola.get(f"/night/{matter}").status_code == 200, "an hour to write up the night"
    clock(city, "2026-10-19T18:30")
    page = ola.get("/night").text
    assert "The discharge team is open and has everything" in page
    assert "EVANS" not in page
    assert ola.get(f"/night/{matter}").status_code == 404
    form = {"form_token": token(page), "version": "0", "choice": "ward"}
    assert ola.post(f"/night/{matter}/ring", data=form).status_code == 404
    assert city.rows(urgent_act) == []


def test_everything_that_is_opened_and_done_is_written_down(ola: Someone, city: City, matter: str) -> None:
    ola.get("/night")
    ola.get(f"/night/{matter}")
    assert (
        ola.fill(f"/night/{matter}/ring", f"/night/{matter}", choice="ward", reached="yes").status_code == 303
    )
    person = city.rows(urgent_matter)[0].person_id
    entries = [one for one in city.bridge.read_now(audit_search.entries) if "urgent" in one.what]
    assert {(one.what, one.who, one.whom) for one in entries} == {
        ("urgent matters read", "Ola Night", ""),
        ("urgent matter read", "Ola Night", person),
        ("urgent matter ring", "Ola Night", person),
    }
    assert {one.why for one in entries if one.what == "urgent matter read"} == {"Direct care of this person"}


def test_whom_one_rang_and_what_the_morning_must_know_stand_there_at_once(ola: Someone, matter: str) -> None:
    path = f"/night/{matter}"
    ola.fill(f"{path}/ring", path, choice="person")
    done = ola.fill(f"{path}/note", path, text="Her son will look in at seven")
    page = ola.get(done.headers["location"]).text
    assert "Your note is written." in page
    assert "Rang: The person themselves. Not reached, Ola Night" in page
    assert "Her son will look in at seven" in page
    ola.fill(f"{path}/settle", path, text="Home and safe")
    assert "Settled</strong>" in ola.get("/night").text
    assert "Seen to tonight" in ola.get("/night").text


@pytest.mark.parametrize(
    "act, form, said",
    [
        ("ring", {}, "Choose who was rung"),
        ("note", {"text": "  "}, "Write the note"),
        ("settle", {}, "Say what came of it"),
        ("ring", {"choice": "the-moon"}, "Choose one of the list"),
        ("answer", {"choice": "yes"}, "Nothing is asked about this"),
    ],
)
def test_a_form_that_lacks_something_says_what(
    ola: Someone, matter: str, act: str, form: dict[str, str], said: str
) -> None:
    answer = ola.fill(f"/night/{matter}/{act}", f"/night/{matter}", **form)
    assert answer.status_code in {422, 409}
    assert said in answer.text
    assert ola.fill(f"/night/{matter}/dance", f"/night/{matter}").status_code == 404


def test_whoever_comes_second_keeps_what_they_typed(ola: Someone, city: City, matter: str) -> None:
    path = f"/night/{matter}"
    page = ola.get(path).text
    night_did(city, matter, "note", text="I was first")
    form = {"form_token": token(page), "version": "0", "text": "I rang the ward: she has her keys"}
    answer = ola.post(f"{path}/note", data=form)
    assert answer.status_code == 409
    assert "It changed while you had it open" in answer.text
    assert "I rang the ward: she has her keys" in answer.text
    assert "I was first" in answer.text
    assert len(city.rows(urgent_act)) == 1


def test_in_the_morning_the_notes_of_the_night_come_first_until_somebody_takes_them_up(
    city: City, matter: str, somebody: Callable[..., Someone]
) -> None:
    night_did(city, matter, "note", text="Her son will look in at seven")
    night_did(city, matter, "settle", text="Home and safe")
    clock(city, MORNING)
    nurse = somebody("discharge-team")
    page = nurse.get("/worklist").text
    assert "From the night, and urgent now" in page
    first = page.index("Her son will look in at seven")
    assert first < page.index("At a glance")
    assert first < page.index("asc-list--tasks")
    assert "From the night" not in nurse.get("/worklist?view=mine").text
    taken = nurse.fill(f"/night/{matter}/take-up", f"/night/{matter}")
    assert taken.headers["location"] == "/worklist"
    assert "From the night" not in nurse.get("/worklist").text
    clock(city, "2026-10-19T21:00")
    assert 'href="tel:02476832222"' in nurse.get("/night").text
    assert "e-mail does not reach them" in nurse.get("/night").text
    assert "Her son" not in nurse.get("/worklist").text
    assert nurse.fill(f"/night/{matter}/take-up", f"/night/{matter}").status_code == 409


def test_the_discharge_team_sees_what_is_urgent_at_any_time_first_of_all(
    city: City, somebody: Callable[..., Someone]
) -> None:
    matter = leaves_by_herself(city, "2026-10-18T15:00")
    nurse = somebody("discharge-team")
    page = nurse.get("/worklist").text
    assert "Urgent now" in page
    assert (
        "Community Discharge Team</strong> has what is urgent now, until 20:00. Then Emergency Out of Hours"
        in page
    )
    assert f'href="/night/{matter}"' in nurse.get(f"/tasks/{city.task_of(0).task_id}").text
    assert "Urgent now" not in somebody("locality-team").get("/worklist").text


def test_where_a_restricted_person_is_stands_in_no_urgent_matter(
    city: City, somebody: Callable[..., Someone]
) -> None:
    city.council("C104", "9993000051", ("HOLLOWAY", "JANE"), "1970-05-05", "known", known=True)
    matter = leaves_by_herself(city, NIGHT, HOLLOWAY)
    night_did(city, matter, "note", text="She is at W40, bay 9")
    for role in ("out-of-hours", "discharge-team"):
        someone = somebody(role)
        for path in (
            "/night",
            f"/night/{matter}",
            *(["/worklist", "/worklist/handover"] if role == "discharge-team" else []),
        ):
            page = someone.get(path).text
            assert "W40" not in page, path
            assert "BAY 9" not in page, path
            assert "HOLLOWAY" in page, path


def test_masked_roles_see_no_names_and_act_on_nothing(
    city: City, matter: str, somebody: Callable[..., Someone]
) -> None:
    night_did(city, matter, "note", text="Her son will look in")
    auditor = somebody("auditor")
    for path in ("/night", f"/night/{matter}", "/worklist", "/worklist/handover"):
        page = auditor.get(path).text
        for canary in ("EVANS", "999 300 0019", "Her son", "14 Mar 1941"):
            assert canary not in page, (path, canary)
    form = {"form_token": token(auditor.get("/night").text), "version": "1", "text": "x"}
    assert auditor.post(f"/night/{matter}/note", data=form).status_code == 403
    assert somebody("it-operations").get("/night").status_code == 403
    assert somebody("locality-team").get("/night").status_code == 403


def test_an_erased_person_is_told_as_erased_and_nothing_more_is_written(
    city: City, matter: str, ola: Someone
) -> None:
    night_did(city, matter, "note", text="Her son will look in")
    city.erase(next(row for row in city.rows(urgent_matter)).patient_key)
    page = ola.get(f"/night/{matter}").text
    assert "EVANS" not in page
    assert "Her son" not in page
    assert "Erased" in page
    refused = ola.fill(f"/night/{matter}/note", f"/night/{matter}", text="Rang")
    assert refused.status_code == 409
    assert "This person is erased" in refused.text


def test_a_live_page_that_shows_this_state_already_is_given_nothing(
    city: City, somebody: Callable[..., Someone]
) -> None:
    matter_once(city)
    nurse = somebody("discharge-team")
    for path in ("/night", f"/night/{matter_once(city)}"):
        mark = nurse.get(path).text.split('data-mark="')[1].split('"')[0]
        assert nurse.get(path, headers={"x-mark": mark}).status_code == 204


def test_nobody_without_a_reason_reads_what_is_urgent(city: City, matter: str) -> None:
    someone = Someone(create_app(city.parts())).sign_in("out-of-hours")
    assert someone.get("/night").headers["location"].startswith("/reason?")
    assert someone.get(f"/night/{matter}").headers["location"].startswith("/reason?")
    assert someone.get("/night/nothing").status_code in {303, 404}
