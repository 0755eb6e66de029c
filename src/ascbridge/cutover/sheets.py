"""The go/no-go sheet: for each event type what must be so before it is switched, and whether it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ascbridge.cutover import quality, strands, trend
from ascbridge.cutover.quality import STOPS
from ascbridge.events.handlers.switches import EVENT_TYPES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection

    from ascbridge.cutover.comparison_rules import Rules
    from ascbridge.cutover.whole import Whole
    from ascbridge.events.handlers.switches import Pair


@dataclass(frozen=True, slots=True)
class Line:
    """One criterion of one event type: what is wanted, what is so, and whether that will do."""

    word: str
    criterion: str
    wanted: str
    found: str
    good: bool

    @property
    def bound(self) -> str:
        """What is wanted, in words."""
        return f"at {'least' if self.wanted.endswith('%') else 'most'} {self.wanted}"


@dataclass(frozen=True, slots=True)
class Sheet:
    """All lines. Go, where every line is good."""

    lines: tuple[Line, ...]

    def against(self, words: Iterable[str]) -> list[str]:
        """Return what stands against switching these, in words."""
        wanted = set(words)
        return [
            f"{one.word}: {one.criterion} is {one.found}, wants {one.wanted}"
            for one in self.lines
            if one.word in wanted and not one.good
        ]


def fill(connection: Connection, pair: Pair, rules: Rules, compared: Whole, now_ms: int) -> Sheet:
    """Fill the sheet for every event type from a comparison of all of them, and from the events of the last days."""
    faults = sum(one.what in STOPS for one in quality.faults(connection, pair, compared.unknown_workers))
    proposed = [one.kind for one in quality.proposals(connection, pair, compared.alike)]
    lines: list[Line] = []
    criteria = rules.criteria
    made = trend.tallies(connection, pair, now_ms, criteria.paired_days)
    paired = {one.word: one for one in trend.summed(made, by="word")}
    left, again = strands.to_do(connection, pair, criteria.most_unpaired + 1)
    for word in EVENT_TYPES:
        agreement = compared.agreement(word)
        waiting = proposed.count(word) + (proposed.count("person") if word != "person" else 0)
        least = criteria.least_agreement
        lines.append(Line(word, "agreement", f"{least:.1%}", f"{agreement:.1%}", agreement >= least))
        lines.append(_at_most(word, "undecided proposals", criteria.most_proposals, waiting))
        lines.append(_at_most(word, "people with two numbers", criteria.most_quality, faults))
        share, least = paired[word].by_now if word in paired else 1.0, criteria.least_paired
        events = f"events agreeing in {criteria.paired_days} days"
        lines.append(Line(word, events, f"{least:.1%}", f"{share:.1%}", share >= least))
        lines.append(_unpaired(word, criteria.most_unpaired, left, again=again))
    return Sheet(tuple(lines))


def _unpaired(word: str, most: int, found: int, *, again: bool) -> Line:
    told = "being looked at anew" if again else f"more than {most}" if found > most else str(found)
    return Line(word, "events not paired yet", str(most), told, found <= most and not again)


def _at_most(word: str, criterion: str, most: int, found: int) -> Line:
    return Line(word, criterion, str(most), str(found), found <= most)
