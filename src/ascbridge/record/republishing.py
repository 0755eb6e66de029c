"""Publishing people again because somebody asked for it: one person, some, or all, at a bounded rate.

A run only marks people, as an event about them does; the publisher then sends what is so when it gets to them. How far
it is stands in the database, so it goes on after a restart, and marking somebody twice is sending once. It waits while
more people are to be sent than two seconds of it would be: news goes first, and a sink that is away is not buried.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal, get_args

import orjson
from sqlalchemy import and_, bindparam, func, select, update

from ascbridge.events.handlers.run_states import after
from ascbridge.events.ledgers import audit
from ascbridge.people.membership import person_of
from ascbridge.record.marking import mark
from ascbridge.storage.prepared import Prepared
from ascbridge.storage.tables import dirty_person, patient, republishing, sent_resource
from ascbridge.storage.upsert import insert

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection, Select

    from ascbridge.events.handlers.run_states import Act, State
    from ascbridge.events.ledgers.audit import AuditEntry

What = Literal["differing", "looked-at", "everything"]
"""What is sent of them: what differs from what was sent before; what differs from what the server is found to hold when
it is looked at; or everything, though nothing differs.
"""
WHATS: tuple[What, ...] = get_args(What)
MOST_NAMED = 1_000
AHEAD_S = 2
"""As many people may wait for the publisher as this many seconds of a run would be."""
_SECOND_MS = 1_000

_LOOK = Prepared.of(
    lambda one_of: (
        update(sent_resource)
        .where(sent_resource.c.sink == bindparam("of"), one_of(sent_resource.c.person_id, "people"))
        .values(unsure=1)
    )
)
_PUSH = Prepared.of(
    lambda one_of: (
        update(sent_resource)
        .where(sent_resource.c.sink == bindparam("of"), one_of(sent_resource.c.person_id, "people"))
        .values(digest="")
    )
)


@dataclass(frozen=True, slots=True)
class NotTaken:
    """A person whom the sink refused, or who cannot be sent: why, by code and place, and when it is tried again."""

    person_id: str
    sink: str
    cause: str
    tries: int
    since_ms: int
    next_try_ms: int


class CannotRepublish(ValueError):
    """What was asked for cannot be done; the text says why, for people."""


@dataclass(frozen=True, slots=True)
class Whom:
    """Whom a run is about: these people, those whom a source has, of whom something was sent since, or all."""

    people: tuple[str, ...] = ()
    authority: str = ""
    sent_since_ms: int | None = None
    """UTC epoch milliseconds: for a server that was restored to what it held then."""


@dataclass(frozen=True, slots=True)
class Run:
    """One run. `people` is how many there were when it began, `marked` how many it has come to; times are UTC ms."""

    run_id: str
    sink: str
    what: What
    whom: Whom
    state: State
    per_second: int
    reached: str
    people: int
    marked: int
    asked_by: str
    why: str
    begun_ms: int
    changed_ms: int


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for. `run_id` is given by whoever asks, so that asking twice begins once."""

    run_id: str
    sink: str
    what: What
    whom: Whom = field(default_factory=Whom)
    per_second: int = 20


def resolved(connection: Connection, whom: Whom) -> Whom:
    """Return whom with every patient key as the person it is of. Raises `CannotRepublish` for an unknown one."""
    if len(whom.people) > MOST_NAMED:
        raise CannotRepublish(f"at most {MOST_NAMED} people can be named")
    keys = person_of(connection, whom.people)
    found = {keys.get(each, each) for each in whom.people}
    here = set(connection.scalars(select(patient.c.person_id).where(patient.c.person_id.in_(found))))
    here |= set(
        connection.scalars(select(sent_resource.c.person_id).where(sent_resource.c.person_id.in_(found)))
    )
    if found - here:
        raise CannotRepublish(
            f"{len(found - here)} of these are no person and no patient key that is known here"
        )
    return replace(whom, people=tuple(sorted(found)))


def count(connection: Connection, sink: str, whom: Whom) -> int:
    """Return how many people that is. Reads all of them."""
    if whom.people:
        return len(whom.people)
    chosen = _patients(whom) if whom.sent_since_ms is None else _sent(sink, whom)
    return connection.execute(select(func.count()).select_from(chosen.subquery())).scalar_one()


def begin(connection: Connection, wanted: Wanted, people: int, who: AuditEntry, now_ms: int) -> Run:
    """Begin a run over so many people, with its audit entry. Raises `CannotRepublish` while another is not over."""
    for one in runs(connection):
        if one.run_id == wanted.run_id:
            return one
        if one.sink == wanted.sink and one.state in ("running", "paused"):
            raise CannotRepublish(f"run {one.run_id} is {one.state}: let it end, or stop it")
    run = Run(
        wanted.run_id, wanted.sink, wanted.what, wanted.whom, "running", wanted.per_second, "", people, 0,
        who.who, who.why, now_ms, now_ms,
    )  # fmt: skip
    insert(connection, republishing, [_row(run)])
    told = replace(
        who, what="people published again", whom=_named(wanted.whom), result=f"{run.what} {people}"
    )
    audit.record(connection, told, now_ms)
    return run


def act(connection: Connection, run_id: str, wanted: Act, who: AuditEntry, now_ms: int) -> Run:
    """Pause, resume or stop a run, with its audit entry. Raises `CannotRepublish` where its state forbids it."""
    run = next((one for one in runs(connection) if one.run_id == run_id), None)
    if run is None:
        raise CannotRepublish("there is no such run")
    then = after(run.state, wanted)
    if then is None:
        raise CannotRepublish(f"this run is {run.state}")
    of_run = republishing.c.run_id == run_id
    connection.execute(update(republishing).where(of_run).values(state=then, changed_ms=now_ms))
    told = replace(who, what=f"publishing again: {wanted}", whom=f"republishing:{run_id}")
    audit.record(connection, told, now_ms)
    return replace(run, state=then, changed_ms=now_ms)


def runs(connection: Connection, most: int = 20) -> list[Run]:
    """Return the latest runs, the newest first."""
    newest = (
        select(republishing)
        .order_by(republishing.c.begun_ms.desc(), republishing.c.run_id.desc())
        .limit(most)
    )
    return [_run(row._mapping) for row in connection.execute(newest)]  # noqa: SLF001 - it is SQLAlchemy's own name


def not_taken(connection: Connection, most: int = 200) -> list[NotTaken]:
    """Return who was refused, or cannot be sent, the longest-waiting first."""
    names = (
        dirty_person.c.person_id, dirty_person.c.sink, dirty_person.c.fault, dirty_person.c.tries,
        dirty_person.c.since_ms, dirty_person.c.next_try_ms,
    )  # fmt: skip
    waiting = select(*names).where(dirty_person.c.fault != "")
    rows = connection.execute(waiting.order_by(dirty_person.c.since_ms, dirty_person.c.person_id).limit(most))
    return [NotTaken(*row) for row in rows]


def under_way(connection: Connection, sink: str) -> Run | None:
    """Return the run that is to go on, where one is."""
    return next((run for run in runs(connection) if run.sink == sink and run.state == "running"), None)


def next_people(connection: Connection, run: Run, now_ms: int) -> list[str] | None:
    """Return whom a run comes to next; None where it is not time yet: so many are marked a second, and none wait."""
    if run.marked and 0 <= now_ms - run.changed_ms < _SECOND_MS:
        return None
    most = AHEAD_S * run.per_second
    waiting = (
        select(dirty_person.c.person_id)
        .where(dirty_person.c.sink == run.sink, dirty_person.c.fault == "")
        .limit(most)
    )
    if len(connection.execute(waiting).all()) >= most:
        return None
    return _after(connection, run)


def step(connection: Connection, run: Run, people: Sequence[str], now_ms: int) -> bool:
    """Mark these people, and note that the run has come to the last of them; nobody left ends it.

    False where somebody else has gone on with it, or ended it, since it was read.
    """
    here = and_(
        republishing.c.run_id == run.run_id,
        republishing.c.state == "running",
        republishing.c.reached == run.reached,
        republishing.c.changed_ms == run.changed_ms,
    )
    then = {"reached": people[-1], "marked": run.marked + len(people)} if people else {"state": "done"}
    if not connection.execute(update(republishing).where(here).values(**then, changed_ms=now_ms)).rowcount:
        return False
    if people:
        if run.what != "differing":
            doubt = _LOOK if run.what == "looked-at" else _PUSH
            shared = [] if run.marked else [""]
            doubt.run(connection, [{"of": run.sink, "people": [*shared, *people]}])
        mark(connection, run.sink, people, now_ms)
    return True


def _after(connection: Connection, run: Run) -> list[str]:
    """Return those who come next in the order of ids: who is known, and who is known only to the sink."""
    whom, most = run.whom, run.per_second
    if whom.people:
        return [each for each in whom.people if each > run.reached][:most]
    found: set[str] = set()
    if whom.sent_since_ms is None:
        mine = _patients(whom).where(patient.c.person_id > run.reached)
        found |= set(connection.scalars(mine.order_by(patient.c.person_id).limit(most)))
    if not whom.authority:
        sent = _sent(run.sink, whom).where(sent_resource.c.person_id > run.reached)
        found |= set(connection.scalars(sent.order_by(sent_resource.c.person_id).limit(most)))
    return sorted(found)[:most]


def _patients(whom: Whom) -> Select[tuple[str]]:
    """Every person whom a source, or that source, has."""
    chosen = select(patient.c.person_id).distinct()
    return chosen.where(patient.c.authority == whom.authority) if whom.authority else chosen


def _sent(sink: str, whom: Whom) -> Select[tuple[str]]:
    """Every person of whom the sink is thought to hold something, or something sent since."""
    since = () if whom.sent_since_ms is None else (sent_resource.c.sent_ms >= whom.sent_since_ms,)
    chosen = select(sent_resource.c.person_id).distinct()
    return chosen.where(sent_resource.c.sink == sink, sent_resource.c.person_id != "", *since)


def _named(whom: Whom) -> str:
    """Say whom a run is about, for the audit: one person by their id, more by what they have in common."""
    if len(whom.people) == 1:
        return whom.people[0]
    if whom.people:
        return f"{len(whom.people)} people"
    if whom.authority:
        return f"authority:{whom.authority}"
    return "everybody" if whom.sent_since_ms is None else f"sent since {whom.sent_since_ms}"


def _row(run: Run) -> dict[str, object]:
    names = (
        "run_id", "sink", "what", "state", "per_second", "reached", "people", "marked", "asked_by", "why",
        "begun_ms", "changed_ms",
    )  # fmt: skip
    return {name: getattr(run, name) for name in names} | {"who": orjson.dumps(run.whom)}


def _run(row: object) -> Run:
    said = dict(row)  # type: ignore[call-overload]  # a row's mapping
    whom = orjson.loads(said.pop("who"))
    return Run(**said, whom=Whom(tuple(whom["people"]), whom["authority"], whom["sent_since_ms"]))
