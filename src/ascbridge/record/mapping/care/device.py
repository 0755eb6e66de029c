"""Equipment, telecare and adaptations that a person has, as FHIR's Device (R4: UK Core has no profile of it).

What is only ordered, or did not come, is no device yet. Source: domain.md 6, "equipment". This module thinks; it does
no input or output.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ascbridge.events.facts.care import EquipmentStated
from ascbridge.own_codes import DEVICE_CATEGORY
from ascbridge.record.mapping.care_mapping import CareMapping, identifiers, resource_of
from ascbridge.uk_core import Json, coding, fhir_id, filled, reference, words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ascbridge.record.views import CareView, Council

STATUS = {"delivered": "active", "returned": "inactive"}


def device(view: CareView, council: Council) -> Iterator[Json]:
    """Give the Device, once it was delivered."""
    fact = view.fact
    assert isinstance(fact, EquipmentStated)
    if fact.status not in STATUS:
        return
    yield resource_of(
        view,
        "Device",
        identifier=identifiers(view, council, "equipment"),
        status=STATUS[fact.status],
        type=filled(coding=[coding(DEVICE_CATEGORY, fact.category)], text=words(fact.kind)),
        patient=reference("Patient", fhir_id(view.person_id)),
        owner=reference("Organization", fhir_id(council.ods_code)),
    )


MAPPING = CareMapping("device", 1, "Device", (EquipmentStated,), device)
