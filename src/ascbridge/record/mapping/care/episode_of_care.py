"""Support that a person gets or got as UKCore-EpisodeOfCare: a package, short-term support, a place to live, and so on.

A death ends what the case system still has as going on. Source: standards.md e.1. This module thinks; it does no input
or output.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ascbridge.events.facts.care import (
    InterimSupportStated,
    PackageStated,
    PlacementStated,
    ShortTermEpisodeStated,
)
from ascbridge.events.facts.fact import CouncilFact
from ascbridge.own_codes import EPISODE_KIND
from ascbridge.record.mapping.care_mapping import CareMapping, identifiers, resource_of
from ascbridge.record.mapping.periods import period
from ascbridge.uk_core import Json, coding, fhir_id, filled, reference, words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ascbridge.record.views import CareView, Council

Support = InterimSupportStated | PackageStated | PlacementStated | ShortTermEpisodeStated
KINDS: dict[type[CouncilFact], str] = {
    InterimSupportStated: "interim",
    PackageStated: "package",
    PlacementStated: "placement",
    ShortTermEpisodeStated: "short-term",
}
STATUS = {"planned": "planned", "live": "active", "suspended": "onhold", "ended": "finished"}
AFTER_DEATH = {"planned": "cancelled", "active": "finished", "onhold": "finished"}


def episode_of_care(view: CareView, council: Council) -> Iterator[Json]:
    """Give the EpisodeOfCare."""
    fact = view.fact
    assert isinstance(fact, Support)
    status = STATUS[fact.status]
    ended_on = fact.ended_on
    if view.died:
        ended_on = ended_on or (view.died_on if status in ("active", "onhold") else "")
        status = AFTER_DEATH.get(status, status)
    yield resource_of(
        view,
        "EpisodeOfCare",
        identifier=identifiers(view, council, fact.slot.replace("_", "-")),
        status=status,
        type=[filled(coding=[coding(EPISODE_KIND, KINDS[type(fact)])], text=_what(fact))],
        patient=reference("Patient", fhir_id(view.person_id)),
        managingOrganization=reference("Organization", fhir_id(council.ods_code)),
        period=period(fact.started_on, ended_on),
        referralRequest=[reference("ServiceRequest", fhir_id(view.request_id))] if view.request_id else [],
    )


def _what(fact: Support) -> str:
    """Say what support it is, in the case system's words; who gives it and where stays out of it."""
    match fact:
        case PackageStated():
            said = fact.kind or fact.component or fact.service
        case PlacementStated():
            said = fact.setting
        case _:
            said = fact.kind
    return words(said.replace("-", " ") if said.islower() else said)


MAPPING = CareMapping("episode-of-care", 1, "EpisodeOfCare", tuple(KINDS), episode_of_care)
