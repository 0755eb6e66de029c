"""What keeps a discharge task from being completed: asked in one place, and shown before anybody tries.

Whoever asks gets every reason at once, so that nobody clears one only to meet the next.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from ascbridge.discharge.keeping.council_things import things_of
from ascbridge.discharge.pack.pack_store import read_pack
from ascbridge.discharge.sub_tasks.sub_state import outstanding
from ascbridge.discharge.sub_tasks.sub_store import read_sub_works

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from ascbridge.discharge.keeping.council_things import Thing
    from ascbridge.events.facts.split_work import SubTaskFact
    from ascbridge.reference.pack_items import Packs


@dataclass(frozen=True, slots=True)
class Block:
    """One thing that blocks, in words; `sub_task` is where it is worked on, if anywhere yet."""

    what: Literal["equipment", "pack"]
    words: str
    sub_task: str = ""


def what_blocks(connection: Connection, spell: str, patient_key: str) -> tuple[Block, ...]:
    """Return what keeps the task of a stay from being completed."""
    works = read_sub_works(connection, [spell]).values()
    facts = [work.fact for work in works if work.fact is not None]
    return equipment_blocks(facts, things_of(connection, [patient_key])[patient_key])


def pack_blocks(
    connection: Connection, task_id: str, packs: Packs, pathway: int | None, setting: str
) -> tuple[Block, ...]:
    """Return the items that a pathway and setting ask for and that are neither there nor waived."""
    missing = read_pack(connection, task_id).missing(packs.required(pathway, setting))
    return tuple(
        Block("pack", f"{packs.words[code]}: missing from what goes with the person") for code in missing
    )


def equipment_blocks(facts: list[SubTaskFact], things: dict[str, Thing]) -> tuple[Block, ...]:
    """Return what of the equipment that somebody needs before they leave is not there yet. Pure.

    What the council ordered for the discharge counts also where nobody split off work for it.
    """
    own = [
        Block("equipment", f"{one.what or one.title}: {one.state_words.lower()}", one.task)
        for one in sorted(facts, key=lambda one: (one.opened_ms, one.task))
        if outstanding(one)
    ]
    worked_on = {one.about for one in facts if one.about}
    councils = [
        Block("equipment", f"{thing.words or 'Equipment'}: {thing.status} by the council's word")
        for slot, thing in sorted(things.items())
        if thing.outstanding and slot not in worked_on
    ]
    return (*own, *councils)
