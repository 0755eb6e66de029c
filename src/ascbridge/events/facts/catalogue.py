"""Every event type by its name; here what is said about a person, a hospital stay and a task.

What the council says stands beside: `referral` (contacts, referrals, self-assessments) and `care` (all that follows);
the tasks of the front door in `front_door`, work that was split off a discharge task in `split_work`, what
information goes with the person in `information_pack`; safeguarding, behind its wall, in `concerns`.

A class is one event type; its docstring is its meaning and ends up in the published contract. Codes are NHS Data
Dictionary values once understood. Times named ``*_ms`` are UTC epoch milliseconds; dates are ISO text, which may be as
short as a year, as the source said them.
This module thinks; it does no input or output.
"""

from __future__ import annotations

from functools import cache, lru_cache
from typing import ClassVar, Literal

from pydantic import Field

from ascbridge.events.facts.care import (
    CareActAssessmentStated,
    CarerStated,
    CircumstancesRecorded,
    CommunicationNeedsRecorded,
    EquipmentStated,
    InterimSupportStated,
    KnownToCare,
    LegalPowerStated,
    ObjectionRecorded,
    PackageStated,
    PlacementStated,
    ReviewStated,
    SealedWorker,
    ShortTermEpisodeStated,
    SupportPlanStated,
    WorkerAllocated,
)
from ascbridge.events.facts.concerns import (
    ConcernAccepted,
    ConcernDecided,
    ConcernHandedOver,
    ConcernRaised,
    ConcernRecorded,
    ConcernsRepeated,
    EnquiryConcluded,
)
from ascbridge.events.facts.duty_contact import DutyContactTaken
from ascbridge.events.facts.fact import Coded, CouncilFact, Fact, Part, Stamp
from ascbridge.events.facts.front_door import (
    FrontDoorTaskCancelled,
    FrontDoorTaskChanged,
    FrontDoorTaskCompleted,
    FrontDoorTaskOpened,
    FrontDoorTaskResumed,
)
from ascbridge.events.facts.hospital_assessment import HospitalAssessmentAttached
from ascbridge.events.facts.information_pack import InformationPackChanged
from ascbridge.events.facts.referral import ContactRecorded, ReferralRecorded, SelfAssessmentAnswered
from ascbridge.events.facts.split_work import (
    SubTaskCancelled,
    SubTaskChanged,
    SubTaskCompleted,
    SubTaskFailed,
    SubTaskOpened,
    SubTaskPaused,
    SubTaskResumed,
)

__all__ = [
    "Coded", "CouncilFact", "Fact", "KnownToCare", "PackageStated", "Part", "SealedWorker", "Stamp",
    "WorkerAllocated",
]  # fmt: skip
"""Of what stands in the modules beside this one: what was here before they were, and is still asked for here."""


class Ward(Part):
    """Where in the hospital: point of care, room, bed (PL.1 to PL.3) and the site's ODS code (PL.4)."""

    ward: str
    room: str = ""
    bed: str = ""
    site: str = ""


class SealedPatient(Part):
    """Who somebody is. Never in an open part. An empty text means that the source said nothing.

    `nhs_number` is ten digits as sent, checked or not; `number_status` its NHS number status indicator 01..08.
    """

    nhs_number: str = ""
    local_id: str = ""
    family_name: str = ""
    given_names: tuple[str, ...] = ()
    prefix: str = ""
    birth_date: str = ""
    address_lines: tuple[str, ...] = ()
    postcode: str = ""
    phones: tuple[str, ...] = ()
    gp_name: str = ""
    gp_practice: str = ""
    next_of_kin: str = ""
    next_of_kin_phone: str = ""

    withheld: ClassVar[frozenset[str]] = frozenset(
        {"address_lines", "postcode", "phones", "gp_name", "gp_practice", "next_of_kin", "next_of_kin_phone"}
    )


class SealedVisit(Part):
    """The hospital's own number for a stay (PV1-19), for showing to people; the spell key stands for it elsewhere."""

    visit_number: str


class PatientDetailsRecorded(Fact):
    """A source said who its patient is. The last recorded statement of each source decides.

    `number_state` says what the sealed NHS number is worth: `verified` (checks, status 01), `unverified` (checks),
    `invalid` (fails modulus 11, quarantined) or `none`. `clears` names sealed fields explicitly emptied. `residence`
    is whether the stated address lies in the council's area (``local``) or not (``elsewhere``); empty: cannot be told.
    `authority` is the other council that is responsible, by name; `authority_code` a code of one that nobody has
    mapped. `fixed_address` is ``no`` where the source says that the person has none.
    """

    family = "person"
    withheld = frozenset({"residence", "authority", "authority_code"})
    seals = SealedPatient
    stamp: Stamp
    source_name: str
    number_state: Literal["verified", "unverified", "invalid", "none"]
    number_status: str = ""
    gender: Literal["male", "female", "other", "unknown"] = "unknown"
    ethnic_category: str = ""
    language: str = ""
    age_band: str = ""
    residence: Literal["local", "elsewhere", ""] = ""
    authority: str = ""
    authority_code: str = ""
    fixed_address: Literal["no", ""] = ""
    clears: tuple[str, ...] = ()
    marks: tuple[str, ...] = ()


class DeathStatusRecorded(Fact):
    """A source said that its patient has died (PID-30 = Y or a date in PID-29: an informal death) or has not."""

    family = "person"
    stamp: Stamp
    died: bool
    died_on: str = ""


class PatientRestricted(Fact):
    """A source said that where this person is must not be known (ITK ZU8-4: 1 local, 2 national S-flag)."""

    family = "person"
    level: Literal["local", "national"]


class PatientRestrictionLifted(Fact):
    """Two people decided that a restriction no longer holds; no message can say this."""

    family = "person"


class PatientsLinked(Fact):
    """Two patient keys are one person. `statement` is why: a merge, an NHS number learnt, or a person's decision."""

    family = "person"
    other: str
    statement: Literal["merged", "number", "decided"]
    stamp: Stamp


class PatientsUnlinked(Fact):
    """Two patient keys that were taken for one person are not."""

    family = "person"
    other: str
    statement: Literal["number", "decided"]
    stamp: Stamp


class VisitMoved(Fact):
    """A stay was recorded under the wrong patient, and belongs to this event's subject (A44, A45)."""

    family = "discharge"
    spell: str
    from_patient: str
    stamp: Stamp


class StayFact(Fact):
    """What every hospital message about a stay may say beside its main fact. Absent means nothing was said.

    `expected_discharge` is the estimated date (PV2-9), `planned_discharge` the confirmed one: never the same field,
    and neither is ever the actual discharge. `clears` names fields that the message emptied explicitly.
    """

    family = "discharge"
    withheld = frozenset({"ward"})
    seals = SealedVisit
    spell: str
    stamp: Stamp
    occurred_ms: int
    facility: str = ""
    ward: Ward | None = None
    patient_class: str = ""
    admitted_ms: int | None = None
    expected_discharge: str = ""
    planned_discharge: str = ""
    ready: bool | None = None
    ready_on: str = ""
    clears: tuple[str, ...] = ()
    marks: tuple[str, ...] = ()


class PatientAdmitted(StayFact):
    """A patient came into hospital (A01, or A04 in class E)."""

    admission_method: Coded | None = None
    admission_source: Coded | None = None


class AdmissionCancelled(StayFact):
    """The admission was a mistake (A11, A23): this stay never was."""


class AdmissionPlanned(StayFact):
    """A patient is to come in (A05, A14)."""

    expected_admission: str = ""


class AdmissionPlanCancelled(StayFact):
    """A planned admission will not happen (A38, A27)."""


class PatientTransferred(StayFact):
    """A patient moved to another ward (A02, A17)."""


class TransferCancelled(StayFact):
    """A move did not happen (A12); `ward` is where the patient still is."""


class StayDetailsRecorded(StayFact):
    """A snapshot of the stay (A08): ward, dates, an explicit ready signal. It never admits, discharges or reopens."""


class PatientReadyForDischarge(StayFact):
    """The hospital says the patient is, or is about to be, ready to leave (A16)."""


class PatientNotReadyForDischarge(StayFact):
    """The hospital takes back that the patient is ready to leave (A25)."""


class PatientDischarged(StayFact):
    """A patient left hospital (A03). `discharged_ms` is the actual time; the codes say how and where to."""

    discharged_ms: int
    discharge_method: Coded | None = None
    discharge_destination: Coded | None = None


class DischargeCancelled(StayFact):
    """A discharge did not happen (A13): the stay goes on."""


class PatientWentOnLeave(StayFact):
    """A patient left the ward and is expected back (A21, or A53 undoing a return)."""


class PatientReturnedFromLeave(StayFact):
    """A patient is back on the ward (A22, or A52 undoing a leave)."""


class StayEnteredByHand(StayFact):
    """A discharge worker wrote down who is in which hospital, and whether they are ready, where no message said so.

    It opens work by itself. The stay of the hospital's own messages joins it where these tell of the same person, site
    and day (decision 51).
    """


class StayChanged(Fact):
    """The present view of one hospital stay, folded from everything said about it. The highest `revision` holds.

    Published by the discharge service for every reader that wants the outcome and not the statements.
    """

    family = "discharge"
    withheld = frozenset({"ward"})
    spell: str
    revision: int
    status: Literal[
        "planned", "in-progress", "onleave", "finished", "cancelled", "entered-in-error", "unknown"
    ]
    facility: str = ""
    ward: Ward | None = None
    patient_class: str = ""
    admitted_ms: int | None = None
    discharged_ms: int | None = None
    admission_method: Coded | None = None
    admission_source: Coded | None = None
    discharge_method: Coded | None = None
    discharge_destination: Coded | None = None
    expected_discharge: str = ""
    planned_discharge: str = ""
    ready_on: str = ""
    recorded_ms: int = 0


class ChosenReason(Part):
    """A reason that somebody chose: its code, and the list with the version it was chosen from (``reasons@3``)."""

    code: str
    list: str = ""


class Delay(Part):
    """Why somebody who was ready stayed in hospital, for how long (UTC ms; `to_ms` None: still). `words` are those of
    the list with its version (``reasons@3``) from which `reason` was chosen. What may not be told here reads *other*.
    """

    reason: str
    list: str = ""
    words: str = ""
    from_ms: int
    to_ms: int | None = None


class TaskFact(Fact):
    """The present state of one Discharge to Assess task; the class name says what changed. Highest `revision` holds.

    `status` is the FHIR Task status. `stage` is the desk's own word for where the work is; *rejected*: given back to
    the hospital, for `reason`. The four dates are four fields: estimated, planned, ready, actual. `not_understood`
    lists codes that nobody has mapped yet. `asked_ms` says since when a question to the ward waits; `speak_first` that
    somebody must be spoken to before discharge, for whatever reason.

    Since when (UTC ms): `stage_since_ms` of this stage, `milestones` of each stage on the way to it; what was gone back
    behind is not in it. `pathway` (0 to 3) and `setting` are proposed, from stage *pathway-confirmed* on confirmed.
    `sourcing` says how far the search for a package or bed is, `sought` when (`requested`, `offered`, `placed`,
    `failed`). From `escalates_ms` on a late stage is told to `escalates_to`. `blocks` says what
    must be done first; `delays` why somebody who was ready stayed, the last reason last.

    `hand_over`: another council is responsible, which `hand_over_to` names where it is known. `taken`: somebody of the
    team has it; who, is not said here.
    """

    family = "task"
    withheld = frozenset({"ward", "hand_over_to"})
    task: str
    spell: str
    kind: str = "d2a"
    revision: int
    status: Literal[
        "requested", "accepted", "in-progress", "on-hold", "completed", "cancelled", "entered-in-error"
    ]
    stage: str
    signal: str
    reason: str = ""
    opened_ms: int
    due_ms: int | None = None
    owner_team: str = ""
    ward: Ward | None = None
    ready_on: str = ""
    expected_discharge: str = ""
    planned_discharge: str = ""
    discharged_ms: int | None = None
    outcome: str = ""
    needs_a_look: tuple[str, ...] = ()
    not_confirmed: tuple[str, ...] = ()
    not_understood: tuple[str, ...] = ()
    rule: str = ""
    asked_ms: int | None = None
    speak_first: bool = False
    stage_since_ms: int | None = None
    milestones: dict[str, int] = Field(default_factory=dict)
    pathway: int | None = None
    setting: str = ""
    route_reason: ChosenReason | None = None
    sourcing: str = ""
    sourcing_reason: ChosenReason | None = None
    sought: dict[str, int] = Field(default_factory=dict)
    escalates_ms: int | None = None
    escalates_to: str = ""
    blocks: tuple[str, ...] = ()
    delays: tuple[Delay, ...] = ()
    hand_over: Literal["", "named", "unknown"] = ""
    hand_over_to: str = ""
    taken: bool = False


class DischargeTaskOpened(TaskFact):
    """A hospital signal, or a person, opened a Discharge to Assess task."""


class DischargeTaskChanged(TaskFact):
    """Dates, ward, stage, owner or marks of the task changed; its status did not."""


class DischargeTaskPaused(TaskFact):
    """The hospital took back that the patient is ready, or the team put the work aside for `reason`; it waits."""


class DischargeTaskResumed(TaskFact):
    """Work that waited, or was closed, goes on."""


class DischargeTaskCompleted(TaskFact):
    """The team finished the work, with an outcome."""


class DischargeTaskCancelled(TaskFact):
    """The work is no longer wanted: died, self-discharged, moved elsewhere, recorded in error, or given back."""


def _kebab(name: str) -> str:
    return "".join("-" + c.lower() if c.isupper() else c for c in name).lstrip("-")


@cache
def fact_name(fact: type[Fact]) -> str:
    """Return the wire name of a fact: ``PatientDischarged`` is ``discharge.patient-discharged.v1``."""
    return f"{fact.family}.{_kebab(fact.__name__)}.v{fact.version}"


FACTS: dict[str, type[Fact]] = {
    fact_name(fact): fact
    for fact in (
        PatientDetailsRecorded, DeathStatusRecorded, PatientRestricted, PatientRestrictionLifted,
        PatientsLinked, PatientsUnlinked, ObjectionRecorded, VisitMoved,
        PatientAdmitted, AdmissionCancelled, AdmissionPlanned, AdmissionPlanCancelled, PatientTransferred,
        TransferCancelled, StayDetailsRecorded, PatientReadyForDischarge, PatientNotReadyForDischarge,
        PatientDischarged, DischargeCancelled, PatientWentOnLeave, PatientReturnedFromLeave, StayEnteredByHand,
        StayChanged, ContactRecorded, ReferralRecorded, SelfAssessmentAnswered,
        KnownToCare, PackageStated, WorkerAllocated, CircumstancesRecorded, InterimSupportStated,
        CareActAssessmentStated, SupportPlanStated, ShortTermEpisodeStated, ReviewStated, CarerStated,
        EquipmentStated, PlacementStated, CommunicationNeedsRecorded, LegalPowerStated, DutyContactTaken,
        DischargeTaskOpened, DischargeTaskChanged, DischargeTaskPaused, DischargeTaskResumed,
        DischargeTaskCompleted, DischargeTaskCancelled,
        FrontDoorTaskOpened, FrontDoorTaskChanged, FrontDoorTaskResumed, FrontDoorTaskCompleted,
        FrontDoorTaskCancelled,
        InformationPackChanged, HospitalAssessmentAttached,
        SubTaskOpened, SubTaskChanged, SubTaskPaused, SubTaskResumed, SubTaskCompleted, SubTaskFailed,
        SubTaskCancelled,
        ConcernRaised, ConcernAccepted, ConcernRecorded, ConcernHandedOver, ConcernDecided, EnquiryConcluded,
        ConcernsRepeated,
    )
}  # fmt: skip
"""Every published event type by its wire name, without the configured prefix."""


class UnknownEventType(ValueError):
    """An event type that this version of the catalogue does not hold; readers leave such events alone."""


@lru_cache(maxsize=1024)
def kind_of(event_type: str) -> type[Fact] | None:
    """Return what kind of fact an event type tells, which may carry the configured prefix; None for an unknown one."""
    return FACTS.get(".".join(event_type.rsplit(".", 3)[-3:]))


def read_fact(event_type: str, data: dict[str, object]) -> Fact:
    """Return the fact in an event's open part, ignoring fields that this version does not know.

    `event_type` may carry the configured prefix. Raises `UnknownEventType`, or pydantic's `ValidationError`.
    """
    fact = kind_of(event_type)
    if fact is None:
        raise UnknownEventType(event_type)
    return fact.model_validate(data)
