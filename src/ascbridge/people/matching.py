"""What of two patients may be compared without knowing it: keyed hashes of NHS number, birth date and postcode."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from ascbridge.people import nhs_numbers
from ascbridge.people.details import full_birth_date

if TYPE_CHECKING:
    from ascbridge.events.catalogue import PatientDetailsRecorded, SealedPatient
    from ascbridge.events.sealing import Keyring
    from ascbridge.people.casefile import Patient


_POSTCODE = re.compile(r"[A-Z]{1,2}\d[A-Z\d]?\d[A-Z]{2}")


class Marks(NamedTuple):
    """The keyed hashes of an NHS number (empty where it does not check) and a birth date."""

    number: str
    number_state: str
    birth: str


def number_lookup(keyring: Keyring, nhs_number: str) -> str:
    """Return the keyed hash under which an NHS number is found."""
    return keyring.lookup("nhs-number", nhs_numbers.standard(nhs_number))


def birth_lookup(keyring: Keyring, day: str) -> str:
    """Return the keyed hash under which a whole birth date (ISO) is found."""
    return keyring.lookup("birth-date", day)


def postcode_lookup(keyring: Keyring, postcode: str) -> str:
    """Return the keyed hash under which a whole postcode is found; empty for what is none."""
    whole = "".join(postcode.upper().split())
    return keyring.lookup("postcode", whole) if _POSTCODE.fullmatch(whole) else ""


class Marking:
    """Makes marks, for as long as one batch lasts: most of what a batch states of a patient it states twice."""

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring
        self._made: dict[tuple[str, str, str], Marks] = {}
        self._postcodes: dict[str, str] = {}

    def of(self, fact: PatientDetailsRecorded, sealed: SealedPatient) -> Marks:
        """Return what may be compared of these details."""
        stated = (sealed.nhs_number, fact.number_state, sealed.birth_date)
        if stated not in self._made:
            self._made[stated] = self._make(*stated)
        return self._made[stated]

    def postcode(self, sealed: SealedPatient) -> str:
        """Return what finds somebody by where they live."""
        if sealed.postcode not in self._postcodes:
            self._postcodes[sealed.postcode] = postcode_lookup(self._keyring, sealed.postcode)
        return self._postcodes[sealed.postcode]

    def _make(self, number: str, state: str, birth_date: str) -> Marks:
        day = full_birth_date(birth_date)
        birth = birth_lookup(self._keyring, day) if day else ""
        if not number:
            return Marks("", "none", birth)
        if state == "invalid" or not nhs_numbers.checks(number):
            return Marks("", "invalid", birth)
        return Marks(number_lookup(self._keyring, number), state, birth)


def agree(one: Patient, other: Patient) -> bool:
    """Whether two patients are one person by number: the same, verified for both, and born on one day."""
    if not one.number or one.number != other.number or not one.birth or one.birth != other.birth:
        return False
    return one.number_state == other.number_state == "verified"
