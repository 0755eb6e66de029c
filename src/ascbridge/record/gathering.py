"""Fills the views of many people at once: a fixed number of queries, however many there are.

What names anybody is opened here, by `people.opening`, which withholds it of the restricted and answers *erased*.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import bindparam, or_, select

from ascbridge.events.facts.catalogue import SealedPatient, SealedVisit, StayChanged, TaskFact
from ascbridge.events.facts.information_pack import InformationPackChanged
from ascbridge.people.membership import person_of
from ascbridge.people.opening import SealedValue, open_many
from ascbridge.people.quarantine import WITHHELD
from ascbridge.record.care_parts import KINDS, care_views, open_care
from ascbridge.record.council_parts import answers_view, door_task_view, objects, request_view
from ascbridge.record.mapping.care_table import MAPPINGS
from ascbridge.record.patient_parts import Known, PatientRow, patient_view
from ascbridge.record.split_parts import assessment_view, sub_task_view
from ascbridge.record.views import PatientView, PersonView, StayView, TaskView
from ascbridge.storage.prepared import Prepared, unindexed
from ascbridge.storage.tables import patient, quarantine, record_part, sent_resource, spell
from ascbridge.uk_core import fhir_id

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import Connection

    from ascbridge.events.facts.fact import Part
    from ascbridge.people.data_keys import DataKeys

PARTS_OF = {
    "Encounter": ("stay",),
    "ServiceRequest": ("task", "request"),
    "QuestionnaireResponse": ("answers", "assessed"),
    "DocumentReference": ("assessed",),
    **dict.fromkeys((each.resource_type for each in MAPPINGS), ("care",)),
    "Task": ("task", "sub", "door", "care"),
    "Consent": ("objection",),
}
"""What kinds of part a resource of each type may stand for, whose id it shares up to the first dot."""


class PartRow(NamedTuple):
    """What the record reads of one of its parts."""

    kind: str
    part_id: str
    patient_key: str
    data: bytes
    message_id: str
    revision: int = 0
    event_id: str = ""
    sealed: bytes | None = None
    key_id: str = ""


_of_generation = record_part.c.generation == bindparam("of")
_PATIENTS = Prepared.of(
    lambda one_of: select(*(patient.c[name] for name in PatientRow._fields)).where(
        one_of(patient.c.person_id, "people")
    )
)
_QUARANTINED = Prepared.of(
    lambda one_of: select(quarantine.c.patient_key, quarantine.c.state).where(
        one_of(quarantine.c.patient_key, "keys")
    )
)
_PARTS = Prepared.of(
    lambda one_of: (
        select(*(record_part.c[name] for name in PartRow._fields))
        .where(
            unindexed(record_part.c.generation) == bindparam("of"), one_of(record_part.c.patient_key, "keys")
        )
        .order_by(record_part.c.kind, record_part.c.part_id)
    )
)
_PUBLISHED = Prepared.of(
    lambda one_of: (
        select(sent_resource.c.person_id, sent_resource.c.resource)
        .where(sent_resource.c.sink == bindparam("of"), one_of(sent_resource.c.person_id, "people"))
        .order_by(unindexed(sent_resource.c.resource))
    )
)
_OWNERS = Prepared.of(
    lambda one_of: select(record_part.c.kind, record_part.c.part_id, record_part.c.patient_key).where(
        _of_generation,
        or_(
            *(
                record_part.c.kind == kind
                for kind in dict.fromkeys(kind for kinds in PARTS_OF.values() for kind in kinds)
            )
        ),
        one_of(record_part.c.part_id, "ids"),
    )
)
_RETIRED = Prepared.of(
    lambda one_of: select(record_part.c.part_id, record_part.c.patient_key).where(
        _of_generation, record_part.c.kind == "retired", one_of(record_part.c.part_id, "people")
    )
)
_VISITS = Prepared.of(
    lambda one_of: select(spell.c.spell_key, spell.c.sealed, spell.c.key_id, spell.c.sealed_event).where(
        spell.c.generation == bindparam("of"), one_of(spell.c.spell_key, "stays"), spell.c.sealed.is_not(None)
    )
)


def gather(
    connection: Connection, data_keys: DataKeys, sink: str, person_ids: Sequence[str], generation: int = 1
) -> dict[str, PersonView]:
    """Return the view of each person, whoever they now are. Raises `SealBroken` where something was tampered with."""
    known = patients_of(connection, data_keys, person_ids)
    living = {each.row.patient_key: each.row for group in known.values() for each in group if not each.erased}
    parts = _parts(connection, list(living), generation)
    published = _published(connection, sink, person_ids)
    elsewhere = _elsewhere(connection, published, parts, living, generation)
    successors = _successors(connection, [person for person in person_ids if person not in known], generation)
    visits = _visits(connection, data_keys, parts, living, generation)
    sources = {part.part_id: part.message_id for part in parts if part.kind == "patient"}
    opened = _opened(connection, data_keys, parts, living)
    by_person: dict[str, list[PartRow]] = defaultdict(list)
    for part in parts:
        by_person[living[part.patient_key].person_id].append(part)
    views = {}
    for person in person_ids:
        group, mine = known.get(person, []), by_person[person]
        objecting = any(objects(part.data) for part in mine if part.kind == "objection")
        about = replace(patient_view(person, group, successors.get(person, ""), sources), objects=objecting)
        requests = tuple(
            request_view(part.part_id, part.data, part.message_id, about)
            for part in mine
            if part.kind == "request"
        )
        stays = tuple(_stay(part, about, living, visits) for part in mine if part.kind == "stay")
        views[person] = PersonView(
            patient=about,
            stays=stays,
            tasks=tuple(_task(part, about, stays, mine) for part in mine if part.kind == "task"),
            sub_tasks=tuple(
                sub_task_view(part.data, part.message_id, about, mine) for part in mine if part.kind == "sub"
            ),
            assessments=tuple(
                assessment_view(part.data, part.message_id, about, mine, opened.get(part.part_id))
                for part in mine
                if part.kind == "assessed"
            ),
            door_tasks=tuple(
                door_task_view(part.data, part.message_id, about, requests)
                for part in mine
                if part.kind == "door"
            ),
            requests=requests,
            answers=tuple(
                answers_view(part.part_id, part.data, part.message_id, about, requests)
                for part in mine
                if part.kind == "answers"
            ),
            care=care_views(
                [part for part in mine if part.kind in KINDS],
                about,
                requests,
                opened,
                held=f"Patient/{fhir_id(person)}" in published.get(person, ()),
            ),
            published=tuple(published.get(person, ())),
            elsewhere=frozenset(
                name for name in published.get(person, ()) if elsewhere.get(name, person) != person
            ),
            keys=tuple(sorted(each.row.patient_key for each in group)),
        )
    return views


def patients_of(
    connection: Connection, data_keys: DataKeys, person_ids: Iterable[str]
) -> dict[str, list[Known]]:
    """Return each person's patients, the last to speak first, and without what a restriction withholds."""
    rows = [PatientRow(*row) for row in _PATIENTS.rows(connection, people=list(person_ids))]
    restricted = {row.person_id for row in rows if row.restricted}
    sealed = {
        row.patient_key: (
            SealedValue(row.sealed, row.key_id, row.sealed_event),
            row.person_id in restricted,
        )
        for row in rows
        if row.sealed is not None
    }
    values = open_many(connection, data_keys, list(sealed.values()), model=SealedPatient)
    opened = dict(zip(sealed, values, strict=True))
    found: dict[str, list[Known]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: (row.stamp, row.patient_key), reverse=True):
        found[row.person_id].append(Known(row, opened.get(row.patient_key)))
    return _without_quarantined(connection, found, [row.patient_key for row in rows])


def _without_quarantined(
    connection: Connection, found: dict[str, list[Known]], patient_keys: list[str]
) -> dict[str, list[Known]]:
    """Take away NHS numbers that wait for a person to settle whose they are, or that are not theirs."""
    rows = _QUARANTINED.rows(connection, keys=patient_keys) if patient_keys else ()
    waiting = {key for key, state in rows if state in WITHHELD}
    if not waiting:
        return found
    return {
        person: [
            Known(each.row, each.sealed.model_copy(update={"nhs_number": ""}))
            if isinstance(each.sealed, SealedPatient) and each.row.patient_key in waiting
            else each
            for each in group
        ]
        for person, group in found.items()
    }


def _parts(connection: Connection, patient_keys: list[str], generation: int) -> list[PartRow]:
    rows = _PARTS.rows(connection, of=generation, keys=patient_keys) if patient_keys else ()
    return [PartRow(*row) for row in rows]


def _published(connection: Connection, sink: str, person_ids: Iterable[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for person, name in _PUBLISHED.rows(connection, of=sink, people=list(person_ids)):
        found[person].append(name)
    return found


def _elsewhere(
    connection: Connection,
    published: dict[str, list[str]],
    parts: Iterable[PartRow],
    living: dict[str, PatientRow],
    generation: int,
) -> dict[str, str]:
    """Return whose each published stay, task and so on now is, by the resource's name."""
    names = {}
    for name in (name for group in published.values() for name in group):
        resource_type, part_id = name.split("/")
        if resource_type in PARTS_OF:
            names[name] = [(kind, part_id.partition(".")[0]) for kind in PARTS_OF[resource_type]]
    owners = {(part.kind, part.part_id): living[part.patient_key].person_id for part in parts}
    strange = {named[0][1] for named in names.values() if not any(each in owners for each in named)}
    if strange:
        rows = _OWNERS.rows(connection, of=generation, ids=list(strange))
        people = person_of(connection, [key for _, _, key in rows])
        owners |= {(kind, part_id): people[key] for kind, part_id, key in rows if key in people}
    return {name: owners[each] for name, named in names.items() for each in named if each in owners}


def _successors(connection: Connection, person_ids: Sequence[str], generation: int) -> dict[str, str]:
    """Return who those people now are of whom no patient is left: the projection wrote down a key that
    moved on.
    """
    if not person_ids:
        return {}
    moved = dict(list(_RETIRED.rows(connection, of=generation, people=list(person_ids))))
    people = person_of(connection, moved.values())
    return {person: people[key] for person, key in moved.items() if key in people}


def _opened(
    connection: Connection, data_keys: DataKeys, parts: Iterable[PartRow], living: dict[str, PatientRow]
) -> dict[str, Part]:
    """Return what the council's facts sealed, by the id of the part."""
    restricted = {row.person_id for row in living.values() if row.restricted}
    values = [(part, living[part.patient_key].person_id in restricted) for part in parts if part.sealed]
    return open_care(connection, data_keys, values) if values else {}


def _visits(
    connection: Connection,
    data_keys: DataKeys,
    parts: Iterable[PartRow],
    living: dict[str, PatientRow],
    generation: int,
) -> dict[str, str]:
    """Return the hospital's own number of each stay that has one, by spell key."""
    stays = [part.part_id for part in parts if part.kind == "stay"]
    if not stays:
        return {}
    rows = _VISITS.rows(connection, of=generation, stays=stays)
    restricted = {row.person_id for row in living.values() if row.restricted}
    hidden = {part.part_id for part in parts if living[part.patient_key].person_id in restricted}
    values = [(SealedValue(*sealed), spell_key in hidden) for spell_key, *sealed in rows]
    opened = open_many(connection, data_keys, values, model=SealedVisit)
    return {
        row[0]: visit.visit_number
        for row, visit in zip(rows, opened, strict=True)
        if isinstance(visit, SealedVisit)
    }


def _stay(
    part: PartRow, about: PatientView, living: dict[str, PatientRow], visits: dict[str, str]
) -> StayView:
    return StayView(
        person_id=about.person_id,
        fact=StayChanged.model_validate_json(part.data),
        restricted=about.restricted,
        visit_number=visits.get(part.part_id, ""),
        authority=living[part.patient_key].authority,
        source=part.message_id,
    )


def _task(part: PartRow, about: PatientView, stays: Sequence[StayView], mine: Sequence[PartRow]) -> TaskView:
    fact = TaskFact.model_validate_json(part.data)
    packs = (each.data for each in mine if each.kind == "pack" and each.part_id == fact.task)
    stay = next((stay for stay in stays if stay.fact.spell == fact.spell), None)
    return TaskView(
        person_id=about.person_id,
        fact=fact,
        restricted=about.restricted,
        facility=stay.fact.facility if stay else "",
        has_stay=stay is not None,
        source=part.message_id,
        pack=next(map(InformationPackChanged.model_validate_json, packs), None),
    )
