"""Compares what two case systems say now, person by person and thing by thing, under the ids that we know.

Both sides are the last words that the translator kept (`feed_word`), so the comparison is whole at any moment, and at
the moment of a switch. Nothing here changes anything.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import orjson
from sqlalchemy import select

from ascbridge.events.catalogue import FACTS, CouncilFact
from ascbridge.events.switches import WORDS
from ascbridge.people import known_as
from ascbridge.people.known_as import PERSON, REFERENCES, WALLED, Crosswalk
from ascbridge.people.membership import person_of, restricted
from ascbridge.storage.tables import feed_word

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy import Connection

    from ascbridge.cutover.comparison_rules import Rule, Rules
    from ascbridge.events.switches import Pair

Verdict = Literal["agree", "differs", "missing", "extra"]
VERDICTS: tuple[Verdict, ...] = ("agree", "differs", "missing", "extra")
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
    """Every thing that goes on on either side, and how many are closed on both."""

    things: tuple[Thing, ...]
    closed: Mapping[str, int]

    def counts(self, word: str) -> dict[str, int]:
        """Return how many things of an event type agree, differ, are missing or extra."""
        found = Counter(one.verdict for one in self.things if one.word == word)
        return {verdict: found[verdict] for verdict in VERDICTS}

    def agreement(self, word: str) -> float:
        """Return the share of things that agree; 1 where there is nothing to compare."""
        counts = self.counts(word)
        whole = sum(counts.values())
        return counts["agree"] / whole if whole else 1.0


def compare(
    connection: Connection, pair: Pair, rules: Rules, event_types: Iterable[str] = tuple(WORDS)
) -> Comparison:
    """Compare both sides, in full or only these event types."""
    wanted = list(event_types)
    rows = known_as.everything(connection, pair.new, _kinds(wanted))
    walk = Crosswalk(pair.new, rows, own=not pair.same_ids)
    old = {(side.patient_key, side.slot): (kind, side) for kind, side in _sides(connection, pair.old, wanted)}
    new = {
        (walk.person(side.patient_key), walk.slot(side.slot)): (kind, _as_known(side, walk))
        for kind, side in _sides(connection, pair.new, wanted)
    }
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
    return Comparison(_with_persons(connection, things), closed)


def _kinds(event_types: Sequence[str]) -> set[str]:
    """The kinds of which ids stand in what is said of these event types."""
    words = {WORDS[one] for one in event_types}
    referred = {kind for word in words for kinds in REFERENCES.get(word, {}).values() for kind in kinds}
    return words | referred | {PERSON}


def _sides(connection: Connection, feed: str, event_types: Sequence[str]) -> list[tuple[str, Side]]:
    columns = (
        feed_word.c.event_type, feed_word.c.patient_key, feed_word.c.slot, feed_word.c.value,
        feed_word.c.sealed_digest, feed_word.c.message_id, feed_word.c.shadow, feed_word.c.kept_ms,
    )  # fmt: skip
    rows = connection.execute(
        select(*columns)
        .where(feed_word.c.feed == feed, feed_word.c.event_type.in_(event_types))
        .order_by(feed_word.c.stamp)  # of two of its things that are one of ours, what was said last holds
    )
    return [
        (event_type, Side(key, slot, orjson.loads(value), names, message_id, bool(shadow), kept_ms))
        for event_type, key, slot, value, names, message_id, shadow, kept_ms in rows
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
