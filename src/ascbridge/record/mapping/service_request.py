"""The referral behind a discharge task as UKCore-ServiceRequest: what the hospital asks of adult social care.

Source: standards.md e.2. This module thinks; it does no input or output.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ascbridge.record.mapping.organization import hospital_id
from ascbridge.uk_core import (
    REFERRAL_CATEGORY,
    SNOMED,
    Json,
    coding,
    fhir_id,
    filled,
    identifier,
    instant,
    meta,
    reference,
    words,
)

if TYPE_CHECKING:
    from ascbridge.record.views import Council, TaskView

STATUSES = {
    "requested": "active",
    "accepted": "active",
    "in-progress": "active",
    "on-hold": "on-hold",
    "completed": "completed",
    "cancelled": "revoked",
    "entered-in-error": "entered-in-error",
}
NOTIFICATION = "715591000000108"


def service_request(view: TaskView, council: Council) -> Json:
    """Return the ServiceRequest that a task answers; it shares the task's id."""
    fact = view.fact
    facility = words(view.facility)
    return filled(
        resourceType="ServiceRequest",
        id=fhir_id(fact.task),
        meta=meta("ServiceRequest", source=view.source, restricted=view.restricted),
        identifier=[identifier(council.system("referral"), fact.task)],
        status=STATUSES[fact.status],
        intent="order",
        category=[{"coding": [coding(REFERRAL_CATEGORY, "adult-social-care")]}],
        code={"coding": [coding(SNOMED, NOTIFICATION)]},
        subject=reference("Patient", fhir_id(view.person_id)),
        encounter=reference("Encounter", fhir_id(fact.spell)) if view.has_stay else {},
        authoredOn=instant(fact.opened_ms),
        requester=reference("Organization", hospital_id(facility)) if facility else {},
        performer=[reference("Organization", fhir_id(council.ods_code))],
    )
