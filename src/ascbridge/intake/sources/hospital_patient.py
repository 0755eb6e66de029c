"""What an ADT message says of the person: details (PID, PD1, NK1), death (PID-29, PID-30), restriction (ZU8-4)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ascbridge.events.facts.catalogue import (
    DeathStatusRecorded,
    PatientDetailsRecorded,
    PatientRestricted,
    SealedPatient,
)
from ascbridge.events.logs.cloud_event import rfc3339
from ascbridge.events.logs.envelope import Draft
from ascbridge.people.nhs_numbers import number_state

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ascbridge.intake.hl7v2.hl7 import Repetition
    from ascbridge.intake.sources.reading import Reading

NO_FIXED_ADDRESS = "ZZ993VZ"
"""The postcode that stands for no fixed abode (NHS Organisation Data Service: pseudo postcode ZZ99 3VZ)."""
OURS = "local"
"""What a profile's list `council` says of a code that means our own council."""
_CLEARABLE = {
    "PID-11": ("address_lines", "postcode"),
    "PID-13": ("phones",),
    "PD1-4": ("gp_name",),
    "PD1-3": ("gp_practice",),
    "NK1-2": ("next_of_kin",),
}
_DAY_MS = 86_400_000
_ADULT_BANDS = ((18, "0-17"), (65, "18-64"), (75, "65-74"), (85, "75-84"))
_RESTRICTION = {"1": "local", "2": "national"}
_NOT_A_NAME = {"A"}  # an alias is not what a ward calls somebody


def drafts(reading: Reading) -> Iterator[Draft]:
    """Every fact about the person that the message states."""
    yield _details(reading)
    death = _death(reading)
    if death is not None:
        yield Draft(reading.patient, "death", reading.recorded_ms, death)
    level = next(
        (_RESTRICTION.get(reading.message.value(p)) for p in reading.profile.where.restriction), None
    )
    if level is not None:
        fact = PatientRestricted(level=level)  # type: ignore[arg-type]  # the table's values are the literals
        yield Draft(reading.patient, "restriction", reading.recorded_ms, fact)


def _details(reading: Reading) -> Draft:
    message, profile = reading.message, reading.profile
    sealed = sealed_of(reading)
    status_sent = next(filter(None, map(message.value, profile.where.number_status)), "")
    status = reading.meaning("number_status", status_sent) or ""
    fact = PatientDetailsRecorded(
        stamp=reading.stamp(),
        source_name=profile.feed.source_name,
        number_state=number_state(sealed.nhs_number, status),
        number_status=status,
        gender=reading.meaning("gender", message.value("PID-8")) or "unknown",  # type: ignore[arg-type]  # a code map's values are the literals
        ethnic_category=reading.meaning("ethnic_category", message.value("PID-22")) or "",
        language=message.value("PID-15"),
        age_band=age_band(sealed.birth_date, reading.recorded_ms),
        **_responsible(reading),
        fixed_address="no" if _without_spaces(sealed.postcode) == NO_FIXED_ADDRESS else "",
        clears=tuple(name for place, names in _CLEARABLE.items() if reading.cleared(place) for name in names),
        marks=("shadow",) if profile.shadow else (),
    )
    return Draft(reading.patient, "person", reading.recorded_ms, fact, sealed)


def _responsible(reading: Reading) -> dict[str, Any]:
    """Which council is responsible, where the feed says it: ours, another by name, or a code that nobody has mapped."""
    sent = next(filter(None, map(reading.message.value, reading.profile.where.council)), "")
    meant = reading.meaning("council", sent)
    if meant is None:
        return {"authority_code": sent}
    return {"residence": "local"} if meant == OURS else {"residence": "elsewhere", "authority": meant}


def _without_spaces(postcode: str) -> str:
    return "".join(postcode.upper().split())


def sealed_of(reading: Reading) -> SealedPatient:
    """Whatever names the person, as sent."""
    message = reading.message
    name = _preferred(message.repetitions("PID-5"), 7, _NOT_A_NAME)
    address = _preferred(message.repetitions("PID-11"), 7, {"TMP"})
    birth_date, _ = reading.date("PID-7")
    doctor = message.repetitions("PD1-4")
    kin = message.repetitions("NK1-2")
    return SealedPatient(
        nhs_number=reading.nhs_number,
        local_id=reading.local.value if reading.local is not None else "",
        family_name=name.component(1) if name else "",
        given_names=tuple(filter(None, (name.component(2), name.component(3)))) if name else (),
        prefix=name.component(5) if name else "",
        birth_date=birth_date[:10],
        address_lines=tuple(filter(None, (address.component(n) for n in (1, 2, 3, 4)))) if address else (),
        postcode=address.component(5) if address else "",
        phones=tuple(filter(None, (one.component(1) for one in message.repetitions("PID-13")))),
        gp_name=_person(doctor[0], 2) if doctor else "",
        gp_practice=_practice(reading),
        next_of_kin=_person(kin[0], 1) if kin else "",
        next_of_kin_phone=message.value("NK1-5"),
    )


def _preferred(repetitions: list[Repetition], kind: int, last: set[str]) -> Repetition | None:
    stated = [one for one in repetitions if one.wire]
    return min(stated, key=lambda one: one.component(kind) in last, default=None)


def _person(name: Repetition, family: int) -> str:
    """Family name and given names as one text; in an XCN the family name is component 2, in an XPN component 1."""
    return " ".join(
        filter(None, (name.component(family + 1), name.component(family + 2), name.component(family)))
    )


def _practice(reading: Reading) -> str:
    practice = reading.message.repetitions("PD1-3")
    return next(filter(None, (practice[0].component(3), practice[0].component(1))), "") if practice else ""


def _death(reading: Reading) -> DeathStatusRecorded | None:
    """PID-30 = Y or a date in PID-29 is a death; PID-30 = N, or both emptied, withdraws one (standards d.5)."""
    stated = reading.meaning("death", reading.message.value("PID-30"))
    died_on, _ = reading.date("PID-29")
    if stated == "Y" or died_on:
        return DeathStatusRecorded(stamp=reading.stamp(), died=True, died_on=died_on)
    if stated == "N" or reading.cleared("PID-29", "PID-30"):
        return DeathStatusRecorded(stamp=reading.stamp(), died=False)
    return None


def age_band(birth_date: str, on_ms: int) -> str:
    """Return the band of an age in whole years, or an empty text where the year of birth is not known."""
    if len(birth_date) < 4 or not birth_date[:4].isdigit():
        return ""
    day = rfc3339(on_ms // _DAY_MS * _DAY_MS)  # remembered: the messages of a batch share their day
    years = int(day[:4]) - int(birth_date[:4])
    if len(birth_date) == 10 and day[5:10] < birth_date[5:10]:
        years -= 1
    return next((band for under, band in _ADULT_BANDS if years < under), "85+")
