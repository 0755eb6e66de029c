"""Which patient keys are which person, and who is restricted: what everybody asks of table `patient`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select

from ascbridge.people.identities import in_lists
from ascbridge.storage.tables import patient

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection

# Built once: putting a statement together costs more than running it.
_mine, _theirs = patient.alias(), patient.alias()
_PERSONS = select(patient.c.patient_key, patient.c.person_id).where(
    patient.c.patient_key.in_(bindparam("part", expanding=True))
)
_KEYS = select(patient.c.person_id, patient.c.patient_key).where(
    patient.c.person_id.in_(bindparam("part", expanding=True))
)
_RESTRICTED = (
    select(_mine.c.patient_key)
    .join(_theirs, _mine.c.person_id == _theirs.c.person_id)
    .where(_mine.c.patient_key.in_(bindparam("part", expanding=True)), _theirs.c.restricted != 0)
)


def person_of(connection: Connection, patient_keys: Iterable[str]) -> dict[str, str]:
    """Return the person id of each patient key; keys that nobody has spoken of yet are left out."""
    found: dict[str, str] = {}
    for part in in_lists(set(patient_keys)):
        found.update((key, person) for key, person in connection.execute(_PERSONS, {"part": part}))
    return found


def keys_of(connection: Connection, person_ids: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Return the patient keys of each person, sorted; ids that are nobody's, or no longer, are left out."""
    found: dict[str, list[str]] = {}
    for part in in_lists(set(person_ids)):
        for person, key in connection.execute(_KEYS, {"part": part}):
            found.setdefault(person, []).append(key)
    return {person: tuple(sorted(keys)) for person, keys in found.items()}


def restricted(connection: Connection, patient_keys: Iterable[str]) -> frozenset[str]:
    """Return those of the patient keys whose person is restricted, by whichever of that person's keys."""
    found: set[str] = set()
    for part in in_lists(set(patient_keys)):
        found.update(connection.execute(_RESTRICTED, {"part": part}).scalars())
    return frozenset(found)
