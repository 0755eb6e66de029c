"""Acting at the front door, for pages and programs alike; most of it is seen in test_front_door_pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

from ascbridge.frontdoor import front_desk
from ascbridge.operations.finding import audit_search
from ascbridge.storage.tables import door_act
from ascbridge.web.app import create_app
from ascbridge.web.frontdoor.door_acts import _NAMES, DoorAct
from tests.web.conftest import Someone
from tests.web.door import at_door, people_the_door

if TYPE_CHECKING:
    from tests.web.city import City


def test_every_act_of_the_front_door_can_be_done_by_its_name() -> None:
    assert set(_NAMES) == set(get_args(DoorAct))
    assert set(_NAMES.values()) == set(front_desk.ACTS)


def test_an_act_and_its_audit_entry_stand_together_and_wake_the_readers(city: City) -> None:
    people_the_door(city)
    woken: list[int] = []
    worker = Someone(create_app(city.parts(wake=lambda: woken.append(1)))).sign_in("front-door", "Sam Lee")
    row = at_door(city, "contact:CT-1")
    path = f"/front-door/tasks/{row.task_id}"
    worker.fill(f"{path}/claim", path)
    assert woken == [1]
    acts = [one for one in city.bridge.read_now(audit_search.entries) if one.what == "front door claim"]
    assert [(one.who, one.role, one.whom, one.where_from) for one in acts] == [
        ("Sam Lee", "front-door", row.person_id, "session 127.0.0.1")
    ]
    worker.fill(f"{path}/complete", choice="anything")
    assert len(city.rows(door_act)) == 1
    assert not [one for one in city.bridge.read_now(audit_search.entries) if "complete" in one.what]


def test_a_note_is_kept_sealed(city: City) -> None:
    people_the_door(city)
    worker = Someone(create_app(city.parts())).sign_in("front-door", "Sam Lee")
    worker.fill(f"/front-door/tasks/{at_door(city, 'contact:CT-1').task_id}/note", text="Canary-4711")
    assert [row.sealed is not None for row in city.rows(door_act)] == [True]
    raw = b"".join(path.read_bytes() for path in city.folder.glob("bridge.db*"))
    assert b"Canary-4711" not in raw
