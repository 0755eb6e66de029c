"""Who looks after a person, and whom to call, as UKCore-CareTeam.

Of a restricted person no team is named: its base tells in which third of the city they are (decision 84). Source:
domain.md 6, "allocated worker". This module thinks; it does no input or output.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ascbridge.events.facts.care import WorkerAllocated
from ascbridge.record.mapping.care.practitioner import worker_id, worker_of
from ascbridge.record.mapping.care_mapping import CareMapping, resource_of
from ascbridge.record.mapping.organization import of_team
from ascbridge.record.mapping.periods import period
from ascbridge.uk_core import Json, concept, fhir_id, filled, reference, words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ascbridge.record.views import CareView, Council


def care_team(view: CareView, council: Council) -> Iterator[Json]:
    """Give the CareTeam: inactive where nobody looks after the person now."""
    fact = view.fact
    assert isinstance(fact, WorkerAllocated)
    team = words(fact.team)
    name, phone = worker_of(view)
    shown = "" if view.restricted else team
    yield resource_of(
        view,
        "CareTeam",
        status="active" if team and not view.died else "inactive",
        name=shown,
        subject=reference("Patient", fhir_id(view.person_id)),
        period=period(fact.since, ""),
        participant=_participants(view, shown, name),
        managingOrganization=[reference("Organization", fhir_id(council.ods_code))],
        telecom=[{"system": "phone", "value": phone, "use": "work"}] if phone else [],
    )


def _participants(view: CareView, team: str, name: str) -> list[Json]:
    its_team = of_team(team) if team else {}
    fact = view.fact
    role = concept([], None, fact.role) if isinstance(fact, WorkerAllocated) else {}
    worker = filled(
        role=[role] if role else [],
        member=reference("Practitioner", worker_id(view), name),
        onBehalfOf=its_team,
    )
    return [*([{"member": its_team}] if team else []), *([worker] if name else [])]


def _teams(view: CareView) -> list[str]:
    fact = view.fact
    named = isinstance(fact, WorkerAllocated) and bool(words(fact.team)) and not view.restricted
    return [fact.team] if named and isinstance(fact, WorkerAllocated) else []


MAPPING = CareMapping(
    "care-team", 2, "CareTeam", (WorkerAllocated,), care_team, after=("Practitioner",), teams=_teams
)
