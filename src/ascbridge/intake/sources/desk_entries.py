"""What a discharge worker wrote down about a stay of which the hospital sent nothing: one JSON object, one entry.

Our own pages write it (`web.enter_pages`), and it is kept like any other message. Every entry has a patient and a stay
of its own: whose they are is decided by links and by joining (`people`, `discharge.joining`), never by what was typed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import StringConstraints, ValidationError

from ascbridge.calendars import london_ms
from ascbridge.events.facts.catalogue import (
    PatientDetailsRecorded,
    SealedPatient,
    Stamp,
    StayEnteredByHand,
    Ward,
)
from ascbridge.events.logs.envelope import Draft, Ref
from ascbridge.intake.hl7v2.hl7_errors import ErrorCode
from ascbridge.intake.sources import council_apart
from ascbridge.intake.sources.contract_members import DayOrNothing, Member, Moment, Text, Upto10, Upto200
from ascbridge.intake.sources.door import Door, SourceFault, Translation
from ascbridge.intake.sources.hospital_patient import age_band
from ascbridge.people.nhs_numbers import VERIFIED, number_state

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ascbridge.intake.sources.profile import Profile

sift = council_apart.sift
NOT_CHECKED = "02"
"""NHS NUMBER STATUS INDICATOR CODE 02: number present but not traced."""

_WHOLE_DAY = 10
_RESIDENCE: dict[str, Literal["local", "elsewhere", ""]] = {"here": "local", "elsewhere": "elsewhere"}


class Who(Member):
    """Who is meant. `checked`: somebody compared the NHS number with a record that vouches for it.

    `council` is the one that is responsible, where they live elsewhere and it is known.
    """

    nhs_number: Annotated[str, StringConstraints(pattern=r"^(\d{10})?$")] = ""
    checked: bool = False
    family_name: Upto200 = ""
    given_names: tuple[Text, ...] = ()
    birth_date: DayOrNothing = ""
    local_number: Upto200 = ""
    postcode: Upto10 = ""
    lives: Literal["", "here", "elsewhere", "no-fixed-address"] = ""
    council: Upto200 = ""


class Entry(Member):
    """One entry. `site` is the hospital's code; `ready`: ready to leave now; `expected_on`: when they are to leave."""

    id: Text
    entered: Moment
    person: Who
    site: Text
    ward: Upto200 = ""
    admitted_on: DayOrNothing = ""
    ready: bool
    expected_on: DayOrNothing = ""


def check(raw: bytes, profile: Profile) -> Door:
    """Judge one entry. Raises `SourceFault`, its segment the JSON path of the first fault."""
    entry = _read(raw)
    patient = Ref("patient", profile.feed.authority, entry.id)
    spell = Ref("spell", profile.feed.authority, entry.id)

    def translate(keys: Mapping[Ref, str]) -> Translation:
        stay = _stay(entry, profile, patient, keys[spell])
        return Translation((_details(entry, profile, patient), stay))

    return Door(patient, translate, (patient, spell), control_id=entry.id)


def _read(raw: bytes) -> Entry:
    try:
        entry = Entry.model_validate_json(raw)
    except ValidationError as fault:
        first = fault.errors(include_input=False, include_url=False, include_context=False)[0]
        path = "$" + "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in first["loc"])
        text, code = "not of the kind that an entry has", ErrorCode.DATA_TYPE
        raise SourceFault(text, segment=path, field=0, code=code) from None
    who = entry.person
    if not who.nhs_number and not (who.family_name and who.birth_date and who.local_number):
        raise SourceFault(
            "an NHS number is needed, or a name with a birth date and the hospital's number",
            segment="$.person", field=0, code=ErrorCode.REQUIRED_FIELD_MISSING,
        )  # fmt: skip
    return entry


def _stamp(entry: Entry) -> Stamp:
    recorded_ms = round(entry.entered.timestamp() * 1000)
    return Stamp(recorded_ms=recorded_ms, sent_ms=recorded_ms)


def _details(entry: Entry, profile: Profile, patient: Ref) -> Draft:
    who, stamp = entry.person, _stamp(entry)
    status = (VERIFIED if who.checked else NOT_CHECKED) if who.nhs_number else ""
    fact = PatientDetailsRecorded(
        stamp=stamp,
        source_name=profile.feed.source_name,
        number_state=number_state(who.nhs_number, status),
        number_status=status,
        age_band=age_band(who.birth_date, stamp.recorded_ms),
        residence=_RESIDENCE.get(who.lives, ""),
        authority=who.council if who.lives == "elsewhere" else "",
        fixed_address="no" if who.lives == "no-fixed-address" else "",
        marks=("shadow",) if profile.shadow else (),
    )
    sealed = SealedPatient(
        nhs_number=who.nhs_number,
        local_id=who.local_number,
        family_name=who.family_name,
        given_names=who.given_names,
        birth_date=who.birth_date,
        postcode=who.postcode,
    )
    return Draft(patient, "person", stamp.recorded_ms, fact, sealed)


def _stay(entry: Entry, profile: Profile, patient: Ref, spell: str) -> Draft:
    stamp = _stamp(entry)
    fact = StayEnteredByHand(
        spell=spell,
        stamp=stamp,
        occurred_ms=stamp.recorded_ms,
        facility=entry.site,
        ward=Ward(ward=entry.ward, site=entry.site) if entry.ward else None,
        admitted_ms=london_ms(entry.admitted_on) if len(entry.admitted_on) == _WHOLE_DAY else None,
        ready=True if entry.ready else None,
        expected_discharge=entry.expected_on,
        marks=("shadow",) if profile.shadow else (),
    )
    return Draft(patient, "stay", stamp.recorded_ms, fact)
