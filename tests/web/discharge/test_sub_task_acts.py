"""Acting on split-off work, for pages and programs alike; most of it is seen in test_sub_task_pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ascbridge.operations.finding import audit_search
from ascbridge.storage.tables import sub_act
from ascbridge.web.app import create_app
from ascbridge.web.refusals import LONGEST_TEXT
from tests.web.conftest import Someone
from tests.web.splitting import split, task_of_evans

if TYPE_CHECKING:
    from tests.web.city import City


def test_an_act_and_its_audit_entry_stand_together_and_wake_the_readers(city: City) -> None:
    id = split(city, "transport")
    woken: list[int] = []
    nurse = Someone(create_app(city.parts(wake=lambda: woken.append(1)))).sign_in("discharge-team")
    nurse.fill(f"/sub-tasks/{id}/claim", f"/sub-tasks/{id}")
    assert woken == [1]
    (done,) = [one for one in city.bridge.read_now(audit_search.entries) if one.what == "sub-task claim"]
    assert (done.who, done.whom, done.where_from) == (
        "Nia Brown", task_of_evans(city).person_id, "session 127.0.0.1",
    )  # fmt: skip
    nurse.fill(f"/sub-tasks/{id}/state", f"/sub-tasks/{id}", choice="flown")
    assert len(city.rows(sub_act)) == 2


def test_a_note_is_kept_sealed_and_no_longer_than_any(city: City) -> None:
    id = split(city, "transport")
    nurse = Someone(create_app(city.parts())).sign_in("discharge-team")
    assert nurse.fill(f"/sub-tasks/{id}/note", f"/sub-tasks/{id}", text="  ").status_code == 422
    nurse.fill(f"/sub-tasks/{id}/note", f"/sub-tasks/{id}", text="Canary-4711 " * 1_000)
    (note,) = [row for row in city.rows(sub_act) if row.act == "note"]
    assert LONGEST_TEXT <= len(note.sealed) < LONGEST_TEXT + 100
    raw = b"".join(path.read_bytes() for path in city.folder.glob("bridge.db*"))
    assert b"Canary-4711" not in raw
