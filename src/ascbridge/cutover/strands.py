"""Puts the events of two case systems on strands, pairs them strand by strand, and counts what came of it by day.

A strand is what is told of one thing of one person, by the keys of the rules and the ids that we know. Done in turns
behind the translator: each reads some events that wait and the strands that these are on, whatever else is kept, and
writes results and counts in one transaction. Where rules or the crosswalk change, every event is looked at once more.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

import orjson
from sqlalchemy import func, select

from ascbridge.cutover.as_we_know import AsWeKnow
from ascbridge.cutover.comparison_rules import ID
from ascbridge.cutover.pairing import OFF, Told, pair
from ascbridge.events.handlers.switches import WORDS
from ascbridge.events.ledgers import said_events
from ascbridge.storage.tables import pair_count, pairing_round
from ascbridge.storage.upsert import add_counts, upsert

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection

    from ascbridge.cutover.comparison_rules import Rules
    from ascbridge.events.handlers.switches import Pair
    from ascbridge.events.ledgers.said_events import SaidEvent

AT_ONCE = 500
LOCK = "ascbridge:pairing"
"""Of which PostgreSQL's advisory lock is made by which one process pairs at a time."""
COUNTED = ("agree", *OFF)
_BETWEEN = "\x1f"


def name_of(pair_: Pair) -> str:
    """Return by what name the results of a pair of feeds are kept."""
    return f"{pair_.old} {pair_.new}"


def pair_some(connection: Connection, pair_: Pair, rules: Rules, most: int = AT_ONCE) -> int:
    """Pair up to `most` events that wait, or are to be looked at once more; return how many were looked at."""
    if not _alone(connection):
        return 0
    feeds, after = (pair_.old, pair_.new), _after(connection, pair_, rules)
    events = said_events.waiting(connection, feeds, most)
    if after is not None and len(events) < most:
        events += _next_of_round(connection, pair_, rules, after, most - len(events))
    if events:
        _Turn(connection, pair_, rules).run({one.event_id: one for one in events})
    return len(events)


def all_again(connection: Connection, pair_: Pair) -> None:
    """Have every event looked at once more, because the crosswalk changed."""
    upsert(connection, pairing_round, [{"pair": name_of(pair_), "after": ""}])


def to_do(connection: Connection, pair_: Pair, most: int) -> tuple[int, bool]:
    """Return how many events are not paired yet, counted up to `most`, and whether all are looked at once more."""
    feeds = (pair_.old, pair_.new)
    wanted = select(pairing_round.c.after).where(pairing_round.c.pair == name_of(pair_))
    under_way = connection.scalar(wanted) is not None
    return said_events.count_waiting(connection, feeds, most), under_way


def _alone(connection: Connection) -> bool:
    """Whether nobody else pairs: SQLite has one writer, and on PostgreSQL there is a lock."""
    if connection.dialect.name != "postgresql":
        return True
    return bool(connection.scalar(select(func.pg_try_advisory_xact_lock(func.hashtext(LOCK)))))


def _after(connection: Connection, pair_: Pair, rules: Rules) -> str | None:
    """How far the round is in which all are looked at once more; None where none is under way."""
    now = digest(rules)
    row = connection.execute(
        select(pairing_round).where(pairing_round.c.pair == name_of(pair_))
    ).one_or_none()
    if row is not None and row.rules == now:
        after: str | None = row.after
        return after
    _go_on(connection, pair_, now, "")
    return ""


def _next_of_round(
    connection: Connection, pair_: Pair, rules: Rules, after: str, most: int
) -> list[SaidEvent]:
    patient_key, _, event_id = after.partition(_BETWEEN)
    found = said_events.following(connection, (pair_.old, pair_.new), patient_key, event_id, most)
    last = f"{found[-1].patient_key}{_BETWEEN}{found[-1].event_id}" if len(found) == most else None
    _go_on(connection, pair_, digest(rules), last)
    return found


def _go_on(connection: Connection, pair_: Pair, digest: str, after: str | None) -> None:
    upsert(connection, pairing_round, [{"pair": name_of(pair_), "rules": digest, "after": after}])


def digest(rules: Rules) -> str:
    """Return the digest of all that pairing and comparing go by; criteria decide nothing about a pair."""
    return hashlib.sha256(
        orjson.dumps(rules.model_dump(exclude={"criteria"}), option=orjson.OPT_SORT_KEYS)
    ).hexdigest()


class _Turn:
    """Some events, the strands that they were on and are on now, and all others on these."""

    def __init__(self, connection: Connection, pair_: Pair, rules: Rules) -> None:
        self._connection, self._pair, self._rules = connection, pair_, rules
        self._known = AsWeKnow(connection, pair_)

    def run(self, events: Mapping[str, SaidEvent]) -> None:
        self._known.learn(events.values())
        moved = {id: self._on_strand(one) for id, one in events.items()}
        strands = {one.strand for one in (*events.values(), *moved.values())} - {""}
        there = {one.event_id: one for one in said_events.of_strands(self._connection, strands)}
        self._known.learn(there.values())
        before = there | dict(events)
        after = self._judged(there | moved)
        changed = [one for id, one in after.items() if one.state == "gone" or one != before[id]]
        said_events.keep_results(self._connection, changed)
        self._count([before[one.event_id] for one in changed], changed)

    def _on_strand(self, one: SaidEvent) -> SaidEvent:
        if one.state == "gone":
            return one
        word = WORDS[one.event_type]
        keys = self._rules.rule[word].keys
        side = self._known.side(one)
        named = (
            [side.slot]
            if keys is None
            else [side.slot if key == ID else str(side.value.get(key, "")) for key in keys]
        )
        return replace(one, strand=_BETWEEN.join((word, side.patient_key, *named)), state="paired")

    def _judged(self, events: Mapping[str, SaidEvent]) -> dict[str, SaidEvent]:
        strands: dict[str, list[SaidEvent]] = defaultdict(list)
        for one in events.values():
            if one.state != "gone":
                strands[one.strand].append(one)
        judged = {id: one for id, one in events.items() if one.state == "gone"}
        for each in strands.values():
            judged |= self._of_strand(each)
        return judged

    def _of_strand(self, events: Sequence[SaidEvent]) -> dict[str, SaidEvent]:
        event_type = events[0].event_type
        told = [
            Told(one.event_id, one.feed == self._pair.new, one.at_ms, one.stamp, self._known.side(one))
            for one in events
        ]
        found = pair(event_type, self._rules.rule[WORDS[event_type]], told)
        return {
            one.event_id: replace(
                one,
                verdict=(is_ := found[one.event_id]).verdict,
                partner=is_.partner,
                fields=" ".join(is_.fields),
                put_right=int(is_.put_right),
                day=is_.day,
                due_ms=is_.due_ms,
            )
            for one in events
        }

    def _count(self, before: Sequence[SaidEvent], after: Sequence[SaidEvent]) -> None:
        """Change the counts by what is otherwise than it was."""
        change: Counter[tuple[str, str, str, int]] = Counter()
        for number, events in ((-1, before), (1, after)):
            for one in events:
                if one.verdict in COUNTED and not (number > 0 and one.state == "gone"):
                    change[one.day, one.event_type, one.verdict, one.put_right] += number
        names = ("day", "event_type", "verdict", "put_right")
        add_counts(
            self._connection,
            pair_count,
            [
                {"pair": name_of(self._pair), **dict(zip(names, key, strict=True)), "n": n}
                for key, n in sorted(change.items())
                if n
            ],
        )
