"""What an ADT message says of the stay: one fact for each trigger, with ward, dates and ready signal beside it.

The table `STAYS` is the dictionary from HL7 triggers to our words (HL7 v2.4 chapter 3; ITK v1.0.15). A08 is a snapshot
and never admits, discharges or reopens.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ascbridge.events.facts import catalogue as words
from ascbridge.events.facts.catalogue import SealedVisit, StayFact, Ward
from ascbridge.events.logs.envelope import Draft
from ascbridge.intake.hl7v2.hl7_errors import ErrorCode
from ascbridge.intake.hl7v2.hl7_segment import place_of
from ascbridge.intake.sources.door import SourceFault

if TYPE_CHECKING:
    from collections.abc import Callable

    from ascbridge.intake.sources.reading import Reading

    Extra = Callable[[Reading], dict[str, Any]]


def _admission(reading: Reading) -> dict[str, Any]:
    return {
        "admission_method": reading.coded("admission_method"),
        "admission_source": reading.coded("admission_source"),
        "admitted_ms": _moment(reading, ADMITTED) or reading.occurred_ms,
    }


def _discharge(reading: Reading) -> dict[str, Any]:
    return {
        "discharged_ms": _discharged_ms(reading) or reading.occurred_ms,
        "discharge_method": reading.coded("discharge_method"),
        "discharge_destination": reading.coded("discharge_destination"),
    }


def _discharged_ms(reading: Reading) -> int | None:
    """PV1-45. Raises `SourceFault` where it is impossible, or lies far ahead of its own recording."""
    discharged = _moment(reading, DISCHARGED)
    if discharged is not None:
        reading.not_ahead(discharged, "PV1", 45)
    return discharged


ADMITTED, DISCHARGED = "PV1-44", "PV1-45"


def _plan(reading: Reading) -> dict[str, Any]:
    expected, _ = reading.date("PV2-8")
    return {"expected_admission": expected}


def _nothing(_reading: Reading) -> dict[str, Any]:
    return {}


STAYS: dict[str, tuple[type[StayFact], int, Extra]] = {
    "A01": (words.PatientAdmitted, 0, _admission),
    "A02": (words.PatientTransferred, 0, _nothing),
    "A03": (words.PatientDischarged, 0, _discharge),
    "A04": (words.PatientAdmitted, 0, _admission),
    "A05": (words.AdmissionPlanned, 0, _plan),
    "A06": (words.PatientAdmitted, 0, _admission),
    "A08": (words.StayDetailsRecorded, 0, _nothing),
    "A11": (words.AdmissionCancelled, 1, _nothing),
    "A12": (words.TransferCancelled, 1, _nothing),
    "A13": (words.DischargeCancelled, 1, _nothing),
    "A14": (words.AdmissionPlanned, 0, _plan),
    "A16": (words.PatientReadyForDischarge, 0, _nothing),
    "A17": (words.PatientTransferred, 0, _nothing),
    "A21": (words.PatientWentOnLeave, 0, _nothing),
    "A22": (words.PatientReturnedFromLeave, 0, _nothing),
    "A23": (words.AdmissionCancelled, 1, _nothing),
    "A25": (words.PatientNotReadyForDischarge, 1, _nothing),
    "A27": (words.AdmissionPlanCancelled, 1, _nothing),
    "A38": (words.AdmissionPlanCancelled, 1, _nothing),
    "A52": (words.PatientReturnedFromLeave, 1, _nothing),
    "A53": (words.PatientWentOnLeave, 1, _nothing),
}
"""For each trigger: the fact, its stamp's rank (a cancellation comes after what it cancels), what else to read."""

ADMITS = frozenset({"A01", "A04", "A06"})
"""Triggers for which PV1-44 decides; to all others it only informs, and is parked where unreadable."""

DISCHARGES = frozenset({"A03"})
"""Triggers for which PV1-45 decides."""

OPTIONAL_STAY = frozenset({"A08"})
"""Triggers that may come without a visit number, and then speak of the person only."""


def needs_visit(reading: Reading) -> bool:
    """Whether this message must name a stay: an outpatient registration (A04 not in class E) speaks of none."""
    if reading.trigger == "A04":
        return reading.meaning("patient_class", reading.message.value("PV1-2")) == "E"
    return reading.trigger in STAYS and reading.trigger not in OPTIONAL_STAY


def speaks_of_stay(reading: Reading) -> bool:
    """Whether this message states something about a stay, if it names one."""
    return needs_visit(reading) or reading.trigger in OPTIONAL_STAY


def check(reading: Reading) -> None:
    """Raise `SourceFault` where the stay of a message that needs one cannot be told or its times are impossible."""
    if not needs_visit(reading):
        return
    if reading.visit is None:
        place = place_of((reading.profile.where.visit_number or ("PV1-19",))[0])
        raise SourceFault(
            "no visit number, so the stay cannot be told", segment=place.segment, field=place.field,
            code=ErrorCode.REQUIRED_FIELD_MISSING,
        )  # fmt: skip
    if reading.trigger in ADMITS:
        _moment(reading, ADMITTED)
    elif reading.trigger in DISCHARGES:
        _discharged_ms(reading)


def draft(reading: Reading, spell: str, slot: str = "stay") -> Draft:
    """The fact about the stay with key `spell`."""
    fact, rank, extra = STAYS[reading.trigger]
    dates, clears, marks = _dates(reading)
    body = fact(
        spell=spell,
        stamp=reading.stamp(rank),
        occurred_ms=reading.occurred_ms,
        facility=reading.facility,
        ward=_ward(reading),
        patient_class=reading.meaning("patient_class", reading.message.value("PV1-2")) or "",
        ready=_ready(reading),
        ready_on=dates["ready_on"],
        clears=clears,
        marks=marks,
        **{
            "planned_discharge" if reading.trigger == "A16" else "expected_discharge": dates["expected"],
            "admitted_ms": _if_readable(reading, ADMITTED),
            **extra(reading),
        },
    )
    visit = SealedVisit(visit_number=reading.visit.value) if reading.visit is not None else None
    return Draft(reading.patient, slot, reading.occurred_ms, body, visit)


def _dates(reading: Reading) -> tuple[dict[str, str], tuple[str, ...], tuple[str, ...]]:
    where = reading.profile.where
    marks = ["shadow"] if reading.profile.shadow else []
    dates = {"expected": "", "ready_on": ""}
    for name, places in (("expected", where.expected_discharge), ("ready_on", where.ready_on)):
        for place in places:
            dates[name], readable = reading.date(place)
            if not readable:
                marks.append(f"unreadable:{place}")
    clears = [
        name
        for name, places in (
            ("expected_discharge", where.expected_discharge),
            ("ready_on", where.ready_on),
            ("ward", ("PV1-3",)),
        )
        if reading.cleared(*places)
    ]
    if reading.trigger not in ADMITS and not reading.date(ADMITTED)[1]:
        marks.append(f"unreadable:{ADMITTED}")
    if not reading.message.value("EVN-6"):
        marks.append("occurred-not-stated")
    return dates, tuple(clears), tuple(marks)


def _ward(reading: Reading) -> Ward | None:
    value = reading.message.value
    if not value("PV1-3.1"):
        return None
    return Ward(ward=value("PV1-3.1"), room=value("PV1-3.2"), bed=value("PV1-3.3"), site=value("PV1-3.4"))


def _ready(reading: Reading) -> bool | None:
    """The explicit signal, or a ready date by itself (standards a.8); None where the message says neither."""
    for place in reading.profile.where.ready:
        stated = reading.meaning("ready", reading.message.value(place))
        if stated:
            return stated == "Y"
    return True if any(reading.date(place)[0] for place in reading.profile.where.ready_on) else None


def _if_readable(reading: Reading, place: str) -> int | None:
    """The moment at a place that only informs, or None where there is none that can be read."""
    return _moment(reading, place) if reading.date(place)[1] else None


def _moment(reading: Reading, place: str) -> int | None:
    stamp = reading.time(place)
    return stamp.utc_ms if stamp is not None else None
