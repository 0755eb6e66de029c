"""What belongs together in the built-in store: all that is of one person, and what comes along with a find."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
from sqlalchemy import select

from ascbridge.record.mapping.resource_types import RESOURCE_TYPES
from ascbridge.record.resource_store import COLUMNS, Stored
from ascbridge.record.search import BadSearch, Page
from ascbridge.storage.tables import resource

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from sqlalchemy import Connection

    from ascbridge.record.search import Query

SHARED = ("Organization", "Location")
"""Types that many people share, and that come along with whoever refers to them."""
MOST = 1_000
"""How many resources come along with one page, or with one person, at most."""


def everything(
    connection: Connection,
    person_id: str,
    *,
    types: Collection[str] = (),
    since_ms: int = 0,
    after: int = 0,
    count: int = MOST,
) -> Page:
    """Return a page of all that is of one person, in the order of change, and what of the shared it refers to.

    With `since_ms` (UTC) only what changed since then; what is shared comes with each page that refers to it.
    """
    where = [resource.c.person_id == person_id, resource.c.updated_position > after]
    if types:
        where.append(resource.c.resource_type.in_(list(types)))
    if since_ms:
        where.append(resource.c.updated_ms >= since_ms)
    rows = connection.execute(
        select(*COLUMNS).where(*where).order_by(resource.c.updated_position).limit(count + 1)
    ).all()
    found = tuple(Stored(*row) for row in rows[:count])
    more = found[-1].updated_position if len(rows) > count else None
    shared = [name for name in _references(found) if name.partition("/")[0] in SHARED]
    wanted = [name for name in shared if not types or name.partition("/")[0] in types]
    return Page(found + tuple(_named(connection, wanted)), after=more)


def coming_along(connection: Connection, query: Query, found: Sequence[Stored]) -> list[Stored]:
    """Return what a search's finds bring with them, less themselves. Raises `BadSearch` where that is too much."""
    names = _references(found, set(query.including)) if query.including else []
    along = _named(connection, names)
    types = [each for each in query.revincluding if each in RESOURCE_TYPES]
    if types and found:
        people = [each.person_id for each in found]
        where = (resource.c.person_id.in_(people), resource.c.resource_type.in_(types))
        rows = connection.execute(select(*COLUMNS).where(*where).limit(MOST + 1))
        along += [Stored(*row) for row in rows]
    if len(along) > MOST:
        raise BadSearch("more than 1,000 resources would come along: ask for fewer a page, by _count")
    here = {(each.resource_type, each.resource_id) for each in found}
    return [each for each in along if (each.resource_type, each.resource_id) not in here]


def _references(found: Iterable[Stored], elements: Collection[str] = ()) -> list[str]:
    """Return the names that resources refer to, each once; with `elements` only in those."""
    names: dict[str, None] = {}
    for each in found:
        body = orjson.loads(each.body)
        parts = [body[name] for name in elements if name in body] if elements else [body]
        names |= dict.fromkeys(name for part in parts for name in _walk(part))
    return list(names)


def _walk(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        if isinstance(part.get("reference"), str):
            yield part["reference"]
        for each in part.values():
            yield from _walk(each)
    elif isinstance(part, list):
        for each in part:
            yield from _walk(each)


def _named(connection: Connection, names: Iterable[str]) -> list[Stored]:
    by_type: dict[str, list[str]] = {}
    for name in names:
        resource_type, _, resource_id = name.partition("/")
        by_type.setdefault(resource_type, []).append(resource_id)
    return [
        Stored(*row)
        for resource_type, ids in sorted(by_type.items())
        for row in connection.execute(
            select(*COLUMNS)
            .where(resource.c.resource_type == resource_type, resource.c.resource_id.in_(sorted(ids)))
            .order_by(resource.c.resource_id)
        )
    ]
