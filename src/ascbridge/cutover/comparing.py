"""Compares what two case systems say now, person by person and thing by thing, under the ids that we know.

Both sides are the last words that the translator kept (`feed_word`), so the comparison is whole at any moment, and at
the moment of a switch. It is made some people at a time: what all of them said is never in memory at once. Nothing here
changes anything.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

import orjson
from sqlalchemy import func, select, text

from ascbridge.events.facts.catalogue import FACTS, CouncilFact
from ascbridge.events.handlers.switches import WORDS
from ascbridge.people import known_as
from ascbridge.people.identities import in_lists
from ascbridge.people.known_as import REFERENCES, WALLED, Crosswalk
from ascbridge.people.membership import person_of, restricted
from ascbridge.storage.tables import feed_word

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from sqlalchemy import Connection

    from ascbridge.cutover.comparison_rules import Rule, Rules
    from ascbridge.events.handlers.switches import Pair

Verdict = Literal["agree", "differs", "missing", "extra"]
VERDICTS: tuple[Verdict, ...] = ("agree", "differs", "missing", "extra")
IN_SHADOW = text("shadow = 1")
"""In the words of the index of just these."""
AT_ONCE = 200
"""People that are compared at once."""
NAMES = "names"
"""The field that stands for all that names somebody: it is compared, and never shown."""


@dataclass(frozen=True, slots=True)
class Side:
    """What one system says of a thing: `value` has the ids of things as we know them."""

    patient_key: str
    slot: str
    value: Mapping[str, Any]
    names: str
    message_id: str
    shadow: bool
    kept_ms: int


_ByThing = dict[tuple[str, str], tuple[str, Side]]
"""By patient key and slot, as we know them: the event type, and what is said."""


@dataclass(frozen=True, slots=True)
class Thing:
    """One thing of one person, by the id that we know it by, and what each side says of it.

    *missing*: only the old system has it. *extra*: only the new one. `fields` are those that differ.
    """

    word: str
    event_type: str
    patient_key: str
    slot: str
    verdict: Verdict
    fields: tuple[str, ...]
    old: Side | None
    new: Side | None
    person_id: str = ""
    restricted: bool = False

    def of(self, *, new: bool) -> Side | None:
        """What one side says."""
        return self.new if new else self.old

    def hides(self, name: str) -> bool:
        """Whether what a field says is shown to nobody: it names somebody, or says where a restricted person is."""
        return name == NAMES or (self.restricted and name in FACTS[self.event_type].withheld)

    def shown(self, side: Side | None, name: str) -> str:
        """Return what a side says of a field that differs; nothing of where a restricted person is."""
        if side is None or self.hides(name):
            return ""
        value = side.value.get(name, "")
        return value if isinstance(value, str) else orjson.dumps(value).decode()


@dataclass(frozen=True, slots=True)
class Comparison:
    """Every thing of some people that goes on on either side, and how many are closed on both."""

    things: tuple[Thing, ...]
    closed: Mapping[str, int]


def parts(
    connection: Connection,
    pair: Pair,
    rules: Rules,
    event_types: Sequence[str] = tuple(WORDS),
    at_once: int = AT_ONCE,
) -> Iterator[Comparison]:
    """Compare both sides, some people after others, in full or only these event types."""
    after = ""
    while keys := people(connection, pair, after, at_once):
        yield of_people(connection, pair, rules, keys, event_types)
        after = keys[-1]


def people(
    connection: Connection, pair: Pair, after: str, most: int | None, last: str | None = None
) -> list[str]:
    """Return the next people of either system, each by that system's own patient key: so many, or up to the `last`."""
    found: set[str] = set()
    for feed in (pair.old, pair.new):  # one feed at a time: then an index gives them in order
        wanted = select(feed_word.c.patient_key).where(
            feed_word.c.feed == feed, feed_word.c.patient_key > after
        )
        if last is not None:
            wanted = wanted.where(feed_word.c.patient_key <= last)
        found |= set(connection.scalars(wanted.distinct().order_by(feed_word.c.patient_key).limit(most)))
    return sorted(found)[:most]


def last_turn(connection: Connection) -> int:
    """Return the last turn in which words were written."""
    return connection.scalar(select(func.max(feed_word.c.turn))) or 0


def said_since(connection: Connection, pair: Pair, turn: int) -> list[str]:
    """Return the people of whom something was said after a turn, by their systems' own patient keys."""
    # By the turn alone: told of the feeds too, or asked for each once, SQLite reads all that there is.
    wanted = select(feed_word.c.feed, feed_word.c.patient_key).where(feed_word.c.turn > turn)
    return sorted({key for feed, key in connection.execute(wanted) if feed in (pair.old, pair.new)})


def all_called(connection: Connection, pair: Pair, keys: Iterable[str]) -> set[str]:
    """Return every patient key by which either system may call these people, their own too."""
    named = set(keys)
    return named | _Said(connection, pair, named).every_key() if named else named


def said_in_shadow(connection: Connection, pair: Pair, since_ms: int) -> list[str]:
    """Return the people of whom something was said in shadow since a moment, by their systems' own patient keys."""
    wanted = select(feed_word.c.patient_key).where(
        IN_SHADOW, feed_word.c.kept_ms >= since_ms, feed_word.c.feed.in_((pair.old, pair.new))
    )
    return list(connection.scalars(wanted.distinct().order_by(feed_word.c.patient_key)))


def of_people(
    connection: Connection,
    pair: Pair,
    rules: Rules,
    keys: Iterable[str],
    event_types: Sequence[str] = tuple(WORDS),
) -> Comparison:
    """Compare what is said of these people, each of whom `people` named.

    Whom the systems call by different keys is compared with the first of these keys, and with no other.
    """
    named = set(keys)
    said = _Said(connection, pair, named)
    return said.compared(rules, said.first_called(named), event_types)


def of_whom(
    connection: Connection,
    pair: Pair,
    rules: Rules,
    keys: Iterable[str],
    event_types: Sequence[str] = tuple(WORDS),
) -> Comparison:
    """Compare what is said of everybody who is called by one of these keys, on either side."""
    said = _Said(connection, pair, set(keys))
    return said.compared(rules, said.ours, event_types)


class _Said:
    """What both systems say of some people, by the ids that we know. `ours` are the people."""

    def __init__(self, connection: Connection, pair: Pair, named: AbstractSet[str]) -> None:
        self._connection, self._pair = connection, pair
        self._about = partial(known_as.about, connection, [pair.new])
        self._walk = Crosswalk(pair.new, self._about(named), own=not pair.same_ids)
        self.ours = {self._walk.person(key) for key in named} | named
        self._walk.learn(self._about(self.ours))

    def first_called(self, named: AbstractSet[str]) -> set[str]:
        """Return who is called by one of these keys and by none before it."""
        first: dict[str, str] = {}
        wanted = select(feed_word.c.feed, feed_word.c.patient_key).distinct()
        feeds = feed_word.c.feed.in_((self._pair.old, self._pair.new))
        for some in in_lists(sorted(self.ours | self._theirs(self.ours))):
            for feed, key in self._connection.execute(wanted.where(feeds, feed_word.c.patient_key.in_(some))):
                ours = self._walk.person(key) if feed == self._pair.new else key
                first[ours] = min(first.get(ours, key), key)
        return {ours for ours, key in first.items() if key in named}

    def every_key(self) -> set[str]:
        """Return by which patient keys either system may speak of them."""
        return self.ours | self._theirs(self.ours)

    def compared(self, rules: Rules, people: AbstractSet[str], event_types: Sequence[str]) -> Comparison:
        """Compare what is said of these people."""
        old, new = self._said(people, event_types)
        things: list[Thing] = []
        closed: Counter[str] = Counter()
        for key in sorted(old.keys() | new.keys()):
            event_type = (old.get(key) or new[key])[0]
            before, after = (sides[key][1] if key in sides else None for sides in (old, new))
            rule = rules.rule[WORDS[event_type]]
            if not any(side is not None and rule.is_open(dict(side.value)) for side in (before, after)):
                closed[WORDS[event_type]] += 1
                continue
            verdict, fields = _judged(event_type, rule, before, after)
            things.append(Thing(WORDS[event_type], event_type, *key, verdict, fields, before, after))
        return Comparison(_with_persons(self._connection, things), closed)

    def _theirs(self, people: AbstractSet[str]) -> set[str]:
        return {key for ours in people for key in self._walk.people_of(ours)}

    def _said(self, people: AbstractSet[str], event_types: Sequence[str]) -> tuple[_ByThing, _ByThing]:
        """What the old system says, and the new one."""
        walk = self._walk
        old = _sides(self._connection, self._pair.old, people, event_types)
        new = _sides(self._connection, self._pair.new, self._theirs(people), event_types)
        walk.learn(self._about(_ids(side for _, side in new)))
        return (
            {(side.patient_key, side.slot): (kind, side) for kind, side in old},
            {
                (walk.person(side.patient_key), walk.slot(side.slot)): (kind, _as_known(side, walk))
                for kind, side in new
            },
        )


def _ids(sides: Iterable[Side]) -> set[str]:
    """The ids of things that these are about or refer to."""
    found: set[str] = set()
    for side in sides:
        kind, _, own = side.slot.partition(":")
        found |= {own, *(str(side.value.get(name, "")) for name in REFERENCES.get(kind, {}))}
    return found - {""}


def _sides(
    connection: Connection, feed: str, keys: Iterable[str], event_types: Sequence[str]
) -> list[tuple[str, Side]]:
    columns = (
        feed_word.c.event_type, feed_word.c.patient_key, feed_word.c.slot, feed_word.c.value,
        feed_word.c.sealed_digest, feed_word.c.message_id, feed_word.c.shadow, feed_word.c.kept_ms, feed_word.c.stamp,
    )  # fmt: skip
    wanted = select(*columns).where(feed_word.c.feed == feed)
    if len(event_types) < len(WORDS):
        wanted = wanted.where(feed_word.c.event_type.in_(event_types))
    rows = [
        row
        for some in in_lists(sorted(set(keys)))
        for row in connection.execute(wanted.where(feed_word.c.patient_key.in_(some)))
    ]
    rows.sort(
        key=lambda row: row.stamp
    )  # of two of its things that are one of ours, what was said last holds
    return [
        (event_type, Side(key, slot, orjson.loads(value), names, message_id, bool(shadow), kept_ms))
        for event_type, key, slot, value, names, message_id, shadow, kept_ms, _ in rows
    ]


def _as_known(side: Side, walk: Crosswalk) -> Side:
    kind = side.slot.partition(":")[0]
    value = walk.value(kind, side.value)
    return Side(side.patient_key, side.slot, value, side.names, side.message_id, side.shadow, side.kept_ms)


def _judged(
    event_type: str, rule: Rule, old: Side | None, new: Side | None
) -> tuple[Verdict, tuple[str, ...]]:
    if old is None or new is None:
        return ("missing" if new is None else "extra"), ()
    fields = apart(event_type, rule, old, new)
    return ("differs" if fields else "agree"), fields


def apart(event_type: str, rule: Rule, old: Side, new: Side) -> tuple[str, ...]:
    """Return the fields in which two words on one thing differ, less what the rule tolerates."""
    fact = FACTS[event_type]
    left_out = {"stamp", "marks", fact.about if issubclass(fact, CouncilFact) else "", *rule.not_compared}
    fields = [
        name
        for name in fact.model_fields
        if name not in left_out
        and old.value.get(name) != new.value.get(name)
        and not (name in rule.silent and _silent(old, new, name))
        and not (name in fact.withheld and any(_walled(side, name) for side in (old, new)))
    ]
    if rule.names and old.names != new.names:
        fields.append(NAMES)
    return tuple(fields)


def _silent(old: Side, new: Side, name: str) -> bool:
    """Whether one side says nothing."""
    return not old.value.get(name) or not new.value.get(name)


def _walled(side: Side, name: str) -> bool:
    """Whether a side shows nothing because of a restriction, and not because its system says nothing."""
    return bool(side.value.get(WALLED)) and not side.value.get(name)


def _with_persons(connection: Connection, things: Sequence[Thing]) -> tuple[Thing, ...]:
    keys = {one.patient_key for one in things}
    people, hidden = person_of(connection, keys), restricted(connection, keys)
    return tuple(
        Thing(
            one.word, one.event_type, one.patient_key, one.slot, one.verdict, one.fields, one.old, one.new,
            people.get(one.patient_key, ""), one.patient_key in hidden,
        )
        for one in things
    )  # fmt: skip
