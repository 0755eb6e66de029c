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

from ascbridge.storage.tables import (
    dead_letter,
    held,
    intake_count,
    ledger_count,
    message_state,
    open_effect,
    parked,
)
from ascbridge.storage.upsert import add_counts, insert_missing

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from sqlalchemy import Connection

State = Literal["delivered", "no_effect", "waiting", "held", "parked", "dead"]
STATES: tuple[State, ...] = ("delivered", "no_effect", "waiting", "held", "parked", "dead")
_AT_ONCE = 500  # values in one IN list


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
    appear(connection, [(one.message_id, one.feed, one.kept_ms) for one in results], now_ms)
    _settle(
        connection,
        {one.message_id: "delivered" if one.events else "no_effect" for one in results},
        {one.message_id: one.note for one in results},
        now_ms,
    )


def translate_again(connection: Connection, message_ids: Collection[str]) -> None:
    """Say that these messages are being translated once more: their events get ids of their own, and replace."""
    for some in _chunks(message_ids):
        these = message_state.c.message_id.in_(some)
        again = update(message_state).where(these).values(translation=message_state.c.translation + 1)
        connection.execute(again)


def appear(connection: Connection, messages: Iterable[tuple[str, str, int]], now_ms: int) -> None:
    """Give messages (id, feed, time kept) that have none yet a row, in no state; the caller settles them."""
    rows = [
        {"message_id": message_id, "feed": feed, "state": "", "note": "", "kept_ms": kept_ms,
         "changed_ms": now_ms}
        for message_id, feed, kept_ms in messages
    ]  # fmt: skip
    insert_missing(connection, message_state, rows)


def effects_done(connection: Connection, reader: str, event_ids: Collection[str], now_ms: int) -> None:
    """Say that `reader` has dealt with these events; a message with nothing open any more is delivered."""
    touched: set[str] = set()
    for some in _chunks(event_ids):
        these = open_effect.c.event_id.in_(some)
        touched.update(connection.scalars(select(open_effect.c.message_id).where(these).distinct()))
        connection.execute(delete(open_effect).where(these, open_effect.c.reader == reader))
    settle(connection, touched, now_ms)


def owe_sink(connection: Connection, sink: str, pairs: Sequence[tuple[str, str, str]]) -> None:
    """Note that a sink must come to hold a state with these events (message id, event id, patient key)."""
    rows = [
        {"message_id": message_id, "event_id": event_id, "reader": f"sink:{sink}", "subject": subject}
        for message_id, event_id, subject in pairs
    ]
    insert_missing(connection, open_effect, rows)


def owed_to_sink(connection: Connection, sink: str, subjects: Collection[str]) -> dict[str, list[str]]:
    """Return the events of each patient key that the sink does not hold yet: to be read before the state
    is.
    """
    owed: dict[str, list[str]] = {}
    for some in _chunks(subjects):
        wanted = select(open_effect.c.subject, open_effect.c.event_id).where(
            open_effect.c.reader == f"sink:{sink}", open_effect.c.subject.in_(some)
        )
        for subject, event_id in connection.execute(wanted):
            owed.setdefault(subject, []).append(event_id)
    return owed


def sink_done(
    connection: Connection, sink: str, held_now: Mapping[str, Collection[str]], now_ms: int
) -> None:
    """Say that the sink holds a state with these events of each patient key, as `owed_to_sink` gave them."""
    touched: set[str] = set()
    for some in _chunks([event_id for events in held_now.values() for event_id in events]):
        gone = (
            delete(open_effect)
            .where(open_effect.c.reader == f"sink:{sink}", open_effect.c.event_id.in_(some))
            .returning(open_effect.c.message_id)
        )
        touched.update(connection.scalars(gone))
    settle(connection, touched, now_ms)


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


def _settle(
    connection: Connection, rests: Mapping[str, State | None], notes: Mapping[str, str], now_ms: int
) -> None:
    moves: Counter[tuple[str, str]] = Counter()
    # In one order everywhere, so that two workers wait for each other and never in a circle.
    for some in _chunks(sorted(rests)):
        rows = []
        before = _lock(connection, some)
        # Read after the lock: on PostgreSQL only a later statement sees what the former holder committed.
        weighty = _weighty(connection, some)
        for message_id, (feed, state, note) in before.items():
            rest = rests[message_id] or ("no_effect" if state == "no_effect" else "delivered")
            new, said = weighty.get(message_id, rest), notes.get(message_id, note)
            if (new, said) != (state, note):
                rows.append({"id": message_id, "new": new, "said": said, "now": now_ms})
            if new != state:
                moves[feed, new] += 1
                moves[feed, state] -= 1
        _write(connection, rows)
    # A message that was in no state yet leaves none.
    counts = [{"feed": f, "state": s, "n": n} for (f, s), n in sorted(moves.items()) if s and n]
    add_counts(connection, ledger_count, counts)


def _lock(connection: Connection, message_ids: Sequence[str]) -> dict[str, tuple[str, str, str]]:
    columns = (message_state.c.message_id, message_state.c.feed, message_state.c.state, message_state.c.note)
    wanted = (
        select(*columns)
        .where(message_state.c.message_id.in_(message_ids))
        .order_by(message_state.c.message_id)
        .with_for_update()
    )
    return {row[0]: (row[1], row[2], row[3]) for row in connection.execute(wanted)}


def _weighty(connection: Connection, message_ids: Sequence[str]) -> dict[str, State]:
    """Say what keeps each message from being delivered; the weightiest reason wins."""
    found: dict[str, State] = {}
    wanted = select(open_effect.c.message_id).where(open_effect.c.message_id.in_(message_ids))
    found |= dict.fromkeys(connection.scalars(wanted.distinct()), "waiting")
    head = and_(
        held.c.consumer == parked.c.consumer,
        held.c.topic == parked.c.topic,
        held.c.partition == parked.c.partition,
        held.c.offset == parked.c.offset,
    )
    wanted_parked = select(parked.c.message_id, func.max(held.c.tries)).outerjoin(held, head)
    wanted_parked = wanted_parked.where(parked.c.message_id.in_(message_ids)).group_by(parked.c.message_id)
    for message_id, tries in connection.execute(wanted_parked):
        found[message_id] = "parked" if tries is None else "held"
    dead = select(dead_letter.c.message_id).where(
        dead_letter.c.message_id.in_(message_ids), dead_letter.c.state == "open"
    )
    found |= dict.fromkeys(connection.scalars(dead.distinct()), "dead")
    return found


def _write(connection: Connection, rows: Sequence[dict[str, object]]) -> None:
    if rows:
        change = update(message_state).where(message_state.c.message_id == bindparam("id"))
        change = change.values(state=bindparam("new"), note=bindparam("said"), changed_ms=bindparam("now"))
        connection.execute(change, rows)


def _chunks(values: Iterable[str]) -> Iterator[list[str]]:
    every = list(dict.fromkeys(values))
    for start in range(0, len(every), _AT_ONCE):
        yield every[start : start + _AT_ONCE]
