"""Who has a part in it: the council, a hospital, and the council's teams, as UKCore-Organization.

Shared by many people, so they are sent ahead of those who refer to them. This module thinks; it does no
input or output.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from ascbridge.uk_core import ODS_ORGANIZATION, Json, fhir_id, filled, identifier, meta, reference, words

if TYPE_CHECKING:
    from ascbridge.record.views import Council


def council_organization(council: Council) -> Json:
    """Return the council itself."""
    return _organization(
        fhir_id(council.ods_code), council.name, [identifier(ODS_ORGANIZATION, council.ods_code)]
    )


def hospital(ods_code: str) -> Json:
    """Return a hospital trust, of which a message tells no more than the ODS code (PV1-3.4)."""
    return _organization(hospital_id(ods_code), "", [identifier(ODS_ORGANIZATION, ods_code)])


def hospital_id(ods_code: str) -> str:
    """Return the resource id of a hospital."""
    return fhir_id(words(ods_code))


def team(name: str, council: Council) -> Json:
    """Return a team of the council, under its name."""
    number = identifier(council.system("team"), team_id(name))
    part_of = reference("Organization", fhir_id(council.ods_code))
    return _organization(team_id(name), name, [number], partOf=part_of)


def of_team(name: str) -> Json:
    """Return the reference to a team; nothing where it has no name."""
    return reference("Organization", team_id(name), name) if words(name) else {}


def team_id(name: str) -> str:
    """Return the resource id of a team: the same for the same name, whatever its letters' case."""
    return "team-" + hashlib.sha256(words(name).casefold().encode()).hexdigest()[:16]


def _organization(resource_id: str, name: str, identifiers: list[Json], **more: Json) -> Json:
    return filled(
        resourceType="Organization",
        id=resource_id,
        meta=meta("Organization"),
        identifier=identifiers,
        active=True,
        name=words(name),
        **more,
    )
