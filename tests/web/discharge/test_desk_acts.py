"""Acting on tasks, for pages and programs alike; most of it is seen in test_task_pages and test_api."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ascbridge.discharge.deciding.decision import task_id
from ascbridge.operations.finding import audit_search
from ascbridge.web.app import create_app
from ascbridge.web.discharge.desk_acts import version_of_stay
from ascbridge.web.refusals import LONGEST_TEXT
from tests.web.conftest import Someone

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.web.city import City


def test_an_act_and_its_audit_entry_stand_together_and_wake_the_readers(city: City) -> None:
    woken: list[int] = []
    nurse = Someone(create_app(city.parts(wake=lambda: woken.append(1)))).sign_in("discharge-team")
    row = city.task_of(0)
    nurse.fill(f"/tasks/{row.task_id}/claim", f"/tasks/{row.task_id}")
    assert woken == [1]
    acts = [one for one in city.bridge.read_now(audit_search.entries) if one.what == "task claim"]
    assert [(one.who, one.role, one.whom, one.where_from) for one in acts] == [
        ("Nia Brown", "discharge-team", row.person_id, "session 127.0.0.1")
    ]


def test_a_refused_act_leaves_nothing_behind(city: City, somebody: Callable[..., Someone]) -> None:
    nurse = somebody("discharge-team")
    row = city.task_of(0)
    nurse.fill(f"/tasks/{row.task_id}/complete", choice="anything")
    nurse.fill(f"/tasks/{row.task_id}/release", f"/tasks/{row.task_id}")
    entries = city.bridge.read_now(audit_search.entries)
    assert not [one for one in entries if one.what in {"task complete", "task release"}]
    assert city.bridge.read_now(lambda c: version_of_stay(c, row.spell_key)) == 0


def test_a_stay_has_the_version_of_its_acts(city: City, somebody: Callable[..., Someone]) -> None:
    row = city.task_of(0)
    assert task_id(row.spell_key) == row.task_id
    somebody("discharge-team").fill(f"/tasks/{row.task_id}/note", text="x" * (LONGEST_TEXT + 50))
    assert city.bridge.read_now(lambda c: version_of_stay(c, row.spell_key)) == 1
