"""A hospital stay as UKCore-Encounter.

`period.end` is the actual discharge and nothing else, ever: estimated, planned and ready dates stand in an
extension of our own (contracts/fhir). A code that nobody has mapped goes out as text. Sources:
hl7.org/fhir/R4/encounter.html, standards.md d.2 to d.4. This module thinks; it does no input or output.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ascbridge.record.mapping.location import location_id
from ascbridge.record.mapping.organization import hospital_id
from ascbridge.uk_core import (
    ACT_CODE,
    ADMISSION_METHOD,
    ADMISSION_METHOD_EXTENSION,
    DISCHARGE_DATES_EXTENSION,
    DISCHARGE_DESTINATION,
    DISCHARGE_METHOD,
    DISCHARGE_METHOD_EXTENSION,
    NULL_FLAVOR,
    OWN_DISCHARGE_METHOD,
    OWN_SOURCE_OF_ADMISSION,
    PHYSICAL_TYPE,
    SOURCE_OF_ADMISSION,
    Json,
    coding,
    concept,
    extension,
    fhir_id,
    filled,
    identifier,
    instant,
    meta,
    partial_date,
    reference,
    words,
)

if TYPE_CHECKING:
    from ascbridge.events.facts.catalogue import Coded, StayChanged
    from ascbridge.record.views import Council, StayView

# HL7 table 0004 to v3 ActCode, as HL7's v2-to-FHIR map has it; other classes have no equivalent there.
CLASSES = {"E": "EMER", "I": "IMP", "O": "AMB", "P": "PRENC"}
NOT_UNDERSTOOD = "Code not understood"


def encounter(view: StayView, council: Council) -> Json:
    """Return the Encounter of a stay."""
    fact = view.fact
    facility = words(fact.facility)
    return filled(
        resourceType="Encounter",
        id=fhir_id(fact.spell),
        meta=meta("Encounter", source=view.source, restricted=view.restricted),
        extension=_extensions(view),
        identifier=_identifiers(view, council),
        status=fact.status,
        subject=reference("Patient", fhir_id(view.person_id)),
        period=_period(fact),
        hospitalization=_hospitalization(view),
        location=[] if view.restricted else _locations(fact),
        serviceProvider=reference("Organization", hospital_id(facility)) if facility else {},
        **{"class": _class(fact.patient_class)},
    )


def _identifiers(view: StayView, council: Council) -> list[Json]:
    found = [identifier(council.system("spell"), view.fact.spell)]
    if words(view.visit_number):
        kind = f"{fhir_id(view.authority)}-visit" if view.authority else "visit"
        found.append(identifier(council.system(kind), view.visit_number, assigner=view.authority))
    return found


def _class(patient_class: str) -> Json:
    code = CLASSES.get(patient_class)
    return coding(ACT_CODE, code) if code else coding(NULL_FLAVOR, "UNK")


def _period(fact: StayChanged) -> Json:
    """Return when the stay began and, only once it is over, when it actually ended."""
    start = instant(fact.admitted_ms) if fact.admitted_ms is not None else ""
    end = instant(fact.discharged_ms) if fact.discharged_ms is not None and fact.status == "finished" else ""
    # FHIR refuses a period that ends before it begins (per-1); of the two, the discharge is what people act
    # on.
    return filled(start="" if end and start > end else start, end=end)


def _extensions(view: StayView) -> list[Json]:
    fact = view.fact
    found = []
    method = _coded(fact.discharge_method, [DISCHARGE_METHOD, OWN_DISCHARGE_METHOD], view)
    if method:
        found.append(extension(DISCHARGE_METHOD_EXTENSION, valueCodeableConcept=method))
    dates = [
        extension(name, valueDate=partial_date(text))
        for name, text in (
            ("estimated", fact.expected_discharge),
            ("planned", fact.planned_discharge),
            ("ready", fact.ready_on),
        )
        if partial_date(text)
    ]
    if dates:
        found.append({"url": DISCHARGE_DATES_EXTENSION, "extension": dates})
    return found


def _hospitalization(view: StayView) -> Json:
    fact = view.fact
    method = _coded(fact.admission_method, [ADMISSION_METHOD], view)
    return filled(
        extension=[extension(ADMISSION_METHOD_EXTENSION, valueCodeableConcept=method)] if method else [],
        admitSource=_coded(fact.admission_source, [SOURCE_OF_ADMISSION, OWN_SOURCE_OF_ADMISSION], view),
        dischargeDisposition=_coded(fact.discharge_destination, [DISCHARGE_DESTINATION], view),
    )


def _coded(value: Coded | None, systems: list[str], view: StayView) -> Json:
    """Return a code; one not understood goes out in the source's words, which could name a place, so not if
    restricted.
    """
    if value is None:
        return {}
    return concept(systems, value.code, NOT_UNDERSTOOD if view.restricted else value.source_code)


def _locations(fact: StayChanged) -> list[Json]:
    if fact.ward is None or not words(fact.ward.ward):
        return []
    where = reference("Location", location_id(fact.ward, fact.facility), fact.ward.ward)
    status = {"in-progress": "active", "onleave": "reserved", "planned": "planned", "finished": "completed"}
    ward = {"coding": [coding(PHYSICAL_TYPE, "wa")]}
    return [filled(location=where, status=status.get(fact.status, ""), physicalType=ward)]
