"""The one thing of a concern that may ever stand in a shared record: a Flag that says whom to ask, and nothing else.

It stands only behind a switch that ships off and names who approved it (decision 131). Whom the Flag would tell is
nobody that we could ask about, so whoever any concern keeps out keeps the Flag out. This module thinks only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ascbridge.own_codes import FLAG_CATEGORY
from ascbridge.record.mapping.resource_types import RESOURCE_TYPES
from ascbridge.uk_core import coding, fhir_id, meta, reference

if TYPE_CHECKING:
    from collections.abc import Collection

    from ascbridge.events.facts.concerns import Concern
    from ascbridge.record.views import Council
    from ascbridge.uk_core import Json

_LOOKED_AT = frozenset({"accepted", "enquiry"})
_PROVIDER = "service-provider"


def may_stand(concerns: Collection[Concern]) -> bool:
    """Whether a Flag may stand for an adult with these concerns: all that are known of them, open and closed.

    Somebody has taken one up that is open still, and of none is anybody kept out, named as the source of the risk, or
    possibly the reader: a service, an organisation, a hospital.
    """
    return any(one.status in _LOOKED_AT for one in concerns) and not any(map(_keeps_out, concerns))


def bare_flag(flag_id: str, person_id: str, council: Council) -> Json:
    """Return the Flag: whose, that it is active, and whom to ask. No source, no time, no author but the council."""
    return {
        "resourceType": "Flag",
        "id": flag_id,
        "meta": meta("Flag"),
        "status": "active",
        "category": [{"coding": [coding(FLAG_CATEGORY, "safeguarding")]}],
        "code": {"text": f"See the safeguarding contact of {council.name}"},
        "subject": reference("Patient", fhir_id(person_id)),
        "author": reference("Organization", fhir_id(council.ods_code)),
    }


def withdrawn(flag_id: str, subject: Json) -> Json:
    """Return what stands where it was: what stands where any Flag of ours was that does not hold any more."""
    head = {"resourceType": "Flag", "id": flag_id, "meta": meta("Flag")}
    return {**head, **RESOURCE_TYPES["Flag"].withdrawn, "subject": subject}


def _keeps_out(concern: Concern) -> bool:
    named = (*concern.excluded_accounts, *concern.excluded_organisations, *concern.source_named)
    reader = concern.place == "hospital" or concern.source_of_risk == _PROVIDER
    return bool(concern.barred or any(named) or reader or "organisational" in concern.abuse_types)
