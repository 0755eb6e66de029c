"""How one resource of a person's care declares itself: from which of the council's facts, by which rule, and how.

A new one is a module in `record/mapping/care` with such a declaration named `MAPPING`: nothing else names it. This
module thinks; it does no input or output.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ascbridge.uk_core import fhir_id, filled, identifier, meta, words

if TYPE_CHECKING:
    from ascbridge.events.facts.fact import CouncilFact
    from ascbridge.record.views import CareView, Council
    from ascbridge.uk_core import Json

Make = Callable[["CareView", "Council"], Iterable["Json"]]


@dataclass(frozen=True, slots=True)
class CareMapping:
    """One resource type made of one or more facts.

    `rule` names the mapping in whatever tells where a value came from; `version` grows with each change of what it
    makes. `says` are the facts it reads, and `make` gives what one such fact becomes: no resource, one or more, whose
    ids are the view's `part_id`, alone or with a dot and more behind. `names` gives the teams that they refer to.
    `after` are the types that they refer to.
    """

    rule: str
    version: int
    resource_type: str
    says: tuple[type[CouncilFact], ...]
    make: Make
    after: tuple[str, ...] = ()
    teams: Callable[[CareView], Iterable[str]] = lambda _: ()


def resource_of(view: CareView, resource_type: str, part: str = "", /, **own: Any) -> Json:
    """Return a resource of a view: its id, profile, source and security label, and the elements of its `own`.

    `part` tells one from another where a view becomes several of a type.
    """
    return filled(
        resourceType=resource_type,
        id=f"{fhir_id(view.part_id)}.{part}" if part else fhir_id(view.part_id),
        meta=meta(resource_type, source=view.source, restricted=view.restricted),
        **own,
    )


def identifiers(view: CareView, council: Council, kind: str) -> list[Json]:
    """Return the council's own number of a thing as an identifier of our system for that kind, or nothing."""
    return [identifier(council.system(kind), view.number)] if words(view.number) else []
