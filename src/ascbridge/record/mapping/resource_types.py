"""The resource types that are published: what each must have, what is left of one withdrawn, and how it is searched.

A table: one row a type. Search parameters are those of hl7.org/fhir/R4/searchparameter-registry.html. This module
thinks; it does no input or output.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ascbridge.uk_core import ACT_CODE, CONSENT_SCOPE, NULL_FLAVOR, coding

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ascbridge.uk_core import Json

GONE = {"text": "Withdrawn"}
_WRONG: Json = {"status": "entered-in-error"}
OBJECTION_POLICY = "https://fhir.coventry.gov.uk/policy/objection-to-sharing"
"""What a Consent that says that somebody objects rests on (FHIR asks for a policy, ppc-1)."""


@dataclass(frozen=True, slots=True)
class ResourceType:
    """One type.

    `required` are primitives that the schema cannot ask for, and elements that an answer must have; `subject` is the
    element that names the person; `withdrawn` is what stands beside id, meta and subject where it does not hold any
    more.
    """

    required: tuple[str, ...]
    subject: str = ""
    withdrawn: Mapping[str, object] = field(default_factory=dict)


RESOURCE_TYPES: Mapping[str, ResourceType] = {
    "CarePlan": ResourceType(("id", "status", "intent", "subject"), "subject", {**_WRONG, "intent": "plan"}),
    "CareTeam": ResourceType(("id", "status", "subject"), "subject", _WRONG),
    "Consent": ResourceType(
        ("id", "status", "scope", "category", "patient", "policy"),
        "patient",
        {
            **_WRONG,
            "scope": {"coding": [coding(CONSENT_SCOPE, "patient-privacy")]},
            "category": [{"coding": [coding(ACT_CODE, "INFA")]}],
            "policy": [{"uri": OBJECTION_POLICY}],
        },
    ),
    "Device": ResourceType(("id", "status", "patient"), "patient", _WRONG),
    "Encounter": ResourceType(
        ("id", "status", "class", "subject"), "subject", {**_WRONG, "class": coding(NULL_FLAVOR, "UNK")}
    ),
    "EpisodeOfCare": ResourceType(("id", "status", "patient"), "patient", _WRONG),
    "Flag": ResourceType(("id", "status", "code", "subject"), "subject", {**_WRONG, "code": GONE}),
    "Goal": ResourceType(
        ("id", "lifecycleStatus", "description", "subject"),
        "subject",
        {"lifecycleStatus": "entered-in-error", "description": GONE},
    ),
    "Location": ResourceType(("id", "status")),
    "Organization": ResourceType(("id", "active")),
    "Patient": ResourceType(("id", "active")),
    "Practitioner": ResourceType(("id", "active"), "", {"active": False}),
    "PractitionerRole": ResourceType(("id", "active"), "", {"active": False}),
    "QuestionnaireResponse": ResourceType(("id", "status", "subject"), "subject", _WRONG),
    "RelatedPerson": ResourceType(("id", "active", "patient"), "patient", {"active": False}),
    "ServiceRequest": ResourceType(
        ("id", "status", "intent", "subject"), "subject", {**_WRONG, "intent": "order"}
    ),
    "Task": ResourceType(("id", "status", "intent", "for"), "for", {**_WRONG, "intent": "order"}),
}
"""Every type that is published."""
