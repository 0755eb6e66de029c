"""All work that was split off one discharge task, for its page: with what is proposed, and what blocks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ascbridge.discharge.acts.held_up import equipment_blocks
from ascbridge.discharge.deciding.person_view import person_view
from ascbridge.discharge.keeping.council_things import things_of
from ascbridge.discharge.keeping.store import read_patients
from ascbridge.discharge.sub_tasks.sub_list import subs_of
from ascbridge.discharge.sub_tasks.sub_proposals import proposals
from ascbridge.people.membership import keys_of, person_of
from ascbridge.web.record.case_shown import read_case

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from ascbridge.discharge.acts.held_up import Block
    from ascbridge.discharge.keeping.council_things import Thing
    from ascbridge.discharge.sub_tasks.sub_list import SubRow
    from ascbridge.discharge.sub_tasks.sub_proposals import Proposal
    from ascbridge.reference.sub_task_kinds import SubTasks
    from ascbridge.web.parts import WebParts


@dataclass(frozen=True, slots=True)
class SplitShown:
    """All work of one discharge task. `things` are the council's that have no work yet, by the council's slot."""

    rows: tuple[SubRow, ...]
    proposals: tuple[Proposal, ...]
    blocks: tuple[Block, ...]
    kinds: SubTasks
    things: dict[str, Thing]


def split_shown(
    connection: Connection, parts: WebParts, spell: str, patient_key: str, now_ms: int
) -> SplitShown:
    """Return what was split off the task of a stay, and what is proposed to be."""
    rows = subs_of(connection, spell, now_ms)
    facts = [row.fact for row in rows]
    things = things_of(connection, [patient_key])[patient_key]
    kinds = parts.reference.lists.sub_tasks(now_ms)
    worked_on = {one.about for one in facts}
    keys = _keys(connection, patient_key)
    case = read_case(connection, keys, parts.door.rules.review_years)
    patients = [one for key, one in read_patients(connection, keys).items() if key in keys]
    nowhere = person_view("", patients, {}).fixed_address
    return SplitShown(
        rows=tuple(rows),
        proposals=proposals(case, facts, kinds, nowhere),
        blocks=equipment_blocks(facts, things),
        kinds=kinds,
        things={slot: thing for slot, thing in sorted(things.items()) if slot not in worked_on},
    )


def _keys(connection: Connection, patient_key: str) -> tuple[str, ...]:
    person = person_of(connection, [patient_key]).get(patient_key, patient_key)
    return tuple(keys_of(connection, [person]).get(person, (patient_key,)))
