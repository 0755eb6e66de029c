"""The pages of the acts: what each asks for, what becomes of it, and that nobody loses what they typed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ascbridge.storage.tables import task
from ascbridge.web.discharge.act_forms import _FORMS
from ascbridge.web.discharge.desk_acts import ACTS
from tests.web.city import MINUTE
from tests.web.conftest import Someone, token

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.web.city import City

TEAM = "Brokerage Team"


@pytest.fixture
def nurse(somebody: Callable[..., Someone]) -> Someone:
    return somebody("discharge-team")


def now(city: City, number: int = 0) -> Any:
    wanted = city.task_of(number).task_id
    return next(row for row in city.rows(task) if row.task_id == wanted)


def path_of(city: City) -> str:
    return f"/tasks/{city.task_of(0).task_id}"


def test_every_act_has_a_form() -> None:
    assert {act for act in ACTS if act != "open-by-hand"} == set(_FORMS)


def test_assigning_to_a_colleague_who_signed_in_and_to_a_team(
    nurse: Someone, city: City, somebody: Callable[..., Someone]
) -> None:
    path = path_of(city)
    page = nurse.get(f"{path}/assign").text
    assert "Nia Brown (you)" in page
    assert "Ola Green" not in page
    ola = somebody("locality-team", "Ola Green")
    somebody("auditor", "Ann Audit")
    page = nurse.get(f"{path}/assign").text
    assert "Ola Green" in page
    assert "Ann Audit" not in page
    assert nurse.fill(f"{path}/assign", choice="person:Ola Green").status_code == 303
    assert now(city).claimed_by == "Ola Green"
    assert "assigned the task: Ola Green" in " ".join(nurse.get(path).text.replace("</strong>", "").split())
    assert city.task_of(0).task_id in ola.get("/worklist?view=mine").text
    nurse.fill(f"{path}/assign", choice=f"team:{TEAM}")
    assert (now(city).owner_team, now(city).claimed_by) == (TEAM, "")


def test_handing_over_needs_a_team_and_a_note_and_keeps_what_was_typed(nurse: Someone, city: City) -> None:
    path = f"{path_of(city)}/hand-over"
    page = nurse.get(path).text
    assert "What the other team must know" in page
    assert 'value="Community Discharge Team"' not in page
    missing = nurse.fill(path, choice=TEAM, text=" ")
    assert missing.status_code == 422
    assert "Write what the other team must know" in missing.text
    assert f'value="{TEAM}" checked' in missing.text
    missing = nurse.fill(path, text="Carer is ill")
    assert "Choose the team" in missing.text
    assert "Carer is ill" in missing.text
    assert nurse.fill(path, choice=TEAM, text="Carer is ill").status_code == 303
    assert now(city).owner_team == TEAM
    assert "Carer is ill" in nurse.get(path_of(city)).text


def test_pausing_and_going_on(nurse: Someone, city: City) -> None:
    path = path_of(city)
    nurse.fill(f"{path}/pause", choice="funding", text="Panel on Friday")
    page = nurse.get(path).text
    for said in (
        "Paused by the team since",
        "Waiting for a decision on funding",
        "Panel on Friday",
        "Go on with it",
    ):
        assert said in page, said
    assert f"{path}/complete" not in page
    assert "Paused by the team" in nurse.get("/worklist?view=paused").text
    refused = nurse.fill(f"{path}/complete", f"{path}/note", choice="no-support")
    assert refused.status_code == 409
    assert "paused by the team" in refused.text
    assert nurse.fill(f"{path}/resume").status_code == 303
    assert now(city).status == "requested"


def test_a_question_to_the_ward_shows_since_when_it_waits_until_it_is_answered(
    nurse: Someone, city: City
) -> None:
    path = path_of(city)
    asked = nurse.fill(f"{path}/ask", who="", text="Stairs?")
    assert asked.status_code == 422
    assert "Say who was asked" in asked.text
    assert "Stairs?" in asked.text
    nurse.fill(f"{path}/ask", who="Sister on W12", text="Is she safe on stairs?")
    city.clock.at_ms += 20 * MINUTE
    page = nurse.get(path).text
    assert "no answer for 20 minutes" in page
    assert "Asked Sister on W12: Is she safe on stairs?" in page
    assert "no answer yet" in nurse.get("/worklist").text
    assert "Is she safe on stairs?" in nurse.get(f"{path}/answer").text
    nurse.fill(f"{path}/answer", choice="1", text="With one rail")
    page = nurse.get(path).text
    assert "With one rail" in page
    assert "no answer for" not in page
    assert "No question waits" in nurse.get(f"{path}/answer").text


def test_giving_back_says_why_and_closes_the_task(nurse: Someone, city: City) -> None:
    path = path_of(city)
    assert nurse.fill(f"{path}/reject", choice="not-enough-told").status_code == 303
    page = nurse.get(path).text
    for said in ("Given back to the hospital", "Not enough is told to begin with", "Open it again by hand"):
        assert said in page, said
    assert "Given back to the hospital" in nurse.get("/worklist?view=closed-today").text


def test_who_was_slower_sees_what_happened_and_does_it_all_the_same_by_one_button(
    nurse: Someone, city: City, somebody: Callable[..., Someone]
) -> None:
    path = path_of(city)
    page = nurse.get(f"{path}/ask").text
    mine = {"version": 0, "revision": city.task_of(0).revision, "seen_ms": city.clock.at_ms, "who": "Sister Lee",
            "text": "Typed for ten minutes", "form_token": token(page)}  # fmt: skip
    city.clock.at_ms += MINUTE
    somebody("discharge-team", "Ola Green").fill(f"{path}/claim", path)
    refused = nurse.post(f"{path}/ask", data=mine)
    assert refused.status_code == 409
    for said in ("The task changed while you had it open", "Ola Green", "claimed the task", "Typed for ten minutes",
                 "Sister Lee", "Do it all the same: save the question"):  # fmt: skip
        assert said in refused.text, said
    assert now(city).desk_version == 1
    again = {**mine, "version": 1, "revision": now(city).revision}
    assert nurse.post(f"{path}/ask", data=again).status_code == 303
    assert now(city).desk_version == 2


def test_what_makes_no_sense_any_more_is_not_offered_and_the_typing_is_still_there(
    nurse: Someone, city: City, somebody: Callable[..., Someone]
) -> None:
    path = path_of(city)
    page = nurse.get(f"{path}/pause").text
    mine = {"version": 0, "revision": city.task_of(0).revision, "seen_ms": city.clock.at_ms, "choice": "funding",
            "text": "Panel on Friday", "form_token": token(page)}  # fmt: skip
    somebody("discharge-team", "Ola Green").fill(f"{path}/drop", choice="duplicate")
    refused = nurse.post(f"{path}/pause", data=mine)
    assert refused.status_code == 409
    assert "this can no longer be done" in refused.text
    assert "Panel on Friday" in refused.text
    assert "Do it all the same" not in refused.text


def test_opening_by_hand_loses_no_typing(nurse: Someone, city: City) -> None:
    answer = nurse.fill(f"/stays/{city.task_of(0).spell_key}/open", text="The daughter rang twice")
    assert answer.status_code == 409
    assert "The daughter rang twice" in answer.text


def test_looking_roles_may_not_do_any_of_it(somebody: Callable[..., Someone], city: City) -> None:
    looking = somebody("safeguarding", "Sol Grey")
    fields = {"form_token": token(looking.get("/people").text)}
    for act in ("assign", "hand-over", "pause", "resume", "ask", "answer", "reject"):
        assert looking.get(f"{path_of(city)}/{act}").status_code == 403, act
        assert looking.post(f"{path_of(city)}/{act}", data=fields).status_code == 403, act


def test_a_form_that_could_not_be_sent_is_not_shown(nurse: Someone, city: City) -> None:
    path = path_of(city)
    assert "<textarea" in nurse.get(f"{path}/pause").text
    nurse.fill(f"{path}/drop", choice="duplicate")
    page = nurse.get(f"{path}/pause").text
    assert "this can no longer be done" in page
    assert "<textarea" not in page
    assert f'href="{path}">See how the task stands' in page
