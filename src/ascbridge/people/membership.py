"""Which patient keys are which person, and who is restricted: what everybody asks of table `patient`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from ascbridge.storage.prepared import Prepared
from ascbridge.storage.tables import patient

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection

_mine, _theirs = patient.alias(), patient.alias()
_PERSONS = Prepared.of(
    lambda one_of: select(patient.c.patient_key, patient.c.person_id).where(
        one_of(patient.c.patient_key, "keys")
    )
)
_KEYS = Prepared.of(
    lambda one_of: select(patient.c.person_id, patient.c.patient_key).where(
        one_of(patient.c.person_id, "people")
    )
)
_RESTRICTED = Prepared.of(
    lambda one_of: (
        select(_mine.c.patient_key)
        .join(_theirs, _mine.c.person_id == _theirs.c.person_id)
        .where(one_of(_mine.c.patient_key, "keys"), _theirs.c.restricted != 0)
    )
)


def person_of(connection: Connection, patient_keys: Iterable[str]) -> dict[str, str]:
    """Return the person id of each patient key; keys that nobody has spoken of yet are left out."""
    keys = list(set(patient_keys))
    return dict(list(_PERSONS.rows(connection, keys=keys))) if keys else {}


def keys_of(connection: Connection, person_ids: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Return the patient keys of each person, sorted; ids that are nobody's, or no longer, are left out."""
    people = list(set(person_ids))
    found: dict[str, list[str]] = {}
    for person, key in _KEYS.rows(connection, people=people) if people else ():
        found.setdefault(person, []).append(key)
    return {person: tuple(sorted(keys)) for person, keys in found.items()}


def restricted(connection: Connection, patient_keys: Iterable[str]) -> frozenset[str]:
    """Return those of the patient keys whose person is restricted, by whichever of that person's keys."""
    keys = list(set(patient_keys))
    return frozenset(key for (key,) in _RESTRICTED.rows(connection, keys=keys)) if keys else frozenset()
