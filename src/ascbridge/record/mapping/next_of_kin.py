"""A person's next of kin, as the hospital gave them, as UKCore-RelatedPerson. Of a restricted person there is none.

Their name and telephone stand in Patient.contact too, for readers that look there. This module thinks; it does no input
or output.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ascbridge.uk_core import CONTACT_ROLE, Json, coding, fhir_id, filled, meta, reference, words

if TYPE_CHECKING:
    from ascbridge.record.views import PatientView


def next_of_kin(view: PatientView) -> list[Json]:
    """Return the RelatedPerson, or nothing."""
    name, phone = words(view.details.next_of_kin), words(view.details.next_of_kin_phone)
    if view.restricted or not (name or phone):
        return []
    return [
        filled(
            resourceType="RelatedPerson",
            id=f"{fhir_id(view.person_id)}.kin",
            meta=meta("RelatedPerson", source=view.source, restricted=view.restricted),
            active=True,
            patient=reference("Patient", fhir_id(view.person_id)),
            relationship=[{"coding": [coding(CONTACT_ROLE, "N")]}],
            name=[{"text": name}] if name else [],
            telecom=[{"system": "phone", "value": phone}] if phone else [],
        )
    ]
