"""That there is a plan for when a carer cannot care, as UKCore-CarePlan. What it says stays with the case system.

Of a restricted person there is none, for it would tell of somebody close. Source: domain.md 3.10. This module thinks;
it does no input or output.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ascbridge.events.facts.care import CarerStated
from ascbridge.own_codes import CARE_PLAN_KIND
from ascbridge.record.mapping.care_mapping import CareMapping, resource_of
from ascbridge.uk_core import Json, coding, fhir_id, reference

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ascbridge.record.views import CareView, Council


def contingency_plan(view: CareView, council: Council) -> Iterator[Json]:
    """Give the CarePlan, where the council said that there is one."""
    fact = view.fact
    assert isinstance(fact, CarerStated)
    if view.restricted or fact.emergency_plan != "yes":
        return
    yield resource_of(
        view,
        "CarePlan",
        "plan",
        status="completed" if view.died or fact.status == "ended" else "active",
        intent="plan",
        category=[{"coding": [coding(CARE_PLAN_KIND, "contingency")]}],
        title="Plan for when the carer cannot care",
        subject=reference("Patient", fhir_id(view.person_id)),
        author=reference("Organization", fhir_id(council.ods_code)),
        supportingInfo=[reference("RelatedPerson", fhir_id(view.part_id))],
    )


MAPPING = CareMapping(
    "contingency-plan", 1, "CarePlan", (CarerStated,), contingency_plan, after=("RelatedPerson",)
)
