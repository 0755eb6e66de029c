"""In which team, and as what, a person's worker works, as UKCore-PractitionerRole.

Source: domain.md 6, "allocated worker". This module thinks; it does no input or output.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ascbridge.events.facts.care import WorkerAllocated
from ascbridge.record.mapping.care.practitioner import worker_id, worker_of
from ascbridge.record.mapping.care_mapping import CareMapping, resource_of
from ascbridge.record.mapping.organization import of_team
from ascbridge.record.mapping.periods import period
from ascbridge.uk_core import Json, concept, reference

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ascbridge.record.views import CareView, Council


def practitioner_role(view: CareView, _council: Council) -> Iterator[Json]:
    """Give the PractitionerRole, where a worker is named."""
    fact = view.fact
    assert isinstance(fact, WorkerAllocated)
    name, phone = worker_of(view)
    if not name:
        return
    role = concept([], None, fact.role)
    yield resource_of(
        view,
        "PractitionerRole",
        "role",
        active=True,
        period=period(fact.since, ""),
        practitioner=reference("Practitioner", worker_id(view), name),
        organization={} if view.restricted else of_team(fact.team),
        code=[role] if role else [],
        telecom=[{"system": "phone", "value": phone, "use": "work"}] if phone else [],
    )


MAPPING = CareMapping(
    "practitioner-role", 2, "PractitionerRole", (WorkerAllocated,), practitioner_role, after=("Practitioner",)
)
