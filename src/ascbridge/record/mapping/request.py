"""A contact with the council, or a referral to it, as UKCore-ServiceRequest: what somebody asked of adult social care.

It says when, why and whether it is decided; never who said it. Source: standards.md e.2. This module thinks; it does no
input or output.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ascbridge.uk_core import (
    REFERRAL_CATEGORY,
    Json,
    coding,
    concept,
    fhir_id,
    filled,
    identifier,
    meta,
    partial_date,
    reference,
)

if TYPE_CHECKING:
    from ascbridge.record.views import Council, RequestView

CODES = {"contact": "Contact with adult social care", "referral": "Referral to adult social care"}


def request(view: RequestView, council: Council) -> Json:
    """Return the ServiceRequest."""
    fact = view.fact
    reason = concept([], None, fact.reason)
    return filled(
        resourceType="ServiceRequest",
        id=fhir_id(view.request_id),
        meta=meta("ServiceRequest", source=view.source, restricted=view.restricted),
        identifier=[identifier(council.system(fact.slot), view.number)],
        status="entered-in-error" if fact.retracted else "completed" if fact.outcome else "active",
        intent="order",
        category=[{"coding": [coding(REFERRAL_CATEGORY, "adult-social-care")]}],
        code={"text": CODES[fact.slot]},
        subject=reference("Patient", fhir_id(view.person_id)),
        authoredOn=partial_date(fact.received_on),
        performer=[reference("Organization", fhir_id(council.ods_code))],
        reasonCode=[reason] if reason else [],
    )
