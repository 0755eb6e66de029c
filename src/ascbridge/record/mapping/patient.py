"""A person as UKCore-Patient, and what is left of one who was merged away or erased.

A restricted person's resource has no address, telecom, contact or GP. Fields and rules:
hl7.org/fhir/R4/patient.html and standards.md d.1 to d.5. This module thinks; it does no input or output.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ascbridge.uk_core import (
    CONTACT_ROLE,
    DEATH_NOTIFICATION,
    DEATH_NOTIFICATION_EXTENSION,
    DISPLAYS,
    ETHNIC_CATEGORY,
    ETHNIC_CATEGORY_EXTENSION,
    NHS_NUMBER,
    ODS_ORGANIZATION,
    VERIFICATION,
    VERIFICATION_EXTENSION,
    Json,
    coding,
    concept,
    extension,
    fhir_id,
    filled,
    identifier,
    meta,
    partial_date,
    reference,
    words,
)

if TYPE_CHECKING:
    from ascbridge.record.views import Council, PatientView

GENDERS = ("male", "female", "other", "unknown")


def patient(view: PatientView, council: Council) -> Json:
    """Return the Patient of a person, present or not."""
    if view.state != "present":
        return retired(view)
    return filled(
        resourceType="Patient",
        id=fhir_id(view.person_id),
        meta=meta("Patient", source=view.source, restricted=view.restricted),
        extension=_extensions(view),
        identifier=_identifiers(view, council),
        active=True,
        name=_names(view),
        gender=view.gender if view.gender in GENDERS else "unknown",
        birthDate=partial_date(view.details.birth_date),
        managingOrganization=reference("Organization", fhir_id(council.ods_code)),
        **_death(view),
        **({} if view.restricted else _whereabouts(view)),
    )


def retired(view: PatientView) -> Json:
    """Return what stands in the place of a person who is now another, or of whom nothing may be kept."""
    link = []
    if view.state == "merged" and view.successor:
        link = [{"other": reference("Patient", fhir_id(view.successor)), "type": "replaced-by"}]
    return filled(
        resourceType="Patient",
        id=fhir_id(view.person_id),
        meta=meta("Patient", source=view.source, restricted=view.restricted),
        active=False,
        link=link,
    )


def _extensions(view: PatientView) -> list[Json]:
    found = []
    if view.died:
        notified = {"coding": [coding(DEATH_NOTIFICATION, "1")]}
        inner = [extension("deathNotificationStatus", valueCodeableConcept=notified)]
        found.append({"url": DEATH_NOTIFICATION_EXTENSION, "extension": inner})
    ethnic = concept([ETHNIC_CATEGORY], view.ethnic_category, view.ethnic_category)
    if ethnic:
        found.append(extension(ETHNIC_CATEGORY_EXTENSION, valueCodeableConcept=ethnic))
    return found


def _identifiers(view: PatientView, council: Council) -> list[Json]:
    found = []
    if re.fullmatch(r"\d{10}", view.nhs_number):
        number = identifier(NHS_NUMBER, view.nhs_number)
        if view.number_status in DISPLAYS[VERIFICATION]:
            status = {"coding": [coding(VERIFICATION, view.number_status)]}
            number["extension"] = [extension(VERIFICATION_EXTENSION, valueCodeableConcept=status)]
        found.append(number)
    for local in view.local_numbers:
        if words(local.value):
            kind = f"{fhir_id(local.authority)}-patient" if local.authority else "patient"
            found.append(identifier(council.system(kind), local.value, assigner=local.authority))
    return found


def _names(view: PatientView) -> list[Json]:
    known = view.details
    given = [name for name in map(words, known.given_names) if name]
    prefix = [words(known.prefix)] if words(known.prefix) else []
    if not (given or words(known.family_name)):
        return []
    return [filled(use="official", family=words(known.family_name), given=given, prefix=prefix)]


def _death(view: PatientView) -> Json:
    if view.died is None:
        return {}
    on = partial_date(view.died_on)
    return {"deceasedDateTime": on} if view.died and on else {"deceasedBoolean": view.died}


def _whereabouts(view: PatientView) -> Json:
    """Return what could tell where somebody is, or lead there: never called for a restricted person."""
    known = view.details
    phones = [phone for phone in map(words, known.phones) if phone]
    lines = [line for line in map(words, known.address_lines) if line]
    address = filled(line=lines, postalCode=words(known.postcode))
    practice = words(known.gp_practice)
    gp = filled(
        identifier=identifier(ODS_ORGANIZATION, practice) if practice else {}, display=words(known.gp_name)
    )
    return {
        "telecom": [{"system": "phone", "value": phone} for phone in phones],
        "address": [{"use": "home", **address}] if address else [],
        "contact": _next_of_kin(words(known.next_of_kin), words(known.next_of_kin_phone)),
        "generalPractitioner": [{"type": "Organization", **gp}] if practice else [gp] if gp else [],
    }


def _next_of_kin(name: str, phone: str) -> list[Json]:
    if not (name or phone):
        return []
    return [
        filled(
            relationship=[{"coding": [coding(CONTACT_ROLE, "N")]}],
            name={"text": name} if name else {},
            telecom=[{"system": "phone", "value": phone}] if phone else [],
        )
    ]
