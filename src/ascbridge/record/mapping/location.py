"""A hospital ward as UKCore-Location: the ward, never the room or the bed.

This module thinks; it does no input or output.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from ascbridge.record.mapping.organization import hospital_id
from ascbridge.uk_core import PHYSICAL_TYPE, Json, coding, filled, identifier, meta, reference, words

if TYPE_CHECKING:
    from ascbridge.events.facts.catalogue import Ward
    from ascbridge.record.views import Council


def location(ward: Ward, facility: str, council: Council) -> Json:
    """Return the Location of a ward of a hospital. `facility` is the hospital's ODS code and may be empty."""
    number = identifier(council.system("ward"), f"{words(ward.site) or words(facility)} {words(ward.ward)}")
    run_by = reference("Organization", hospital_id(facility)) if words(facility) else {}
    return filled(
        resourceType="Location",
        id=location_id(ward, facility),
        meta=meta("Location"),
        identifier=[number],
        status="active",
        name=words(ward.ward),
        mode="instance",
        physicalType={"coding": [coding(PHYSICAL_TYPE, "wa")]},
        managingOrganization=run_by,
    )


def location_id(ward: Ward, facility: str) -> str:
    """Return the resource id of a ward: the same for the same site and name."""
    named = "\x1f".join((words(facility), words(ward.site), words(ward.ward)))
    return "ward-" + hashlib.sha256(named.encode()).hexdigest()[:16]
