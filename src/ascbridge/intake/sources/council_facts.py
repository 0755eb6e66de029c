"""What the council's own case system states about the people it knows: one JSON object a line, one fact each.

The contract is `contracts/sources/council-facts/schema.json`, written by hand; this module reads just that. A
line that breaks it is refused with the JSON path of the first fault, in words that quote nothing of the line.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, StringConstraints, ValidationError

from ascbridge.events.catalogue import (
    Fact,
    KnownToCare,
    PackageStated,
    PatientDetailsRecorded,
    SealedPatient,
    SealedWorker,
    Stamp,
    WorkerAllocated,
)
from ascbridge.events.envelope import Draft, Ref
from ascbridge.intake.hl7_errors import ErrorCode
from ascbridge.intake.sources.door import Door, SourceFault, Translation
from ascbridge.intake.sources.hospital_patient import age_band
from ascbridge.intake.sources.reading import FIRST_YEAR, LAST_YEAR
from ascbridge.people.nhs_numbers import number_state

if TYPE_CHECKING:
    from ascbridge.intake.sources.profile import Profile

_FORMATS = {4: "%Y", 7: "%Y-%m", 10: "%Y-%m-%d"}


def _no_nul(text: str) -> str:
    """Refuse the one character that no text of PostgreSQL may hold."""
    if "\x00" in text:
        raise ValueError("a NUL character")
    return text


def _real_day(text: str) -> str:
    """Refuse a date that no calendar has."""
    if text:
        datetime.strptime(text, _FORMATS[len(text)]).replace(tzinfo=UTC)
    return text


def _of_our_times(moment: datetime) -> datetime:
    """Refuse a year that cannot be meant; the calendars of what reads it end there."""
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise ValueError("no such year")
    return moment


Upto200 = Annotated[str, StringConstraints(max_length=200), AfterValidator(_no_nul)]
Text = Annotated[Upto200, StringConstraints(min_length=1)]
Day = Annotated[
    str, StringConstraints(pattern=r"^[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?$"), AfterValidator(_real_day)
]
_MISSING = {"missing"}
_NOT_IN_LIST = {"literal_error"}
_CLEARABLE = ("address_lines", "postcode")


class _Object(BaseModel):
    """A part of a line. A member that we do not know yet is left alone, so that the sender may add one."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)


class _Person(_Object):
    """Whom the fact is about, as the case system has them now. Null: known to be empty."""

    council_id: Text
    nhs_number: Annotated[str, StringConstraints(pattern=r"^(\d{10})?$")] = ""
    number_status: Literal["", "01", "02", "03", "04", "05", "06", "07", "08"] = ""
    family_name: Text
    given_names: tuple[Text, ...] = ()
    birth_date: Day
    gender: Literal["male", "female", "other", "unknown"]
    address_lines: tuple[Text, ...] | None = ()
    postcode: Annotated[str, StringConstraints(max_length=10), AfterValidator(_no_nul)] | None = ""


class _Package(_Object):
    id: Text
    status: Literal["live", "suspended", "ended"]
    kind: Upto200 = ""
    started_on: Day | Literal[""] = ""
    ended_on: Day | Literal[""] = ""


class _Worker(_Object):
    """Who looks after the person; an empty team means that nobody now does."""

    team: Upto200
    name: Upto200 = ""


class _Line(_Object):
    id: Text
    recorded: Annotated[AwareDatetime, AfterValidator(_of_our_times)]
    person: _Person
    fact: Literal["known", "package", "worker"]
    known: bool | None = None
    package: _Package | None = None
    worker: _Worker | None = None

    @property
    def recorded_ms(self) -> int:
        return round(self.recorded.timestamp() * 1000)


def check(raw: bytes, profile: Profile) -> Door:
    """Judge one line by the contract. Raises `SourceFault`, its segment the JSON path of the first fault."""
    line = _read(raw)
    patient = _patient(line, profile)
    return Door(patient, lambda _keys: _translation(line, profile), (patient,), control_id=line.id)


def _translation(line: _Line, profile: Profile) -> Translation:
    """Say what one line means: who the person is, and the one fact about them."""
    patient = _patient(line, profile)
    stamp = Stamp(recorded_ms=line.recorded_ms, sent_ms=line.recorded_ms)
    fact, sealed = _fact(line, stamp)
    return Translation(
        (
            Draft(patient, "person", line.recorded_ms, _details(line, profile, stamp), _sealed(line.person)),
            Draft(patient, line.fact, line.recorded_ms, fact, sealed),
        )
    )


def _patient(line: _Line, profile: Profile) -> Ref:
    return Ref("patient", profile.feed.authority, line.person.council_id)


def _read(raw: bytes) -> _Line:
    try:
        line = _Line.model_validate_json(raw)
    except ValidationError as fault:
        raise _refusal(fault) from None
    stated = {name for name in ("known", "package", "worker") if getattr(line, name) is not None}
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
        age_band=age_band(person.birth_date, line.recorded_ms),
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
    )


def _fact(line: _Line, stamp: Stamp) -> tuple[Fact, SealedWorker | None]:
    if line.package is not None:
        said = line.package
        fact = PackageStated(
            stamp=stamp, package=said.id, status=said.status, kind=said.kind,
            started_on=said.started_on, ended_on=said.ended_on,
        )  # fmt: skip
        return fact, None
    if line.worker is not None:
        return WorkerAllocated(stamp=stamp, team=line.worker.team), SealedWorker(worker_name=line.worker.name)
    return KnownToCare(stamp=stamp, known=bool(line.known)), None
