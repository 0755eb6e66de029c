"""Who is in hospital of those whom a team of the council looks after: told to that team, with or without a task.

One admission for each stay, ward or A&E. It goes when the stay ends, is taken back or is joined with another, when the
council says that nobody looks after the person any longer, and when they died. It says no place.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import literal_column, select

from ascbridge.discharge.keeping.care_slots import last_of
from ascbridge.storage.prepared import Prepared
from ascbridge.storage.tables import known_admission
from ascbridge.storage.upsert import upsert

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from sqlalchemy import Connection

    from ascbridge.discharge.keeping.store import CareRows
    from ascbridge.discharge.urgent.urgent_work import SeenStay

MOST = 5_000
"""How many admissions are read at once: more people than all teams look after are ever in hospital together."""
_HERE = frozenset({"in-progress", "onleave"})
_k = known_admission.c
_IN_HOSPITAL = _k.here > literal_column("0")
"""The condition of the index of who is in hospital, in its words."""
_COLUMNS = (_k.spell_key, _k.patient_key, _k.person_id, _k.team, _k.since_ms, _k.heard_ms, _k.here)
_OF_STAYS = Prepared.of(lambda one_of: select(*_COLUMNS).where(one_of(_k.spell_key, "keys")))


@dataclass(frozen=True, slots=True)
class Admission:
    """One stay of somebody whom `team` looks after, by the council's own name of it.

    `since_ms` is when they came in by the hospital's word, `heard_ms` since when it is that team's business (UTC ms).
    """

    spell: str
    patient_key: str
    person_id: str
    team: str
    since_ms: int
    heard_ms: int
    here: bool = True


def follow_admissions(connection: Connection, stays: Sequence[SeenStay], care: CareRows, now_ms: int) -> None:
    """Let admissions follow how these stays now stand; `care` holds what the council said of their people."""
    known = {row[0]: _admission(row) for row in _OF_STAYS.rows(connection, keys=[one.key for one in stays])}
    changed = []
    for stay in stays:
        before, after = known.get(stay.key), _now(stay, care, now_ms)
        was_here = before is not None and before.here
        if before is not None and was_here and (not after.here or after.team == before.team):
            after = replace(after, heard_ms=before.heard_ms)
        if (was_here or after.here) and after != before:
            changed.append(after)
    upsert(connection, known_admission, [_row(one) for one in changed])


def in_hospital(connection: Connection) -> list[Admission]:
    """Return everybody who is in hospital and whom a team looks after, who came in first first."""
    wanted = select(*_COLUMNS).where(_IN_HOSPITAL).order_by(_k.since_ms, _k.spell_key).limit(MOST)
    return [_admission(row) for row in connection.execute(wanted)]


def admissions_of(connection: Connection, person_ids: Collection[str]) -> dict[str, Admission]:
    """Return the present admission of each of these people who has one, by person id; of two the last."""
    wanted = select(*_COLUMNS).where(_k.person_id.in_(list(person_ids)), _IN_HOSPITAL)
    rows = connection.execute(wanted.order_by(_k.since_ms, _k.spell_key))
    return {one.person_id: one for one in map(_admission, rows)}


def _now(stay: SeenStay, care: CareRows, now_ms: int) -> Admission:
    said = [pair for key in stay.keys for pair in care.get(key, {}).items()]
    worker = last_of(said, "worker")
    team = str(worker.value["team"]) if worker is not None else ""
    here = stay.shown.status in _HERE and bool(team) and not stay.died and not stay.joined
    since_ms = stay.shown.admitted_ms or stay.shown.recorded_ms
    return Admission(stay.key, stay.patient_key, stay.person_id, team, since_ms, now_ms, here)


def _admission(row: Sequence[Any]) -> Admission:
    spell, patient_key, person_id, team, since_ms, heard_ms, here = row
    return Admission(spell, patient_key, person_id, team, since_ms, heard_ms, bool(here))


def _row(one: Admission) -> dict[str, Any]:
    return {
        "spell_key": one.spell, "patient_key": one.patient_key, "person_id": one.person_id, "team": one.team,
        "since_ms": one.since_ms, "heard_ms": one.heard_ms, "here": int(one.here),
    }  # fmt: skip
