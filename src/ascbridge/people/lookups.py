"""Finding people by what the outside world calls them, and opening many at once for a page or a search.

Numbers are found by keyed hash: no number is written anywhere to be searched.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import select

from ascbridge.events.facts.catalogue import SealedPatient
from ascbridge.events.logs.envelope import Ref
from ascbridge.people import nhs_numbers
from ascbridge.people.details import read_open
from ascbridge.people.identities import known
from ascbridge.people.matching import number_lookup
from ascbridge.people.membership import person_of, restricted
from ascbridge.people.opening import ERASED, Erased, SealedValue, open_many
from ascbridge.people.quarantine import not_theirs
from ascbridge.storage.prepared import Prepared
from ascbridge.storage.tables import patient

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection

    from ascbridge.events.facts.catalogue import PatientDetailsRecorded
    from ascbridge.events.logs.sealing import Keyring
    from ascbridge.people.data_keys import DataKeys


@dataclass(frozen=True, slots=True)
class Match:
    """A patient key with the number that was asked for, and what the number is worth there."""

    patient_key: str
    person_id: str
    number_state: str


class _Row(NamedTuple):
    patient_key: str
    person_id: str
    sealed: bytes | None
    key_id: str
    sealed_event: str
    details: str
    died: int
    died_on: str


_ROWS = Prepared.of(
    lambda one_of: select(*(patient.c[name] for name in _Row._fields)).where(
        one_of(patient.c.patient_key, "keys")
    )
)


@dataclass(frozen=True, slots=True)
class OpenedPatient:
    """One source's patient, opened, less what a restriction withholds. `details` is None where none are."""

    patient_key: str
    person_id: str
    restricted: bool
    details: PatientDetailsRecorded | None
    sealed: SealedPatient
    died: bool
    died_on: str


def find_by_number(connection: Connection, keyring: Keyring, nhs_number: str) -> list[Match]:
    """Return the patients with an NHS number, spaces allowed, by key; none where it does not check.

    Of a number that two seemed to share, only those are left whose a person decided that it is.
    """
    if not nhs_numbers.checks(nhs_number):
        return []
    columns = (patient.c.patient_key, patient.c.person_id, patient.c.number_state)
    with_it = patient.c.nhs_lookup == number_lookup(keyring, nhs_number)
    rows = connection.execute(select(*columns).where(with_it).order_by(patient.c.patient_key)).all()
    others = not_theirs(connection, [row.patient_key for row in rows])
    return [Match(*row) for row in rows if row.patient_key not in others]


def find_by_local_id(connection: Connection, keyring: Keyring, authority: str, local_id: str) -> str | None:
    """Return the person id of the patient whom an authority calls by this id."""
    keys = known(connection, keyring, [Ref("patient", authority, local_id)])
    return next(iter(person_of(connection, keys.values()).values()), None)


def open_patients(
    connection: Connection, data_keys: DataKeys, patient_keys: Iterable[str]
) -> dict[str, OpenedPatient | Erased]:
    """Open many patients with five queries in all; keys that nobody has spoken of are left out.

    A number of which a person decided that it is not theirs is left out too.
    """
    wanted = sorted(set(patient_keys))
    hidden = restricted(connection, wanted)
    others = not_theirs(connection, wanted)
    rows = [_Row(*row) for row in _ROWS.rows(connection, keys=wanted)]
    with_details = [row for row in rows if row.sealed is not None]
    values = [
        (SealedValue(row.sealed or b"", row.key_id, row.sealed_event), row.patient_key in hidden)
        for row in with_details
    ]
    opened = open_many(connection, data_keys, values, model=SealedPatient)
    parts = dict(zip((row.patient_key for row in with_details), opened, strict=True))
    for key in others & parts.keys():
        part = parts[key]
        if isinstance(part, SealedPatient):
            parts[key] = part.model_copy(update={"nhs_number": ""})
    return {row.patient_key: _opened(row, parts.get(row.patient_key), hidden) for row in rows}


def _opened(row: _Row, part: SealedPatient | Erased | None, hidden: frozenset[str]) -> OpenedPatient | Erased:
    if isinstance(part, Erased):
        return ERASED
    return OpenedPatient(
        patient_key=row.patient_key,
        person_id=row.person_id,
        restricted=row.patient_key in hidden,
        details=read_open(row.details) if part else None,
        sealed=part or SealedPatient(),
        died=bool(row.died),
        died_on=row.died_on,
    )
