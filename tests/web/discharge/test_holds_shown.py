"""A neutral hold: whom to speak to before discharge, on task, list and paper, and never who set it or why."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from ascbridge.storage.tables import task
from ascbridge.web.discharge import downtime_lists
from tests.web.conftest import Someone

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.web.city import City

SAID = "speak to Sol Grey, 024 7600 0000"


def rows(city: City) -> Any:
    return {row.task_id: row for row in city.rows(task)}


def hold(who: Someone, task_id: str) -> Any:
    return who.fill(f"/tasks/{task_id}/hold", who="Sol Grey", phone="024 7600 0000")


def test_a_hold_shows_on_task_and_list_and_paper_and_not_who_set_it(
    somebody: Callable[..., Someone], city: City, tmp_path: Path
) -> None:
    task_id = city.task_of(0).task_id
    assert hold(somebody("safeguarding", "Petra Holder"), task_id).status_code == 303
    nurse = somebody("discharge-team")
    for page in (f"/tasks/{task_id}", "/worklist", f"/tasks/{task_id}/complete"):
        text = nurse.get(page).text
        assert SAID in text, page
        assert "Petra" not in text, page
        assert "afeguarding" not in text, page
    folder = tmp_path / "lists"
    folder.mkdir(mode=0o750)
    (written, *_) = asyncio.run(downtime_lists.write(city.parts(), folder))
    assert SAID in written.read_text("utf-8")
    story = nurse.get(f"/api/tasks/{task_id}", headers={"X-Purpose": "direct care"}).json()
    assert story["speak_to"]["who"] == "Sol Grey"
    assert "Petra" not in str(story)


def test_any_role_of_the_desk_sets_one_so_that_it_marks_nobody(
    somebody: Callable[..., Someone], city: City
) -> None:
    for number, role in enumerate(("discharge-team", "locality-team", "safeguarding")):
        assert hold(somebody(role, f"Someone {number}"), city.task_of(number).task_id).status_code == 303
    assert sum(b'"speak_first":true' in row.body for row in city.rows(task)) == 3
    assert somebody("auditor").get(f"/tasks/{city.task_of(0).task_id}/hold").status_code == 403


def test_completing_past_it_asks_when_they_were_spoken_to(
    somebody: Callable[..., Someone], city: City
) -> None:
    task_id = city.task_of(0).task_id
    nurse = somebody("discharge-team")
    hold(nurse, task_id)
    page = nurse.get(f"/tasks/{task_id}/complete").text
    assert "When was Sol Grey spoken to?" in page
    for spoken in ("", "soon", "2030-01-01T10:00"):
        refused = nurse.fill(
            f"/tasks/{task_id}/complete", choice="no-support", text="Bag packed", spoken=spoken
        )
        assert refused.status_code == 422
        assert "Say when they were spoken to" in refused.text
        assert "Bag packed" in refused.text
    done = nurse.fill(f"/tasks/{task_id}/complete", choice="no-support", spoken="2026-10-18T09:30")
    assert done.status_code == 303
    assert rows(city)[task_id].status == "completed"


def test_a_hold_is_lifted_and_can_be_set_on_a_restricted_person(
    somebody: Callable[..., Someone], city: City
) -> None:
    nurse = somebody("discharge-team")
    hidden = next(
        row.task_id
        for row in city.rows(task)
        if "Restricted person" in nurse.get(f"/tasks/{row.task_id}").text
    )
    hold(nurse, hidden)
    assert SAID in nurse.get(f"/tasks/{hidden}").text
    assert nurse.fill(f"/tasks/{hidden}/lift-hold").status_code == 303
    page = nurse.get(f"/tasks/{hidden}").text
    assert SAID not in page
    assert "Somebody</strong> lifted the hold" in page


def test_masked_and_erased_say_only_that_somebody_must_be_spoken_to(
    somebody: Callable[..., Someone], city: City
) -> None:
    row = city.task_of(0)
    hold(somebody("discharge-team"), row.task_id)
    auditor = somebody("auditor")
    auditor.say_why(row.person_id)
    text = auditor.get("/worklist").text
    assert "Sol Grey" not in text
    assert "speak to somebody" in text
    city.erase(row.patient_key)
    text = somebody("discharge-team").get("/worklist").text
    assert "Sol Grey" not in text
    assert "speak to somebody" in text


@pytest.mark.parametrize("fields, said", [({"phone": "1"}, "Say whom to speak to"),
                                          ({"who": "Sol"}, "Give a telephone number")])  # fmt: skip
def test_a_hold_names_somebody_and_a_number(
    fields: dict[str, str], said: str, somebody: Callable[..., Someone], city: City
) -> None:
    answer = somebody("discharge-team").fill(f"/tasks/{city.task_of(0).task_id}/hold", **fields)
    assert answer.status_code == 422
    assert said in answer.text


def test_programs_set_lift_and_complete_past_it(somebody: Callable[..., Someone], city: City) -> None:
    path = f"/api/tasks/{city.task_of(0).task_id}"
    nurse = somebody("discharge-team")
    form = {"X-Form-Token": nurse.get("/people").text.split('name="form_token" value="')[1].split('"')[0]}

    def post(act: str, **body: Any) -> Any:
        return nurse.post(f"{path}/{act}", json=body, headers=form)

    assert post("hold", version=0, who="Sol Grey", phone="1").json()["version"] == 1
    refused = post("complete", version=1, choice="no-support")
    assert refused.status_code == 422
    assert "spoken_ms" in refused.json()["detail"]
    assert post("lift-hold", version=0).status_code == 409
    done = post("complete", version=1, choice="no-support", spoken_ms=city.clock.at_ms)
    assert done.json()["version"] == 2
