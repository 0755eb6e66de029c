"""What is noted once a sink has answered, in one transaction: what it holds, who is done, and what the
ledger owes.

A person is let go only where the mark is the one that was seen when they were read; otherwise they stay
dirty, and only the events that the sent state included count as delivered.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import Integer, bindparam, delete, select, update

from ascbridge.events.ledgers import sink_counts
from ascbridge.events.ledgers.ledger import sink_done
from ascbridge.record.intents import forget
from ascbridge.record.marking import mark
from ascbridge.record.preparing import Sent, Taken, Unit, sent_state
from ascbridge.record.pushing_audit import write_down
from ascbridge.record.resource_store import Change, take_turn
from ascbridge.storage.prepared import Prepared
from ascbridge.storage.tables import dirty_person, sent_resource
from ascbridge.storage.upsert import insert_missing, upsert

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from ascbridge.record.sinks import BuiltinSink

LONGEST_WAIT_MS = 15 * 60_000

_of_sink = dirty_person.c.sink == bindparam("of")
_due = (
    select(dirty_person.c.person_id, dirty_person.c.mark, dirty_person.c.next_try_ms, dirty_person.c.tries)
    .where(_of_sink, dirty_person.c.next_try_ms <= bindparam("now"))
    .order_by(dirty_person.c.next_try_ms, dirty_person.c.person_id)
    .limit(bindparam("most", type_=Integer))
)
_DUE = Prepared.of(lambda _: _due)
_DUE_UNTAKEN = Prepared.of(lambda _: _due.with_for_update(skip_locked=True))
_WAITING = Prepared.of(
    lambda _: select(dirty_person.c.person_id).where(_of_sink, dirty_person.c.fault == "").limit(1)
)
_TAKE = Prepared.of(
    lambda one_of: (
        update(dirty_person)
        .where(_of_sink, one_of(dirty_person.c.person_id, "people"))
        .values(next_try_ms=bindparam("until"), fault="")
    )
)
_AS_TAKEN = Prepared.of(
    lambda one_of: (
        select(dirty_person.c.person_id, dirty_person.c.mark, dirty_person.c.next_try_ms)
        .where(_of_sink, one_of(dirty_person.c.person_id, "people"))
        .order_by(dirty_person.c.person_id)
        .with_for_update()
    )
)
_LET_GO = Prepared.of(
    lambda one_of: delete(dirty_person).where(_of_sink, one_of(dirty_person.c.person_id, "people"))
)
_ONCE_MORE = Prepared.of(
    lambda one_of: (
        update(dirty_person)
        .where(_of_sink, one_of(dirty_person.c.person_id, "people"))
        .values(since_ms=bindparam("now"), next_try_ms=bindparam("now"), tries=0)
    )
)
_CALL_IN = Prepared.of(
    lambda _: (
        update(dirty_person)
        .where(_of_sink, dirty_person.c.next_try_ms > bindparam("beyond"))
        .values(next_try_ms=bindparam("now"))
    )
)
_LATER = Prepared.of(
    lambda _: (
        update(dirty_person)
        .where(_of_sink, dirty_person.c.person_id == bindparam("person"))
        .values(next_try_ms=bindparam("when"), tries=bindparam("tried"), fault=bindparam("why"))
    )
)
_DOUBT = Prepared.of(
    lambda one_of: (
        update(sent_resource)
        .where(sent_resource.c.sink == bindparam("of"), one_of(sent_resource.c.resource, "names"))
        .values(unsure=1)
    )
)

_DOUBT_ALL = Prepared.of(
    lambda one_of: (
        update(sent_resource)
        .where(sent_resource.c.sink == bindparam("of"), one_of(sent_resource.c.person_id, "people"))
        .values(unsure=1)
    )
)


@dataclass(frozen=True, slots=True)
class Held:
    """The sink holds the unit's state now; `versions` are the sink's, by resource name."""

    versions: Mapping[str, str]

    @property
    def told(self) -> str:
        """What to write down of the sending."""
        return "taken"


@dataclass(frozen=True, slots=True)
class Unsure:
    """The sink may or may not hold it, or holds something else: it is looked at before the next send.

    `counts` says that this was a try of this person's own, so that the next one comes later; `sent`, that it went.
    """

    cause: str
    counts: bool = False
    sent: bool = True

    @property
    def told(self) -> str:
        """What to write down of the sending; empty where there was none."""
        return "perhaps taken" if self.sent else ""


@dataclass(frozen=True, slots=True)
class Postponed:
    """Nothing was sent; tried again after `wait_ms`."""

    cause: str
    wait_ms: int = 0

    @property
    def told(self) -> str:
        """There was no sending."""
        return ""


@dataclass(frozen=True, slots=True)
class Faulted:
    """It cannot be sent as it is. Shown to people; tried again later, and at once when something new is
    known.

    `by_sink` says that the sink refused it: perhaps because it has lost what we take it to hold, so that is looked at
    before the next try. `sent` says that it went there.
    """

    cause: str
    by_sink: bool = False
    sent: bool = False

    @property
    def told(self) -> str:
        """What to write down of the sending; empty where there was none."""
        return "refused" if self.sent else ""


Outcome = Held | Unsure | Postponed | Faulted
Result = tuple[Unit, Outcome]


def due(connection: Connection, sink: str, limit: int, now_ms: int) -> list[Taken]:
    """Return up to `limit` dirty people whose turn it is, and leave them to whoever looks: where only one does."""
    return [Taken(*row) for row in _DUE.rows(connection, of=sink, now=now_ms, most=limit)]


def anybody_waits(connection: Connection, sink: str) -> bool:
    """Whether anybody is still to be sent, taken or not, whom the sink has not refused."""
    return bool(_WAITING.rows(connection, of=sink))


def take(connection: Connection, sink: str, limit: int, now_ms: int, lease_ms: int) -> list[Taken]:
    """Take up to `limit` dirty people whose turn it is, so that nobody else takes them before `lease_ms`
    (UTC ms).
    """
    rows = _DUE_UNTAKEN.rows(connection, of=sink, now=now_ms, most=limit)
    taken = [Taken(person, mark, lease_ms, tries) for person, mark, _, tries in rows]
    if taken:
        _TAKE.run(connection, [{"of": sink, "people": [each.person_id for each in taken], "until": lease_ms}])
    return taken


def call_in(connection: Connection, sink: str, beyond_ms: int, now_ms: int) -> None:
    """Let everybody whose turn would come after `beyond_ms` have it now: for a clock that was set back, by which
    they would wait for as long as it was wrong. Who was taken is then taken twice, which costs a second look.
    """
    _CALL_IN.run(connection, [{"of": sink, "beyond": beyond_ms, "now": now_ms}])


def unsure_of(connection: Connection, sink: str) -> set[str]:
    """Return everybody of whom something may stand otherwise in the sink than was noted. Reads all that was sent."""
    unsure = select(sent_resource.c.person_id).where(
        sent_resource.c.sink == sink, sent_resource.c.unsure == 1, sent_resource.c.person_id != ""
    )
    return set(connection.scalars(unsure))


def wait_ms(tries: int) -> int:
    """Return how long a person waits after so many failed tries: nothing, then 1 s, 2 s, 4 s... to 15
    minutes.
    """
    return 0 if tries == 0 else min(1000 * 2 ** min(tries - 1, 20), LONGEST_WAIT_MS)


def settle(connection: Connection, sink: str, results: Sequence[Result], now_ms: int, writer: str) -> None:
    """Note what came of these units, and write down whom something was sent of (`writer` is this process)."""
    write_down(connection, writer, sink, results, now_ms)
    mine = _still_mine(connection, sink, results)
    _note(connection, sink, results, mine, now_ms, writer)


def settle_builtin(
    connection: Connection, name: str, sink: BuiltinSink, results: Sequence[Result], now_ms: int
) -> None:
    """Put into the built-in store what is to be held, and note it, in this one transaction.

    Someone about whom something new became known since they were read is left for the next round.
    """
    mine = _still_mine(connection, name, results)
    results = [(unit, _unless_changed(unit, outcome, mine)) for unit, outcome in results]
    count = sum(len(unit.sends) for unit, outcome in results if isinstance(outcome, Held))
    if count:
        # What is shared, which another may be sending too, is read once it is our turn: as it will be.
        first = take_turn(connection, count)
        common = {send.name for unit, _ in results if not unit.taken for send in unit.sends}
        sent = sent_state(connection, name, common)
        results = [(unit if unit.taken else _again(unit, sent), outcome) for unit, outcome in results]
        changes = [
            Change(send.body, unit.taken.person_id if unit.taken else "", unit.erased, send.rule)
            for unit, outcome in results
            if isinstance(outcome, Held)
            for send in unit.sends
        ]
        held = Held(sink.put(connection, changes, now_ms, first))
        results = [(unit, held if isinstance(outcome, Held) else outcome) for unit, outcome in results]
    _note(connection, name, results, mine, now_ms)


def _unless_changed(unit: Unit, outcome: Outcome, mine: Mapping[str, int]) -> Outcome:
    if isinstance(outcome, Held) and unit.taken and mine.get(unit.taken.person_id) != unit.taken.mark:
        return Postponed("changed meanwhile")
    return outcome


def _again(unit: Unit, sent: Mapping[str, Sent]) -> Unit:
    """Return a shared unit without what the store has come to hold meanwhile."""
    fresh = [each for each in unit.sends if each.name not in sent or sent[each.name].digest != each.digest]
    return unit if len(fresh) == len(unit.sends) else replace(unit, sends=tuple(fresh))


def _note(
    connection: Connection,
    sink: str,
    results: Sequence[Result],
    mine: Mapping[str, int],
    now_ms: int,
    writer: str = "",
) -> None:
    held = [(unit, outcome) for unit, outcome in results if isinstance(outcome, Held)]
    _note_held(connection, sink, held, now_ms)
    unsure = [unit for unit, outcome in results if isinstance(outcome, Unsure)]
    _note_unsure(connection, sink, unsure, now_ms)
    unsent = [unit for unit, outcome in results if isinstance(outcome, Postponed | Faulted)]
    forget(connection, sink, [unit for unit in unsent if unit.taken and unit.taken.person_id in mine])
    _doubt(connection, sink, [unit for unit, why in results if isinstance(why, Faulted) and why.by_sink])
    owed: dict[str, Sequence[str]] = {}
    for unit, _ in held:
        owed |= unit.owed
    sink_done(connection, sink, owed, now_ms)
    _let_go(connection, sink, [unit.taken for unit, _ in held if unit.taken], mine, now_ms)
    later = [
        _later(sink, unit.taken, outcome, now_ms)
        for unit, outcome in results
        if unit.taken and unit.taken.person_id in mine and not isinstance(outcome, Held)
    ]
    if later:
        _LATER.run(connection, later)
    # The last statement: whoever waits for this row holds nothing that we are still to ask for.
    sink_counts.went(connection, sink, sum(bool(unit.taken) for unit, _ in held), now_ms, writer)


def _note_held(connection: Connection, sink: str, held: Sequence[tuple[Unit, Held]], now_ms: int) -> None:
    rows = [
        {
            "sink": sink,
            "resource": send.name,
            "person_id": unit.taken.person_id if unit.taken else "",
            "digest": send.digest,
            "version": outcome.versions.get(send.name, send.version),
            "unsure": int(send.late),
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
    if not rows:
        return
    insert_missing(connection, sent_resource, rows)
    _DOUBT.run(connection, [{"of": sink, "names": [row["resource"] for row in rows]}])


def _doubt(connection: Connection, sink: str, refused: Sequence[Unit]) -> None:
    """Be unsure of all that the sink is thought to hold of people whom it refused, and of what they refer to."""
    people = [unit.taken.person_id for unit in refused if unit.taken]
    if people:
        _DOUBT_ALL.run(connection, [{"of": sink, "people": people}])
        needed = sorted({name for unit in refused for name in unit.needs})
        _DOUBT.run(connection, [{"of": sink, "names": needed}])


def _still_mine(connection: Connection, sink: str, results: Sequence[Result]) -> dict[str, int]:
    """Return the present mark of those people whom nobody else has taken since, locking their rows."""
    leases = {unit.taken.person_id: unit.taken.lease_ms for unit, _ in results if unit.taken}
    if not leases:
        return {}
    rows = _AS_TAKEN.rows(connection, of=sink, people=list(leases))
    return {person: mark for person, mark, until_ms in rows if until_ms == leases[person]}


def _let_go(
    connection: Connection, sink: str, held: Sequence[Taken], mine: Mapping[str, int], now_ms: int
) -> None:
    """Let go of people whose state is held, unless something happened meanwhile; nobody's newer state is
    lost.
    """
    # Their rows are locked since their marks were read.
    done = [each.person_id for each in held if mine.get(each.person_id) == each.mark]
    if done:
        _LET_GO.run(connection, [{"of": sink, "people": done}])
    again = [each.person_id for each in held if each.person_id in mine and mine[each.person_id] != each.mark]
    if again:
        _ONCE_MORE.run(connection, [{"of": sink, "people": again, "now": now_ms}])
    # Someone else took them while ours was under way: which of the two came last is not known, so once more.
    mark(connection, sink, [each.person_id for each in held if each.person_id not in mine], now_ms)


def _later(sink: str, taken: Taken, outcome: Outcome, now_ms: int) -> dict[str, Any]:
    """Return when a person is tried again, and what is shown of them until then."""
    counts = isinstance(outcome, Faulted) or (isinstance(outcome, Unsure) and outcome.counts)
    tries = taken.tries + counts
    if isinstance(outcome, Postponed):
        wait = outcome.wait_ms
    else:
        wait = wait_ms(tries if isinstance(outcome, Faulted) else tries - 1) if counts else 0
    why = outcome.cause if isinstance(outcome, Faulted) else ""
    return {"of": sink, "person": taken.person_id, "when": now_ms + wait, "tried": tries, "why": why}
