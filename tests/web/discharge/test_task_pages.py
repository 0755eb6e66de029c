"""One task: its story, its evidence, and every act, with what happens when somebody was quicker."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ascbridge.operations.finding import audit_search
from ascbridge.reference.reason_lists import DROP
from ascbridge.storage.tables import task
from tests.web.city import MINUTE
from tests.web.conftest import Someone, token

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.web.city import City


@pytest.fixture
def nurse(somebody: Callable[..., Someone]) -> Someone:
    return somebody("discharge-team")


def first(city: City) -> Any:
    return city.task_of(0)


def now(city: City, task_id: str) -> Any:
    return next(row for row in city.rows(task) if row.task_id == task_id)


def test_a_task_tells_why_it_exists_and_by_which_message(nurse: Someone, city: City) -> None:
    page = nurse.get(f"/tasks/{first(city).task_id}").text
    for said in ("The hospital said that the patient is ready to leave", "said by message A16", "T0009",
                 "Rule set ready-opens, version 2, rule ready", "Ready to leave since", "Estimated discharge",
                 "Planned discharge", "Actually left", "not yet"):  # fmt: skip
        assert said in page, said


def test_evidence_says_what_stood_in_which_segment(nurse: Someone, city: City) -> None:
    page = nurse.get(f"/tasks/{first(city).task_id}").text
    for said in ("ZU1-22", "ZU1-24", "PV1-3", "W12, BAY 3, BED 4", "17 Oct 2026", "Event <code>"):
        assert said in page, said
    odd = next(row for row in city.rows(task) if row.looks)
    page = nurse.get(f"/tasks/{odd.task_id}").text
    for said in ("PV1-37", "XX, not understood", "A discharge code says died, and no death is recorded",
                 "Ask the ward before anybody is told anything"):  # fmt: skip
        assert said in page, said


def test_claiming_noting_and_completing(nurse: Someone, city: City) -> None:
    path = f"/tasks/{first(city).task_id}"
    assert nurse.fill(f"{path}/claim", path).headers["location"] == f"{path}?done=claim"
    assert "Claimed by Nia Brown" in nurse.get(path).text
    nurse.fill(f"{path}/note", text="The key safe works. <b>Not bold</b>")
    page = nurse.get(path).text
    assert "The key safe works. &lt;b&gt;Not bold&lt;/b&gt;" in page
    nurse.fill(f"{path}/stage", choice="triaged")
    assert "Say how far the work is" in nurse.get(path).text
    refused = nurse.fill(f"{path}/confirm-pathway", choice="recovery-bed")
    assert refused.status_code == 422
    assert "Choose why" in refused.text
    nurse.fill(f"{path}/confirm-pathway", choice="recovery-bed", reason="no-home")
    page = nurse.get(path).text
    assert "confirmed the pathway" in page
    assert "Short-term bed in the community, for recovery, because: Has no home to go to" in page
    assert nurse.fill(f"{path}/complete", choice="support-restarted", text="All done").status_code == 303
    page = nurse.get(path).text
    assert "Home, the support in place goes on" in page
    assert "Open it again by hand" in page
    assert now(city, first(city).task_id).status == "completed"


def test_the_page_tells_the_way_what_is_next_and_what_is_late(nurse: Someone, city: City) -> None:
    path = f"/tasks/{first(city).task_id}"
    page = nurse.get(path).text
    assert "Next: Accepted" in page
    assert "Late: to be told to Hospital social work team" in page
    assert "owner and order not agreed" in page
    nurse.fill(f"{path}/accept", path)
    nurse.fill(f"{path}/stage", choice="triaged")
    nurse.fill(f"{path}/confirm-pathway", choice="home-with-support")
    nurse.fill(f"{path}/stage", choice="sourcing")
    page = nurse.get(path).text
    for said in ("Pathway 1, Own home", "Next: Support arranged", "Brokerage Team", "Passed over: Needs captured",
                 "First:</strong> A package or bed is sought and not placed yet", "Search for a package or bed: asked for"):  # fmt: skip
        assert said in page, said


def test_a_delay_is_told_on_task_and_list_and_a_withheld_reason_reads_other(
    nurse: Someone, city: City
) -> None:
    path = f"/tasks/{first(city).task_id}"
    form = nurse.get(f"{path}/delay").text
    assert "Ring your safeguarding lead and tell them" in form
    nurse.fill(f"{path}/delay", choice="delay-2024-01")
    assert "Delay: Awaiting therapy review" in nurse.get("/worklist").text
    answer = nurse.fill(f"{path}/delay", choice="delay-2022-18", text="Canary-4712")
    assert answer.headers["location"] == f"{path}?done=delay"
    page = nurse.get(path).text
    assert "Another reason" in page
    assert "Delayed until" in page
    for read in (page, nurse.get("/worklist").text, nurse.get(f"/api{path}").text):
        assert "afeguarding" not in read
        assert "Canary-4712" not in read
    nurse.fill(f"{path}/delay-over", path)
    assert "Delay: " not in nurse.get("/worklist").text


def test_a_note_is_kept_sealed(nurse: Someone, city: City) -> None:
    nurse.fill(f"/tasks/{first(city).task_id}/note", text="Canary-4711")
    raw = b"".join(path.read_bytes() for path in city.folder.glob("bridge.db*"))
    assert b"Canary-4711" not in raw


def test_releasing_dropping_and_opening_again(nurse: Someone, city: City) -> None:
    row = first(city)
    path = f"/tasks/{row.task_id}"
    nurse.fill(f"{path}/claim", path)
    nurse.fill(f"{path}/release", path)
    assert "Nobody has claimed this" in nurse.get(path).text
    reason = next(iter(city.desk.reference.reasons_for(DROP, 0)[0]))
    nurse.fill(f"{path}/drop", choice=reason)
    assert "Dropped by the team" in nurse.get(path).text or "Cancelled" in nurse.get(path).text
    assert nurse.fill(f"/stays/{row.spell_key}/open", text="The daughter rang").status_code == 303
    assert now(city, row.task_id).status == "requested"


def test_ones_own_last_act_is_offered_to_be_taken_back_and_nobody_elses(
    nurse: Someone, city: City, somebody: Callable[..., Someone]
) -> None:
    row = first(city)
    path = f"/tasks/{row.task_id}"
    assert "Take it back" not in nurse.get(path).text
    nurse.fill(f"{path}/complete", choice=next(iter(city.desk.reference.outcomes)))
    assert now(city, row.task_id).status == "completed"
    assert "Take it back" not in somebody("discharge-team", "Ola Green").get(path).text
    page = nurse.get(path).text
    assert "You completed the task" in page
    assert "You can take it back until" in page
    assert nurse.fill(f"{path}/undo", path).headers["location"] == f"{path}?done=undo"
    assert now(city, row.task_id).status == row.status
    page = nurse.get(path).text
    assert "took that back" in page
    assert "Take it back" not in page


def test_what_can_no_longer_be_taken_back_is_told(nurse: Someone, city: City) -> None:
    path = f"/tasks/{first(city).task_id}"
    nurse.fill(f"{path}/claim", path)
    page = nurse.get(path).text
    city.clock.at_ms += 11 * MINUTE
    assert "Take it back" not in nurse.get(path).text
    answer = nurse.post(f"{path}/undo", data={"version": 1, "revision": 9, "form_token": token(page)})
    assert answer.status_code == 409
    assert "only your own last act" in answer.text
    assert "Claimed by Nia Brown" in nurse.get(path).text


def test_a_look_is_settled_by_saying_so(nurse: Someone, city: City) -> None:
    odd = next(row for row in city.rows(task) if row.looks)
    answer = nurse.fill(
        f"/tasks/{odd.task_id}/settle-look", choice="death-code-alone", text="Rang the ward: alive"
    )
    assert answer.status_code == 303
    assert now(city, odd.task_id).looks == 0


@pytest.mark.parametrize("act,said", [("complete", "Choose one"), ("drop", "Choose one"), ("stage", "Choose one"),
                                      ("settle-look", "Choose one"), ("note", "Write the note")])  # fmt: skip
def test_an_act_without_what_it_needs_is_told_so(act: str, said: str, nurse: Someone, city: City) -> None:
    odd = next(row for row in city.rows(task) if row.looks)
    answer = nurse.fill(f"/tasks/{odd.task_id}/{act}", choice="", text=" ")
    assert answer.status_code == 422
    assert "There is a problem" in answer.text
    assert said in answer.text
    assert "<title>Error: " in answer.text
    assert now(city, odd.task_id).desk_version == 0


def test_a_choice_that_is_not_on_the_list_is_refused(nurse: Someone, city: City) -> None:
    answer = nurse.fill(f"/tasks/{first(city).task_id}/complete", choice="anything")
    assert answer.status_code == 422
    assert "Choose one of the list" in answer.text


def test_somebody_who_was_slower_sees_what_changed_and_by_whom_and_may_go_on(
    nurse: Someone, city: City, somebody: Callable[..., Someone]
) -> None:
    path = f"/tasks/{first(city).task_id}"
    page = nurse.get(f"{path}/complete").text
    stale = {"version": 0, "revision": first(city).revision, "seen_ms": city.clock.at_ms, "choice": "no-support",
             "text": "My note", "form_token": token(page)}  # fmt: skip
    city.clock.at_ms += MINUTE
    somebody("discharge-team", "Ola Green").fill(f"{path}/note", text="She is not ready")
    answer = nurse.post(f"{path}/complete", data=stale)
    assert answer.status_code == 409
    for said in (
        "The task changed while you had it open",
        "Ola Green",
        "wrote a note",
        "She is not ready",
        "My note",
    ):
        assert said in answer.text, said
    assert 'value="no-support" checked' in answer.text
    assert now(city, first(city).task_id).status == "requested"
    again = {**stale, "version": 1, "revision": now(city, first(city).task_id).revision}
    assert nurse.post(f"{path}/complete", data=again).status_code == 303


def test_nobody_completes_a_task_on_what_the_hospital_has_just_taken_back(nurse: Someone, city: City) -> None:
    row = first(city)
    page = nurse.get(f"/tasks/{row.task_id}/complete").text
    stale = {"version": 0, "revision": row.revision, "seen_ms": city.clock.at_ms, "choice": "no-support",
             "form_token": token(page)}  # fmt: skip
    city.clock.at_ms += MINUTE
    city.hear("A02", local_id="L100", visit="V100", name="EVANS^MARY^JOY^^MRS^^L", ward="W77^^^RKB01")
    answer = nurse.post(f"/tasks/{row.task_id}/complete", data=stale)
    assert answer.status_code == 409
    assert "Patient transferred" in answer.text
    assert "W77" in answer.text


def test_a_paused_task_offers_no_completing_and_takes_none(nurse: Someone, city: City) -> None:
    paused = next(row for row in city.rows(task) if row.status == "on-hold")
    path = f"/tasks/{paused.task_id}"
    page = nurse.get(path).text
    assert f"{path}/complete" not in page
    assert "It can be completed once the hospital says ready to leave again" in page
    answer = nurse.fill(f"{path}/complete", f"{path}/note", choice="no-support")
    assert answer.status_code == 409
    assert "This task is paused" in answer.text
    assert now(city, paused.task_id).status == "on-hold"


def test_a_claimed_task_cannot_be_claimed_by_another(
    nurse: Someone, city: City, somebody: Callable[..., Someone]
) -> None:
    path = f"/tasks/{first(city).task_id}"
    page = nurse.get(path).text
    somebody("discharge-team", "Ola Green").fill(f"{path}/claim", path)
    fields = {"version": 1, "revision": 9, "form_token": token(page)}
    answer = nurse.post(f"{path}/claim", data=fields)
    assert answer.status_code == 409
    assert "Ola Green has this task." in answer.text


def test_reading_and_acting_are_written_down_with_role_person_and_reason(nurse: Someone, city: City) -> None:
    row = first(city)
    path = f"/tasks/{row.task_id}"
    nurse.get(path)
    nurse.fill(f"{path}/claim", path)
    entries = city.bridge.read_now(lambda c: audit_search.entries(c, whom=row.person_id))
    whats = [(one.who, one.role, one.what, one.why) for one in entries]
    assert ("Nia Brown", "discharge-team", "task read", "direct care, discharge task") in whats
    assert any(one.what == "task claim" for one in entries)


def test_looking_roles_have_nothing_to_act_with(somebody: Callable[..., Someone], city: City) -> None:
    page = somebody("safeguarding").get(f"/tasks/{first(city).task_id}").text
    assert "Your role looks, and does not act" in page
    assert "/claim" not in page


def test_an_erased_persons_task_says_so_and_takes_no_note(nurse: Someone, city: City) -> None:
    row = first(city)
    nurse.fill(f"/tasks/{row.task_id}/note", text="Canary before")
    city.erase(row.patient_key)
    page = nurse.get(f"/tasks/{row.task_id}").text
    assert "EVANS" not in page
    assert "Canary before" not in page
    assert "Erased" in page
    answer = nurse.fill(f"/tasks/{row.task_id}/note", text="after")
    assert answer.status_code == 409
    assert "This person is erased" in answer.text


def test_what_is_not_there_is_told(nurse: Someone, city: City) -> None:
    for path in ("/tasks/none", "/tasks/none/note", f"/tasks/{first(city).task_id}/open-by-hand",
                 f"/tasks/{first(city).task_id}/dance", "/stays/none/open"):  # fmt: skip
        assert nurse.get(path).status_code == 404, path
    fields = {"version": 0, "revision": 0, "form_token": token(nurse.get("/people").text)}
    assert nurse.post("/tasks/none/claim", data=fields).status_code == 404
    assert nurse.post(f"/tasks/{first(city).task_id}/dance", data=fields).status_code == 404


def test_an_open_task_cannot_be_opened_again(nurse: Someone, city: City) -> None:
    answer = nurse.fill(f"/stays/{first(city).spell_key}/open")
    assert answer.status_code == 409
    assert "It was opened meanwhile" in answer.text


def test_how_to_speak_to_somebody_stands_on_their_task(nurse: Someone, city: City) -> None:
    evans = ("C100", "9993000019", ("EVANS", "MARY"), "1941-03-14")
    said = {"language": "pa", "interpreter": "yes", "needs": ["large-print"]}
    city.council(*evans, "communication", communication=said)
    page = nurse.get(f"/tasks/{first(city).task_id}").text
    for shown in ("How to speak to them", "Panjabi", "large print", "<h3>Proposed: interpreter"):
        assert shown.lower() in page.lower(), shown


def test_what_leads_on_stands_first_and_once(nurse: Someone, city: City) -> None:
    path = f"/tasks/{city.task_of(0).task_id}"
    page = nurse.get(path).text
    assert "Do next" in page
    assert page.count(f'href="{path}/accept"') == 1
    assert page.index(f'href="{path}/accept"') < page.index('id="now-title"')
    nurse.fill(f"{path}/accept")
    accepted = nurse.get(path).text
    assert f'href="{path}/accept"' not in accepted
    assert "Next stage: triaged" in accepted
    assert "Say how far the work is" in accepted, "who goes back a stage finds the way"
