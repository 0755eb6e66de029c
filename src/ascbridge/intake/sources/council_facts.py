"""What the council's own case system states about the people it knows: one JSON object a line, one fact each.

The contract is `contracts/sources/council-facts/schema.json`, written by hand; this module reads just that. A
line that breaks it is refused with the JSON path of the first fault, in words that quote nothing of the line.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import StringConstraints, ValidationError

from ascbridge.events.facts.catalogue import PatientDetailsRecorded, SealedPatient, Stamp
from ascbridge.events.logs.envelope import Draft, Ref
from ascbridge.intake.hl7v2.hl7_errors import ErrorCode
from ascbridge.intake.sources import council_apart
from ascbridge.intake.sources.contract_members import Day, Member, Moment, Text, Upto10
from ascbridge.intake.sources.council_statements import FACT_NAMES, Statements, told
from ascbridge.intake.sources.door import Door, SourceFault, Translation
from ascbridge.intake.sources.hospital_patient import age_band
from ascbridge.intake.sources.sender_objects import contract_form
from ascbridge.intake.sources.unread import unnamed_members, unread_members
from ascbridge.people.nhs_numbers import number_state

if TYPE_CHECKING:
    from ascbridge.intake.sources.profile import Profile

_MISSING = {"missing"}
_NOT_IN_LIST = {"literal_error"}
_CLEARABLE = ("address_lines", "postcode")


class _Person(Member):
    """Whom the fact is about, as the case system has them now. Null: known to be empty."""

    council_id: Text
    nhs_number: Annotated[str, StringConstraints(pattern=r"^(\d{10})?$")] = ""
    number_status: Literal["", "01", "02", "03", "04", "05", "06", "07", "08"] = ""
    family_name: Text
    given_names: tuple[Text, ...] = ()
    birth_date: Day
    gender: Literal["male", "female", "other", "unknown"]
    ethnic_category: Annotated[str, StringConstraints(pattern=r"^[A-Z9]{0,2}$")] = ""
    address_lines: tuple[Text, ...] | None = ()
    postcode: Upto10 | None = ""
    phones: tuple[Text, ...] = ()
    gp_practice: Upto10 = ""


class _Line(Statements):
    id: Text
    recorded: Moment
    person: _Person


def check(raw: bytes, profile: Profile) -> Door:
    """Judge one line by the contract. Raises `SourceFault`, its segment the JSON path of the first fault."""
    line = _read(contract_form(raw, profile.objects) if profile.objects else raw)
    patient = _patient(line, profile)
    return Door(
        patient, lambda _keys: _translation(line, profile), (patient,), control_id=line.id,
        unread=(
            partial(unnamed_members, raw, profile.objects)
            if profile.objects
            else partial(unread_members, raw, _Line)
        ),
    )  # fmt: skip


sift = council_apart.sift


def _translation(line: _Line, profile: Profile) -> Translation:
    """Say what one line means: who the person is, and the one fact about them."""
    patient, recorded_ms = _patient(line, profile), round(line.recorded.timestamp() * 1000)
    stamp = Stamp(recorded_ms=recorded_ms, sent_ms=recorded_ms)
    fact, sealed = told(line, stamp, ("shadow",) if profile.shadow else ())
    return Translation(
        (
            Draft(patient, "person", recorded_ms, _details(line, profile, stamp), _sealed(line.person)),
            Draft(patient, line.fact, recorded_ms, fact, sealed),
        )
    )


def _patient(line: _Line, profile: Profile) -> Ref:
    return Ref("patient", profile.feed.authority, line.person.council_id)


def _read(raw: bytes) -> _Line:
    try:
        line = _Line.model_validate_json(raw)
    except ValidationError as fault:
        raise _refusal(fault) from None
    stated = {name for name in FACT_NAMES if getattr(line, name) is not None}
    if line.fact not in stated:
        raise SourceFault(
            "the member that the fact names is missing", segment=f"$.{line.fact}", field=0,
            code=ErrorCode.REQUIRED_FIELD_MISSING,
        )  # fmt: skip
    for other in sorted(stated - {line.fact}):
        raise SourceFault(
            "a line states one fact only", segment=f"$.{other}", field=0, code=ErrorCode.TABLE_VALUE_NOT_FOUND
        )
    return line


def _refusal(fault: ValidationError) -> SourceFault:
    """Turn pydantic's first fault into ours, without the input that it quotes."""
    first = fault.errors(include_input=False, include_url=False, include_context=False)[0]
    path = "$" + "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in first["loc"])
    if first["type"] in _MISSING:
        code, text = ErrorCode.REQUIRED_FIELD_MISSING, "required member is missing"
    elif first["type"] in _NOT_IN_LIST:
        code, text = ErrorCode.TABLE_VALUE_NOT_FOUND, "not a value that the contract lists"
    elif first["type"] == "json_invalid":
        code, text = ErrorCode.DATA_TYPE, "the line is not JSON"
    else:
        code, text = ErrorCode.DATA_TYPE, "not of the kind that the contract asks for"
    return SourceFault(text, segment=path, field=0, code=code)


def _details(line: _Line, profile: Profile, stamp: Stamp) -> PatientDetailsRecorded:
    person = line.person
    return PatientDetailsRecorded(
        stamp=stamp,
        source_name=profile.feed.source_name,
        number_state=number_state(person.nhs_number, person.number_status),
        number_status=person.number_status,
        gender=person.gender,
        ethnic_category=person.ethnic_category,
        age_band=age_band(person.birth_date, stamp.recorded_ms),
        clears=tuple(name for name in _CLEARABLE if getattr(person, name) is None),
        marks=("shadow",) if profile.shadow else (),
    )


def _sealed(person: _Person) -> SealedPatient:
    return SealedPatient(
        nhs_number=person.nhs_number,
        local_id=person.council_id,
        family_name=person.family_name,
        given_names=person.given_names,
        birth_date=person.birth_date,
        address_lines=person.address_lines or (),
        postcode=person.postcode or "",
        phones=person.phones,
        gp_practice=person.gp_practice,
    )
