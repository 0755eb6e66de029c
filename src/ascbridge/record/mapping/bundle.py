"""Which resources a person becomes, and the transaction Bundle that carries them.

This module thinks; it does no input or output.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ascbridge.events.facts.care import ObjectionRecorded
from ascbridge.record.mapping.assessment_document import assessment_document
from ascbridge.record.mapping.assessment_response import hospital_assessment
from ascbridge.record.mapping.care_table import care_resources, care_teams
from ascbridge.record.mapping.encounter import encounter
from ascbridge.record.mapping.front_door_task import front_door_task
from ascbridge.record.mapping.location import location
from ascbridge.record.mapping.next_of_kin import next_of_kin
from ascbridge.record.mapping.organization import council_organization, hospital, team
from ascbridge.record.mapping.patient import patient, retired
from ascbridge.record.mapping.questionnaire_response import questionnaire_response
from ascbridge.record.mapping.request import request
from ascbridge.record.mapping.resource_types import RESOURCE_TYPES
from ascbridge.record.mapping.service_request import service_request
from ascbridge.record.mapping.sub_task import sub_task
from ascbridge.record.mapping.task import task
from ascbridge.uk_core import Json, fhir_id, meta, reference, words

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ascbridge.record.views import CareView, Council, PersonView


def name_of(resource: Json) -> str:
    """Return ``Patient/p1``: what a resource is called, within the record and in references."""
    return f"{resource['resourceType']}/{resource['id']}"


def shared(people: Iterable[PersonView], council: Council) -> dict[str, Json]:
    """Return the organizations and wards that these people's resources refer to, by name."""
    found = [council_organization(council)]
    for person in people:
        if not _shared(person):
            continue
        for stay in person.stays:
            fact = stay.fact
            if words(fact.facility):
                found.append(hospital(fact.facility))
            if not stay.restricted and fact.ward is not None and words(fact.ward.ward):
                found.append(location(fact.ward, fact.facility, council))
        found += [hospital(each.facility) for each in person.tasks if words(each.facility)]
        owners = [each.fact.owner_team for each in person.tasks]
        owners += [each.fact.owner_team for each in person.sub_tasks]
        owners += [each.fact.assessor_team for each in person.assessments]
        owners += [each.fact.owner_team for each in person.door_tasks]
        owners += care_teams(person.care)
        found += [team(owner, council) for owner in owners if words(owner)]
    return {name_of(resource): resource for resource in found}


def resources(person: PersonView, council: Council) -> list[Json]:
    """Return all resources of one person, in an order in which each refers to earlier ones only.

    What a sink holds and the person no longer has is withdrawn. A person who is not there any more, or who
    objects to sharing, and whom the sink never held, gives nothing.
    """
    return [resource for _, resource in by_rule(person, council)]


def by_rule(person: PersonView, council: Council) -> list[tuple[str, Json]]:
    """Return all resources of one person as `resources` does, each behind the rule that made it: ``device/1``."""
    own: list[tuple[str, Json]] = []
    if _shared(person):
        own.append(("patient/1", patient(person.patient, council)))
        own += [("encounter/1", encounter(stay, council)) for stay in person.stays]
        for each in person.tasks:
            own += [("service-request/1", service_request(each, council)), ("task/1", task(each, council))]
        own += [("sub-task/1", sub_task(each, council)) for each in person.sub_tasks]
        own += [("hospital-assessment/1", hospital_assessment(each, council)) for each in person.assessments]
        own += [
            ("assessment-document/1", assessment_document(each, council))
            for each in person.assessments
            if each.fact.document is not None
        ]
        own += [("request/1", request(each, council)) for each in person.requests]
        own += [("front-door-task/1", front_door_task(each, council)) for each in person.door_tasks]
        own += [
            ("questionnaire-response/1", questionnaire_response(each, council)) for each in person.answers
        ]
        own += [("next-of-kin/1", each) for each in next_of_kin(person.patient)]
    if person.patient.state == "present":
        own += care_resources(_to_share(person), council)
    made = {name_of(resource) for _, resource in own}
    gone = [name for name in person.published if name not in made and name not in person.elsewhere]
    return own + [("withdrawn/1", _withdrawn(name, person)) for name in sorted(gone, key=_patients_first)]


def _shared(person: PersonView) -> bool:
    """Whether anything of this person may stand in the shared record."""
    return person.patient.state == "present" and not person.patient.objects


def _to_share(person: PersonView) -> list[CareView]:
    """Return what of a person's care may be shared: of somebody who objects, that they do and nothing else."""
    objects = person.patient.objects
    return [each for each in person.care if not objects or isinstance(each.fact, ObjectionRecorded)]


def _patients_first(name: str) -> tuple[bool, str]:
    return not name.startswith("Patient/"), name


def _withdrawn(name: str, person: PersonView) -> Json:
    """Return what stands where a resource was that should not be there: its identity, and that it does not
    hold.
    """
    resource_type, _, resource_id = name.partition("/")
    if resource_type == "Patient":
        return retired(person.patient)
    kind = RESOURCE_TYPES[resource_type]
    marked = meta(resource_type, restricted=person.patient.restricted)
    head = {"resourceType": resource_type, "id": resource_id, "meta": marked, **kind.withdrawn}
    subject = reference("Patient", fhir_id(person.patient.person_id))
    return {**head, kind.subject: subject} if kind.subject else head


def transaction(resources: Iterable[tuple[Json, str]]) -> Json:
    """Return the transaction Bundle that puts each resource where its id says.

    Beside each stands the version the sink was last seen to hold, for ``If-Match``, or empty where it holds
    none.
    """
    return {"resourceType": "Bundle", "type": "transaction", "entry": [_entry(*each) for each in resources]}


def _entry(resource: Json, version: str) -> Json:
    request = {"method": "PUT", "url": name_of(resource)}
    if version:
        request["ifMatch"] = f'W/"{version}"'
    return {"resource": resource, "request": request}
