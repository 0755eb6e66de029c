"""Where a resource came from, as UKCore-Provenance: the message that said it last, its feed, and the rule of mapping.

One resource has one Provenance, whose id is the resource's type and id with a dot between, and whose version is the
resource's. It names nobody. Source: hl7.org/fhir/R4/provenance.html. This module thinks; it does no input or output.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ascbridge.uk_core import Json, filled, meta, words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

RULE = "urn:ascbridge:mapping-rule:"
"""What names a mapping and its version, as the policy that the making went by."""
PARTICIPANT = "http://terminology.hl7.org/CodeSystem/provenance-participant-type"


@dataclass(frozen=True, slots=True)
class Origin:
    """The message that a resource follows from: its feed, and the sender's number of it (a control id, or a line's)."""

    feed: str
    sender_number: str


@dataclass(frozen=True, slots=True)
class Told:
    """One of the resources that are told together: its name, its state's digest, what it says, and its rule."""

    name: str
    digest: str
    body: Mapping[str, Json]
    rule: str

    @property
    def source(self) -> str:
        """What it says of itself that it came from, empty where it says nothing."""
        return str(self.body.get("meta", {}).get("source", ""))


def provenance_id(name: str) -> str:
    """Return the id of the Provenance of a resource (``Patient/p1``)."""
    return name.replace("/", ".")


def target_of(resource_id: str) -> str:
    """Return the name of the resource whose Provenance has this id; empty where none can."""
    resource_type, dot, rest = resource_id.partition(".")
    return f"{resource_type}/{rest}" if dot and rest else ""


def provenance(
    name: str, resource: Mapping[str, Json], rule: str, recorded: str, origin: Origin | None
) -> Json:
    """Return the Provenance of a resource as it stands; `recorded` is when that was written down (RFC 3339)."""
    told = Told(name, "", resource, rule)
    return _provenance(provenance_id(name), [told], recorded, {told.source: origin} if origin else {})


def provenance_of_all(
    person_id: str, told: Sequence[Told], recorded: str, origins: Mapping[str, Origin]
) -> Json:
    """Return the one Provenance of what is told of a person at one time; empty where no message stands behind it.

    Which message each of them follows from is its own `meta.source`; `origins` are by that. The id follows from what is
    told, so that telling the same again makes no second one.
    """
    if not any(each.source for each in told):
        return {}
    marks = (person_id, *sorted(f"{each.name} {each.digest}" for each in told))
    its_id = "v" + hashlib.sha256("\n".join(marks).encode()).hexdigest()[:32]
    return _provenance(its_id, told, recorded, origins)


def _provenance(its_id: str, told: Sequence[Told], recorded: str, origins: Mapping[str, Origin]) -> Json:
    head = meta("Provenance")
    security = next(
        (each.body["meta"]["security"] for each in told if "security" in each.body.get("meta", {})), None
    )
    if security is not None:
        head["security"] = security
    rules = dict.fromkeys(RULE + each.rule.replace("/", ":") for each in told if each.rule)
    return filled(
        resourceType="Provenance",
        id=its_id,
        meta=head,
        target=[{"reference": each.name} for each in told],
        recorded=recorded,
        policy=list(rules),
        agent=[
            {
                "type": {"coding": [{"system": PARTICIPANT, "code": "assembler", "display": "Assembler"}]},
                "who": {"display": "ascbridge"},
            }
        ],
        entity=list(_entities(dict.fromkeys(each.source for each in told), origins)),
    )


def _entities(sources: Iterable[str], origins: Mapping[str, Origin]) -> Iterator[Json]:
    for source in sources:
        what = filled(
            identifier={"system": "urn:ietf:rfc:3986", "value": source} if source else {},
            display=_where(origins.get(source)),
        )
        if what:
            yield {"role": "source", "what": what}


def _where(origin: Origin | None) -> str:
    if origin is None:
        return ""
    number = words(origin.sender_number)
    return f"feed {words(origin.feed)}, message {number}" if number else f"feed {words(origin.feed)}"
