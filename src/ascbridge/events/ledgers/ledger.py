"""The ledger's second half: where every kept message stands, in the same transaction as whatever moved it.

``kept = delivered + no_effect + waiting + held + parked + dead``, per feed, always. A state is never
guessed from the last step: it is read off the tables that decide it (`dead_letter`, `held`, `parked`,
`open_effect`), under a lock on the message's row, so two workers that finish its last two effects at one
moment cannot both leave it waiting.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from sqlalchemy import and_, bindparam, delete, func, select, update

from ascbridge.storage.prepared import Prepared, unindexed
from ascbridge.storage.tables import (
    dead_letter,
    held,
    intake_count,
    ledger_count,
    message_state,
    open_effect,
    parked,
)
from ascbridge.storage.upsert import add_counts, insert, insert_missing

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from sqlalchemy import Connection

State = Literal["delivered", "no_effect", "waiting", "held", "parked", "dead"]
STATES: tuple[State, ...] = ("delivered", "no_effect", "waiting", "held", "parked", "dead")
NOT_MAPPED = "not mapped: "
"""So begins the note of a message that waits for a code to be mapped, whatever its state."""

_STANDING = Prepared.of(
    lambda one_of: (
        select(message_state.c.message_id, message_state.c.feed, message_state.c.state, message_state.c.note)
        .where(one_of(message_state.c.message_id, "messages"))
        .order_by(message_state.c.message_id)
        .with_for_update()
    )
)
_OWING = Prepared.of(
    lambda one_of: (
        select(open_effect.c.message_id).where(one_of(open_effect.c.message_id, "messages")).distinct()
    )
)
_LAID_ASIDE = Prepared.of(
    lambda one_of: (
        select(parked.c.message_id, func.max(held.c.tries))
        .outerjoin(
            held,
            and_(
                held.c.consumer == parked.c.consumer,
                held.c.topic == parked.c.topic,
                held.c.partition == parked.c.partition,
                held.c.offset == parked.c.offset,
            ),
        )
        .where(one_of(parked.c.message_id, "messages"))
        .group_by(parked.c.message_id)
    )
)
_GIVEN_UP = Prepared.of(
    lambda one_of: (
        select(dead_letter.c.message_id)
        .where(one_of(dead_letter.c.message_id, "messages"), unindexed(dead_letter.c.state) == "open")
        .distinct()
    )
)
_CHANGE = Prepared.of(
    lambda _: (
        update(message_state)
        .where(message_state.c.message_id == bindparam("id"))
        .values(state=bindparam("new"), note=bindparam("said"), changed_ms=bindparam("now"))
    )
)
_TRANSLATED_AGAIN = Prepared.of(
    lambda one_of: (
        update(message_state)
        .where(one_of(message_state.c.message_id, "messages"))
        .values(translation=message_state.c.translation + 1)
        .returning(message_state.c.message_id)
    )
)
_DEALT_WITH = Prepared.of(
    lambda one_of: (
        delete(open_effect)
        .where(
            one_of(open_effect.c.event_id, "events"),
            unindexed(open_effect.c.reader) == bindparam("by"),
        )
        .returning(open_effect.c.message_id)
    )
)
_DONE = Prepared.of(
    lambda one_of: select(message_state.c.message_id).where(
        one_of(message_state.c.message_id, "messages"), unindexed(message_state.c.state) == "delivered"
    )
)
_OWED = Prepared.of(
    lambda one_of: select(open_effect.c.subject, open_effect.c.event_id).where(
        open_effect.c.reader == bindparam("by"), one_of(open_effect.c.subject, "subjects")
    )
)


@dataclass(frozen=True, slots=True)
class Translated:
    """What translating one kept message gave. `note` says why there are no events, or what was not mapped."""

    message_id: str
    feed: str
    kept_ms: int
    events: int
    note: str = ""


@dataclass(frozen=True, slots=True)
class Balance:
    """Where one feed's kept messages stand. `waiting` includes those that nobody has translated yet."""

    kept: int
    delivered: int
    no_effect: int
    waiting: int
    held: int
    parked: int
    dead: int


def translated(
    connection: Connection, message_id: str, feed: str, kept_ms: int, events: int, note: str, now_ms: int
) -> None:
    """Say that a kept message has become so many events. A batch of them is quicker with `translated_all`."""
    translated_all(connection, [Translated(message_id, feed, kept_ms, events, note)], now_ms)


def translated_all(connection: Connection, results: Sequence[Translated], now_ms: int) -> None:
    """Say that kept messages have become events, which the outbox has taken already. Saying so again is
    harmless.
    """
    ids = [one.message_id for one in results]
    known = _standing(connection, ids)
    owing = _owing(connection, [id for id in ids if id not in known])
    fresh = {one.message_id: one for one in results if one.message_id not in known}
    states = {id: _rest(one, owing) for id, one in fresh.items()}
    rows = [_row(id, one.feed, states[id], one.note, one.kept_ms, now_ms) for id, one in fresh.items()]
    insert(connection, message_state, rows)
    _count(connection, Counter((one.feed, states[id]) for id, one in fresh.items()))
    again = [one for one in results if one.message_id in known]
    _settle(
        connection,
        {one.message_id: "delivered" if one.events else "no_effect" for one in again},
        {one.message_id: one.note for one in again},
        now_ms,
    )


def translate_again(connection: Connection, message_ids: Collection[str]) -> None:
    """Say that these messages are being translated once more: their events get ids of their own, and replace."""
    _TRANSLATED_AGAIN.rows(connection, messages=list(message_ids))


def appear(connection: Connection, messages: Iterable[tuple[str, str, int]], now_ms: int) -> None:
    """Give messages (id, feed, time kept) that have none yet a row, in no state; the caller settles them."""
    rows = [_row(message_id, feed, "", "", kept_ms, now_ms) for message_id, feed, kept_ms in messages]
    insert_missing(connection, message_state, rows)


def effects_done(connection: Connection, reader: str, event_ids: Collection[str], now_ms: int) -> None:
    """Say that `reader` has dealt with these events; a message with nothing open any more is delivered."""
    _dealt_with(connection, reader, event_ids, now_ms)


def owe_sink(connection: Connection, sink: str, pairs: Sequence[tuple[str, str, str]], now_ms: int) -> None:
    """Note that a sink must come to hold a state with these events (message id, event id, patient key).

    In a replay that takes back that their messages were delivered.
    """
    rows = [
        {"message_id": message_id, "event_id": event_id, "reader": f"sink:{sink}", "subject": subject}
        for message_id, event_id, subject in pairs
    ]
    insert_missing(connection, open_effect, rows)
    ids = [message_id for message_id, _, _ in pairs]
    was_done = {row[0] for row in _DONE.rows(connection, messages=ids)} if ids else set()
    settle(connection, was_done, now_ms)


def owed_to_sink(connection: Connection, sink: str, subjects: Collection[str]) -> dict[str, list[str]]:
    """Return the events of each patient key that the sink does not hold yet: to be read before the state
    is.
    """
    owed: dict[str, list[str]] = {}
    for subject, event_id in _OWED.rows(connection, by=f"sink:{sink}", subjects=list(subjects)):
        owed.setdefault(subject, []).append(event_id)
    return owed


def sink_done(
    connection: Connection, sink: str, held_now: Mapping[str, Collection[str]], now_ms: int
) -> None:
    """Say that the sink holds a state with these events of each patient key, as `owed_to_sink` gave them."""
    _dealt_with(connection, f"sink:{sink}", [id for events in held_now.values() for id in events], now_ms)


def settle(
    connection: Connection,
    message_ids: Collection[str],
    now_ms: int,
    *,
    at_rest: State | None = None,
    note: str | None = None,
) -> None:
    """Read anew where these messages stand, after their effects, holds or dead letters changed.

    A message with nothing open is `at_rest`; where that is not given it stays without effect, or is
    delivered. Ids without a message (desk acts) are left alone.
    """
    rests = dict.fromkeys(message_ids, at_rest)
    _settle(connection, rests, {} if note is None else dict.fromkeys(message_ids, note), now_ms)


def balance(connection: Connection) -> dict[str, Balance]:
    """Return where the kept messages of each feed stand; `kept` is the sum of the rest."""
    # The states first: a message kept between the two reads then counts as waiting, never as too many.
    states: dict[str, dict[str, int]] = {}
    for feed, state, n in connection.execute(select(ledger_count)):
        states.setdefault(feed, {})[state] = n
    kept_by_feed = select(intake_count.c.feed, intake_count.c.n).where(intake_count.c.name == "kept")
    kept: dict[str, int] = {row.feed: row.n for row in connection.execute(kept_by_feed)}
    balances = {}
    for feed in sorted(kept.keys() | states.keys()):
        of = {state: states.get(feed, {}).get(state, 0) for state in STATES}
        known = sum(of.values())
        of["waiting"] += max(0, kept.get(feed, 0) - known)
        balances[feed] = Balance(kept=max(kept.get(feed, 0), known), **of)
    return balances


def waiting(connection: Connection) -> dict[str, int]:
    """Return how many kept messages of each feed have not come through yet."""
    return {feed: standing.waiting for feed, standing in balance(connection).items()}


def feed_of(connection: Connection, message_id: str) -> str:
    """Return the feed that brought a kept message; empty where none did, as with a desk act."""
    wanted = select(message_state.c.feed).where(message_state.c.message_id == message_id)
    return connection.scalar(wanted) or ""


def miscounted(connection: Connection) -> dict[tuple[str, str], int]:
    """Return by how much each counter (feed, state) differs from the messages themselves: empty when all
    is well.
    """
    counted = {(feed, state): n for feed, state, n in connection.execute(select(ledger_count)) if n}
    real = select(message_state.c.feed, message_state.c.state, func.count()).group_by(
        message_state.c.feed, message_state.c.state
    )
    truly = {(feed, state): n for feed, state, n in connection.execute(real)}
    return {
        key: counted.get(key, 0) - truly.get(key, 0)
        for key in counted.keys() | truly.keys()
        if counted.get(key, 0) != truly.get(key, 0)
    }


def _dealt_with(connection: Connection, reader: str, event_ids: Collection[str], now_ms: int) -> None:
    """Take effects off the list, and settle the messages that they were of."""
    gone = _DEALT_WITH.rows(connection, events=list(event_ids), by=reader) if event_ids else ()
    touched = {message_id for (message_id,) in gone}
    if connection.dialect.name == "sqlite":
        # One writer: who still owes something stands as before. Elsewhere another worker may be at the rest of it.
        touched -= _owing(connection, touched)
    settle(connection, touched, now_ms)


def _row(
    message_id: str, feed: str, state: str, note: str, kept_ms: int, now_ms: int
) -> dict[str, str | int]:
    return {
        "message_id": message_id, "feed": feed, "state": state, "note": note, "kept_ms": kept_ms,
        "changed_ms": now_ms,
    }  # fmt: skip


def _rest(one: Translated, owing: set[str]) -> State:
    """Where a message stands that nobody knew of before: nothing of it can be parked, held or given up yet."""
    if one.message_id in owing:
        return "waiting"
    return "delivered" if one.events else "no_effect"


def _settle(
    connection: Connection, rests: Mapping[str, State | None], notes: Mapping[str, str], now_ms: int
) -> None:
    # In one order everywhere, so that two workers wait for each other and never in a circle.
    before = _standing(connection, sorted(rests))
    # Read after the lock: on PostgreSQL only a later statement sees what the former holder committed.
    weighty = _weighty(connection, list(before))
    moves: Counter[tuple[str, str]] = Counter()
    rows = []
    for message_id, (feed, state, note) in before.items():
        rest = rests[message_id] or ("no_effect" if state == "no_effect" else "delivered")
        new, said = weighty.get(message_id, rest), notes.get(message_id, note)
        if (new, said) != (state, note):
            rows.append({"id": message_id, "new": new, "said": said, "now": now_ms})
        if new != state:
            moves[feed, new] += 1
            moves[feed, state] -= 1
    if rows:
        _CHANGE.run(connection, rows)
    _count(connection, moves)


def _count(connection: Connection, moves: Counter[tuple[str, str]]) -> None:
    """Move the counters. A message that was in no state yet leaves none."""
    counts = [{"feed": f, "state": s, "n": n} for (f, s), n in sorted(moves.items()) if s and n]
    add_counts(connection, ledger_count, counts)


def _standing(connection: Connection, message_ids: Sequence[str]) -> dict[str, tuple[str, str, str]]:
    """Feed, state and note of those messages that are in the ledger, which nobody else can change meanwhile."""
    rows = _STANDING.rows(connection, messages=list(message_ids)) if message_ids else ()
    return {message_id: (feed, state, note) for message_id, feed, state, note in rows}


def _owing(connection: Connection, message_ids: Collection[str]) -> set[str]:
    rows = _OWING.rows(connection, messages=list(message_ids)) if message_ids else ()
    return {message_id for (message_id,) in rows}


def _weighty(connection: Connection, message_ids: list[str]) -> dict[str, State]:
    """Say what keeps each message from being delivered; the weightiest reason wins."""
    if not message_ids:
        return {}
    found: dict[str, State] = dict.fromkeys(_owing(connection, message_ids), "waiting")
    for message_id, tries in _LAID_ASIDE.rows(connection, messages=message_ids):
        found[message_id] = "parked" if tries is None else "held"
    found |= dict.fromkeys((row[0] for row in _GIVEN_UP.rows(connection, messages=message_ids)), "dead")
    return found
