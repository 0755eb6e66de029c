"""The record store of one machine: what a FHIR server would hold, in the bridge's own database.

What a resource was before is kept too, less every version that holds what is withheld by now. Positions are given
under a lock on one row that is held until the commit, so who reads in order of position misses no late commit.
Identifiers are found by keyed hash, keys of our own as they are.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson
from sqlalchemy import and_, bindparam, delete, or_, select, update

from ascbridge.events.logs.cloud_event import rfc3339
from ascbridge.record.date_spans import when_of
from ascbridge.record.mapping.resource_types import RESOURCE_TYPES
from ascbridge.record.version_store import keep_versions
from ascbridge.storage.prepared import Prepared
from ascbridge.storage.tables import record_part, resource, resource_identifier
from ascbridge.storage.upsert import insert_missing, upsert

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from sqlalchemy import Column, ColumnElement, Connection

    from ascbridge.events.logs.sealing import Keyring
    from ascbridge.uk_core import Json

_OWN_KEY = re.compile(r"[a-z][0-9a-f]{32}")
_WITHIN = 8
"""How many digits of a lookup tell the system, of 32 where the value is hashed."""
WITHDRAWN = 2
"""How much is withheld of a resource that is withdrawn or erased: all. Of a restricted person's it is 1, else 0."""
ERASED = "erased"
"""The status under which a resource of an erased person is filed."""
_COUNTER = {"generation": 0, "kind": "counter", "part_id": "resource"}
_COUNT_ON = Prepared.of(
    lambda _: (
        update(record_part)
        .where(*(record_part.c[name] == value for name, value in _COUNTER.items()))
        .values(revision=record_part.c.revision + bindparam("more"))
        .returning(record_part.c.revision)
    )
)
_VERSIONS = Prepared.of(
    lambda one_of: select(resource.c.resource_id, resource.c.version).where(
        resource.c.resource_type == bindparam("of"), one_of(resource.c.resource_id, "ids")
    )
)
_LOOKUPS = Prepared.of(
    lambda one_of: select(resource_identifier.c.resource_id, resource_identifier.c.lookup).where(
        resource_identifier.c.resource_type == bindparam("of"),
        one_of(resource_identifier.c.resource_id, "ids"),
    )
)
_UNLIST = Prepared.of(
    lambda _: delete(resource_identifier).where(
        resource_identifier.c.resource_type == bindparam("of"),
        resource_identifier.c.resource_id == bindparam("id"),
        resource_identifier.c.lookup == bindparam("found"),
    )
)


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
    rule: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Change:
    """A resource to be put. `person_id` is empty for what many people share; `rule` is the mapping that made it."""

    body: Json
    person_id: str
    erased: bool = False
    rule: str = ""

    @property
    def key(self) -> tuple[str, str]:
        """Type and id."""
        return str(self.body["resourceType"]), str(self.body["id"])

    @property
    def withheld(self) -> int:
        """How much of it is withheld."""
        body = self.body
        said = body.get("status", body.get("lifecycleStatus", ""))
        if self.erased or said == "entered-in-error" or body.get("active") is False:
            return WITHDRAWN
        return int(any(each["code"] == "R" for each in body.get("meta", {}).get("security", ())))


def lookup(keyring: Keyring, system: str, value: str) -> str:
    """Return under what an identifier is found: it begins with what its value is found under in any system.

    A key of ours names nobody and leads with its time, so it stands as it is, and new ones lie side by side; all else
    is a keyed hash, which lies anywhere.
    """
    within = keyring.lookup("identifier", system)[:_WITHIN]
    return f"{_any_system(keyring, value)}{within}"


def found_under(column: Column[str], keyring: Keyring, system: str, value: str) -> ColumnElement[bool]:
    """The condition that a lookup is this identifier's; the empty system stands for any.

    What was put before 22 November 2026 and never since stands under two hashes, of which this is one.
    """
    before = column == keyring.lookup("identifier", system, value)
    if system:
        return or_(column == lookup(keyring, system, value), before)
    least = _any_system(keyring, value)
    return or_(and_(column >= least, column < f"{least}g"), before)  # all that follows is hexadecimal


def _any_system(keyring: Keyring, value: str) -> str:
    return value if _OWN_KEY.fullmatch(value) else keyring.lookup("identifier", "", value)[:-_WITHIN]


def put(
    connection: Connection, keyring: Keyring, changes: Sequence[Change], now_ms: int, first: int = 0
) -> dict[str, str]:
    """Put resources, each as its next version; return the versions by name (``Patient/p1``).

    `first` is what `take_turn` gave, where the caller took the turn for at least as many.
    """
    if not changes:
        return {}
    first = first or take_turn(connection, len(changes))
    versions = _versions(connection, changes)
    keep_versions(connection, [change for change in changes if change.key in versions])
    rows = [
        _row(change, versions.get(change.key, 0) + 1, position, now_ms)
        for position, change in enumerate(changes, first)
    ]
    upsert(connection, resource, rows)
    _identify(connection, keyring, changes, versions.keys())
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
    resource.c.rule,
    resource.c.body,
)
"""What a `Stored` is made of, in its order."""


def take_turn(connection: Connection, count: int) -> int:
    """Return the first of `count` new positions. Whoever else wants any waits until this transaction ends."""
    rows = _COUNT_ON.rows(connection, more=count)
    if not rows:
        insert_missing(connection, record_part, [{**_COUNTER, "data": b"", "changed_ms": 0}])
        rows = _COUNT_ON.rows(connection, more=count)
    ((last,),) = rows
    return int(last) - count + 1


def _versions(connection: Connection, changes: Iterable[Change]) -> dict[tuple[str, str], int]:
    return {
        (of, resource_id): version
        for of, ids in _by_type(change.key for change in changes).items()
        for resource_id, version in _VERSIONS.rows(connection, of=of, ids=ids)
    }


def _by_type(keys: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for resource_type, resource_id in keys:
        found.setdefault(resource_type, []).append(resource_id)
    return found


def _row(change: Change, version: int, position: int, now_ms: int) -> dict[str, Any]:
    resource_type, resource_id = change.key
    kind = RESOURCE_TYPES[resource_type]
    at = change.body.get(kind.date[1])
    dated = when_of(at) if at else None
    stamped = {"versionId": str(version), "lastUpdated": rfc3339(now_ms)}
    body = {**change.body, "meta": {**stamped, **change.body.get("meta", {})}}
    return {
        "resource_type": resource_type,
        "resource_id": resource_id,
        "version": version,
        "updated_position": position,
        "updated_ms": now_ms,
        "person_id": change.person_id,
        "status": ERASED if change.erased else _said(change.body, kind.status[1]),
        "category": _category(change.body.get(kind.category[1])),
        "from_ms": dated[0] if dated else None,
        "to_ms": dated[1] if dated else None,
        "withheld": change.withheld,
        "rule": change.rule,
        "body": orjson.dumps(body),
    }


def _said(body: Json, element: str) -> str:
    return str(body.get(element or "status", ""))


def _category(found: Json | list[Json] | None) -> str:
    """Return the first coding of a concept, or of the first of several, as a search names it."""
    first = found[0] if isinstance(found, list) and found else found
    codings = first.get("coding", ()) if isinstance(first, dict) else ()
    return next((f"{each.get('system', '')}|{each['code']}" for each in codings), "")


def _identify(
    connection: Connection, keyring: Keyring, changes: Sequence[Change], known: Collection[tuple[str, str]]
) -> None:
    """List resources under their identifiers. Those that are `known` are listed already, mostly under the same."""
    listed = {
        (of, resource_id, lookup)
        for of, ids in _by_type(change.key for change in changes if change.key in known).items()
        for resource_id, lookup in _LOOKUPS.rows(connection, of=of, ids=ids)
    }
    now = {(*change.key, lookup) for change in changes for lookup in _lookups(keyring, change.body)}
    names = ("resource_type", "resource_id", "lookup")
    fresh = [dict(zip(names, each, strict=True)) for each in sorted(now - listed)]
    insert_missing(connection, resource_identifier, fresh)
    if gone := sorted(listed - now):
        _UNLIST.run(connection, [{"of": of, "id": id, "found": lookup} for of, id, lookup in gone])


def _lookups(keyring: Keyring, body: Json) -> Iterator[str]:
    """Give what each identifier is found under."""
    found = body.get("identifier", ())
    for each in [found] if isinstance(found, dict) else found:  # a QuestionnaireResponse has one, and no list
        yield lookup(keyring, each.get("system", ""), each["value"])
