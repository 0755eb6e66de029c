"""Split-off work on a discharge bench: by whom, at which version, and what came of it."""

from typing import Any

from sqlalchemy import select

from ascbridge.discharge.acts.desk import Sitting
from ascbridge.discharge.acts.sub_desk import Split, SubWish, split_off, sub_act
from ascbridge.events.facts.care import CircumstancesRecorded, CommunicationNeedsRecorded, EquipmentStated
from ascbridge.events.facts.split_work import SubTaskFact
from ascbridge.people.actor import Actor
from ascbridge.storage.tables import sub_task
from tests.discharge.builders import Bench, at, stamp

SAM = Actor("sam", "discharge-team", "work")
ALEX = Actor("alex", "discharge-team", "work")
NOON = "2026-03-06T12:00"


def split(
    bench: Bench, kind: str, *, seen: int | None = None, when: str = NOON, about: str = "", thing: str = "", before: bool = False,
    text: str = "", actor: Actor = SAM,
) -> str:  # fmt: skip
    """Split work off the bench's one task; returns its id."""
    parent = bench.task().task
    number = len(sub_facts(bench)) if seen is None else seen
    sitting = Sitting(bench.desk, actor, number, at(when))
    return bench.write(lambda c: split_off(c, sitting, parent, Split(kind, thing, about, before, text)))


def act(
    bench: Bench, id: str, name: Any, choice: str = "", *, reason: str = "", text: str = "", when: str = NOON,
    actor: Actor = SAM, version: int | None = None,
) -> int:  # fmt: skip
    """Act on a sub-task, at the version that it has; returns its new version."""
    now = version_of(bench, id) if version is None else version
    sitting = Sitting(bench.desk, actor, now, at(when))
    return bench.write(lambda c: sub_act(c, sitting, id, SubWish(name, choice, reason, text)))


def version_of(bench: Bench, id: str) -> int:
    (version,) = bench.ask(select(sub_task.c.desk_version).where(sub_task.c.task_id == id))
    return int(version)


def sub_facts(bench: Bench) -> list[SubTaskFact]:
    """Every sub-task as the table has it, in the order in which they were split off."""
    rows = bench.ask(select(sub_task.c.body).order_by(sub_task.c.opened_ms, sub_task.c.task_id))
    return [SubTaskFact.model_validate_json(body) for body in rows]


def sub_fact(bench: Bench, id: str) -> SubTaskFact:
    (only,) = [one for one in sub_facts(bench) if one.task == id]
    return only


def sub_events(bench: Bench) -> list[str]:
    return [type(fact).__name__ for fact in bench.emitted() if isinstance(fact, SubTaskFact)]


def equipment(when: str, status: Any, item: str = "E7", **more: Any) -> EquipmentStated:
    values = {"category": "equipment", "kind": "walking-frame", **more}
    return EquipmentStated(stamp=stamp(when), item=item, status=status, **values)


def dementia(when: str, value: str = "yes") -> CircumstancesRecorded:
    return CircumstancesRecorded(stamp=stamp(when), dementia=value)


def interpreter(when: str, value: str = "yes") -> CommunicationNeedsRecorded:
    return CommunicationNeedsRecorded(stamp=stamp(when), language="pa", interpreter=value)
