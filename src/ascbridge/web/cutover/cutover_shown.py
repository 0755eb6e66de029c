"""What the pages show of two case systems beside each other: a look at all of it, kept some minutes, and differences.

A comparison reads every last word of both systems, so one is made at a time, and only where somebody asks for it: in
steps behind the pages, none of which waits for it longer than a moment. What is kept of it are counts, ids and names of
fields: what a field says is read anew each time it is shown.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass
from functools import partial
from itertools import count
from typing import TYPE_CHECKING

from ascbridge.cutover import comparing, quality, sheets, steps
from ascbridge.cutover.steps import Step
from ascbridge.cutover.whole import Whole, things_at
from ascbridge.events.handlers import switches
from ascbridge.events.handlers.switches import EVENT_TYPES
from ascbridge.operations.changing import switching

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sqlalchemy import Connection

    from ascbridge.cutover.comparing import Comparison, Thing
    from ascbridge.cutover.comparison_rules import Rules
    from ascbridge.cutover.quality import Fault, Proposal
    from ascbridge.cutover.sheets import Line
    from ascbridge.cutover.whole import Place
    from ascbridge.events.handlers.switches import Pair
    from ascbridge.web.parts import WebParts

KEPT_MS = 5 * 60_000
"""How long a look is shown again, with its time, before another is made."""
PATIENCE_S = 1.0
"""How long a page waits for a comparison before it shows how far that is."""
KEPT_EVERY = 10
"""After so many steps it is written down how far a comparison has got."""


@dataclass(frozen=True, slots=True)
class Kind:
    """How far both systems agree about one event type: `counts` by verdict, `fields` that differ with how often.

    `closed` are closed on both sides and not compared. `lines` are those of the go/no-go sheet.
    """

    word: str
    counts: Mapping[str, int]
    closed: int
    agreement: float
    fields: tuple[tuple[str, int], ...]
    lines: tuple[Line, ...]

    @property
    def go(self) -> bool:
        """Whether every criterion is met."""
        return all(line.good for line in self.lines)


@dataclass(frozen=True, slots=True)
class Look:
    """Both systems compared at one moment, `at_ms` (UTC epoch milliseconds), without anything that a field says."""

    at_ms: int
    kinds: tuple[Kind, ...]
    faults: tuple[Fault, ...]
    proposals: tuple[Proposal, ...]
    corrections: int
    whole: Whole

    @property
    def go(self) -> bool:
        """Whether every criterion of every event type is met."""
        return all(kind.go for kind in self.kinds)

    @property
    def wrong(self) -> list[tuple[str, int]]:
        """What is to be put right, with how often, the most frequent first."""
        return Counter(one.what for one in self.faults).most_common()

    def total(self, verdict: str) -> int:
        """Return how many things of all event types agree, differ, are missing or extra."""
        return sum(kind.counts[verdict] for kind in self.kinds)


@dataclass(frozen=True, slots=True)
class FieldShown:
    """A field that differs. `old` and `new` are what the systems say, and None where that is not shown."""

    name: str
    old: str | None
    new: str | None


@dataclass(frozen=True, slots=True)
class Progress:
    """How many people a comparison that is under way has looked at, and of how many."""

    looked: int
    everybody: int


class Looks:
    """The last look of this process, and the comparison behind it, one at a time."""

    def __init__(self, parts: WebParts) -> None:
        self._parts = parts
        self._running: asyncio.Task[Look | None] | None = None
        self._last: Look | None = None
        self.progress: Progress | None = None
        """How far the comparison is that is under way; None where none is."""

    def last(self) -> Look | None:
        """Return the last look, where it is not too old to be shown."""
        look = self._last
        return look if look and self._parts.clock.now_ms() - look.at_ms < KEPT_MS else None

    async def get(self, pair: Pair, *, afresh: bool = False) -> tuple[Look | None, bool]:
        """Return a look, and whether a comparison was begun for this call; None where that is still under way.

        `afresh` wants none that was there before. Raises what comparing raises.
        """
        found = self.last()
        if found is not None and not afresh:
            return found, False
        running, begun = self._running, False
        if running is None or running.done():
            running, begun = asyncio.create_task(self._compare(pair, afresh=afresh)), True
            self._running = running
        await asyncio.wait({running}, timeout=PATIENCE_S)
        return (running.result() if running.done() else self.last()), begun

    def forget(self) -> None:
        """Let the next page make a look of its own, because somebody changed something; the database knows already."""
        self._last = None

    async def stop(self) -> None:
        """Leave a comparison that is under way; what is written down of it is taken up again."""
        if self._running is not None:
            self._running.cancel()
            await asyncio.wait({self._running})

    async def _compare(self, pair: Pair, *, afresh: bool) -> Look | None:
        """Compare everybody, or the rest; None where somebody changed meanwhile what was compared."""
        parts, rules = self._parts, self._parts.rules
        try:
            at = await self._begun(pair, afresh=afresh)
            everybody = await parts.database.read(lambda c: steps.everybody(c, pair))
            for number in count(1):
                self.progress = Progress(at.looked, max(everybody, at.looked))
                if at.ended_ms is None:
                    at = await parts.database.read(partial(_step, pair, rules, at, parts.clock.now_ms()))
                if at.ended_ms is None and number % KEPT_EVERY:
                    continue
                if not await parts.database.write(partial(_keep, pair, rules, at)):
                    return None
                if at.ended_ms is not None:
                    made = await parts.database.read(partial(_look, pair, rules, at))
                    self._last = made
                    return made
        finally:
            self.progress = None
        raise AssertionError  # counting has no end

    async def _begun(self, pair: Pair, *, afresh: bool) -> Step:
        """The comparison that was left, or one that begins now."""
        parts, now_ms = self._parts, self._parts.clock.now_ms()
        if not afresh:
            left = await parts.database.read(lambda c: steps.load(c, pair, parts.rules, now_ms))
            if left is not None and (left.ended_ms is None or now_ms - left.ended_ms < KEPT_MS):
                return left
        fresh = Step(now_ms)
        await parts.database.write(lambda c: steps.begin(c, pair, parts.rules, fresh))
        return fresh


def _step(pair: Pair, rules: Rules, at: Step, now_ms: int, connection: Connection) -> Step:
    return steps.step(connection, pair, rules, at, now_ms)


def _keep(pair: Pair, rules: Rules, at: Step, connection: Connection) -> bool:
    return steps.keep(connection, pair, rules, at)


def _look(pair: Pair, rules: Rules, at: Step, connection: Connection) -> Look:
    assert at.ended_ms is not None
    return look(connection, pair, rules, at.found, at.ended_ms)


def look(connection: Connection, pair: Pair, rules: Rules, compared: Whole, at_ms: int) -> Look:
    """Return what is shown of a comparison of everybody that ended at a moment."""
    made = switches.load(connection, pair)
    lines = sheets.fill(connection, pair, rules, compared, at_ms).lines
    return Look(
        at_ms,
        tuple(_kind(word, compared, lines) for word in EVENT_TYPES),
        tuple(quality.faults(connection, pair, compared.unknown_workers)),
        tuple(quality.proposals(connection, pair, compared.alike)),
        len(switching.corrections(connection, rules, made)),
        compared,
    )


async def compared_now(
    parts: WebParts, pair: Pair, seen: Callable[[Comparison], None] = lambda _: None
) -> Whole:
    """Compare everybody, each part in a short reading of its own; `seen` is given every part."""
    found, after = Whole(), ""
    while keys := await parts.database.read(partial(_people, pair, after)):
        part = await parts.database.read(partial(_part, pair, parts.rules, keys))
        found.add(part, pair, parts.rules)
        seen(part)
        after = keys[-1]
    return found


def _people(pair: Pair, after: str, connection: Connection) -> list[str]:
    return comparing.people(connection, pair, after, comparing.AT_ONCE)


def _part(pair: Pair, rules: Rules, keys: Sequence[str], connection: Connection) -> Comparison:
    return comparing.of_people(connection, pair, rules, keys)


def differences(
    connection: Connection, pair: Pair, rules: Rules, word: str, places: Sequence[Place]
) -> list[Thing]:
    """Return what does not agree of an event type at these places, as it is now."""
    part = comparing.of_whom(connection, pair, rules, [key for key, _ in places], [EVENT_TYPES[word]])
    return [one for one in things_at(part, places) if one.verdict != "agree"]


def fields_shown(thing: Thing, *, values: bool) -> list[FieldShown]:
    """Return the fields that differ, with what they say only for those who may see `values`."""
    return [
        FieldShown(name, thing.shown(thing.old, name), thing.shown(thing.new, name))
        if values and not thing.hides(name)
        else FieldShown(name, None, None)
        for name in thing.fields
    ]


def _kind(word: str, compared: Whole, lines: Sequence[Line]) -> Kind:
    return Kind(
        word,
        compared.of(word),
        compared.closed(word),
        compared.agreement(word),
        tuple((name, times) for (of, name), times in compared.fields.most_common() if of == word),
        tuple(line for line in lines if line.word == word),
    )
