"""That a person objects to what is known of them being shared, or took that back, as UKCore-Consent.

While somebody objects nothing of them is published. Whoever holds something of them already, from before, is told why
it went: that is this Consent, and it says no more. Source: standards.md h. This module thinks; it does no input or
output.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ascbridge.events.facts.care import ObjectionRecorded
from ascbridge.record.mapping.care_mapping import CareMapping, resource_of
from ascbridge.record.mapping.resource_types import OBJECTION_POLICY
from ascbridge.uk_core import (
    ACT_CODE,
    CONSENT_SCOPE,
    Json,
    coding,
    fhir_id,
    partial_date,
    reference,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ascbridge.record.views import CareView, Council


def consent(view: CareView, council: Council) -> Iterator[Json]:
    """Give the Consent: what it denies while the objection stands, and inactive once it was taken back."""
    fact = view.fact
    assert isinstance(fact, ObjectionRecorded)
    if fact.objects and not view.held:
        return
    yield resource_of(
        view,
        "Consent",
        "objection",
        status="active" if fact.objects else "inactive",
        scope={"coding": [coding(CONSENT_SCOPE, "patient-privacy")]},
        category=[{"coding": [coding(ACT_CODE, "INFA")]}],
        patient=reference("Patient", fhir_id(view.person_id)),
        dateTime=partial_date(fact.stated_on),
        organization=[reference("Organization", fhir_id(council.ods_code))],
        policy=[{"uri": OBJECTION_POLICY}],
        provision={"type": "deny"} if fact.objects else {},
    )


MAPPING = CareMapping("consent", 1, "Consent", (ObjectionRecorded,), consent)
