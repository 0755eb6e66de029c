"""What people do at the desk: each act is kept for good, checked by version, and decided upon at once.

An act is a truth of its own that no message overwrites. Its version is the one after what the person saw;
where somebody was quicker the act is refused (`StaleTask`) and nothing is lost. Free text is sealed with the
patient's data key. Call each function inside one write transaction: act, audit and the task's new state go
together.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson
from sqlalchemy import select

from ascbridge.discharge.acts.held_up import pack_blocks, what_blocks
from ascbridge.discharge.acts.outside import ANSWERS, shown_outside
from ascbridge.discharge.deciding.blocks import Stopped, stopping
from ascbridge.discharge.deciding.decision import KIND, task_id
from ascbridge.discharge.deciding.desk_state import Act, desk_state, undoable
from ascbridge.discharge.deciding.pathway import CLOSED, MAY, UNOPENED, Stage, stage_now
from ascbridge.discharge.folding.stays import Desk, Heard, Stays
from ascbridge.discharge.keeping import store
from ascbridge.events.logs.envelope import Cause, derived_id
from ascbridge.events.logs.sealing import seal
from ascbridge.reference.reason_lists import DROP
from ascbridge.storage.tables import desk_act, task

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sqlalchemy import Connection, Table

    from ascbridge.discharge.acts.held_up import Block
    from ascbridge.discharge.deciding.reference import Reference
    from ascbridge.discharge.keeping.store import Stay
    from ascbridge.people.actor import Actor


class StaleTask(Exception):
    """Somebody changed the task since this person saw it: show it again as it is now."""


class UnknownTask(LookupError):
    """There is no such task, or no such stay."""


class NotNow(Exception):
    """The task as it stands does not allow this act; the text says why, for the person who tried."""


class NotAChoice(ValueError):
    """A stage, outcome, reason or look that there is not."""


class SpeakFirst(Exception):
    """Somebody must be spoken to before this: say when they were."""


class PersonErased(Exception):
    """The person's data key is gone: nothing can be written about them any more."""


@dataclass(frozen=True, slots=True)
class Sitting:
    """One person at the desk with one task before them: `version` is the task's `desk_version` as shown.

    Of a sub-task or a pack it is theirs, and for splitting work off it is how many sub-tasks the task had as shown.
    """

    desk: Desk
    actor: Actor
    version: int
    now_ms: int


UNSIGNED = frozenset({"hold", "lift_hold"})
"""Acts whose doer nobody at the desk is told: who holds a discharge up would say why. The audit knows, behind the
safeguarding wall where there is one."""


def claim(connection: Connection, sitting: Sitting, task_id: str) -> int:
    """Take a task. Returns its new version. Raises `StaleTask`, `UnknownTask`, `NotNow`."""
    return _open_act(connection, sitting, task_id, "claim")


def release(connection: Connection, sitting: Sitting, task_id: str) -> int:
    """Put a task back for others to take. Returns and raises as `claim`."""
    return _open_act(connection, sitting, task_id, "release")


def note(connection: Connection, sitting: Sitting, task_id: str, text: str) -> int:
    """Write a note about a task in any state. Returns and raises as `claim`; also `PersonErased`."""
    return _act(connection, sitting, spell_of(connection, sitting, task_id), "note", {}, text)


def complete(
    connection: Connection,
    sitting: Sitting,
    task_id: str,
    outcome: str,
    text: str = "",
    spoken_ms: int | None = None,
) -> int:
    """Finish the work with an outcome of reference data. Returns and raises as `note`; `NotAChoice`, and `NotNow` also
    where something must be done first or work does not close at this stage.

    Where there is a hold, `spoken_ms` (UTC ms, not to come) says when whom it names was spoken to: else `SpeakFirst`.
    """
    reference = sitting.desk.reference_now(connection)
    check_choice(reference.outcomes, outcome)

    def see(stay: Stay) -> dict[str, Any]:
        here = stage_of(stay)
        if not reference.lists.stages(sitting.now_ms).of(here).may_close:
            raise NotNow(f"Work does not close here: {reference.words.stage[here]}.")
        pathway, done = reference.outcomes[outcome].pathway, desk_state(stay.acts)
        setting = (
            done.setting if done.pathway == pathway else ""
        )  # an outcome on another pathway names no setting
        packs = reference.lists.packs(sitting.now_ms)
        also = pack_blocks(connection, task_id, packs, pathway, setting)
        nothing_blocks(connection, stay, "completion", reference, also)
        if not desk_state(stay.acts).standing.hold_version:
            return {}
        if spoken_ms is None or spoken_ms > sitting.now_ms:
            raise SpeakFirst("somebody must be spoken to before discharge")
        return {"spoken_ms": spoken_ms}

    return record_act(connection, sitting, task_id, "complete", {"outcome": outcome}, text, see=see)


def drop(connection: Connection, sitting: Sitting, task_id: str, why: str, text: str = "") -> int:
    """Give the task up with a reason of reference data. Returns and raises as `note`; also `NotAChoice`."""
    reference = sitting.desk.reference_now(connection)
    detail = chosen_reason(reference, DROP, why, sitting.now_ms)
    return _open_act(connection, sitting, task_id, "drop", detail, text)


def open_by_hand(connection: Connection, sitting: Sitting, spell: str, text: str = "") -> int:
    """Open a stay's one task whatever the rules decided, or again after it was done, dropped or withdrawn.

    Returns and raises as `note`; `NotNow` where it is open already.
    """
    return _act(connection, sitting, spell, "open_by_hand", {}, text)


def settle_look(connection: Connection, sitting: Sitting, task_id: str, look: str, text: str = "") -> int:
    """Say that somebody looked at a contradiction; a new one of the same kind shows again.

    Returns and raises as `note`; `NotAChoice` where the task has no such look.
    """
    spell = spell_of(connection, sitting, task_id)
    return _act(connection, sitting, spell, "look_settled", {"look": look}, text)


def undo(connection: Connection, sitting: Sitting, task_id: str) -> int:
    """Take back one's own last act within ten minutes; it counts as never done, and both stay in the story.

    Returns and raises as `claim`; `NotNow` where somebody has acted since or the ten minutes are over.
    """
    return _act(connection, sitting, spell_of(connection, sitting, task_id), "undo", {}, "")


def check_choice(choices: Mapping[str, object], chosen: str) -> None:
    """Raise `NotAChoice` where `chosen` is none of them."""
    if chosen not in choices:
        raise NotAChoice(f"{chosen!r} is not one of {', '.join(choices)}")


def chosen_reason(reference: Reference, name: str, why: str, at_ms: int) -> dict[str, Any]:
    """Return a reason of the list `name` as an act keeps it: with the version of its list. Raises `NotAChoice`."""
    reasons, ident = reference.reasons_for(name, at_ms)
    check_choice(reasons, why)
    return {"why": why, "list": ident}


def stage_of(stay: Stay) -> Stage:
    """Return the stage of a stay's task by its present name; every task was new first."""
    return stage_now(stay.task.stage) if stay.task is not None else "new"


def nothing_blocks(
    connection: Connection, stay: Stay, what: Stopped, reference: Reference, also: Iterable[Block] = ()
) -> None:
    """Raise `NotNow` where something must be done before somebody leaves, or before the task is completed."""
    blocks = stay.task.blocks if stay.task is not None else ()
    found = [reference.words.block[code] for code in stopping(blocks, what)]
    found += [one.words for one in (*what_blocks(connection, stay.key, stay.patient_key), *also)]
    if found:
        raise NotNow(f"First: {'; '.join(found)}.")


def spell_of(connection: Connection, sitting: Sitting, id: str) -> str:
    """Return the stay of a discharge task. Raises `UnknownTask`."""
    wanted = select(task.c.spell_key).where(
        task.c.generation == sitting.desk.generation, task.c.task_id == id, task.c.kind == KIND
    )
    spell = connection.execute(wanted).scalar()
    if spell is None:
        raise UnknownTask(id)
    return str(spell)


def _open_act(
    connection: Connection,
    sitting: Sitting,
    id: str,
    act: str,
    detail: dict[str, Any] | None = None,
    text: str = "",
) -> int:
    return record_act(connection, sitting, id, act, detail or {}, text)


Seeing = Callable[["Stay"], dict[str, Any]]
"""What an act rests on in the stay as it is now: returns what is to be kept of it, or raises why the act cannot be."""


def record_act(
    connection: Connection,
    sitting: Sitting,
    id: str,
    act: str,
    detail: dict[str, Any],
    text: str,
    *,
    opened: bool = True,
    see: Seeing | None = None,
) -> int:
    """Do one act on a task, for the modules beside this one; `opened`: only while the task is (`pathway.MAY`).

    Returns the task's new version. Raises `StaleTask`, `UnknownTask`, `NotNow`, what `see` raises, and `PersonErased`
    where there is text.
    """
    spell = spell_of(connection, sitting, id)
    return _act(connection, sitting, spell, act, detail, text, working=opened, see=see)


def _act(
    connection: Connection,
    sitting: Sitting,
    spell: str,
    act: str,
    detail: dict[str, Any],
    text: str,
    *,
    working: bool = False,
    see: Seeing | None = None,
) -> int:
    stays = Stays(connection, sitting.desk, sitting.now_ms)
    stays.load([spell], [])
    stay = stays.known(spell)
    if stay is None:
        raise UnknownTask(spell)
    if desk_state(stay.acts).version != sitting.version:
        raise StaleTask(f"version {sitting.version} is not the last one")
    _allowed(stay, act, working=working)
    detail = {**detail, **_seen(connection, stay, sitting, act, detail)}
    detail |= see(stay) if see is not None else {}
    done = Act(sitting.version + 1, act, sitting.actor.who, sitting.now_ms, detail)
    id = derived_id(sitting.now_ms, task_id(spell), done.version, act, sitting.actor.who)
    keep_act(connection, desk_act, sitting, stay.patient_key, done, id, text, task_id=task_id(spell))
    sitting.actor.did(connection, f"task {act}", stay.person_id, "", sitting.now_ms)
    stay.acts.append(done)
    stay.moved_ms = sitting.now_ms
    stays.decide(spell, Heard(Cause(id, id, sitting.now_ms), stay.patient_key, sitting.now_ms))
    stays.save()
    return done.version


def _seen(
    connection: Connection, stay: Stay, sitting: Sitting, act: str, detail: dict[str, Any]
) -> dict[str, Any]:
    """Return what an act keeps of what its doer saw: a message may come that takes it back."""
    if act == "look_settled":
        return {"since_ms": _since(stay, detail["look"])}
    if act == "undo":
        return {"undoes": _last_own(connection, stay, sitting)}
    return {"signal": stay.task.signal} if act == "complete" and stay.task is not None else {}


def _allowed(stay: Stay, act: str, *, working: bool) -> None:
    status = stay.task.status if stay.task is not None else None
    if (working or act == "open_by_hand") and act not in (MAY[status] if status else UNOPENED):
        if status == "on-hold":
            raise NotNow(_why_paused(stay))
        closed = status is None or status in CLOSED
        raise NotNow(
            "This task is closed: open it by hand first." if closed else "This task is open already."
        )
    if act == "claim" and stay.claimed_by:
        raise NotNow(f"{stay.claimed_by} has this task.")
    if act == "release" and not stay.claimed_by:
        raise NotNow("Nobody has this task.")


def _why_paused(stay: Stay) -> str:
    if stay.task is not None and desk_state(stay.acts).standing.waits(stay.task.signal):
        return "This task is paused by the team: go on with it first."
    return "This task is paused: the hospital says not ready to leave. It goes on when that changes."


def _last_own(connection: Connection, stay: Stay, sitting: Sitting) -> int:
    last = undoable(stay.acts, sitting.actor.who, sitting.now_ms)
    if last is None:
        raise NotNow(_why_not_undone(connection, stay, sitting))
    told = (
        shown_outside(connection, stay.person_id, task_id(stay.key), last.at_ms)
        if last.act in ANSWERS
        else None
    )
    if told is not None:
        raise NotNow(
            f"This cannot be taken back: {told[0]} was shown it since. Ring the ward and tell them what holds; then "
            "set the task right by acting again."
        )
    return last.version


def _why_not_undone(connection: Connection, stay: Stay, sitting: Sitting) -> str:
    last = max(stay.acts, key=lambda one: one.version, default=None)
    said = "This cannot be taken back: only your own last act can, within ten minutes and while nobody has acted since."
    if last is None or last.actor == sitting.actor.who or last.act in UNSIGNED:
        return f"{said} Set the task right by acting again."
    team = stay.task.owner_team if stay.task is not None else ""
    teams = sitting.desk.reference_now(connection).lists.teams(sitting.now_ms).team
    phone = next((one.phone for one in teams if one.name == team), "")
    reached = f" ({team}{', ' + phone if phone else ''})" if team else ""
    return f"{said} {last.actor} acted last: ring them{reached}, or set the task right by acting again."


def _since(stay: Stay, look: str) -> int:
    for one in orjson.loads(stay.explanation)["looks"]:
        if one["code"] == look and not one["settled"]:
            return int(one["since_ms"])
    raise NotAChoice(f"{look!r} is nothing that this task waits for")


def keep_act(
    connection: Connection,
    table: Table,
    sitting: Sitting,
    patient_key: str,
    done: Act,
    id: str,
    text: str,
    **about: str,
) -> None:
    """Write an act into the table of its desk, its text sealed; `about` are the columns that say on what it is.

    Raises `StaleTask` where somebody was quicker, and `PersonErased` where there is text and no key to seal it with.
    """
    sealed, key_id = None, ""
    if text:
        key = sitting.desk.data_keys.of(connection, [patient_key]).get(patient_key)
        if key is None:
            raise PersonErased("nothing more can be written about this person")
        sealed, key_id = seal(text.encode(), key.key, id), key.key_id
    row = {
        **about,
        "act_id": id,
        "version": done.version,
        "act": done.act,
        "actor": done.actor,
        "role": sitting.actor.role,
        "detail": orjson.dumps(done.detail),
        "sealed": sealed,
        "key_id": key_id,
        "at_ms": done.at_ms,
    }
    if not store.add_act(connection, table, row):
        raise StaleTask(f"version {done.version - 1} is not the last one")
