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
    more. It is searched by `status`, `category` and `date`: the name of the parameter, and the element. `refers` names
    the elements whose references can be included, by FHIR's name for them.
    """

    required: tuple[str, ...]
    subject: str = ""
    withdrawn: Mapping[str, object] = field(default_factory=dict)
    status: tuple[str, str] = ("", "")
    category: tuple[str, str] = ("", "")
    date: tuple[str, str] = ("", "")
    refers: Mapping[str, str] = field(default_factory=dict)

    @property
    def includes(self) -> Mapping[str, str]:
        """Every element whose references can be included, that which names the person too."""
        return {**({"patient": self.subject} if self.subject else {}), **self.refers}


_STATUS = ("status", "status")
_PERIOD = ("date", "period")
_CATEGORY = ("category", "category")
_TYPE = ("type", "type")

RESOURCE_TYPES: Mapping[str, ResourceType] = {
    "CarePlan": ResourceType(
        ("id", "status", "intent", "subject"),
        "subject",
        {**_WRONG, "intent": "plan"},
        _STATUS,
        _CATEGORY,
        _PERIOD,
        {"goal": "goal"},
    ),
    "CareTeam": ResourceType(
        ("id", "status", "subject"),
        "subject",
        _WRONG,
        _STATUS,
        date=_PERIOD,
        refers={"participant": "participant"},
    ),
    "Consent": ResourceType(
        ("id", "status", "scope", "category", "patient", "policy"),
        "patient",
        {
            **_WRONG,
            "scope": {"coding": [coding(CONSENT_SCOPE, "patient-privacy")]},
            "category": [{"coding": [coding(ACT_CODE, "INFA")]}],
            "policy": [{"uri": OBJECTION_POLICY}],
        },
        _STATUS,
        _CATEGORY,
        ("date", "dateTime"),
    ),
    "Device": ResourceType(("id", "status", "patient"), "patient", _WRONG, _STATUS, _TYPE),
    "DocumentReference": ResourceType(
        ("id", "status", "subject", "content"),
        "subject",
        {**_WRONG, "content": [{"attachment": {"title": "Withdrawn"}}]},
        _STATUS,
        _TYPE,
        ("date", "date"),
        {"author": "author"},
    ),
    "Encounter": ResourceType(
        ("id", "status", "class", "subject"),
        "subject",
        {**_WRONG, "class": coding(NULL_FLAVOR, "UNK")},
        _STATUS,
        date=_PERIOD,
        refers={"location": "location", "service-provider": "serviceProvider"},
    ),
    "EpisodeOfCare": ResourceType(
        ("id", "status", "patient"),
        "patient",
        _WRONG,
        _STATUS,
        _TYPE,
        _PERIOD,
        {"incoming-referral": "referralRequest"},
    ),
    "Flag": ResourceType(("id", "status", "code", "subject"), "subject", {**_WRONG, "code": GONE}),
    "Goal": ResourceType(
        ("id", "lifecycleStatus", "description", "subject"),
        "subject",
        {"lifecycleStatus": "entered-in-error", "description": GONE},
        ("lifecycle-status", "lifecycleStatus"),
        date=("start-date", "startDate"),
    ),
    "Location": ResourceType(
        ("id", "status"), status=_STATUS, refers={"organization": "managingOrganization"}
    ),
    "Organization": ResourceType(("id", "active"), refers={"partof": "partOf"}),
    "Patient": ResourceType(("id", "active"), refers={"organization": "managingOrganization"}),
    "Practitioner": ResourceType(("id", "active"), "", {"active": False}),
    "PractitionerRole": ResourceType(
        ("id", "active"),
        "",
        {"active": False},
        date=_PERIOD,
        refers={"practitioner": "practitioner", "organization": "organization"},
    ),
    "QuestionnaireResponse": ResourceType(
        ("id", "status", "subject"), "subject", _WRONG, _STATUS, date=("authored", "authored")
    ),
    "RelatedPerson": ResourceType(("id", "active", "patient"), "patient", {"active": False}),
    "ServiceRequest": ResourceType(
        ("id", "status", "intent", "subject"),
        "subject",
        {**_WRONG, "intent": "order"},
        _STATUS,
        _CATEGORY,
        ("authored", "authoredOn"),
    ),
    "Task": ResourceType(
        ("id", "status", "intent", "for"),
        "for",
        {**_WRONG, "intent": "order"},
        _STATUS,
        date=("authored-on", "authoredOn"),
        refers={"focus": "focus", "based-on": "basedOn", "encounter": "encounter", "owner": "owner"},
    ),
}
"""Every type that is published."""
