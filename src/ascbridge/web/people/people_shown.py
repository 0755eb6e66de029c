"""People as pages show them: opened where the role may know them, *erased* where nothing is left, masked
where it may not.

A restricted person's address, telephones, GP, next of kin and whereabouts never get here: `people.opening`
withholds them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ascbridge.access import Access
from ascbridge.people.lookups import open_patients
from ascbridge.people.opening import Erased
from ascbridge.web.wording import GENDERS, age, given_name, nhs_number

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import Connection

    from ascbridge.events.facts.catalogue import SealedPatient
    from ascbridge.people.data_keys import DataKeys
    from ascbridge.people.lookups import OpenedPatient
    from ascbridge.record.views import PatientView
    from ascbridge.reference.localities import Localities

NUMBER_NOTES = {
    "verified": "",
    "unverified": "not verified",
    "invalid": "does not check, so it is not shown",
    "none": "none given",
}


@dataclass(frozen=True, slots=True)
class PersonShown:
    """Who somebody is, ready to be shown. `born` is as exact as the source was; `number` is spaced 3 3 4.

    `locality` is which base's area they live in, where it may be shown and is known.
    """

    name: str
    known: bool = True
    erased: bool = False
    masked: bool = False
    restricted: bool = False
    born: str = ""
    age: str = ""
    gender: str = ""
    number: str = ""
    number_note: str = ""
    died: bool = False
    died_on: str = ""
    locality: str = ""


ERASED = PersonShown("Erased", known=False, erased=True)
UNKNOWN = PersonShown("Not named yet", known=False)


def people_shown(
    connection: Connection,
    data_keys: DataKeys,
    patient_keys: Iterable[str],
    access: Access,
    now_ms: int,
    areas: Localities | None = None,
) -> dict[str, PersonShown]:
    """Return each patient key's person as this access may see them; a key nobody has named is left out.

    `areas` are given where the reader may see addresses too.
    """
    opened = open_patients(connection, data_keys, patient_keys)
    return {key: _shown(one, access, now_ms, areas) for key, one in opened.items()}


def of_view(
    views: Sequence[PatientView], access: Access, now_ms: int, areas: Localities | None = None
) -> PersonShown:
    """Return the person of a record's *who* section as this access may see them; an empty section is
    *erased*. `areas` as in `people_shown`.
    """
    if not views:
        return ERASED
    view = views[0]
    if access is not Access.full:
        return PersonShown(
            masked_name(view.person_id), masked=True, restricted=view.restricted, died=bool(view.died)
        )
    sealed = view.details
    return PersonShown(
        name=name_of(sealed),
        known=bool(sealed.family_name or sealed.given_names),
        restricted=view.restricted,
        born=sealed.birth_date,
        age=age(sealed.birth_date, now_ms),
        gender=GENDERS.get(view.gender, view.gender),
        number=nhs_number(view.nhs_number),
        number_note=""
        if view.number_status == "01"
        else "not verified"
        if view.nhs_number
        else "none to be shown",
        died=bool(view.died),
        died_on=view.died_on,
        locality=_locality(sealed, areas, restricted=view.restricted),
    )


def name_of(sealed: SealedPatient) -> str:
    """Write a name as NHS systems do: ``EVANS, Mary (Mrs)``."""
    given = " ".join(map(given_name, sealed.given_names))
    names = ", ".join(part for part in (sealed.family_name.upper(), given) if part)
    if names and sealed.prefix:
        names += f" ({given_name(sealed.prefix)})"
    return names or UNKNOWN.name


def masked_name(person_id: str) -> str:
    """What stands in the place of a name where a role may not see it: the beginning of the opaque id."""
    return f"Person {person_id[:8]}"


def _locality(sealed: SealedPatient, areas: Localities | None, *, restricted: bool) -> str:
    """Where a restricted person is stands nowhere, not even which part of the city."""
    return "" if areas is None or restricted else areas.of(sealed.postcode)


def _shown(one: OpenedPatient | Erased, access: Access, now_ms: int, areas: Localities | None) -> PersonShown:
    if isinstance(one, Erased):
        return ERASED
    band = one.details.age_band if one.details else ""
    if access is not Access.full:
        return PersonShown(
            masked_name(one.person_id), masked=True, restricted=one.restricted, age=band, died=one.died
        )
    sealed, state = one.sealed, one.details.number_state if one.details else "none"
    shows = state in {"verified", "unverified"}
    return PersonShown(
        name=name_of(sealed),
        known=bool(sealed.family_name or sealed.given_names),
        restricted=one.restricted,
        born=sealed.birth_date,
        age=age(sealed.birth_date, now_ms) or band,
        gender=GENDERS[one.details.gender] if one.details else "",
        number=nhs_number(sealed.nhs_number) if shows else "",
        number_note=NUMBER_NOTES[state],
        died=one.died,
        died_on=one.died_on,
        locality=_locality(sealed, areas, restricted=one.restricted),
    )
