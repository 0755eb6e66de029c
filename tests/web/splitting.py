"""Split-off work in the tests' city: what the council says of Mary Evans, and sub-tasks of her discharge task."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ascbridge.discharge.acts.desk import Sitting
from ascbridge.discharge.acts.sub_desk import Split, SubWish, split_off, sub_act
from ascbridge.people.actor import Actor
from ascbridge.storage.tables import sub_task

if TYPE_CHECKING:
    from tests.web.city import City

EVANS = ("C100", "9993000019", ("EVANS", "MARY"), "1941-03-14")
AMINA = Actor("Amina Yusuf", "discharge-team", "work")


def task_of_evans(city: City) -> Any:
    """Mary Evans's discharge task: the first of the city that is ready to leave."""
    return city.task_of(0)


def has_dementia(city: City) -> None:
    city.council(*EVANS, "circumstances", circumstances={"dementia": "yes"})


def equipment(city: City, status: str, id: str = "E7") -> None:
    said = {
        "id": id,
        "category": "equipment",
        "kind": "walking-frame",
        "status": status,
        "needed_for_discharge": True,
    }
    city.council(*EVANS, "equipment", equipment=said)


def split(city: City, kind: str, *, parent: str = "", **more: Any) -> str:
    """Split work off a task (default: Mary Evans's) as a colleague would; returns its id."""
    of = parent or str(task_of_evans(city).task_id)
    seen = sum(row.parent_id == of for row in city.rows(sub_task))
    sitting = Sitting(city.desk, AMINA, seen, city.clock.at_ms)
    id = city.bridge.write_now(lambda c: split_off(c, sitting, of, Split(kind, **more)))
    city.work()
    return id


def split_once(city: City, kind: str) -> str:
    """The first sub-task of the city, split off now where there is none."""
    there = city.rows(sub_task)
    return str(there[0].task_id) if there else split(city, kind)


def act(city: City, id: str, name: Any, choice: str = "", reason: str = "", text: str = "") -> None:
    """Act on a sub-task as a colleague would."""
    sitting = Sitting(city.desk, AMINA, sub_row(city, id).desk_version, city.clock.at_ms)
    city.bridge.write_now(lambda c: sub_act(c, sitting, id, SubWish(name, choice, reason, text)))
    city.work()


def sub_row(city: City, id: str) -> Any:
    return next(row for row in city.rows(sub_task) if row.task_id == id)
