"""The information that goes with a person on the pages: missing, there, waived, and its receipt, asked, late and come."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from ascbridge.storage.tables import pack_act, task
from tests.web.city import MINUTE
from tests.web.conftest import Someone, token
from tests.web.splitting import task_of_evans

if TYPE_CHECKING:
    from collections.abc import Callable

    from fastapi import FastAPI

    from tests.web.city import City


@pytest.fixture
def nurse(somebody: Callable[..., Someone]) -> Someone:
    return somebody("discharge-team")


@pytest.fixture
def path(city: City) -> str:
    return f"/tasks/{task_of_evans(city).task_id}"


def choose_home(nurse: Someone, path: str) -> None:
    nurse.fill(f"{path}/accept", path)
    nurse.fill(f"{path}/stage", choice="triaged")
    nurse.fill(f"{path}/confirm-pathway", choice="home-with-support")


def test_what_is_missing_shows_and_keeps_the_task_from_being_completed(
    nurse: Someone, city: City, path: str
) -> None:
    assert "None is chosen yet" in nurse.get(path).text
    choose_home(nurse, path)
    assert "4 items are missing: the task cannot be completed yet." in nurse.get(path).text
    refused = nurse.fill(f"{path}/complete", choice="support-at-home")
    assert refused.status_code == 409
    assert "Discharge summary: missing from what goes with the person" in refused.text
    nurse.fill(
        f"{path}/pack/present",
        f"{path}/pack",
        items=["summary", "needs", "medicines-checked"],
        text="In the bag",
    )
    nurse.fill(f"{path}/pack/waive", f"{path}/pack", items="getting-to-know-me", reason="person-declined")
    page = nurse.get(path).text
    for said in ("In the bag", "Waived", "the person does not want it passed on", "Nia Brown"):
        assert said in page, said
    assert "cannot be completed" not in page
    assert nurse.fill(f"{path}/complete", choice="support-at-home").status_code == 303


def test_a_receipt_that_comes_late_is_marked_until_it_comes(nurse: Someone, city: City, path: str) -> None:
    empty = nurse.fill(f"{path}/pack/ask-receipt", f"{path}/pack", text=" ")
    assert empty.status_code == 422
    assert "Say of whom it is asked" in empty.text
    nurse.fill(f"{path}/pack/ask-receipt", f"{path}/pack", text="Example House, duty manager")
    page = nurse.get(path).text
    assert "of Example House, duty manager" in page
    assert "Receipt overdue" not in page
    city.clock.at_ms += 25 * 60 * MINUTE
    assert "Receipt overdue" in nurse.get(path).text
    nurse.fill(f"{path}/pack/receipt", f"{path}/pack", text="Mrs Example")
    page = nurse.get(path).text
    assert "Receipt overdue" not in page
    assert "by Mrs Example" in page


def test_whoever_was_slower_keeps_their_typing(nurse: Someone, city: City, path: str) -> None:
    page = nurse.get(f"{path}/pack").text
    nurse.fill(f"{path}/pack/present", f"{path}/pack", items="summary")
    form = {"form_token": token(page), "version": "0", "items": "needs", "text": "On paper"}
    answer = nurse.post(f"{path}/pack/present", data=form)
    assert answer.status_code == 409
    assert "It changed while you had it open" in answer.text
    assert "On paper</textarea>" in answer.text
    wrong = nurse.fill(f"{path}/pack/waive", f"{path}/pack", items="needs")
    assert wrong.status_code == 422
    nurse.fill(f"{path}/pack/missing", f"{path}/pack", items="summary")
    assert [row.act for row in city.rows(pack_act)] == ["present", "missing"]


def test_who_looks_only_does_not_act_and_sees_no_texts(
    somebody: Callable[..., Someone], nurse: Someone, city: City, path: str
) -> None:
    nurse.fill(f"{path}/pack/present", f"{path}/pack", items="summary", text="Canary-4711")
    reader = somebody("auditor", "Ada Moss")
    page = reader.get(f"{path}/pack").text
    assert "Your role looks, and does not act" in page
    assert "Canary-4711" not in page
    assert (
        reader.post(f"{path}/pack/present", data={"form_token": token(page), "version": "1"}).status_code
        == 403
    )
    assert nurse.get("/tasks/t0/pack").status_code == 404
    sent = {"form_token": token(nurse.get(path).text), "version": "0", "items": "needs"}
    assert nurse.post("/tasks/t0/pack/present", data=sent).status_code == 404
    assert nurse.post(f"{path}/pack/fly", data=sent).status_code == 404


def test_an_assessment_made_in_hospital_stands_until_somebody_says_why_another_is_needed(
    nurse: Someone, somebody: Callable[..., Someone], city: City, path: str
) -> None:
    assert "No assessment made in hospital is attached" in nurse.get(path).text
    at = f"{path}/assessment"
    refused = nurse.fill(f"{at}/attach", at, on="2026-10-17", text="Jo Example", needs=["hygiene:needs-help"])
    assert refused.status_code == 422
    assert "Jo Example</textarea>" in refused.text
    nurse.fill(
        f"{at}/attach",
        at,
        assessor="idt",
        on="2026-10-17",
        text="Jo Example",
        needs=["", "hygiene:needs-help"],
    )
    assert "Document:" not in nurse.get(path).text
    page = nurse.get(path).text
    for said in ("Trusted assessment by Integrated Discharge Team", "17 Oct 2026", "No re-assessment needed",
                 "Maintaining personal hygiene", "needs help", "Jo Example"):  # fmt: skip
        assert said in page, said
    assert "Jo Example" not in somebody("auditor", "Ada Moss").get(path).text
    form = {"form_token": token(page), "version": "1", "number": "1"}
    assert nurse.post(f"{at}/reassess", data=form).status_code == 422
    nurse.post(f"{at}/reassess", data={**form, "reason": "needs-changed", "text": "Fell again"})
    page = nurse.get(path).text
    assert "No re-assessment needed" not in page
    for said in ("Re-assessment needed", "The needs have changed since", "Fell again"):
        assert said in page, said
    nurse.post(f"{at}/withdraw", data={**form, "version": "2"})
    assert "No assessment made in hospital is attached" in nurse.get(path).text
    assert nurse.post(f"{at}/withdraw", data={**form, "version": "2"}).status_code == 409
    assert nurse.post(f"{at}/fly", data=form).status_code == 404


ADDRESS = "https://records.trust.example/d/1"


def test_an_assessment_that_is_a_document_is_pointed_to_on_task_and_record(
    nurse: Someone, somebody: Callable[..., Someone], city: City, path: str
) -> None:
    at = f"{path}/assessment"
    made = {"assessor": "react", "on": "2026-10-17", "text": "Jo Example"}
    for wrong, said in (
        ({"url": ADDRESS}, "Say what the document is called"),
        ({"title": "Assessment", "url": "javascript:alert(1)"}, "Write the whole address"),
    ):
        refused = nurse.fill(f"{at}/attach", at, **made, **wrong)
        assert (refused.status_code, said in refused.text) == (422, True)
    nurse.fill(f"{at}/attach", at, **made, title="Assessment of Evans", url=ADDRESS, content_type="text/html")
    page = nurse.get(path).text
    for said in (
        "Trusted assessment by REACT",
        "No re-assessment needed",
        "Assessment of Evans",
        ADDRESS,
        "Web page",
    ):
        assert said in page, said
    assert f'href="{ADDRESS}"' not in page  # no host was agreed: the address is text
    city.work()
    (row,) = [one for one in city.rows(task) if one.task_id in path]
    record = nurse.get(f"/people/{row.person_id}").text
    for said in ("Trusted assessment by REACT", "No re-assessment needed", "Assessment of Evans", ADDRESS):
        assert said in record, said
    (told,) = nurse.get(f"/api/persons/{row.person_id}").json()["sections"]["assessments"]["items"]
    assert (told["title"], told["url"], told["document"]["content_type"]) == (
        "Assessment of Evans", ADDRESS, "text/html",
    )  # fmt: skip
    hidden = somebody("auditor", "Ada Moss").get(path).text
    assert "Document:" in hidden
    assert "Assessment of Evans" not in hidden
    assert ADDRESS not in hidden
    form = {"form_token": token(page), "version": "1", "number": "1"}
    nurse.post(f"{at}/reassess", data={**form, "reason": "needs-changed"})
    city.work()
    for shown in (nurse.get(path).text, nurse.get(f"/people/{row.person_id}").text):
        assert "No re-assessment needed" not in shown
        assert "The needs have changed since" in shown
        assert "Assessment of Evans" in shown
    nurse.post(f"{at}/withdraw", data={**form, "version": "2"})
    city.work()
    assert "Assessment of Evans" not in nurse.get(f"/people/{row.person_id}").text


def test_a_page_links_to_a_document_at_an_agreed_host_and_nothing_is_asked_of_it(
    app: FastAPI, nurse: Someone, path: str
) -> None:
    own = app.state.parts
    agreed = own.settings.discharge.model_copy(update={"document_hosts": ("records.trust.example",)})
    app.state.parts = replace(own, settings=own.settings.model_copy(update={"discharge": agreed}))
    made = {
        "assessor": "react",
        "on": "2026-10-17",
        "text": "Jo Example",
        "title": "Assessment",
        "url": ADDRESS,
    }
    nurse.fill(f"{path}/assessment/attach", f"{path}/assessment", **made)
    page = nurse.get(path).text
    assert (
        f'<a href="{ADDRESS}" rel="noopener noreferrer" target="_blank">Assessment (opens in a new window)</a>'
        in page
    )
    app.state.parts = own
