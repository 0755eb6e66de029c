"""The council's worker who looks after a person, as UKCore-Practitioner.

The case system gives workers no number, so each person's worker is a Practitioner of that person's record, and goes
with it. Source: domain.md 6, "allocated worker". This module thinks; it does no input or output.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ascbridge.events.facts.care import SealedWorker, WorkerAllocated
from ascbridge.record.mapping.care_mapping import CareMapping, resource_of
from ascbridge.uk_core import Json, fhir_id, words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ascbridge.record.views import CareView, Council


def worker_of(view: CareView) -> tuple[str, str]:
    """Return the worker's name, and how to call them: nothing where nobody is named, or nobody looks after them now.

    How to call them is left out for a restricted person: an office's number tells where somebody lives.
    """
    fact, sealed = view.fact, view.sealed
    if not isinstance(fact, WorkerAllocated) or not isinstance(sealed, SealedWorker):
        return "", ""
    name = words(sealed.worker_name) if words(fact.team) else ""
    return name, words(sealed.worker_phone) if name and not view.restricted else ""


def worker_id(view: CareView) -> str:
    """Return the id of the worker's Practitioner."""
    return f"{fhir_id(view.part_id)}.worker"


def practitioner(view: CareView, _council: Council) -> Iterator[Json]:
    """Give the Practitioner, where somebody is named."""
    name, phone = worker_of(view)
    if name:
        yield resource_of(
            view,
            "Practitioner",
            "worker",
            active=True,
            name=[{"text": name}],
            telecom=[{"system": "phone", "value": phone, "use": "work"}] if phone else [],
        )


MAPPING = CareMapping("practitioner", 1, "Practitioner", (WorkerAllocated,), practitioner)
