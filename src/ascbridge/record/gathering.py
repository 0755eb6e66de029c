"""Fills the views of many people at once: a fixed number of queries, however many there are.

What names anybody is opened here, by way of `people.opening`, which withholds it where a person is
restricted and answers *erased* where the key is gone.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson
from sqlalchemy import select

from ascbridge.events.catalogue import SealedPatient, SealedVisit, StayChanged, TaskFact
from ascbridge.people.identities import in_lists
from ascbridge.people.membership import person_of
from ascbridge.people.opening import Erased, SealedValue, open_many
from ascbridge.record.views import LocalNumber, PatientView, PersonView, StayView, TaskView
from ascbridge.storage.tables import patient, quarantine, record_part, sent_resource, spell

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import Connection, Row

    from ascbridge.people.data_keys import DataKeys

PART_OF = {"Encounter": "stay", "ServiceRequest": "task", "Task": "task"}
SAID_TOGETHER = (
    ("family_name", "given_names", "prefix"),
    ("birth_date",),
    ("address_lines", "postcode"),
    ("phones",),
    ("gp_name", "gp_practice"),
    ("next_of_kin", "next_of_kin_phone"),
)
"""Details that belong to one another: none of them is taken from another source than the rest."""


class Known(NamedTuple):
    """One source's patient: its row, and what opened; `sealed` is None where nothing was ever sealed."""

    row: Row[Any]
    sealed: SealedPatient | Erased | None

    @property
    def erased(self) -> bool:
        """Whether nothing may be kept of this patient."""
        return isinstance(self.sealed, Erased)

    @property
    def details(self) -> SealedPatient:
        """What the source said of the patient, or nothing."""
        return self.sealed if isinstance(self.sealed, SealedPatient) else SealedPatient()


def gather(
    connection: Connection, data_keys: DataKeys, sink: str, person_ids: Sequence[str], generation: int = 1
) -> dict[str, PersonView]:
    """Return the view of each person, whoever they now are. Raises `SealBroken` where something was
    tampered with.
    """
    known = _known(connection, data_keys, person_ids)
    living = {each.row.patient_key: each.row for group in known.values() for each in group if not each.erased}
    parts = _parts(connection, list(living), generation)
    published = _published(connection, sink, person_ids)
    elsewhere = _elsewhere(connection, published, generation)
    successors = _successors(connection, [person for person in person_ids if person not in known], generation)
    visits = _visits(connection, data_keys, parts, living, generation)
    sources = {part.part_id: part.message_id for part in parts if part.kind == "patient"}
    by_person: dict[str, list[Row[Any]]] = defaultdict(list)
    for part in parts:
        by_person[living[part.patient_key].person_id].append(part)
    views = {}
    for person in person_ids:
        group, mine = known.get(person, []), by_person[person]
        about = _patient(person, group, successors.get(person, ""), sources)
        stays = tuple(_stay(part, about, living, visits) for part in mine if part.kind == "stay")
        views[person] = PersonView(
            patient=about,
            stays=stays,
            tasks=tuple(_task(part, about, stays) for part in mine if part.kind == "task"),
            published=tuple(published.get(person, ())),
            elsewhere=frozenset(name for name, other in elsewhere.items() if other != person),
        )
    return views


def _known(connection: Connection, data_keys: DataKeys, person_ids: Iterable[str]) -> dict[str, list[Known]]:
    """Return each person's patients, the last to speak first, and without what a restriction withholds."""
    rows = [
        row
        for part in in_lists(sorted(set(person_ids)))
        for row in connection.execute(select(patient).where(patient.c.person_id.in_(part)))
    ]
    restricted = {row.person_id for row in rows if row.restricted}
    sealed = [row for row in rows if row.sealed is not None]
    values = [
        (SealedValue(row.sealed, row.key_id, row.sealed_event), row.person_id in restricted) for row in sealed
    ]
    opened = dict(
        zip(
            (row.patient_key for row in sealed),
            open_many(connection, data_keys, values, model=SealedPatient),
            strict=True,
        )
    )
    found: dict[str, list[Known]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: (row.stamp, row.patient_key), reverse=True):
        found[row.person_id].append(Known(row, opened.get(row.patient_key)))
    numbers = {row.patient_key for row in rows}
    return _without_quarantined(connection, found, numbers)


def _without_quarantined(
    connection: Connection, found: dict[str, list[Known]], patient_keys: Iterable[str]
) -> dict[str, list[Known]]:
    """Take away NHS numbers that wait for a person to settle whose they are."""
    waiting: set[str] = set()
    for part in in_lists(sorted(patient_keys)):
        waiting.update(
            connection.execute(
                select(quarantine.c.patient_key).where(
                    quarantine.c.patient_key.in_(part), quarantine.c.state == "open"
                )
            ).scalars()
        )
    return {
        person: [
            Known(each.row, each.sealed.model_copy(update={"nhs_number": ""}))
            if isinstance(each.sealed, SealedPatient) and each.row.patient_key in waiting
            else each
            for each in group
        ]
        for person, group in found.items()
    }


def _parts(connection: Connection, patient_keys: Sequence[str], generation: int) -> list[Row[Any]]:
    return [
        row
        for part in in_lists(patient_keys)
        for row in connection.execute(
            select(record_part)
            .where(record_part.c.generation == generation, record_part.c.patient_key.in_(part))
            .order_by(record_part.c.kind, record_part.c.part_id)
        )
    ]


def _published(connection: Connection, sink: str, person_ids: Sequence[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for part in in_lists(person_ids):
        rows = connection.execute(
            select(sent_resource.c.person_id, sent_resource.c.resource)
            .where(sent_resource.c.sink == sink, sent_resource.c.person_id.in_(part))
            .order_by(sent_resource.c.resource)
        )
        for person, name in rows:
            found[person].append(name)
    return found


def _elsewhere(connection: Connection, published: dict[str, list[str]], generation: int) -> dict[str, str]:
    """Return whose each published stay or task now is, by the resource's name."""
    names = [name for group in published.values() for name in group if name.split("/")[0] in PART_OF]
    keys = {}
    for part in in_lists(sorted({name.split("/")[1] for name in names})):
        rows = connection.execute(
            select(record_part.c.kind, record_part.c.part_id, record_part.c.patient_key).where(
                record_part.c.generation == generation,
                record_part.c.kind.in_(("stay", "task")),
                record_part.c.part_id.in_(part),
            )
        )
        keys.update({(kind, part_id): patient_key for kind, part_id, patient_key in rows})
    people = person_of(connection, keys.values())
    owners = {}
    for name in names:
        resource_type, part_id = name.split("/")
        owner = people.get(keys.get((PART_OF[resource_type], part_id), ""))
        if owner is not None:
            owners[name] = owner
    return owners


def _successors(connection: Connection, person_ids: Sequence[str], generation: int) -> dict[str, str]:
    """Return who those people now are of whom no patient is left: the projection wrote down a key that
    moved on.
    """
    moved: dict[str, str] = {}
    for part in in_lists(person_ids):
        rows = connection.execute(
            select(record_part.c.part_id, record_part.c.patient_key).where(
                record_part.c.generation == generation,
                record_part.c.kind == "retired",
                record_part.c.part_id.in_(part),
            )
        )
        moved.update((row.part_id, row.patient_key) for row in rows)
    people = person_of(connection, moved.values())
    return {person: people[key] for person, key in moved.items() if key in people}


def _visits(
    connection: Connection,
    data_keys: DataKeys,
    parts: Sequence[Row[Any]],
    living: dict[str, Row[Any]],
    generation: int,
) -> dict[str, str]:
    """Return the hospital's own number of each stay that has one, by spell key."""
    stays = [part.part_id for part in parts if part.kind == "stay"]
    rows = [
        row
        for part in in_lists(stays)
        for row in connection.execute(
            select(spell.c.spell_key, spell.c.sealed, spell.c.sealed_event, spell.c.key_id).where(
                spell.c.generation == generation, spell.c.spell_key.in_(part), spell.c.sealed.is_not(None)
            )
        )
    ]
    restricted = {row.person_id for row in living.values() if row.restricted}
    hidden = {part.part_id for part in parts if living[part.patient_key].person_id in restricted}
    values = [
        (SealedValue(row.sealed, row.key_id, row.sealed_event), row.spell_key in hidden) for row in rows
    ]
    opened = open_many(connection, data_keys, values, model=SealedVisit)
    return {
        row.spell_key: visit.visit_number
        for row, visit in zip(rows, opened, strict=True)
        if isinstance(visit, SealedVisit)
    }


def _patient(person: str, group: Sequence[Known], successor: str, sources: dict[str, str]) -> PatientView:
    here = [each for each in group if not each.erased]
    restricted = any(each.row.restricted for each in group)
    if not here:
        return PatientView(
            person, "merged" if successor else "erased", successor=successor, restricted=restricted
        )
    newest = here[0]
    opened = [orjson.loads(each.row.details or b"{}") for each in here]
    number, status = _nhs_number(here)
    died, died_on = _death(here)
    return PatientView(
        person_id=person,
        restricted=restricted,
        details=_details(here),
        nhs_number=number,
        number_status=status,
        local_numbers=tuple(
            LocalNumber(each.row.authority, each.details.local_id) for each in here if each.details.local_id
        ),
        gender=next(
            (one["gender"] for one in opened if one.get("gender", "unknown") != "unknown"), "unknown"
        ),
        ethnic_category=next((one["ethnic_category"] for one in opened if one.get("ethnic_category")), ""),
        died=died,
        died_on=died_on,
        source=sources.get(newest.row.patient_key, ""),
    )


def _details(here: Sequence[Known]) -> SealedPatient:
    """Return each part of the details as the source said it that spoke last of just that part.

    A council line without an address takes nothing away from the address that the hospital gave.
    """
    found: dict[str, object] = {}
    for names in SAID_TOGETHER:
        for each in here:
            part = {name: getattr(each.details, name) for name in names}
            if any(part.values()):
                found |= part
                break
    return here[0].details.model_copy(update=found)


def _nhs_number(here: Sequence[Known]) -> tuple[str, str]:
    """Return the number that is worth most and its status: verified before unverified, then the last said."""
    for wanted in ("verified", "unverified"):
        for each in here:
            if each.row.number_state == wanted and each.details.nhs_number:
                status = orjson.loads(each.row.details or b"{}").get("number_status", "")
                return each.details.nhs_number, status
    return "", ""


def _death(here: Sequence[Known]) -> tuple[bool | None, str]:
    said = [each.row for each in here if each.row.death_stamp]
    if not said:
        return None, ""
    last = max(said, key=lambda row: (row.death_stamp, row.patient_key))
    return bool(last.died), last.died_on


def _stay(
    part: Row[Any], about: PatientView, living: dict[str, Row[Any]], visits: dict[str, str]
) -> StayView:
    return StayView(
        person_id=about.person_id,
        fact=StayChanged.model_validate_json(part.data),
        restricted=about.restricted,
        visit_number=visits.get(part.part_id, ""),
        authority=living[part.patient_key].authority,
        source=part.message_id,
    )


def _task(part: Row[Any], about: PatientView, stays: Sequence[StayView]) -> TaskView:
    fact = TaskFact.model_validate_json(part.data)
    stay = next((stay for stay in stays if stay.fact.spell == fact.spell), None)
    return TaskView(
        person_id=about.person_id,
        fact=fact,
        restricted=about.restricted,
        facility=stay.fact.facility if stay else "",
        has_stay=stay is not None,
        source=part.message_id,
    )
