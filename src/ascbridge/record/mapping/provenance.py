"""Where a resource came from, as UKCore-Provenance: the message that said it last, its feed, and the rule of mapping.

One resource has one Provenance, whose id is the resource's type and id with a dot between, and whose version is the
resource's. It names nobody. Source: hl7.org/fhir/R4/provenance.html. This module thinks; it does no input or output.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ascbridge.uk_core import Json, filled, meta, words

if TYPE_CHECKING:
    from collections.abc import Mapping

RULE = "urn:ascbridge:mapping-rule:"
"""What names a mapping and its version, as the policy that the making went by."""
PARTICIPANT = "http://terminology.hl7.org/CodeSystem/provenance-participant-type"


@dataclass(frozen=True, slots=True)
class Origin:
    """The message that a resource follows from: its feed, and the sender's number of it (a control id, or a line's)."""

    feed: str
    sender_number: str


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
    said = resource.get("meta", {})
    source = str(said.get("source", ""))
    head = meta("Provenance")
    if "security" in said:
        head["security"] = said["security"]
    what = filled(
        identifier={"system": "urn:ietf:rfc:3986", "value": source} if source else {},
        display=_where(origin),
    )
    return filled(
        resourceType="Provenance",
        id=provenance_id(name),
        meta=head,
        target=[{"reference": name}],
        recorded=recorded,
        policy=[RULE + rule.replace("/", ":")] if rule else [],
        agent=[
            {
                "type": {"coding": [{"system": PARTICIPANT, "code": "assembler", "display": "Assembler"}]},
                "who": {"display": "ascbridge"},
            }
        ],
        entity=[{"role": "source", "what": what}] if what else [],
    )


def _where(origin: Origin | None) -> str:
    if origin is None:
        return ""
    number = words(origin.sender_number)
    return f"feed {words(origin.feed)}, message {number}" if number else f"feed {words(origin.feed)}"
