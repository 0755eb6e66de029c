"""Somebody who cares for a person, or may decide for them, as UKCore-RelatedPerson.

Of a restricted person there is none: who is close to them may lead to where they are. Source: domain.md 3.10. This
module thinks; it does no input or output.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ascbridge.events.facts.care import CarerStated, LegalPowerStated, SealedCarer, SealedHolder
from ascbridge.own_codes import LEGAL_POWER
from ascbridge.record.mapping.care_mapping import CareMapping, identifiers, resource_of
from ascbridge.record.mapping.periods import period
from ascbridge.uk_core import (
    CARER_ROLE,
    Json,
    coding,
    concept,
    fhir_id,
    filled,
    reference,
    words,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ascbridge.record.views import CareView, Council


def related_person(view: CareView, council: Council) -> Iterator[Json]:
    """Give the RelatedPerson."""
    fact = view.fact
    if view.restricted:
        return
    name, phone = _who(view)
    yield resource_of(
        view,
        "RelatedPerson",
        identifier=identifiers(view, council, fact.slot.replace("_", "-")),
        active=getattr(fact, "status", "") not in ("ended", "declined"),
        patient=reference("Patient", fhir_id(view.person_id)),
        relationship=_relationship(view),
        name=[{"text": name}] if name else [],
        telecom=[{"system": "phone", "value": phone}] if phone else [],
        period=period(fact.started_on, fact.ended_on) if isinstance(fact, LegalPowerStated) else {},
    )


def _who(view: CareView) -> tuple[str, str]:
    match view.sealed:
        case SealedCarer(carer_name=name, carer_phone=phone):
            return words(name), words(phone)
        case SealedHolder(holder_name=name, holder_phone=phone):
            return words(name), words(phone)
        case _:
            return "", ""


def _relationship(view: CareView) -> list[Json]:
    """Say who they are to the person: the code of the role, and what the case system calls them."""
    fact = view.fact
    if isinstance(fact, LegalPowerStated):
        return [concept([LEGAL_POWER], fact.kind, fact.kind)]
    assert isinstance(fact, CarerStated)
    return [filled(coding=[coding(CARER_ROLE, "Carer")], text=words(fact.relationship))]


MAPPING = CareMapping("related-person", 1, "RelatedPerson", (CarerStated, LegalPowerStated), related_person)
