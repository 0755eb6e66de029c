"""What is noted once a sink has answered, in one transaction: what it holds, who is done, and what the
ledger owes.

A person is let go only where the mark is the one that was seen when they were read; otherwise they stay
dirty, and only the events that the sent state included count as delivered.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import and_, delete, or_, select, update

from ascbridge.events.ledger import sink_done
from ascbridge.people.identities import in_lists
from ascbridge.record.marking import mark
from ascbridge.record.preparing import Taken, Unit, sent_state
from ascbridge.record.resource_store import Change, take_turn
from ascbridge.storage.tables import dirty_person, sent_resource
from ascbridge.storage.upsert import insert_missing, upsert

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from ascbridge.record.sinks import BuiltinSink

LONGEST_WAIT_MS = 15 * 60_000


@dataclass(frozen=True, slots=True)
class Held:
    """The sink holds the unit's state now; `versions` are the sink's, by resource name."""

    versions: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Unsure:
    """The sink may or may not hold it, or holds something else: it is looked at before the next send.

    `counts` says that this was a try of this person's own, so that the next one comes later.
    """

    cause: str
    counts: bool = False


@dataclass(frozen=True, slots=True)
class Postponed:
    """Nothing was sent; tried again after `wait_ms`."""

    cause: str
    wait_ms: int = 0


@dataclass(frozen=True, slots=True)
class Faulted:
    """It cannot be sent as it is. Shown to people; tried again later, and at once when something new is
    known.
    """

    cause: str


Outcome = Held | Unsure | Postponed | Faulted
Result = tuple[Unit, Outcome]


def take(connection: Connection, sink: str, limit: int, now_ms: int, lease_ms: int) -> list[Taken]:
    """Take up to `limit` dirty people whose turn it is, so that nobody else takes them before `lease_ms`
    (UTC ms).
    """
    rows = connection.execute(
        select(dirty_person.c.person_id, dirty_person.c.mark, dirty_person.c.tries)
        .where(dirty_person.c.sink == sink, dirty_person.c.next_try_ms <= now_ms)
        .order_by(dirty_person.c.next_try_ms, dirty_person.c.person_id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    taken = [Taken(row.person_id, row.mark, lease_ms, row.tries) for row in rows]
    for part in in_lists(each.person_id for each in taken):
        connection.execute(
            update(dirty_person)
            .where(dirty_person.c.sink == sink, dirty_person.c.person_id.in_(part))
            .values(next_try_ms=lease_ms, fault="")
        )
    return taken


def wait_ms(tries: int) -> int:
    """Return how long a person waits after so many failed tries: nothing, then 1 s, 2 s, 4 s... to 15
    minutes.
    """
    return 0 if tries == 0 else min(1000 * 2 ** min(tries - 1, 20), LONGEST_WAIT_MS)


def settle(connection: Connection, sink: str, results: Sequence[Result], now_ms: int) -> None:
    """Note what came of these units."""
    held = [(unit, outcome) for unit, outcome in results if isinstance(outcome, Held)]
    _note_held(connection, sink, held, now_ms)
    unsure = [unit for unit, outcome in results if isinstance(outcome, Unsure)]
    _note_unsure(connection, sink, unsure, now_ms)
    owed: dict[str, Sequence[str]] = {}
    for unit, _ in held:
        owed |= unit.owed
    sink_done(connection, sink, owed, now_ms)
    mine = _still_mine(connection, sink, [unit.taken for unit, _ in results if unit.taken])
    _let_go(connection, sink, [unit.taken for unit, _ in held if unit.taken], mine, now_ms)
    for unit, outcome in results:
        if unit.taken and unit.taken.person_id in mine and not isinstance(outcome, Held):
            _try_later(connection, sink, unit.taken, outcome, now_ms)


def settle_builtin(
    connection: Connection, name: str, sink: BuiltinSink, results: Sequence[Result], now_ms: int
) -> None:
    """Put into the built-in store what is to be held, and note it, in this one transaction.

    Someone about whom something new became known since they were read is left for the next round.
    """
    mine = _still_mine(connection, name, [unit.taken for unit, _ in results if unit.taken])
    take_turn(connection)  # so that what is shared, which another may be sending too, is read as it will be
    sent = sent_state(connection, name, {s.name for unit, _ in results if not unit.taken for s in unit.sends})
    changes: list[Change] = []
    kept: list[Result] = []
    for unit, outcome in results:
        if isinstance(outcome, Held) and unit.taken and mine.get(unit.taken.person_id) != unit.taken.mark:
            kept.append((unit, Postponed("changed meanwhile")))
            continue
        kept.append((unit, outcome))
        if isinstance(outcome, Held):
            person = unit.taken.person_id if unit.taken else ""
            fresh = [s for s in unit.sends if s.name not in sent or sent[s.name].digest != s.digest]
            changes += [Change(each.body, person, unit.erased) for each in fresh]
    versions = sink.put(connection, changes, now_ms)
    settle(
        connection,
        name,
        [(unit, Held(versions) if isinstance(outcome, Held) else outcome) for unit, outcome in kept],
        now_ms,
    )


def _note_held(connection: Connection, sink: str, held: Sequence[tuple[Unit, Held]], now_ms: int) -> None:
    rows = [
        {
            "sink": sink,
            "resource": send.name,
            "person_id": unit.taken.person_id if unit.taken else "",
            "digest": send.digest,
            "version": outcome.versions.get(send.name, send.version),
            "unsure": 0,
            "sent_ms": now_ms,
        }
        for unit, outcome in held
        for send in unit.sends
    ]
    upsert(connection, sent_resource, rows)


def _note_unsure(connection: Connection, sink: str, units: Sequence[Unit], now_ms: int) -> None:
    rows = [
        {
            "sink": sink,
            "resource": send.name,
            "person_id": unit.taken.person_id if unit.taken else "",
            "unsure": 1,
            "sent_ms": now_ms,
        }
        for unit in units
        for send in unit.sends
    ]
    insert_missing(connection, sent_resource, rows)
    for part in in_lists(sorted(str(row["resource"]) for row in rows)):
        connection.execute(
            update(sent_resource)
            .where(sent_resource.c.sink == sink, sent_resource.c.resource.in_(part))
            .values(unsure=1)
        )


def _still_mine(connection: Connection, sink: str, taken: Sequence[Taken]) -> dict[str, int]:
    """Return the present mark of those people whom nobody else has taken since, locking their rows."""
    leases = {each.person_id: each.lease_ms for each in taken}
    found: dict[str, int] = {}
    for part in in_lists(sorted(leases)):
        rows = connection.execute(
            select(dirty_person.c.person_id, dirty_person.c.mark, dirty_person.c.next_try_ms)
            .where(dirty_person.c.sink == sink, dirty_person.c.person_id.in_(part))
            .order_by(dirty_person.c.person_id)
            .with_for_update()
        )
        found |= {row.person_id: row.mark for row in rows if row.next_try_ms == leases[row.person_id]}
    return found


def _let_go(
    connection: Connection, sink: str, held: Sequence[Taken], mine: Mapping[str, int], now_ms: int
) -> None:
    """Let go of people whose state is held, unless something happened meanwhile; nobody's newer state is
    lost.
    """
    for part in in_lists(each for each in held if each.person_id in mine):
        same = [
            and_(dirty_person.c.person_id == each.person_id, dirty_person.c.mark == each.mark)
            for each in part
        ]
        connection.execute(delete(dirty_person).where(dirty_person.c.sink == sink, or_(*same)))
    again = [each.person_id for each in held if each.person_id in mine and mine[each.person_id] != each.mark]
    for names in in_lists(again):
        connection.execute(
            update(dirty_person)
            .where(dirty_person.c.sink == sink, dirty_person.c.person_id.in_(names))
            .values(since_ms=now_ms, next_try_ms=now_ms, tries=0)
        )
    # Someone else took them while ours was under way: which of the two came last is not known, so once more.
    mark(connection, sink, [each.person_id for each in held if each.person_id not in mine], now_ms)


def _try_later(connection: Connection, sink: str, taken: Taken, outcome: Outcome, now_ms: int) -> None:
    counts = isinstance(outcome, Faulted) or (isinstance(outcome, Unsure) and outcome.counts)
    tries = taken.tries + counts
    if isinstance(outcome, Postponed):
        wait = outcome.wait_ms
    else:
        wait = wait_ms(tries if isinstance(outcome, Faulted) else tries - 1) if counts else 0
    connection.execute(
        update(dirty_person)
        .where(dirty_person.c.sink == sink, dirty_person.c.person_id == taken.person_id)
        .values(
            next_try_ms=now_ms + wait,
            tries=tries,
            fault=outcome.cause if isinstance(outcome, Faulted) else "",
        )
    )
