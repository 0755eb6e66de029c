"""What people do at the front door: each act is kept for good, checked by version, and decided upon at once.

The acts are of the kind that the discharge desk has, and end in the same ways: `StaleTask` where somebody was quicker,
`NotNow` where the task does not allow it. Call each function inside one write transaction. Free text is sealed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args

from sqlalchemy import select

from ascbridge.discharge.acts.desk import NotNow, Sitting, StaleTask, UnknownTask, check_choice, keep_act
from ascbridge.discharge.deciding.desk_state import Act, desk_state, undoable
from ascbridge.events.logs.envelope import Cause, derived_id
from ascbridge.frontdoor.door_status import MAY, OPENING
from ascbridge.frontdoor.front_work import FrontDoor, FrontWork
from ascbridge.storage.tables import door_act, door_task

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from ascbridge.events.facts.front_door import FrontDoorTask
    from ascbridge.frontdoor.door_store import Work
    from ascbridge.people.actor import Actor

ActName = Literal["claim", "release", "note", "spoke", "complete", "open_by_hand", "undo"]
ACTS: tuple[ActName, ...] = get_args(ActName)


@dataclass(frozen=True, slots=True)
class DoorSitting:
    """One person with one task before them: `version` is the task's `desk_version` as shown."""

    door: FrontDoor
    actor: Actor
    version: int
    now_ms: int


def act(
    connection: Connection,
    sitting: DoorSitting,
    task_id: str,
    name: ActName,
    choice: str = "",
    text: str = "",
) -> int:
    """Do one act and return the task's new version; `choice` is the outcome where it completes the task.

    *spoke* says that somebody spoke with the person today. Raises `StaleTask`, `UnknownTask`, `NotNow`, `NotAChoice`,
    and `PersonErased` where there is `text`.
    """
    work, loaded = _loaded(connection, sitting, task_id)
    assert work.fact is not None
    if desk_state(work.acts).version != sitting.version:
        raise StaleTask(f"version {sitting.version} is not the last one")
    _allowed(work, work.fact, name)
    detail = _detail(sitting, work, work.fact, name, choice)
    done = Act(sitting.version + 1, name, sitting.actor.who, sitting.now_ms, detail)
    id = derived_id(sitting.now_ms, task_id, done.version, name, sitting.actor.who)
    seat = Sitting(sitting.door.desk, sitting.actor, sitting.version, sitting.now_ms)
    keep_act(connection, door_act, seat, work.patient_key, done, id, text, task_id=task_id)
    sitting.actor.did(connection, f"front door {name}", work.person_id, "", sitting.now_ms)
    work.acts.append(done)
    loaded.decide(work.patient_key, Cause(id, id, sitting.now_ms), sitting.now_ms)
    loaded.save()
    return done.version


def _loaded(connection: Connection, sitting: DoorSitting, task_id: str) -> tuple[Work, FrontWork]:
    wanted = select(door_task.c.patient_key).where(door_task.c.task_id == task_id)
    key = connection.execute(wanted).scalar()
    if key is None:
        raise UnknownTask(task_id)
    loaded = FrontWork(connection, sitting.door, sitting.now_ms)
    loaded.load([str(key)])
    work = loaded.work(task_id)
    if work is None or work.fact is None:
        raise UnknownTask(task_id)
    return work, loaded


def _allowed(work: Work, fact: FrontDoorTask, name: ActName) -> None:
    claimed_by = desk_state(work.acts).claimed_by
    if name in {"note", "spoke", "undo"}:
        return
    if name not in MAY.get(fact.status, frozenset()):
        raise NotNow(
            "This task is open already." if name == "open_by_hand" and fact.status in MAY else
            "This task is closed."
        )  # fmt: skip
    if name == "open_by_hand" and (fact.stage != "done" or fact.signal not in OPENING.values()):
        raise NotNow("This was closed by what the case system says: it opens again when that changes.")
    if name == "claim" and claimed_by:
        raise NotNow(f"{claimed_by} has this task.")
    if name == "release" and not claimed_by:
        raise NotNow("Nobody has this task.")


def _detail(
    sitting: DoorSitting, work: Work, fact: FrontDoorTask, name: ActName, choice: str
) -> dict[str, Any]:
    if name == "complete":
        choices = sitting.door.rules.outcomes["review" if fact.kind == "review" else "triage"]
        check_choice(choices, choice)
        return {"outcome": choice, "signal": fact.signal}
    if name == "undo":
        last = undoable(work.acts, sitting.actor.who, sitting.now_ms)
        if last is None:
            raise NotNow(
                "This cannot be taken back: only your own last act can, within ten minutes and while nobody has "
                "acted since. Set the task right by acting again."
            )
        return {"undoes": last.version}
    return {}
