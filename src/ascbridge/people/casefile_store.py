"""Reads what a batch of statements may touch with a query a table, and writes what it changed likewise.

A batch that says nothing new about who is who reads the rows of its own patients and no more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, or_, select

from ascbridge.events.facts.catalogue import SealedPatient
from ascbridge.people import renewed_parts, turns
from ascbridge.people.casefile import CaseFile, Patient, Stored
from ascbridge.people.data_keys import living_key
from ascbridge.people.details import Details
from ascbridge.people.groups import Statement, own_person_id
from ascbridge.people.identities import given, in_lists
from ascbridge.people.opening import SealedValue, open_many
from ascbridge.people.release import sealed_part
from ascbridge.storage.prepared import Prepared
from ascbridge.storage.tables import link, patient
from ascbridge.storage.upsert import insert_missing, update_rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sqlalchemy import Connection

    from ascbridge.people.data_keys import DataKey, DataKeys

_LINKS = "links"  # the turn of whoever changes which patient keys are one person
_PATIENTS = select(
    patient.c.patient_key, patient.c.person_id, patient.c.authority, patient.c.first_ms, patient.c.nhs_lookup,
    patient.c.number_state, patient.c.birth_lookup, patient.c.restriction, patient.c.died, patient.c.died_on,
    patient.c.death_stamp, patient.c.postcode_lookup, patient.c.family_lookup, patient.c.details,
    patient.c.sealed, patient.c.sealed_event, patient.c.key_id, patient.c.renewed,
)  # fmt: skip
_BY_KEY = Prepared.of(lambda one_of: _PATIENTS.where(one_of(patient.c.patient_key, "values")))
_BY_NUMBER = Prepared.of(lambda one_of: _PATIENTS.where(one_of(patient.c.nhs_lookup, "values")))
_BY_PERSON = Prepared.of(lambda one_of: _PATIENTS.where(one_of(patient.c.person_id, "values")))
_STATEMENTS = Prepared.of(
    lambda one_of: select(
        link.c.event_id, link.c.low, link.c.high, link.c.joined, link.c.statement, link.c.stamp
    ).where(or_(one_of(link.c.low, "keys"), one_of(link.c.high, "keys")))
)


def meet(connection: Connection, keys: set[str], now_ms: int) -> CaseFile:
    """Read these patients, and make those whom nobody has spoken of yet."""
    file = CaseFile()
    _read(connection, file, _BY_KEY, keys)
    unseen = sorted(keys - file.patients.keys())
    origins = given(connection, unseen)
    for key in unseen:
        authority, first_ms = origins.get(key, ("", now_ms))
        file.add(Patient(key, own_person_id(key), authority, first_ms, new=True))
    return file


def widen(
    connection: Connection, file: CaseFile, stated: Mapping[str, set[str]], now_ms: int, *, linking: bool
) -> CaseFile:
    """Read also everybody whom the batch may concern beside its own patients, once it is this batch's turn.

    `stated` gives for each keyed hash of an NHS number the keys that the batch states it for; `linking` is
    whether the batch says anything about links.
    """
    keys = set(file.patients)
    numbers = {one.number for one in file.patients.values()} | stated.keys()
    if turns.take(connection, numbers - {""}):
        file = meet(connection, keys, now_ms)
    _read_companions(connection, file, numbers)
    if (linking or file.crowded(stated)) and turns.take(connection, [_LINKS]):
        file = meet(connection, keys, now_ms)
        _read_companions(connection, file, numbers)
    return file


def unseal(connection: Connection, file: CaseFile, data_keys: DataKeys, keys: Iterable[str]) -> None:
    """Open what is known about these patients and not open yet; what was erased is known no more."""
    stored = [(one, one.stored.sealed) for one in map(file.patients.__getitem__, keys)]
    sealed = [(one, value) for one, value in stored if value is not None and one.details is None]
    if not sealed:
        return
    values = [(SealedValue(value, one.stored.key_id, one.stored.event_id), False) for one, value in sealed]
    opened = open_many(connection, data_keys, values, model=SealedPatient)
    for (one, _), part in zip(sealed, opened, strict=True):
        if isinstance(part, SealedPatient):
            one.details = Details.from_json(one.stored.details, part)


def save(connection: Connection, file: CaseFile, data_keys: DataKeys, now_ms: int) -> None:
    """Write what changed: new rows, then each kind of change by itself, always in the order of keys."""
    ordered = sorted(file.patients.values(), key=lambda one: one.key)
    insert_missing(connection, patient, [_bare(one, now_ms) for one in ordered if one.new])
    details = [one for one in ordered if "details" in one.changed]
    living = data_keys.of(connection, [one.key for one in details])
    _update(connection, [_details(one, living_key(living, one.key), now_ms) for one in details], now_ms)
    _update(connection, [_death(one) for one in ordered if "death" in one.changed], now_ms)
    _update(connection, [_restriction(one) for one in ordered if "restriction" in one.changed], now_ms)
    moved = [{"patient_key": one.key, "person_id": one.person} for one in ordered if "person" in one.changed]
    _update(connection, moved, now_ms)
    _save_statements(connection, file, now_ms)


def blank(key_id: str) -> dict[str, Any]:
    """Return the columns of an erased patient: nothing sealed, which without its key opens as erased."""
    return {
        "nhs_lookup": "",
        "number_state": "none",
        "birth_lookup": "",
        "postcode_lookup": "",
        "family_lookup": "",
        "details": "",
        "sealed": b"",
        "sealed_event": "",
        "key_id": key_id,
        "stamp": "",
        "renewed": "",
    }


def _read(connection: Connection, file: CaseFile, wanted: Prepared, values: set[str]) -> None:
    for row in wanted.rows(connection, values=list(values)) if values else ():
        key, person, authority, first_ms, number, state, birth, level, died, died_on, order = row[:11]
        home, family = row[11:13]
        if key not in file.patients:
            file.add(
                Patient(
                    key, person, authority, first_ms, number, state, birth, level,
                    bool(died), died_on, order, Stored(*row[13:]), postcode=home, family=family,
                )
            )  # fmt: skip


def _read_companions(connection: Connection, file: CaseFile, numbers: set[str]) -> None:
    """Read everybody who shares a number or a person with one here, and all that was said of their links."""
    asked: set[str] = {""}
    while True:
        here = list(file.patients.values())
        numbers = (numbers | {one.number for one in here}) - asked
        persons = {one.person for one in here if not one.new} - asked
        if not numbers and not persons:
            break
        _read(connection, file, _BY_NUMBER, numbers)
        _read(connection, file, _BY_PERSON, persons)
        asked |= numbers | persons
    for event_id, low, high, joined, kind, order in _STATEMENTS.rows(connection, keys=list(file.patients)):
        file.recall(event_id, Statement((low, high), bool(joined), kind, order))


def _bare(one: Patient, now_ms: int) -> dict[str, Any]:
    return {
        "patient_key": one.key,
        "person_id": own_person_id(one.key),
        "authority": one.authority,
        "number_state": "none",
        "first_ms": one.first_ms,
        "changed_ms": now_ms,
    }


def _details(one: Patient, key: DataKey | None, now_ms: int) -> dict[str, Any]:
    """Write the details anew; of an erased patient nothing stays that could find or name them."""
    details = one.details
    if key is None or details is None:
        one.details = None
        return {"patient_key": one.key, "source_name": "", **blank(one.stored.key_id)}
    return {
        "patient_key": one.key,
        "source_name": details.open.source_name,
        "nhs_lookup": one.number,
        "number_state": one.number_state,
        "birth_lookup": one.birth,
        "postcode_lookup": one.postcode,
        "family_lookup": one.family,
        "details": details.to_json(),
        "sealed": sealed_part(details.sealed, key, one.details_event),
        "sealed_event": one.details_event,
        "key_id": key.key_id,
        "stamp": details.order,
        "renewed": renewed_parts.with_more(one.stored.renewed, one.renewed, now_ms),
    }


def _death(one: Patient) -> dict[str, Any]:
    return {
        "patient_key": one.key,
        "died": int(one.died),
        "died_on": one.died_on,
        "death_stamp": one.death_order,
    }


def _restriction(one: Patient) -> dict[str, Any]:
    return {"patient_key": one.key, "restricted": int(bool(one.level)), "restriction": one.level}


def _update(connection: Connection, rows: list[dict[str, Any]], now_ms: int) -> None:
    update_rows(connection, patient, [row | {"changed_ms": now_ms} for row in rows])


def _save_statements(connection: Connection, file: CaseFile, now_ms: int) -> None:
    for part in in_lists(sorted(file.gone | file.fresh.keys())):
        connection.execute(delete(link).where(link.c.event_id.in_(part)))
    rows = [
        {
            "event_id": event_id,
            "low": statement.pair[0],
            "high": statement.pair[1],
            "joined": int(statement.joined),
            "statement": statement.kind,
            "stamp": statement.order,
            "said_ms": now_ms,
        }
        for event_id, statement in sorted(file.fresh.items())
    ]
    insert_missing(connection, link, rows)
