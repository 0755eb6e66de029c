"""A care and support plan as UKCore-CarePlan: whether it is agreed, how its support is bought, and what it is to reach.

Source: domain.md 3.3. This module thinks; it does no input or output.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ascbridge.events.facts.care import SupportPlanStated
from ascbridge.own_codes import CARE_PLAN_KIND
from ascbridge.record.mapping.care.goal import goal_ids
from ascbridge.record.mapping.care_mapping import CareMapping, identifiers, resource_of
from ascbridge.record.mapping.periods import period
from ascbridge.uk_core import Json, coding, fhir_id, reference

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ascbridge.record.views import CareView, Council

STATUS = {"draft": "draft", "agreed": "active", "ended": "completed"}
TITLES = {"person": "Care and support plan", "carer": "Support plan of the carer"}


def care_plan(view: CareView, council: Council) -> Iterator[Json]:
    """Give the CarePlan."""
    fact = view.fact
    assert isinstance(fact, SupportPlanStated)
    bought = fact.delivery.replace("-", " ")
    ended_on = fact.ended_on or (view.died_on if view.died else "")
    yield resource_of(
        view,
        "CarePlan",
        identifier=identifiers(view, council, "support-plan"),
        status="completed" if view.died and fact.status == "agreed" else STATUS[fact.status],
        intent="plan",
        category=[{"coding": [coding(CARE_PLAN_KIND, "support-plan")]}],
        title=TITLES.get(fact.client, TITLES["person"]),
        description=f"Support is bought as: {bought}" if bought else "",
        subject=reference("Patient", fhir_id(view.person_id)),
        period=period(fact.agreed_on, ended_on),
        author=reference("Organization", fhir_id(council.ods_code)),
        goal=[reference("Goal", goal_id) for goal_id in goal_ids(view)],
    )


MAPPING = CareMapping("care-plan", 1, "CarePlan", (SupportPlanStated,), care_plan, after=("Goal",))
