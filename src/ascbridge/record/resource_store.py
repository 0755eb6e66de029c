"""The record store of one machine: what a FHIR server would hold, in the bridge's own database.

Only the newest version of a resource is kept. Positions are given under a lock on one row that is held
until the commit, so who reads in order of position misses no late commit. Identifiers are found by keyed
hash.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson
from sqlalchemy import delete, select, tuple_, update

from ascbridge.events.cloud_event import rfc3339
from ascbridge.people.identities import in_lists
from ascbridge.storage.tables import record_part, resource, resource_identifier
from ascbridge.storage.upsert import insert_missing, upsert

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from sqlalchemy import Connection

    from ascbridge.events.sealing import Keyring
    from ascbridge.uk_core import Json

ERASED = "erased"
"""The status under which a resource of an erased person is filed."""
_COUNTER = {"generation": 0, "kind": "counter", "part_id": "resource"}


@dataclass(frozen=True, slots=True)
class Stored:
    """A resource as the store has it. `body` is its JSON, version and time in its meta; times are UTC ms."""

    resource_type: str
    resource_id: str
    version: int
    updated_position: int
    updated_ms: int
    status: str
    person_id: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Change:
    """A resource to be put. `person_id` is empty for what many people share."""

    body: Json
    person_id: str
    erased: bool = False

    @property
    def key(self) -> tuple[str, str]:
        """Type and id."""
        return str(self.body["resourceType"]), str(self.body["id"])


def lookup(keyring: Keyring, system: str, value: str) -> str:
    """Return the keyed hash under which an identifier is found; the empty system stands for any."""
    return keyring.lookup("identifier", system, value)


def put(connection: Connection, keyring: Keyring, changes: Sequence[Change], now_ms: int) -> dict[str, str]:
    """Put resources, each as its next version; return the versions by name (``Patient/p1``)."""
    if not changes:
        return {}
    first = take_turn(connection, len(changes))
    versions = _versions(connection, [change.key for change in changes])
    rows = []
    for position, change in enumerate(changes, first):
        version = versions.get(change.key, 0) + 1
        rows.append(_row(change, version, position, now_ms))
    upsert(connection, resource, rows)
    _identify(connection, keyring, changes)
    return {f"{row['resource_type']}/{row['resource_id']}": str(row["version"]) for row in rows}


def get(connection: Connection, resource_type: str, resource_id: str) -> Stored | None:
    """Return one resource, or None where there never was one."""
    found = connection.execute(
        select(*COLUMNS).where(
            resource.c.resource_type == resource_type, resource.c.resource_id == resource_id
        )
    ).first()
    return Stored(*found) if found is not None else None


COLUMNS = (
    resource.c.resource_type,
    resource.c.resource_id,
    resource.c.version,
    resource.c.updated_position,
    resource.c.updated_ms,
    resource.c.status,
    resource.c.person_id,
    resource.c.body,
)
"""What a `Stored` is made of, in its order."""


def take_turn(connection: Connection, count: int = 0) -> int:
    """Return the first of `count` new positions. Whoever else wants any waits until this transaction ends."""
    insert_missing(connection, record_part, [{**_COUNTER, "data": b"", "changed_ms": 0}])
    last = connection.execute(
        update(record_part)
        .where(*(record_part.c[name] == value for name, value in _COUNTER.items()))
        .values(revision=record_part.c.revision + count)
        .returning(record_part.c.revision)
    ).scalar_one()
    return int(last) - count + 1


def _versions(connection: Connection, keys: Iterable[tuple[str, str]]) -> dict[tuple[str, str], int]:
    found: dict[tuple[str, str], int] = {}
    for part in in_lists(keys):
        rows = connection.execute(
            select(resource.c.resource_type, resource.c.resource_id, resource.c.version).where(
                tuple_(resource.c.resource_type, resource.c.resource_id).in_(part)
            )
        )
        found |= {(resource_type, resource_id): version for resource_type, resource_id, version in rows}
    return found


def _row(change: Change, version: int, position: int, now_ms: int) -> dict[str, Any]:
    resource_type, resource_id = change.key
    stamped = {"versionId": str(version), "lastUpdated": rfc3339(now_ms)}
    body = {**change.body, "meta": {**stamped, **change.body.get("meta", {})}}
    return {
        "resource_type": resource_type,
        "resource_id": resource_id,
        "version": version,
        "updated_position": position,
        "updated_ms": now_ms,
        "person_id": change.person_id,
        "status": ERASED if change.erased else str(change.body.get("status", "")),
        "body": orjson.dumps(body),
    }


def _identify(connection: Connection, keyring: Keyring, changes: Sequence[Change]) -> None:
    for part in in_lists(change.key for change in changes):
        connection.execute(
            delete(resource_identifier).where(
                tuple_(resource_identifier.c.resource_type, resource_identifier.c.resource_id).in_(part)
            )
        )
    rows = [
        {"resource_type": change.key[0], "resource_id": change.key[1], "lookup": found}
        for change in changes
        for found in sorted(set(_lookups(keyring, change.body)))
    ]
    insert_missing(connection, resource_identifier, rows)


def _lookups(keyring: Keyring, body: Json) -> Iterator[str]:
    """Give the hashes of each identifier: with its system, and without, for ``identifier=value``."""
    for each in body.get("identifier", ()):
        yield lookup(keyring, each.get("system", ""), each["value"])
        yield lookup(keyring, "", each["value"])
