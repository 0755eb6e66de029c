"""What people do with the information that goes with a person: kept for good, checked by version, published at once.

What it is that came, of whom a receipt was asked and who gave it is sealed: it says where the person goes. Call each
function inside one write transaction.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args

from sqlalchemy import select

from ascbridge.discharge.acts.desk import NotAChoice, NotNow, StaleTask, UnknownTask, check_choice, keep_act
from ascbridge.discharge.deciding.decision import KIND
from ascbridge.discharge.deciding.desk_state import Act
from ascbridge.discharge.keeping import store
from ascbridge.discharge.pack import pack_store
from ascbridge.discharge.pack.pack_state import PackState, pack_state, receipt_due
from ascbridge.events.facts.catalogue import TaskFact
from ascbridge.events.facts.information_pack import InformationPackChanged
from ascbridge.events.logs.envelope import Cause, derived_id
from ascbridge.people.release import KnownDraft, release_batch
from ascbridge.storage.tables import pack_act, task

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy import Connection

    from ascbridge.discharge.acts.desk import Sitting
    from ascbridge.events.facts.catalogue import Fact, Part
    from ascbridge.reference.pack_items import Packs

PackActName = Literal["present", "waive", "missing", "ask-receipt", "receipt"]
PACK_ACTS: tuple[PackActName, ...] = get_args(PackActName)


@dataclass(frozen=True, slots=True)
class PackWish:
    """One act: on `items` (for *waive* and *missing* one), with a reason where one is waived.

    `text` says where an item is found, of whom a receipt is asked, or who gave it; `received_ms` (UTC ms) when.
    """

    act: PackActName
    items: tuple[str, ...] = ()
    reason: str = ""
    text: str = ""
    received_ms: int | None = None


def pack_change(connection: Connection, sitting: Sitting, task_id: str, wish: PackWish) -> int:
    """Do one act on a task's pack and return its new version.

    Raises `UnknownTask`, `StaleTask`, `NotNow`, `NotAChoice`, and `PersonErased` where there is text.
    """

    def detail(packs: Packs, acts: Sequence[Act]) -> dict[str, Any]:
        return _detail(packs, sitting, pack_state(acts), wish)

    def said(parent: TaskFact, acts: Sequence[Act], packs: Packs) -> Fact:
        return pack_fact(parent, pack_state(acts), packs)

    return record_paper(connection, sitting, task_id, wish.act.replace("-", "_"), detail, said, wish.text)


def record_paper(
    connection: Connection,
    sitting: Sitting,
    task_id: str,
    act: str,
    detail: Callable[[Packs, Sequence[Act]], dict[str, Any]],
    said: Callable[[TaskFact, Sequence[Act], Packs], Fact],
    text: str,
    sealed: Part | None = None,
) -> int:
    """Keep one act on a task's papers, and publish what `said` makes of all of them, with what it seals. Returns their
    new version.

    `detail` gives what the act keeps, by the list in force and the acts before it, or raises why it cannot be.
    """
    found = connection.execute(
        select(task.c.spell_key, task.c.patient_key, task.c.person_id, task.c.body).where(
            task.c.generation == sitting.desk.generation, task.c.task_id == task_id, task.c.kind == KIND
        )
    ).first()
    if found is None:
        raise UnknownTask(task_id)
    store.take_turns(connection, [found.spell_key])
    acts = pack_store.read_pack_acts(connection, task_id)
    version = max((one.version for one in acts), default=0)
    if version != sitting.version:
        raise StaleTask(f"version {sitting.version} is not the last one")
    packs = sitting.desk.reference_now(connection).lists.packs(sitting.now_ms)
    done = Act(version + 1, act, sitting.actor.who, sitting.now_ms, detail(packs, acts))
    id = derived_id(sitting.now_ms, task_id, "pack", done.version, done.act, sitting.actor.who)
    keep_act(connection, pack_act, sitting, found.patient_key, done, id, text, task_id=task_id)
    sitting.actor.did(connection, f"pack {act.replace('_', '-')}", found.person_id, "", sitting.now_ms)
    fact = said(TaskFact.model_validate_json(found.body), [*acts, done], packs)
    _publish(connection, sitting, found.patient_key, fact, sealed, Cause(id, id, sitting.now_ms))
    return done.version


def pack_fact(parent: TaskFact, state: PackState, packs: Packs) -> InformationPackChanged:
    """Return a pack as an event."""
    required = packs.required(parent.pathway, parent.setting)
    waived = {code: one.reason for code, one in state.entries.items() if one.state == "waived"}
    return InformationPackChanged(
        task=parent.task,
        spell=parent.spell,
        revision=state.version,
        required=required,
        present=tuple(code for code, one in state.entries.items() if one.state == "present"),
        waived=waived,
        missing=state.missing(required),
        list_version=packs.ident,
        receipt_asked_ms=state.asked_ms,
        receipt_due_ms=receipt_due(state, packs),
        receipt_ms=state.received_ms,
    )


def _detail(packs: Packs, sitting: Sitting, state: PackState, wish: PackWish) -> dict[str, Any]:
    for code in wish.items:
        check_choice(packs.words, code)
    match wish.act:
        case "present":
            if not wish.items:
                raise NotAChoice("choose what is there")
            return {"items": list(wish.items)}
        case "waive":
            check_choice(packs.waive_reasons, wish.reason)
            return {"item": _one(wish), "reason": wish.reason, "list": packs.ident}
        case "missing":
            if _one(wish) not in state.entries:
                raise NotNow("This is marked as missing already.")
            return {"item": _one(wish)}
        case "ask-receipt":
            return {}
        case "receipt":
            if state.asked_ms is None:
                raise NotNow("Nobody was asked for a receipt yet.")
            if state.received_ms is not None:
                raise NotNow("The receipt is written down already.")
            at_ms = wish.received_ms if wish.received_ms is not None else sitting.now_ms
            if not state.asked_ms <= at_ms <= sitting.now_ms:
                raise NotAChoice("a receipt comes after it was asked for, and not in time to come")
            return {"received_ms": at_ms}


def _one(wish: PackWish) -> str:
    if len(wish.items) != 1:
        raise NotAChoice("choose one item")
    return wish.items[0]


def _publish(
    connection: Connection, sitting: Sitting, patient_key: str, fact: Fact, sealed: Part | None, cause: Cause
) -> None:
    desk = sitting.desk
    draft = KnownDraft(patient_key, "paper", sitting.now_ms, fact, sealed)
    released = release_batch(connection, [(cause, [draft])], desk.data_keys, desk.prefix, sitting.now_ms)
    desk.outbox.emit(connection, [one for events in released for one in events], sitting.now_ms)
