"""What a made-up council says of one person's care: one thing of each kind that the mappings tell apart."""

from dataclasses import replace
from typing import Any

from ascbridge.events.facts.care import (
    CareActAssessmentStated,
    CarerStated,
    CircumstancesRecorded,
    CommunicationNeedsRecorded,
    EquipmentStated,
    InterimSupportStated,
    LegalPowerStated,
    ObjectionRecorded,
    PackageStated,
    PlacementStated,
    ReviewStated,
    SealedCarer,
    SealedGoals,
    SealedHolder,
    SealedNote,
    SealedWorker,
    ShortTermEpisodeStated,
    SupportPlanStated,
    WorkerAllocated,
)
from ascbridge.events.facts.fact import CouncilFact, Part, Stamp
from ascbridge.record.mapping.care_mapping import CareMapping
from ascbridge.record.views import CareView, PatientView, PersonView
from tests.record.samples import (
    COUNCIL,
    DEAD,
    HELD,
    MESSAGE,
    PEOPLE,
    PERSON,
    PRESENT,
    RESTRICTED,
    person,
)

STAMP = Stamp(recorded_ms=1_793_000_000_000)
PHONE, NAME = "024 7600 CANARY", "Cara Canary"
SAID: dict[str, tuple[CouncilFact, Part | None]] = {
    "package": (
        PackageStated(
            stamp=STAMP, package="P-1", status="live", kind="Home support", started_on="2026-03-01",
            provider="Canary Care", provider_location="1-CANARY",
        ),
        None,
    ),
    "short_term": (
        ShortTermEpisodeStated(
            stamp=STAMP, episode="E-1", status="ended", kind="Reablement", started_on="2026-03-01",
            ended_on="2026-04", outcome="nothing-more",
        ),
        SealedGoals(goals=("Make my own breakfast",)),
    ),
    "interim_support": (
        InterimSupportStated(
            stamp=STAMP, interim_support="I-1", status="planned", kind="Home support, one call a day"
        ),
        None,
    ),
    "placement": (
        PlacementStated(
            stamp=STAMP, placement="PL-1", status="live", setting="housing-with-care", provider="Canary House",
            started_on="2026",
        ),
        None,
    ),
    "support_plan": (
        SupportPlanStated(
            stamp=STAMP, support_plan="SP-1", status="agreed", delivery="direct-payment", agreed_on="2026-03-13"
        ),
        SealedGoals(goals=("Go to chapel again", " ", "See my sister")),
    ),
    "assessment": (
        CareActAssessmentStated(
            stamp=STAMP, assessment="A-1", status="completed", requested_on="2026-03-03", started_on="2026-03-10",
            completed_on="2026-03-12", last_contact_on="2026-03-09", outcome="support",
        ),
        None,
    ),
    "review": (
        ReviewStated(stamp=STAMP, review="R-1", status="due", client="carer", due_on="2027-03-13"), None
    ),
    "carer": (
        CarerStated(
            stamp=STAMP, carer="C-1", status="assessed", relationship="daughter", emergency_plan="yes"
        ),
        SealedCarer(carer_name=NAME, carer_phone=PHONE),
    ),
    "legal_power": (
        LegalPowerStated(
            stamp=STAMP, power="L-1", status="held", kind="lasting-power-health", started_on="2024-01-05"
        ),
        SealedHolder(holder_name=NAME, holder_phone=PHONE),
    ),
    "equipment": (
        EquipmentStated(
            stamp=STAMP, item="Q-1", category="telecare", status="delivered", kind="Pendant alarm"
        ),
        None,
    ),
    "worker": (
        WorkerAllocated(stamp=STAMP, team="Integrated Locality Team North", role="Social worker", since="2026-02"),
        SealedWorker(worker_name="Alex Sample", worker_phone="024 7600 0001"),
    ),
    "communication": (
        CommunicationNeedsRecorded(
            stamp=STAMP, language="pa", interpreter="yes", needs=("large-print", "speaks-through-somebody"),
            preferred_contact="letter",
        ),
        SealedNote(note="CANARY: ring twice"),
    ),
    "circumstances": (
        CircumstancesRecorded(stamp=STAMP, visual_impairment="yes", hearing_impairment="no", dementia="yes"), None
    ),
    "objection": (ObjectionRecorded(stamp=STAMP, objects=False, stated_on="2026-05-01"), None),
}  # fmt: skip
"""Each slot's fact, and what it seals."""


def care(slot: str, *, sealed: Part | None = None, **more: Any) -> CareView:
    """Give the view of one slot, with fields of its fact or of the view other than those of `SAID`."""
    fact, part = SAID[slot]
    fields = {name: value for name, value in more.items() if name in type(fact).model_fields}
    number = list(SAID).index(slot) + 1
    view = CareView(
        person_id=PERSON,
        part_id=f"c{number:032x}",
        fact=fact.model_copy(update=fields),
        sealed=sealed or part,
        source=MESSAGE,
    )
    return replace(view, **{name: value for name, value in more.items() if name not in fields})


def made(mapping: CareMapping, view: CareView) -> list[dict[str, Any]]:
    """Return what a mapping makes of a view."""
    return list(mapping.make(view, COUNCIL))


CARE = tuple(care(slot) for slot in SAID)


def with_care(patient: PatientView, **more: Any) -> PersonView:
    """Give a person with everything that the council can say, as restricted and as dead as they are."""
    known = {"restricted": patient.restricted, "died": bool(patient.died), "died_on": patient.died_on}
    return person(patient, care=tuple(replace(each, **known) for each in CARE), **more)


EVERYBODY = {
    **PEOPLE,
    "with care": with_care(PRESENT),
    "restricted with care": with_care(RESTRICTED),
    "died with care": with_care(DEAD),
    "objects": person(
        replace(PRESENT, objects=True),
        (),
        (),
        published=HELD,
        care=(care("objection", objects=True, held=True),),
    ),
}
"""The made-up people, with those of whom the council says something."""
