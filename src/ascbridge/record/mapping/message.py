"""A person's whole state as a FHIR message: a MessageHeader, and behind it every resource that it is about.

Every reference is followed within the Bundle, but for that of a person who was merged away to whoever they are now. Of
two messages about one person that with the later `timestamp` holds: it is when the bridge learnt the latest of it, to
the microsecond. Source: hl7.org/fhir/R4/messaging.html. This module thinks; it does no input or output.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from ascbridge.uk_core import ODS_ORGANIZATION, Json, identifier, meta

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ascbridge.record.views import Council

_NAMES = uuid.UUID("c1a6b7de-53a5-5b0e-8a52-0f4bb1e7b0a9")
_EPOCH = datetime.fromtimestamp(0, UTC)


@dataclass(frozen=True, slots=True)
class Letterhead:
    """What stands on every message: who sends, from and to which address, and what event it tells, ``system#code``."""

    council: Council
    source: str
    destination: str
    event: str


def message_id(person_id: str, told_us: int, digests: Sequence[str]) -> str:
    """Return the id of a message: the same for the same state of a person known since the same moment (UTC us)."""
    return str(uuid.uuid5(_NAMES, "\n".join((person_id, str(told_us), *sorted(digests)))))


def message(head: Letterhead, its_id: str, told_us: int, about: str, resources: Sequence[Json]) -> Json:
    """Return the message about the person of that name (``Patient/p1``); `told_us` is UTC epoch microseconds."""
    system, _, code = head.event.rpartition("#")
    base = head.source.rstrip("/")
    header = {
        "resourceType": "MessageHeader",
        "id": its_id,
        "meta": meta("MessageHeader"),
        "eventCoding": {"system": system, "code": code},
        "destination": [{"endpoint": head.destination}],
        "sender": {
            "identifier": identifier(ODS_ORGANIZATION, head.council.ods_code),
            "display": head.council.name,
        },
        "source": {"name": head.council.name, "software": "ascbridge", "endpoint": head.source},
        "focus": [{"reference": about}],
    }
    entries = [
        {"fullUrl": f"{base}/{each['resourceType']}/{each['id']}", "resource": each}
        for each in (header, *resources)
    ]
    return {
        "resourceType": "Bundle",
        "id": its_id,
        "identifier": {"system": "urn:ietf:rfc:3986", "value": f"urn:uuid:{its_id}"},
        "type": "message",
        "timestamp": _instant(told_us),
        "entry": entries,
    }


def _instant(at_us: int) -> str:
    moment = _EPOCH + timedelta(microseconds=at_us)
    return moment.isoformat(timespec="microseconds").replace("+00:00", "Z")
