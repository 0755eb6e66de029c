"""What people do about urgent matters: answer what was asked, ring, note, settle, take up, say that one is urgent.

Each act is kept for good and checked by version, as at the desk: `StaleTask` where somebody was quicker. Free text is
sealed with the patient's data key. Call each function inside one write transaction.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, get_args

from sqlalchemy import select

from ascbridge.discharge.acts.desk import NotAChoice, NotNow, StaleTask, UnknownTask, check_choice, keep_act
from ascbridge.discharge.deciding.decision import KIND
from ascbridge.discharge.deciding.desk_state import Act
from ascbridge.discharge.keeping import store
from ascbridge.discharge.urgent import urgent_store
from ascbridge.discharge.urgent.urgent_state import ANSWERS, NIGHT_ROLE, urgent_status
from ascbridge.discharge.urgent.urgent_store import Matter, matter_id
from ascbridge.discharge.urgent.urgent_work import kind_of
from ascbridge.events.logs.envelope import derived_id
from ascbridge.storage.tables import task, urgent_act

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from ascbridge.discharge.acts.desk import Sitting
    from ascbridge.reference.in_force import ReferenceLists
    from ascbridge.reference.urgent_matters import UrgentKind

UrgentActName = Literal["answer", "ring", "note", "settle", "take-up"]
URGENT_ACTS: tuple[UrgentActName, ...] = get_args(UrgentActName)
NEEDS_TEXT = frozenset({"note", "settle"})
"""Acts that say nothing without words."""


@dataclass(frozen=True, slots=True)
class UrgentWish:
    """One act. `choice` is an answer, or who was rung; `reached`: whether they answered the telephone."""

    act: UrgentActName
    choice: str = ""
    reached: bool = False
    text: str = ""


def do_urgent(connection: Connection, sitting: Sitting, id: str, wish: UrgentWish) -> int:
    """Do one act about a matter and return its new version.

    Raises `UnknownTask`, `StaleTask`, `NotAChoice`, `NotNow`, and `PersonErased` where there is text.
    """
    matter = urgent_store.one(connection, id)
    if matter is None:
        raise UnknownTask(id)
    store.take_turns(connection, [matter.spell])
    matter = urgent_store.one(connection, id) or matter
    lists = sitting.desk.reference_now(connection).lists
    if wish.act == "take-up" and sitting.actor.role == NIGHT_ROLE:
        raise NotNow("The discharge team takes up what the night wrote.")
    detail = _detail(matter, wish, lists, sitting.now_ms)
    done = Act(sitting.version + 1, wish.act, sitting.actor.who, sitting.now_ms, detail)
    return _keep(connection, sitting, matter, kind_of(lists, matter), done, wish.text)


def say_urgent(connection: Connection, sitting: Sitting, task_id: str, code: str, text: str) -> str:
    """Say that something about a task's person is urgent, of a kind of the table, and what must be done tonight.

    Returns the matter's id. Raises `UnknownTask`, `StaleTask`, `NotAChoice`, `NotNow` where it stands already, and
    `PersonErased`. The version is that of the matter as shown, 0 where there is none yet.
    """
    wanted = select(task.c.spell_key, task.c.patient_key, task.c.person_id, task.c.invented).where(
        task.c.generation == sitting.desk.generation, task.c.task_id == task_id, task.c.kind == KIND
    )
    row = connection.execute(wanted).first()
    if row is None:
        raise UnknownTask(task_id)
    store.take_turns(connection, [row.spell_key])
    lists = sitting.desk.reference_now(connection).lists
    kinds = lists.urgent(sitting.now_ms)
    check_choice(kinds.by_code, code)
    known = urgent_store.of_spells(connection, [row.spell_key]).get((row.spell_key, code))
    if known is not None and known.stands:
        raise NotNow("This stands on the list of what is urgent already: write what is to be done there.")
    now = sitting.now_ms
    matter = (
        replace(known, since_ms=now, heard_ms=now, list_version=kinds.ident)
        if known is not None
        else Matter(
            matter_id(row.spell_key, code), row.spell_key, code, kinds.ident, row.patient_key, row.person_id,
            "urgent", now, now, now, invented=row.invented,
        )
    )  # fmt: skip
    done = Act(matter.desk.version + 1, "say-urgent", sitting.actor.who, now, {})
    _keep(connection, replace(sitting, version=matter.desk.version), matter, kinds.by_code[code], done, text)
    return matter.id


def _detail(matter: Matter, wish: UrgentWish, lists: ReferenceLists, now_ms: int) -> dict[str, Any]:
    kind = kind_of(lists, matter)
    match wish.act:
        case "answer":
            if kind is None or not kind.asks:
                raise NotNow("Nothing is asked about this.")
            if wish.choice not in ANSWERS:
                raise NotAChoice(f"{wish.choice!r} is not one of {', '.join(ANSWERS)}")
            return {"said": wish.choice, "since_ms": matter.since_ms}
        case "ring":
            kinds = lists.urgent(now_ms)
            check_choice(kinds.rung_words, wish.choice)
            return {"whom": wish.choice, "reached": wish.reached, "list": kinds.ident}
        case "settle":
            if not matter.stands:
                raise NotNow("This is not urgent any more.")
            return {"since_ms": matter.since_ms}
        case "take-up":
            if not matter.to_take_up:
                raise NotNow("Everything that was written here is taken up.")
            return {}
        case "note":
            return {}


def _keep(
    connection: Connection, sitting: Sitting, matter: Matter, kind: UrgentKind | None, done: Act, text: str
) -> int:
    if matter.desk.version != sitting.version:
        raise StaleTask(f"version {sitting.version} is not the last one")
    id = derived_id(sitting.now_ms, matter.id, done.version, done.act, sitting.actor.who)
    keep_act(connection, urgent_act, sitting, matter.patient_key, done, id, text, task_id=matter.id)
    sitting.actor.did(connection, f"urgent matter {done.act}", matter.person_id, "", sitting.now_ms)
    held_before = matter.status != "over"
    matter.acts.append((done, sitting.actor.role))
    holds = held_before or done.act == "say-urgent"
    asks = kind is not None and bool(kind.asks)
    matter.status = urgent_status(matter.desk, holds=holds, asks=asks)
    urgent_store.save(connection, [matter], sitting.now_ms)
    return done.version
