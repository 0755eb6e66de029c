"""What the pages show of two case systems beside each other: a look at all of it, kept some minutes, and differences.

A comparison reads every last word of both systems, so one is made at a time, and only where somebody asks for it. What
is kept of it are counts, ids and names of fields: what a field says is read anew each time it is shown.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from ascbridge.cutover import comparing, quality, sheets
from ascbridge.events import switches
from ascbridge.events.switches import EVENT_TYPES
from ascbridge.operations import switching

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sqlalchemy import Connection

    from ascbridge.cutover.comparing import Comparison, Thing
    from ascbridge.cutover.comparison_rules import Rules
    from ascbridge.cutover.quality import Fault, Proposal
    from ascbridge.cutover.sheets import Line
    from ascbridge.events.switches import Pair
    from ascbridge.web.parts import WebParts

T = TypeVar("T")
KEPT_MS = 5 * 60_000
"""How long a look is shown again, with its time, before another is made."""


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


class Looks:
    """The last look of this process, and the gate through which every comparison for a page goes, one at a time."""

    def __init__(self, parts: WebParts) -> None:
        self._parts = parts
        self._gate = asyncio.Lock()
        self._last: Look | None = None
        self._forgotten = 0

    def last(self) -> Look | None:
        """Return the last look, where it is not too old to be shown."""
        look = self._last
        return look if look and self._parts.clock.now_ms() - look.at_ms < KEPT_MS else None

    async def get(self, pair: Pair, *, afresh: bool = False) -> tuple[Look, bool]:
        """Return a look, and whether it was made for this call. `afresh` wants none that was there before."""
        before = self._last
        async with self._gate:
            found = self.last()
            if found is not None and (not afresh or found is not before):  # or was made while this one waited
                return found, False
            forgotten = self._forgotten
            rules, now_ms = self._parts.rules, self._parts.clock.now_ms()
            made = await self._parts.database.read(lambda c: look(c, pair, rules, now_ms))
            if forgotten == self._forgotten:  # nobody changed meanwhile what was compared
                self._last = made
            return made, True

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Compare something else, when no other comparison is under way."""
        async with self._gate:
            return await self._parts.database.read(work)

    def forget(self) -> None:
        """Let the next page make a look of its own, because somebody changed something."""
        self._last = None
        self._forgotten += 1


def look(connection: Connection, pair: Pair, rules: Rules, now_ms: int) -> Look:
    """Compare everything."""
    made = switches.load(connection, pair)
    compared = comparing.compare(connection, pair, rules)
    lines = sheets.fill(connection, pair, rules, compared, now_ms).lines
    fields = Counter((one.word, name) for one in compared.things for name in one.fields)
    return Look(
        now_ms,
        tuple(_kind(word, compared, lines, fields) for word in EVENT_TYPES),
        tuple(quality.faults(connection, pair, compared)),
        tuple(quality.proposals(connection, pair, rules, compared)),
        len(switching.corrections_among(compared.things, made)),
    )


def differences(connection: Connection, pair: Pair, rules: Rules, word: str) -> list[Thing]:
    """Return what does not agree of one event type."""
    found = comparing.compare(connection, pair, rules, [EVENT_TYPES[word]])
    return [one for one in found.things if one.verdict != "agree"]


def fields_shown(thing: Thing, *, values: bool) -> list[FieldShown]:
    """Return the fields that differ, with what they say only for those who may see `values`."""
    return [
        FieldShown(name, thing.shown(thing.old, name), thing.shown(thing.new, name))
        if values and not thing.hides(name)
        else FieldShown(name, None, None)
        for name in thing.fields
    ]


def _kind(word: str, compared: Comparison, lines: Sequence[Line], fields: Counter[tuple[str, str]]) -> Kind:
    return Kind(
        word,
        compared.counts(word),
        compared.closed.get(word, 0),
        compared.agreement(word),
        tuple((name, times) for (of, name), times in fields.most_common() if of == word),
        tuple(line for line in lines if line.word == word),
    )
