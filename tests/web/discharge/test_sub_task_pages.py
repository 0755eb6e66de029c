"""Split-off work on the pages: proposed, split off, its list for each team, its acts, and what blocks."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from ascbridge.operations.finding import audit_search
from ascbridge.storage.tables import sub_act, sub_task
from tests.web.city import MINUTE
from tests.web.conftest import Someone, token
from tests.web.splitting import act, equipment, has_dementia, split, sub_row, task_of_evans

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.web.city import City


@pytest.fixture
def nurse(somebody: Callable[..., Someone]) -> Someone:
    return somebody("discharge-team")


@pytest.fixture
def path(city: City) -> str:
    return f"/tasks/{task_of_evans(city).task_id}"


def section(page: str) -> str:
    return page.split('id="split-title"')[1].split("</section>", maxsplit=1)[0]


def test_dementia_proposes_three_and_one_click_splits_each_off(nurse: Someone, city: City, path: str) -> None:
    assert "Proposed" not in nurse.get(path).text
    has_dementia(city)
    shown = section(nurse.get(path).text)
    assert shown.count("<h3>Proposed") == 3
    assert "The council recorded dementia, " in shown
    form = shown.split("<form")[1]
    hidden = dict(re.findall(r'name="([^"]+)" value="([^"]*)"', form))
    answer = nurse.post(f"{path}/split-off", data=hidden)
    assert answer.headers["location"] == f"{path}?done=split-off"
    shown = section(nurse.get(path).text)
    assert shown.count("<h3>Proposed") == 2
    assert "Dementia: occupational therapist at home</strong></a>" in shown
    city.work()
    assert [row.kind for row in city.rows(sub_task)] == ["dementia-ot"]


def test_work_is_split_off_by_hand_with_what_it_is_about(nurse: Someone, city: City, path: str) -> None:
    page = nurse.get(f"{path}/split-off").text
    assert all(words in page for words in ("Find a package or a bed", "Transport home", "Interpreter"))
    form = f"{path}/split-off?kind=equipment"
    assert "Hoist" in nurse.get(form).text
    refused = nurse.fill(f"{path}/split-off", form, before="yes", text="By Monday")
    assert refused.status_code == 422
    assert "Choose one of the list" in refused.text
    assert "By Monday</textarea>" in refused.text
    nurse.fill(f"{path}/split-off", form, thing="hoist", before="yes", text="By Monday")
    shown = section(nurse.get(path).text)
    assert "Equipment: Hoist" in shown
    assert "Needed before discharge" in shown
    assert [row.sealed is not None for row in city.rows(sub_act)] == [True]


def test_equipment_that_is_outstanding_blocks_visibly_until_the_council_says_delivered(
    nurse: Someone, city: City, path: str
) -> None:
    equipment(city, "ordered")
    page = nurse.get(path).text
    assert "This task cannot be completed yet" in page
    assert "Walking frame: ordered by the council" in page
    nurse.fill(f"{path}/split-off", f"{path}/split-off?kind=equipment", thing="equipment:E7", before="yes")
    city.work()
    assert "Walking frame: to be ordered</a>" in nurse.get(path).text
    refused = nurse.fill(f"{path}/complete", choice="no-support")
    assert refused.status_code == 409
    assert "This task cannot be completed yet" in refused.text
    city.clock.at_ms += MINUTE
    equipment(city, "delivered")
    (row,) = city.rows(sub_task)
    assert (row.status, row.blocks) == ("completed", 0)
    assert "cannot be completed" not in nurse.get(path).text
    assert nurse.fill(f"{path}/complete", choice="no-support").status_code == 303


def test_brokerage_goes_through_a_lost_offer_to_placed_on_its_own_page(nurse: Someone, city: City) -> None:
    id = split(city, "brokerage")
    at = f"/sub-tasks/{id}"
    nurse.fill(f"{at}/claim", at)
    nurse.fill(f"{at}/state", at, choice="offered", text="Example House, Monday")
    missing = nurse.fill(f"{at}/state", at, choice="offer-failed", text="They rang")
    assert missing.status_code == 422
    assert "They rang</textarea>" in missing.text
    nurse.fill(f"{at}/state", at, choice="offer-failed", reason="provider-withdrew")
    city.clock.at_ms += 90 * MINUTE
    nurse.fill(f"{at}/state", at, choice="placed")
    page = nurse.get(at).text
    for said in ("Placed", "Time to source", "1 hour 30 minutes", "1, of which 1 fell through", "Example House, Monday",
                 "The offer fell through, The provider withdrew"):  # fmt: skip
        assert said in page, said
    nurse.fill(f"{at}/undo", at)
    assert sub_row(city, id).status == "in-progress"
    nurse.fill(f"{at}/stop", at, choice="declined")
    nurse.fill(f"{at}/reopen", at)
    assert sub_row(city, id).status == "in-progress"
    nurse.fill(f"{at}/note", at, text="Rang the daughter")
    assert "Rang the daughter" in nurse.get(at).text


def test_whoever_was_slower_keeps_their_typing(nurse: Someone, city: City) -> None:
    id = split(city, "transport")
    page = nurse.get(f"/sub-tasks/{id}")
    act(city, id, "claim")
    form = {"form_token": token(page.text), "version": "1", "text": "Wheelchair"}
    answer = nurse.post(f"/sub-tasks/{id}/note", data=form)
    assert answer.status_code == 409
    assert "It changed while you had it open" in answer.text
    assert "Wheelchair</textarea>" in answer.text
    assert "Amina Yusuf" in answer.text


def test_each_team_has_its_list_and_what_is_to_stop_stands_out(nurse: Someone, city: City, path: str) -> None:
    id = split(city, "transport")
    split(city, "brokerage")
    act(city, id, "state", "booked")
    page = nurse.get("/sub-tasks?team=Brokerage+Team").text
    assert "Find a package or a bed" in page
    assert "<strong>Transport home</strong>" not in page
    city.hear("A08", local_id="L100", visit="V100", name="EVANS^MARY^JOY^^MRS^^L", born="19410314",
              nhs_number="9993000019", pid={30: "Y"})  # fmt: skip
    page = nurse.get("/sub-tasks?view=to-tell").text
    assert "To be stopped" in page
    assert "Because the person has died" in page
    at = f"/sub-tasks/{id}"
    assert "Stop this now: the person has died" in nurse.get(at).text
    nurse.fill(f"{at}/seen", at)
    assert "There is nothing on this list" in nurse.get("/sub-tasks?view=to-tell").text
    for view in ("open", "mine", "late", "blocking", "paused", "closed-today"):
        assert nurse.get(f"/sub-tasks?view={view}").status_code == 200


def test_a_live_list_that_shows_this_already_is_not_sent_again(nurse: Someone, city: City) -> None:
    split(city, "transport")
    page = nurse.get("/sub-tasks").text
    found = re.search(r'data-mark="([^"]+)"', page)
    assert found
    assert nurse.get("/sub-tasks", headers={"x-mark": found[1]}).status_code == 204


def test_who_looks_only_does_not_act_and_every_reading_is_written_down(
    somebody: Callable[..., Someone], city: City, path: str
) -> None:
    id = split(city, "transport", text="Canary-4711")
    reader = somebody("auditor", "Ada Moss")
    page = reader.get(f"/sub-tasks/{id}").text
    assert "Your role looks, and does not act" in page
    assert "Canary-4711" not in page
    assert "EVANS" not in page
    assert reader.get(f"{path}/split-off").status_code == 403
    assert (
        reader.post(f"/sub-tasks/{id}/claim", data={"form_token": token(page), "version": "1"}).status_code
        == 403
    )
    what = [one.what for one in city.bridge.read_now(audit_search.entries) if one.who == "Ada Moss"]
    assert "split-off work read" in what


def test_there_are_no_others(nurse: Someone, city: City) -> None:
    page = nurse.get("/sub-tasks").text
    sent = {"form_token": token(page), "version": "0", "seen": "0", "kind": "transport"}
    assert nurse.get("/sub-tasks/u0").status_code == 404
    assert nurse.post("/sub-tasks/u0/claim", data=sent).status_code == 404
    assert nurse.post(f"/sub-tasks/{split(city, 'transport')}/fly", data=sent).status_code == 404
    assert nurse.get("/tasks/t0/split-off").status_code == 404
    assert nurse.post("/tasks/t0/split-off", data=sent).status_code == 404


@pytest.mark.parametrize("kind", ["brokerage", "equipment", "therapy", "interpreter", "transport"])
def test_each_kind_is_split_off_from_the_page_and_stands_on_its_teams_list(
    nurse: Someone, city: City, path: str, kind: str
) -> None:
    form = f"{path}/split-off?kind={kind}"
    said = {"thing": "hoist"} if kind == "equipment" else {}
    answer = nurse.fill(f"{path}/split-off", form, text="By Monday", **said)
    assert answer.status_code == 303, answer.text
    city.work()
    (row,) = city.rows(sub_task)
    assert (row.kind, row.parent_id) == (kind, task_of_evans(city).task_id)
    assert row.owner_team
    assert f"/sub-tasks/{row.task_id}" in nurse.get(path).text
