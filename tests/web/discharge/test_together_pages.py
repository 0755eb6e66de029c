"""One act on several tasks: each on its own version, and what came of each told row by row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ascbridge.discharge.deciding.pathway import OPEN
from ascbridge.operations.finding import audit_search
from ascbridge.storage.tables import desk_act, task
from ascbridge.web.discharge.act_forms import _FORMS
from ascbridge.web.discharge.together_pages import TOGETHER
from tests.web.conftest import Someone, token

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.web.city import City


@pytest.fixture
def nurse(somebody: Callable[..., Someone]) -> Someone:
    return somebody("discharge-team")


def open_rows(city: City) -> list[Any]:
    return [row for row in city.rows(task) if row.status in OPEN]


def chosen(rows: list[Any]) -> list[str]:
    return [f"{row.task_id}.{row.desk_version}.{row.revision}" for row in rows]


def post(who: Someone, act: str, rows: list[str], **more: Any) -> Any:
    fields = {"form_token": token(who.get("/people").text), "chosen": rows, **more}
    return who.post(f"/worklist/together/{act}", data=fields)


def test_the_list_offers_what_the_page_takes(nurse: Someone, city: City) -> None:
    page = nurse.get("/worklist").text
    for row in open_rows(city):
        assert f'value="{chosen([row])[0]}"' in page
    for act, words in TOGETHER.items():
        assert f'<option value="{act}">{words}</option>' in page
        assert act in _FORMS
    assert 'name="chosen"' not in nurse.get("/worklist?view=dropped").text


def test_several_tasks_are_assigned_at_once_each_with_its_own_audit_row(
    nurse: Someone, city: City, somebody: Callable[..., Someone]
) -> None:
    somebody("discharge-team", "Ola Green")
    some = open_rows(city)[:3]
    asked = nurse.get("/worklist/together", params={"act": "assign", "chosen": chosen(some)})
    assert asked.status_code == 200
    assert "Assign 3 tasks" in asked.text
    assert "Ola Green" in asked.text
    done = post(nurse, "assign", chosen(some), choice="person:Ola Green", text="Your ward")
    assert "3 of 3 done" in done.text
    ids = {row.task_id for row in some}
    assert {row.claimed_by for row in city.rows(task) if row.task_id in ids} == {"Ola Green"}
    entries = city.bridge.read_now(audit_search.entries)
    assert len([one for one in entries if one.what == "task assign"]) == 3


def test_each_row_goes_by_its_own_version_and_says_what_came_of_it(
    nurse: Someone, city: City, somebody: Callable[..., Someone]
) -> None:
    some = open_rows(city)[:3]
    asked = chosen(some)
    somebody("discharge-team", "Ola Green").fill(f"/tasks/{some[1].task_id}/note", text="Rang the ward")
    done = post(nurse, "claim", [*asked, "t-none.0.0"])
    assert "2 of 3 done" in done.text
    assert "Somebody was quicker" in done.text
    holders = {row.task_id: row.claimed_by for row in city.rows(task)}
    assert [holders[row.task_id] for row in some] == ["Nia Brown", "", "Nia Brown"]
    again = post(nurse, "claim", chosen([row for row in city.rows(task) if row.task_id == some[0].task_id]))
    assert "Nia Brown has this task" in again.text


def test_what_is_missing_is_asked_for_once_and_nothing_is_done(nurse: Someone, city: City) -> None:
    some = chosen(open_rows(city)[:2])
    refused = post(nurse, "hand-over", some, text="Take these two")
    assert refused.status_code == 422
    assert "Choose the team" in refused.text
    assert "Take these two" in refused.text
    assert some[0] in refused.text
    nobody = post(nurse, "claim", ["", "x", "y.z.1"])
    assert nobody.status_code == 422
    assert "Choose at least one task" in nobody.text
    assert nurse.get("/worklist/together?act=claim").status_code == 422
    assert city.rows(desk_act) == []


def test_what_must_be_thought_about_for_one_person_alone_is_not_done_to_several(
    nurse: Someone, city: City
) -> None:
    some = chosen(open_rows(city)[:2])
    for act in ("complete", "reject", "undo", "dance", "hold"):
        assert nurse.get("/worklist/together", params={"act": act, "chosen": some}).status_code == 404
        assert post(nurse, act, some, choice="no-support").status_code == 404


def test_who_may_not_act_chooses_nothing(somebody: Callable[..., Someone], city: City) -> None:
    looking = somebody("safeguarding")
    assert 'name="chosen"' not in looking.get("/worklist").text
    assert looking.get("/worklist/together?act=claim").status_code == 403
    assert post(looking, "claim", chosen(open_rows(city)[:1])).status_code == 403
