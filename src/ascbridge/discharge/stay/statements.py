"""What one fact says about one stay: sparse statements about slots, each with its stamp.

Where nothing is said there is no statement. A slot's name says what it is about; `ORDER` says which of its
statements decides. A08 (`StayDetailsRecorded`) is a snapshot: it speaks of ward, dates and an explicit ready
signal, and never admits, discharges, cancels or reopens.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from ascbridge.events.facts import catalogue as words
from ascbridge.events.facts.catalogue import StayFact, VisitMoved

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ascbridge.events.facts.catalogue import Coded, Ward

Order = Literal["recorded", "occurred", "first", "every"]
Key = tuple[int, ...]

ORDER: dict[str, Order] = {
    "admitted": "recorded",  # when the stay began, UTC ms
    "admission_method": "recorded",
    "admission_source": "recorded",
    "said_admitted": "recorded",  # somebody came in
    "said_cancelled": "recorded",  # the admission was a mistake
    "said_here": "recorded",  # something was done to somebody who is in hospital
    "plan": "recorded",  # True: is to come in; False: will not
    "facility": "recorded",
    "patient_class": "recorded",
    "expected_discharge": "recorded",
    "planned_discharge": "recorded",
    "ready_on": "recorded",
    "not_ready": "recorded",
    "discharge": "recorded",  # (actual time, method, destination), or None where it was taken back
    "moved_to": "recorded",  # the patient key that the stay was moved to (A44, A45)
    "patient": "recorded",  # the patient key under which a message spoke; one slot for each
    "ward": "occurred",
    "leave": "occurred",
    "transfer": "occurred",
    "first_ready": "first",
    "entered": "first",  # somebody entered the stay by hand
    "entered_from": "first",  # since when, as they wrote, UTC ms: what the hospital says of it holds against that
    "class": "first",  # each patient class ever stated
    "left": "first",  # each destination ever stated with a discharge
    "ready": "every",  # kept from the last not-ready on: any of them may become the first of its period
}
"""Which statement decides, for each slot (without what follows a colon in its name): the last recorded, the
latest occurred, the first recorded, or every one of them."""

COMES_IN = (words.PatientAdmitted,)
IS_HERE = (
    words.PatientTransferred,
    words.TransferCancelled,
    words.PatientReadyForDischarge,
    words.PatientNotReadyForDischarge,
    words.PatientDischarged,
    words.DischargeCancelled,
    words.PatientWentOnLeave,
    words.PatientReturnedFromLeave,
    words.StayEnteredByHand,
)


class Statement(NamedTuple):
    """One value (or None: explicitly emptied) of one slot, with what decides its place among the others."""

    recorded: int
    sequence: int
    sent: int
    rank: int
    message: str
    event: str
    occurred: int
    fact: str
    value: Any

    @property
    def stamp(self) -> Key:
        """Its place among what was recorded. The message id is no part of it: it only settles a tie."""
        return self.recorded, self.sequence, self.sent, self.rank

    @property
    def place(self) -> Key:
        """Its place among what happened."""
        return self.occurred, *self.stamp


@dataclass(frozen=True, slots=True)
class Said:
    """A fact about a stay as it came: under which patient key, in which message, by which event."""

    fact: StayFact | VisitMoved
    patient: str
    message: str
    event: str

    @property
    def translation(self) -> int:
        """How often its message had been translated anew when this was said."""
        return self.fact.stamp.translation


def statements(said: Said) -> Iterator[tuple[str, Statement]]:
    """Give each statement of a fact with the slot it is about."""
    fact, stamp = said.fact, said.fact.stamp
    occurred = fact.occurred_ms if isinstance(fact, StayFact) else stamp.recorded_ms
    pairs = _of_stay(fact, said.patient) if isinstance(fact, StayFact) else [("moved_to", said.patient)]
    for slot, value in pairs:
        yield (
            slot,
            Statement(
                stamp.recorded_ms, stamp.sequence, stamp.sent_ms, stamp.rank,
                said.message, said.event, occurred, type(fact).__name__, value,
            ),
        )  # fmt: skip


def order_of(slot: str) -> Order:
    """Return which statement of a slot decides."""
    return ORDER[slot.partition(":")[0]]


def _of_stay(fact: StayFact, patient: str) -> Iterator[tuple[str, Any]]:
    yield f"patient:{patient}", True
    yield from _place(fact)
    yield from _dates(fact)
    yield from _readiness(fact)
    yield from _coming(fact)
    yield from _going(fact)
    if isinstance(fact, IS_HERE):
        yield "said_here", True
    if isinstance(fact, words.StayEnteredByHand):
        yield "entered", True


def _place(fact: StayFact) -> Iterator[tuple[str, Any]]:
    if fact.facility:
        yield "facility", fact.facility
    if fact.patient_class:
        yield "patient_class", fact.patient_class
        yield f"class:{fact.patient_class}", True
    if fact.ward is not None:
        yield "ward", _ward(fact.ward)
    elif "ward" in fact.clears:
        yield "ward", None
    if isinstance(fact, words.PatientTransferred):
        yield "transfer", True


def _dates(fact: StayFact) -> Iterator[tuple[str, Any]]:
    for name in ("expected_discharge", "planned_discharge"):
        stated = getattr(fact, name)
        if stated or name in fact.clears:
            yield name, stated
        elif name == "planned_discharge" and isinstance(fact, words.PatientNotReadyForDischarge):
            yield name, ""  # a pending discharge that was called off takes its own date with it
    if isinstance(fact, words.StayEnteredByHand):
        if fact.admitted_ms is not None:
            yield "entered_from", fact.admitted_ms
    elif fact.admitted_ms is not None:
        yield "admitted", fact.admitted_ms
    elif isinstance(fact, COMES_IN):
        yield "admitted", fact.occurred_ms


def _readiness(fact: StayFact) -> Iterator[tuple[str, Any]]:
    """A16 is ready, A25 is not; any other message where it says so, or names a ready date (standards a.8)."""
    called_off = isinstance(fact, words.PatientNotReadyForDischarge)
    if fact.ready_on and not called_off:
        yield "ready_on", fact.ready_on
    elif "ready_on" in fact.clears:
        yield "ready_on", ""
    ready = isinstance(fact, words.PatientReadyForDischarge) or (bool(fact.ready_on) and fact.ready is None)
    if (ready or fact.ready is True) and not called_off:
        yield "ready", True
        yield "first_ready", True
    if called_off or fact.ready is False or "ready" in fact.clears:
        yield "not_ready", True


def _coming(fact: StayFact) -> Iterator[tuple[str, Any]]:
    if isinstance(fact, words.PatientAdmitted):
        yield "said_admitted", True
        if fact.admission_method is not None:
            yield "admission_method", _coded(fact.admission_method)
        if fact.admission_source is not None:
            yield "admission_source", _coded(fact.admission_source)
    elif isinstance(fact, words.AdmissionCancelled):
        yield "said_cancelled", True
    elif isinstance(fact, words.AdmissionPlanned | words.AdmissionPlanCancelled):
        yield "plan", isinstance(fact, words.AdmissionPlanned)


def _going(fact: StayFact) -> Iterator[tuple[str, Any]]:
    if isinstance(fact, words.PatientDischarged):
        method, destination = _coded(fact.discharge_method), _coded(fact.discharge_destination)
        yield "discharge", (fact.discharged_ms, method, destination)
        yield f"left:{destination[1] or '' if destination else ''}", True
    elif isinstance(fact, words.DischargeCancelled):
        yield "discharge", None
    elif isinstance(fact, words.PatientWentOnLeave | words.PatientReturnedFromLeave):
        yield "leave", isinstance(fact, words.PatientWentOnLeave)


def _coded(coded: Coded | None) -> tuple[str, str | None] | None:
    return None if coded is None else (coded.source_code, coded.code)


def _ward(ward: Ward) -> tuple[str, str, str, str]:
    return ward.ward, ward.room, ward.bed, ward.site
