"""What of two patients is compared, and how: keyed hashes of NHS number, birth date and postcode, and what was opened.

What follows from the comparison stands in the matching table (`matching_table`).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple
from unicodedata import normalize

from ascbridge.people import nhs_numbers
from ascbridge.people.details import full_birth_date
from ascbridge.people.matching_table import Likeness, row_of

if TYPE_CHECKING:
    from ascbridge.events.facts.catalogue import PatientDetailsRecorded, SealedPatient
    from ascbridge.events.logs.sealing import Keyring
    from ascbridge.people.casefile import Patient
    from ascbridge.people.details import Details
    from ascbridge.people.matching_table import Alike, Names, Number, Row

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
        self._families: dict[tuple[str, str], str] = {}

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

    def family(self, sealed: SealedPatient) -> str:
        """Return what finds somebody by birth date and family name together; empty where one of them is missing.

        It is never made of the name alone: who reads the column could count how many share one.
        """
        stated = (sealed.birth_date, sealed.family_name)
        if stated not in self._families:
            day, name = full_birth_date(sealed.birth_date), _letters(sealed.family_name)
            self._families[stated] = (
                self._keyring.lookup("birth-and-family", day, name) if day and name else ""
            )
        return self._families[stated]

    def _make(self, number: str, state: str, birth_date: str) -> Marks:
        day = full_birth_date(birth_date)
        birth = birth_lookup(self._keyring, day) if day else ""
        if not number:
            return Marks("", "none", birth)
        if state == "invalid" or not nhs_numbers.checks(number):
            return Marks("", "invalid", birth)
        return Marks(number_lookup(self._keyring, number), state, birth)


def called(details: Details) -> tuple[str, tuple[str, ...], str]:
    """Return what of these details may part two whom a number joined: names and sex."""
    return details.sealed.family_name, details.sealed.given_names, details.open.gender


def calls_otherwise(known: Details, fact: PatientDetailsRecorded, sealed: SealedPatient) -> bool:
    """Whether a statement, were it the last word, would change what `called` says."""
    names = (sealed.family_name, sealed.given_names)
    stated = any(names) or not {"family_name", "given_names", "prefix"}.isdisjoint(fact.clears)
    family, given, sex = called(known)
    return (stated and names != (family, given)) or fact.gender not in ("unknown", sex)


class Traits(NamedTuple):
    """What of a patient is compared, in a form in which it is the same however it was written. Empty is not stated."""

    number: str
    verified: bool
    birth: str
    family: str = ""
    given: frozenset[str] = frozenset()
    sex: str = ""
    postcode: str = ""


def traits(one: Patient) -> Traits:
    """Return what of a patient in a case file is compared; of one who is not open, number and birth date alone."""
    if one.details is None:
        return Traits(one.number, one.number_state == "verified", one.birth)
    return traits_of(
        one.details.open,
        one.details.sealed,
        one.number,
        one.number_state,
        one.birth,
        restricted=bool(one.level),
    )


def traits_of(
    details: PatientDetailsRecorded,
    sealed: SealedPatient,
    number: str,
    number_state: str,
    birth: str,
    *,
    restricted: bool,
) -> Traits:
    """Return what of these details is compared. Where a restricted person lives never is.

    `number` and `birth` stand for the same where they are equal; empty where there is none that is whole.
    """
    return Traits(
        number,
        number_state == "verified",
        birth,
        _letters(sealed.family_name),
        frozenset(filter(None, (_letters(word) for name in sealed.given_names for word in _words(name)))),
        "" if details.gender == "unknown" else details.gender,
        "" if restricted else "".join(sealed.postcode.upper().split()),
    )


def likeness(one: Traits, other: Traits) -> Likeness:
    """Compare two patients."""
    return Likeness(
        number=_numbers(one, other),
        birth=_alike(one.birth, other.birth),
        names=_names(one, other),
        sex=_alike(one.sex, other.sex),
        postcode=_alike(one.postcode, other.postcode),
    )


def compare(one: Patient, other: Patient) -> Row:
    """Return the row of the matching table that decides on two patients of a case file."""
    return row_of(likeness(traits(one), traits(other)))


def _numbers(one: Traits, other: Traits) -> Number:
    if not one.number or not other.number:
        return "missing"
    if one.number != other.number:
        return "differs"
    return "verified" if one.verified and other.verified else "unverified"


def _alike(one: str, other: str) -> Alike:
    if not one or not other:
        return "missing"
    return "same" if one == other else "differs"


def _names(one: Traits, other: Traits) -> Names:
    if not (one.family and one.given and other.family and other.given):
        return "missing"
    family = one.family == other.family
    given = any(_one_name(mine, theirs) for mine in one.given for theirs in other.given)
    if family:
        return "same" if given else "given-differs"
    return "family-differs" if given else "both-differ"


def _one_name(mine: str, theirs: str) -> bool:
    """Whether two first names are one; a letter alone stands for every name that it begins."""
    if len(mine) == 1 or len(theirs) == 1:
        return mine[0] == theirs[0]
    return mine == theirs


def _words(name: str) -> list[str]:
    return name.replace("-", " ").split()


def _letters(text: str) -> str:
    """Return the letters of a name without case and accents: ``O'Neíll`` and ``ONEILL`` are one."""
    return "".join(letter for letter in normalize("NFKD", text).casefold() if letter.isalpha())
