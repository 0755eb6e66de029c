"""What people do with split-off work: each act is kept for good, checked by version, and decided upon at once.

The acts end in the same ways as those on the discharge task: `StaleTask` where somebody was quicker, `NotNow` where the
task does not allow it. Call each function inside one write transaction. Free text is sealed: who offers a place says
where somebody will be.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args

from sqlalchemy import select

from ascbridge.discharge.acts.desk import (
    NotAChoice,
    NotNow,
    StaleTask,
    UnknownTask,
    check_choice,
    keep_act,
    spell_of,
)
from ascbridge.discharge.deciding.desk_state import Act, undoable
from ascbridge.discharge.keeping import store
from ascbridge.discharge.sub_tasks import sub_store
from ascbridge.discharge.sub_tasks.sub_state import NOT_UNDONE, SUB_MAY, SUB_WORKING, sub_desk_state
from ascbridge.discharge.sub_tasks.sub_work import SubWorks, kinds_of
from ascbridge.events.logs.envelope import Cause, derived_id
from ascbridge.storage.tables import sub_act as sub_act_table
from ascbridge.storage.tables import sub_task

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from ascbridge.discharge.acts.desk import Sitting
    from ascbridge.discharge.sub_tasks.sub_store import SubWork
    from ascbridge.events.facts.split_work import SubTaskFact

SubActName = Literal["claim", "release", "state", "note", "stop", "reopen", "need", "seen", "undo"]
SUB_ACTS: tuple[SubActName, ...] = get_args(SubActName)
_ALWAYS = frozenset({"note", "seen", "undo", "need"})


@dataclass(frozen=True, slots=True)
class Split:
    """What is to be split off. `thing` is one of its kind's, where that has any; `about` the council's slot of it
    (``equipment:E7``) where the council speaks of it.
    """

    kind: str
    thing: str = ""
    about: str = ""
    before_discharge: bool = False
    text: str = ""


@dataclass(frozen=True, slots=True)
class SubWish:
    """One act. `choice` is a state, a reason for stopping, or yes and no where it is about being needed before."""

    act: SubActName
    choice: str = ""
    reason: str = ""
    text: str = ""


def split_off(connection: Connection, sitting: Sitting, parent_id: str, split: Split) -> str:
    """Split work off a discharge task and return its id.

    Raises `UnknownTask`, `StaleTask`, `NotAChoice`, and `NotNow` where the task is not wanted any more or the thing has
    a sub-task; `PersonErased` where there is text.
    """
    spell = spell_of(connection, sitting, parent_id)
    works = _loaded(connection, sitting, [spell])
    works.load_parents([spell])
    parent, mine = works.parents[spell], works.of_parent(parent_id)
    if parent.fact.status in {"cancelled", "entered-in-error"}:
        raise NotNow("This task is not wanted any more: nothing is split off it.")
    if len(mine) != sitting.version:
        raise StaleTask("somebody else split work off this task")
    kinds = sitting.desk.reference_now(connection).lists.sub_tasks(sitting.now_ms)
    kind = kinds.by_code.get(split.kind)
    if kind is None:
        raise NotAChoice(f"{split.kind!r} is not one of {', '.join(kinds.by_code)}")
    if split.about:
        works.load_things()
        if split.about not in works.things(spell):
            raise NotAChoice(f"{split.about!r} is nothing that the council speaks of")
        if any(work.fact is not None and work.fact.about == split.about for work in mine):
            raise NotNow("There is work for this already.")
    elif kind.things:
        check_choice(kind.things, split.thing)
    id = sub_store.sub_task_id(parent_id, len(mine) + 1)
    work = sub_store.SubWork(id, parent_id, spell, parent.patient_key, parent.person_id)
    works.works[id] = work
    detail = {
        "kind": kind.code, "list": kinds.ident, "state": kind.state[0].code, "about": split.about,
        "what": kind.things.get(split.thing) or works.words_of(spell, split.about),
        "before_discharge": split.before_discharge and kind.blocks,
    }  # fmt: skip
    _do(
        connection,
        sitting,
        works,
        work,
        Act(1, "split", sitting.actor.who, sitting.now_ms, detail),
        split.text,
    )
    return id


def sub_act(connection: Connection, sitting: Sitting, sub_id: str, wish: SubWish) -> int:
    """Do one act and return the sub-task's new version.

    Raises `StaleTask`, `UnknownTask`, `NotNow`, `NotAChoice`, and `PersonErased` where there is text.
    """
    spell = connection.execute(select(sub_task.c.spell_key).where(sub_task.c.task_id == sub_id)).scalar()
    if spell is None:
        raise UnknownTask(sub_id)
    works = _loaded(connection, sitting, [str(spell)])
    work = works.works[sub_id]
    assert work.fact is not None
    desk = sub_desk_state(work.acts)
    if desk.version != sitting.version:
        raise StaleTask(f"version {sitting.version} is not the last one")
    _allowed(work.fact, desk.claimed_by, wish)
    detail = _detail(connection, sitting, works, work, wish)
    done = Act(sitting.version + 1, wish.act, sitting.actor.who, sitting.now_ms, detail)
    _do(connection, sitting, works, work, done, wish.text)
    return done.version


def sub_undoable(acts: Sequence[Act], who: str, now_ms: int) -> Act | None:
    """Return the act that this person may take back now: the last of all, their own, and done just before."""
    return undoable(acts, who, now_ms, NOT_UNDONE)


def _loaded(connection: Connection, sitting: Sitting, spells: Sequence[str]) -> SubWorks:
    """Read after everybody else who writes about these stays, so that nobody acts on what has just changed."""
    store.take_turns(connection, spells)
    reference = sitting.desk.reference_now(connection)
    works = SubWorks(connection, sitting.desk, reference, sitting.now_ms)
    works.load(spells)
    return works


def _allowed(fact: SubTaskFact, claimed_by: str, wish: SubWish) -> None:
    if wish.act not in _ALWAYS and wish.act not in SUB_MAY[fact.status]:
        if fact.status == "on-hold":
            raise NotNow("This waits with its discharge task, which is paused.")
        raise NotNow(
            "This is not closed." if fact.status in SUB_WORKING else "This is closed: open it again first."
        )
    if wish.act == "reopen" and fact.status == "cancelled" and fact.reason == fact.signal:
        raise NotNow("Its discharge task, or the council, stopped this: it opens again when that changes.")
    if wish.act == "claim" and claimed_by:
        raise NotNow(f"{claimed_by} has this.")
    if wish.act == "release" and not claimed_by:
        raise NotNow("Nobody has this.")
    if wish.act == "seen" and not fact.tell:
        raise NotNow("There is nothing to be told any more.")


def _detail(
    connection: Connection, sitting: Sitting, works: SubWorks, work: SubWork, wish: SubWish
) -> dict[str, Any]:
    desk = sub_desk_state(work.acts)
    kinds = kinds_of(sitting.desk.reference_now(connection), desk.list_version, sitting.now_ms)
    kind = works.kind_of(desk)
    assert work.fact is not None
    match wish.act:
        case "state":
            state = kind.state_of(wish.choice) if kind is not None else None
            if kind is None or state is None:
                raise NotAChoice(f"{wish.choice!r} is no state of this work")
            found = {"state": state.code, "means": state.means, "counted": state.counted}
            if state.because:
                check_choice(kind.reasons, wish.reason)
                found |= {"reason": wish.reason, "list": desk.list_version}
            return found
        case "stop":
            check_choice(kinds.stop_reasons, wish.choice)
            return {"reason": wish.choice, "list": desk.list_version}
        case "reopen":
            return {"state": kind.state[0].code if kind is not None else desk.state}
        case "need":
            if kind is None or not kind.blocks:
                raise NotAChoice("this kind of work is never needed before somebody leaves")
            check_choice({"yes": "", "no": ""}, wish.choice)
            return {"before_discharge": wish.choice == "yes"}
        case "seen":
            return {"tell": work.fact.tell}
        case "undo":
            last = sub_undoable(work.acts, sitting.actor.who, sitting.now_ms)
            if last is None:
                raise NotNow(
                    "This cannot be taken back: only your own last act can, within ten minutes and while nobody has "
                    "acted since. Set it right by acting again."
                )
            return {"undoes": last.version}
        case _:
            return {}


def _do(
    connection: Connection, sitting: Sitting, works: SubWorks, work: SubWork, done: Act, text: str
) -> None:
    id = derived_id(sitting.now_ms, work.task, done.version, done.act, sitting.actor.who)
    about = {"task_id": work.task, "parent_id": work.parent, "spell_key": work.spell}
    keep_act(connection, sub_act_table, sitting, work.patient_key, done, id, text, **about)
    sitting.actor.did(connection, f"sub-task {done.act}", work.person_id, "", sitting.now_ms)
    work.acts.append(done)
    work.touched = True
    works.decide(work, Cause(id, id, sitting.now_ms), sitting.now_ms)
    works.save()
