"""The go/no-go sheet: for each event type what must be so before it is switched, and whether it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ascbridge.cutover import quality
from ascbridge.cutover.quality import STOPS
from ascbridge.events.switches import EVENT_TYPES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection

    from ascbridge.cutover.comparing import Comparison
    from ascbridge.cutover.comparison_rules import Rules
    from ascbridge.events.switches import Pair


@dataclass(frozen=True, slots=True)
class Line:
    """One criterion of one event type: what is wanted, what is so, and whether that will do."""

    word: str
    criterion: str
    wanted: str
    found: str
    good: bool


@dataclass(frozen=True, slots=True)
class Sheet:
    """All lines. Go, where every line is good."""

    lines: tuple[Line, ...]
    comparison: Comparison

    def against(self, words: Iterable[str]) -> list[str]:
        """Return what stands against switching these, in words."""
        wanted = set(words)
        return [
            f"{one.word}: {one.criterion} is {one.found}, wants {one.wanted}"
            for one in self.lines
            if one.word in wanted and not one.good
        ]


def fill(connection: Connection, pair: Pair, rules: Rules, compared: Comparison) -> Sheet:
    """Fill the sheet for every event type from a comparison of all of them."""
    faults = sum(one.what in STOPS for one in quality.faults(connection, pair, compared))
    proposed = [one.kind for one in quality.proposals(connection, pair, rules, compared)]
    lines: list[Line] = []
    criteria = rules.criteria
    for word in EVENT_TYPES:
        agreement = compared.agreement(word)
        waiting = proposed.count(word) + (proposed.count("person") if word != "person" else 0)
        least = criteria.least_agreement
        lines.append(Line(word, "agreement", f"{least:.1%}", f"{agreement:.1%}", agreement >= least))
        lines.append(_at_most(word, "undecided proposals", criteria.most_proposals, waiting))
        lines.append(_at_most(word, "people with two numbers", criteria.most_quality, faults))
    return Sheet(tuple(lines), compared)


def _at_most(word: str, criterion: str, most: int, found: int) -> Line:
    return Line(word, criterion, str(most), str(found), found <= most)
