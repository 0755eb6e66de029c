"""From which kept message each resource came: its feed, and the sender's own number of it. The body stays sealed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
from sqlalchemy import select

from ascbridge.events.logs.cloud_event import rfc3339
from ascbridge.record.mapping.provenance import Origin, provenance
from ascbridge.storage.prepared import Prepared
from ascbridge.storage.tables import message

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import Connection

    from ascbridge.record.resource_store import Stored
    from ascbridge.uk_core import Json

MESSAGE = "urn:uuid:"
"""How a resource's `meta.source` begins that names a message of ours."""
_BY_ID = Prepared.of(
    lambda one_of: select(message.c.message_id, message.c.feed, message.c.control_id).where(
        one_of(message.c.message_id, "ids")
    )
)


def origins(connection: Connection, sources: Iterable[str]) -> dict[str, Origin]:
    """Return the origin of each `meta.source` that names a kept message; an act at the desk has none."""
    ids = {each.removeprefix(MESSAGE) for each in sources if each.startswith(MESSAGE)}
    rows = _BY_ID.rows(connection, ids=sorted(ids)) if ids else ()
    return {MESSAGE + message_id: Origin(feed, number) for message_id, feed, number in rows}


def provenances(connection: Connection, stored: Sequence[Stored]) -> list[Json]:
    """Return the Provenance of each of these resources of somebody, as the store holds them."""
    read: list[tuple[Stored, dict[str, Any]]] = [
        (each, orjson.loads(each.body)) for each in stored if each.person_id
    ]
    known = origins(connection, [body.get("meta", {}).get("source", "") for _, body in read])
    return [_of_stored(each, body, known) for each, body in read]


def _of_stored(stored: Stored, body: dict[str, Any], known: dict[str, Origin]) -> Json:
    name = f"{stored.resource_type}/{stored.resource_id}"
    recorded = rfc3339(stored.updated_ms)
    source = body.get("meta", {}).get("source", "")
    made = provenance(name, body, stored.rule, recorded, known.get(source))
    return {**made, "meta": {**made["meta"], "versionId": str(stored.version), "lastUpdated": recorded}}
