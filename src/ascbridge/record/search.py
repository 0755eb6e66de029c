"""Finding resources in the built-in store, as FHIR's search has it (hl7.org/fhir/R4/search.html), as far as
it goes here.

Results come in the order in which the store took them, and a page ends with a cursor: the position of its
last one. A resource that changes moves to the end, so who pulls page after page may see one twice but never
misses one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import Integer, and_, bindparam, func, or_, select, true

from ascbridge.record.date_spans import NoDate, span
from ascbridge.record.mapping.resource_types import RESOURCE_TYPES
from ascbridge.record.resource_store import COLUMNS, Stored, found_under, get
from ascbridge.storage.prepared import Prepared, unindexed
from ascbridge.storage.tables import resource, resource_identifier, spell, task

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Connection, Select

    from ascbridge.events.logs.sealing import Keyring
    from ascbridge.record.mapping.resource_types import ResourceType

_ALWAYS = ("_id", "_lastUpdated", "identifier")
BY_VISIT = "encounter:identifier"
"""A task by its stay's number: FHIR's modifier for a reference that is known by an identifier."""
_OWN = {"Task": ("encounter", BY_VISIT)}
"""What one type alone is searched by."""


def _parameters(resource_type: str, kind: ResourceType) -> tuple[str, ...]:
    named = ("patient" if kind.subject else "", kind.status[0], kind.category[0], kind.date[0])
    return (*_ALWAYS, *(name for name in named if name), *_OWN.get(resource_type, ()))


PARAMETERS = {name: _parameters(name, kind) for name, kind in RESOURCE_TYPES.items()}
"""By which parameters each resource type can be searched."""
_NAMES_FEW = frozenset({"_id", "identifier", "patient", "encounter", BY_VISIT})
GENERATION = 1
"""Which generation of tasks is published (`record.gathering`)."""
MOST_LOOKED_AT = 5_000
"""How many resources of a type a page looks through at most, where no index leads to what is asked for."""
RESULT_PARAMETERS = ("_count", "_cursor", "_format", "_include", "_revinclude")
USUAL_COUNT = 50
HIGHEST_COUNT = 200

_CLOCK_SET_BACK_MS = 3_600_000
"""How far a machine's clock may have been set back, for searches by time to miss nothing."""
_UP_TO = Prepared.of(
    lambda _: (
        select(resource.c.updated_position)
        .where(resource.c.resource_type == bindparam("of"), resource.c.updated_position > bindparam("after"))
        .order_by(resource.c.updated_position)
        .offset(bindparam("most", type_=Integer))
        .limit(1)
    )
)
_FROM = Prepared.of(
    lambda _: (
        select(resource.c.updated_position, resource.c.updated_ms)
        .where(resource.c.resource_type == bindparam("of"), resource.c.updated_position >= bindparam("least"))
        .order_by(resource.c.updated_position)
        .limit(1)
    )
)


@dataclass(frozen=True, slots=True)
class Reach:
    """Of what somebody may see anything: all, tasks of stays at sites whose ODS code begins so, or one person's and
    what belongs to nobody.
    """

    facility: str = ""
    person: str = ""


EVERYTHING = Reach()


class BadSearch(ValueError):
    """A search that is not answered; the text says why and quotes no value."""


@dataclass(frozen=True, slots=True)
class Query:
    """A search as understood. Each of `conditions` must hold, by any one of its values.

    `applied` are the parameters that count, as given, for the self link; `ignored` the names of those that
    do not. `including` are the elements whose references come along, `revincluding` the types that refer to what was
    found.
    """

    resource_type: str
    conditions: tuple[tuple[str, tuple[str, ...]], ...] = ()
    count: int = USUAL_COUNT
    after: int = 0
    applied: tuple[tuple[str, str], ...] = ()
    ignored: tuple[str, ...] = ()
    including: tuple[str, ...] = ()
    revincluding: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """One page of what was found. `after` is the cursor of the next page, None where there is none.

    `total` is told only where nothing but the number was asked for (`_count=0`).
    """

    found: tuple[Stored, ...] = ()
    after: int | None = None
    total: int | None = None


def read_query(resource_type: str, pairs: Sequence[tuple[str, str]], *, strict: bool) -> Query:
    """Read the parameters of a search. `strict` refuses those nobody knows, instead of ignoring them.

    Raises `BadSearch`.
    """
    known = PARAMETERS[resource_type]
    conditions, applied, ignored = [], [], []
    including: list[str] = []
    revincluding: list[str] = []
    count, after = USUAL_COUNT, 0
    kind = RESOURCE_TYPES[resource_type]
    for name, value in pairs:
        if (
            name not in known
            and name.partition(":")[0] in {each.partition(":")[0] for each in known}
            and ":" in name
        ):
            raise BadSearch(f"{name}: no modifiers are supported")
        if name not in (*known, *RESULT_PARAMETERS):
            if strict:
                raise BadSearch(
                    f"{resource_type} cannot be searched by this parameter; by: {', '.join(known)}"
                )
            ignored.append(name)
            continue
        if not value:
            continue
        if name == "_count":
            count = min(_number(name, value), HIGHEST_COUNT)
        elif name == "_cursor":
            after = _number(name, value)
        elif name in known:
            values = tuple(each for each in value.split(",") if each)
            if not values:
                raise BadSearch(f"{name} has a comma and no value")
            conditions.append((name, tuple(_checked(kind, name, each) for each in values)))
        elif name in ("_include", "_revinclude"):
            (including if name == "_include" else revincluding).append(
                including_of(resource_type, name, value)
            )
        applied.append((name, value))
    return Query(
        resource_type,
        tuple(conditions),
        count,
        after,
        tuple(applied),
        tuple(ignored),
        tuple(including),
        tuple(revincluding),
    )


def search(connection: Connection, keyring: Keyring, query: Query, reach: Reach = EVERYTHING) -> Page:
    """Answer a search, within somebody's reach. Raises `BadSearch` for a total that no index leads to.

    Where no index leads to what is asked for, a page looks through `MOST_LOOKED_AT` of its type: it may hold less than
    there is, or nothing, and still have a next one.
    """
    # SQLite knows nothing of how many rows there are. What names few is gone by first, and put in order after.
    few = bool(reach.person) or not _NAMES_FEW.isdisjoint(name for name, _ in query.conditions)
    position = unindexed(resource.c.updated_position) if few else resource.c.updated_position
    by_person = bool(reach.person) or any(name == "patient" for name, _ in query.conditions)
    of_type = unindexed(resource.c.resource_type) if by_person else resource.c.resource_type
    where = [of_type == query.resource_type, *_within(reach)]
    where += [_condition(keyring, query.resource_type, name, values) for name, values in query.conditions]
    first, end = 0, None
    for name, values in query.conditions:
        if name == "_lastUpdated" and not few:
            first, end = _stretch(connection, query.resource_type, values, first, end)
    if first:
        where.append(resource.c.updated_position >= first)
    if end is not None:
        where.append(resource.c.updated_position < end)
    walks = not few and _walks(query)
    if query.count == 0:
        if walks:
            raise BadSearch(
                "_count=0 with this needs patient, _id or identifier beside it: it would read the whole type"
            )
        total = connection.execute(select(func.count()).select_from(resource).where(*where)).scalar_one()
        return Page(total=total)
    walks = walks or (not few and bool(reach.facility))
    so_far = _looked_at(connection, query, max(query.after, first - 1)) if walks else None
    if so_far is not None:
        where.append(resource.c.updated_position <= so_far)
    rows = connection.execute(
        select(*COLUMNS).where(*where, position > query.after).order_by(position).limit(query.count + 1)
    ).all()
    found = tuple(Stored(*row) for row in rows[: query.count])
    more = so_far if end is None or so_far is None or so_far < end else None
    return Page(found, after=found[-1].updated_position if len(rows) > query.count else more)


def _walks(query: Query) -> bool:
    """Whether something is asked for that no index leads to."""
    kind = RESOURCE_TYPES[query.resource_type]
    names = {name for name, _ in query.conditions}
    return not names.isdisjoint({kind.category[0], kind.date[0]} - {""})


def _looked_at(connection: Connection, query: Query, after: int) -> int | None:
    """Return the position up to which a page looks that begins after another; None where that is the end."""
    rows = _UP_TO.rows(connection, of=query.resource_type, after=after, most=MOST_LOOKED_AT - 1)
    return int(rows[0][0]) if rows else None


def _number(name: str, value: str) -> int:
    if not re.fullmatch(r"\d{1,18}", value, re.ASCII):
        raise BadSearch(f"{name} must be a whole number")
    return int(value)


def _checked(kind: ResourceType, name: str, value: str) -> str:
    if name in ("_lastUpdated", kind.date[0]):
        try:
            span(value)
        except NoDate as fault:
            raise BadSearch(f"{name} {fault}") from None
    if name in {"identifier", BY_VISIT} and (value.startswith("|") or value.endswith("|")):
        raise BadSearch("identifier must be value, or system|value")
    if name == kind.category[0] and value.endswith("|"):
        raise BadSearch(f"{name} must be code, or system|code")
    return value


def including_of(resource_type: str, name: str, value: str) -> str:
    """Return what ``_include=Task:focus`` asks for: an element, or of ``_revinclude`` a type. Raises `BadSearch`."""
    source, _, parameter = value.partition(":")
    if name == "_include":
        if source == resource_type and parameter in RESOURCE_TYPES[resource_type].includes:
            return RESOURCE_TYPES[resource_type].includes[parameter]
    elif (source, parameter) == ("Provenance", "target"):
        return "Provenance"
    elif resource_type == "Patient" and parameter == "patient" and "patient" in PARAMETERS.get(source, ()):
        return source
    raise BadSearch(f"{name}: this is not one of those that GET /fhir/metadata lists")


def _condition(keyring: Keyring, resource_type: str, name: str, values: Sequence[str]) -> ColumnElement[bool]:
    named = {"_id": resource.c.resource_id, RESOURCE_TYPES[resource_type].status[0]: resource.c.status}
    if name in named:
        return named[name].in_(values)
    if name == "patient":
        return resource.c.person_id.in_([value.removeprefix("Patient/") for value in values])
    kind = RESOURCE_TYPES[resource_type]
    by_type = {kind.category[0]: _coded, kind.date[0]: _dated}
    if name in by_type:
        return or_(*map(by_type[name], values))
    if name == "encounter":
        return _of_stays(task.c.spell_key.in_([value.removeprefix("Encounter/") for value in values]))
    if name == "_lastUpdated":
        return or_(*map(_updated, values))
    wanted = [found_under(resource_identifier.c.lookup, keyring, *_token(value)) for value in values]
    if name == BY_VISIT:
        return _of_stays(task.c.spell_key.in_(_named("Encounter", wanted)))
    return resource.c.resource_id.in_(_named(resource_type, wanted))


def _coded(value: str) -> ColumnElement[bool]:
    """Say that the category is this code of this system, or of any where none is named."""
    if "|" in value:
        return resource.c.category == value
    return resource.c.category.endswith(f"|{value}", autoescape=True)


def _dated(value: str) -> ColumnElement[bool]:
    """Say how a resource lies to a date (hl7.org/fhir/R4/search.html#prefix). What has none is not found."""
    prefix, low, high = span(value)
    first, end = resource.c.from_ms, resource.c.to_ms
    return {
        "eq": and_(first >= low, end <= high),
        "gt": end > high,
        "ge": end > low,
        "lt": first < low,
        "le": first < high,
    }[prefix]


def _of_stays(these: ColumnElement[bool]) -> ColumnElement[bool]:
    return resource.c.resource_id.in_(select(task.c.task_id).where(task.c.generation == GENERATION, these))


def _named(resource_type: str, lookups: Sequence[ColumnElement[bool]]) -> Select[tuple[str]]:
    return select(resource_identifier.c.resource_id).where(
        unindexed(resource_identifier.c.resource_type) == resource_type,
        or_(*lookups),
    )


def read_one(
    connection: Connection, resource_type: str, resource_id: str, reach: Reach = EVERYTHING
) -> Stored | None:
    """Return one resource; None where there never was one, or where it is out of reach."""
    if reach == EVERYTHING:
        return get(connection, resource_type, resource_id)
    named = (resource.c.resource_type == resource_type, resource.c.resource_id == resource_id)
    found = connection.execute(select(*COLUMNS).where(*named, *_within(reach))).first()
    return None if found is None else Stored(*found)


def _within(reach: Reach) -> list[ColumnElement[bool]]:
    """Say that a resource is within reach."""
    of_sites = [of_stays_at(reach.facility)] if reach.facility else []
    # What belongs to nobody, such as a ward, has no person.
    return of_sites + ([resource.c.person_id.in_((reach.person, ""))] if reach.person else [])


def of_stays_at(facility: str) -> ColumnElement[bool]:
    """Say that a resource is the task of a stay at a site whose ODS code begins so."""
    stays = (
        select(task.c.task_id)
        .join(spell, and_(spell.c.generation == task.c.generation, spell.c.spell_key == task.c.spell_key))
        .where(
            task.c.generation == GENERATION,
            task.c.task_id == resource.c.resource_id,
            spell.c.facility.startswith(facility, autoescape=True),
        )
    )
    return and_(resource.c.resource_type == "Task", stays.exists())


def _token(value: str) -> tuple[str, str]:
    system, bar, code = value.rpartition("|")
    return (system, code) if bar else ("", value)


def _updated(value: str) -> ColumnElement[bool]:
    low, high = _limits(value)
    column = resource.c.updated_ms
    return and_(column >= low if low else true(), column < high if high else true())


def _limits(value: str) -> tuple[int, int]:
    """Return from which millisecond on a value holds, and up to before which; 0 where there is no such end."""
    prefix, low, high = span(value)
    return {"gt": (high, 0), "ge": (low, 0), "lt": (0, low), "le": (0, high)}.get(prefix, (low, high))


def _stretch(
    connection: Connection, resource_type: str, values: Sequence[str], first: int, end: int | None
) -> tuple[int, int | None]:
    """Return from which position on and before which everything is that was updated at any of these times, and that
    lies within what is known of that so far.

    Positions follow the clock, but for what it was set back: so much more is looked at on either side.
    """
    lows, highs = zip(*map(_limits, values), strict=True)
    if all(lows):
        first = max(first, _position_at(connection, resource_type, min(lows) - _CLOCK_SET_BACK_MS))
    if all(highs):
        last = _position_at(connection, resource_type, max(highs) + _CLOCK_SET_BACK_MS)
        end = last if end is None else min(end, last)
    return first, end


def _position_at(connection: Connection, resource_type: str, at_ms: int) -> int:
    """Return a position before which all was updated before `at_ms`, but for what the clock was set back."""
    of = resource.c.resource_type == resource_type
    low = 0
    high = (connection.scalar(select(func.max(resource.c.updated_position)).where(of)) or 0) + 1
    while low < high:
        middle = (low + high) // 2
        ((position, updated_ms),) = _FROM.rows(connection, of=resource_type, least=middle) or ((high, at_ms),)
        if updated_ms >= at_ms:
            high = middle
        else:
            low = position + 1
    return low
