"""Whom to call about a person: who looks after them, who cares for them and what is planned if those cannot, who may
decide, and next of kin. Of a restricted person nobody is named: a number may tell where they are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ascbridge.access import Access
from ascbridge.people.membership import restricted
from ascbridge.web.record.case_shown import opened

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sqlalchemy import Connection

    from ascbridge.discharge.stay.case_view import Case, Entry
    from ascbridge.people.data_keys import DataKeys
    from ascbridge.record.reader import PersonRecord
    from ascbridge.web.record.care_shown import CareShown

_PLANNED = {
    "yes": "there is a plan for when they cannot care",
    "no": "no plan for when they cannot care",
    "": "not stated whether there is a plan for when they cannot care",
}


@dataclass(frozen=True, slots=True)
class ToCall:
    """Somebody to call: as what, who, by which number, and what else to know. Empty where nobody said."""

    role: str
    name: str
    phone: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Calls:
    """Whom to call, the likeliest first; `plan` says in words what there is for when an unpaid carer cannot care."""

    people: tuple[ToCall, ...] = ()
    plan: str = ""
    withheld: bool = False


def calls_shown(
    connection: Connection,
    data_keys: DataKeys,
    patient_keys: Sequence[str],
    care: CareShown,
    case: Case,
    record: PersonRecord,
    access: tuple[Access, Access],
) -> Calls:
    """Return whom to call; `access` is what the reader has of the person, and of their contact details."""
    of_person, of_contact = access
    if restricted(connection, patient_keys) or of_person is not Access.full:
        return Calls(withheld=True)
    carers = [one for one in case.of("carer") if one.says("status") not in {"ended", "declined"}]
    powers = [one for one in case.of("legal_power") if one.says("status") == "held"]
    inside = {
        one.row.sealed_event: opened(connection, data_keys, one, hidden=False, access=of_person)
        for one in (*carers, *powers)
    }
    found = [*_worker(care), *_carers(carers, inside), *_holders(powers, inside)]
    if of_contact is Access.full:
        found += _next_of_kin(record)
    return Calls(tuple(found), _plan(carers))


def _worker(care: CareShown) -> Iterator[ToCall]:
    if care.team:
        yield ToCall(care.role or "Allocated worker", care.worker or care.team, care.worker_phone, care.team)


def _carers(carers: Sequence[Entry], inside: Mapping[str, Mapping[str, object]]) -> Iterator[ToCall]:
    for one in carers:
        names = inside[one.row.sealed_event]
        kin = one.says("relationship")
        role = f"Unpaid carer, {kin.replace('-', ' ')}" if kin else "Unpaid carer"
        phone = str(names.get("carer_phone") or "")
        yield ToCall(role, _name(names, "carer_name"), phone, _PLANNED.get(one.says("emergency_plan"), ""))


def _holders(powers: Sequence[Entry], inside: Mapping[str, Mapping[str, object]]) -> Iterator[ToCall]:
    for one in powers:
        names = inside[one.row.sealed_event]
        may = f"May decide: {one.says('kind').replace('-', ' ')}"
        yield ToCall(may, _name(names, "holder_name"), str(names.get("holder_phone") or ""))


def _next_of_kin(record: PersonRecord) -> Iterator[ToCall]:
    for one in record.contact.items:
        if one.details.next_of_kin:
            yield ToCall("Next of kin", one.details.next_of_kin, one.details.next_of_kin_phone)


def _name(names: Mapping[str, object], field: str) -> str:
    return str(names.get(field) or names.get("names") or "")


def _plan(carers: Sequence[Entry]) -> str:
    if not carers:
        return ""
    said = {one.says("emergency_plan") for one in carers}
    return _PLANNED["yes"] if "yes" in said else _PLANNED["no"] if "no" in said else _PLANNED[""]
