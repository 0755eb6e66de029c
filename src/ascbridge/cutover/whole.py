"""What comes of comparing everybody, put together from parts: counts, and what is wrong or proposed.

Of what agrees only counts are kept, and of what does not only where it is, up to a bound for each event type: so it
takes little room however many people there are, and can be written down half-way and taken up again.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import orjson

from ascbridge.cutover import quality
from ascbridge.cutover.comparing import VERDICTS
from ascbridge.cutover.quality import Fault, Proposal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ascbridge.cutover.comparing import Comparison, Thing
    from ascbridge.cutover.comparison_rules import Rules
    from ascbridge.events.handlers.switches import Pair

MOST_PLACES = 2_000
"""So many things of each event type and verdict are remembered by where they are."""
CLOSED = "closed"
Place = tuple[str, str]
"""The patient key and the slot by which we know a thing."""


@dataclass
class Whole:
    """What is known so far of everybody. `counts` are by word and verdict, `fields` by word and member."""

    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    fields: Counter[tuple[str, str]] = field(default_factory=Counter)
    places: dict[tuple[str, str], list[Place]] = field(default_factory=dict)
    unknown_workers: list[Fault] = field(default_factory=list)
    alike: list[Proposal] = field(default_factory=list)

    def add(self, part: Comparison, pair: Pair, rules: Rules) -> None:
        """Take in some more people."""
        for word, n in part.closed.items():
            self.counts[word, CLOSED] += n
        for one in part.things:
            self.counts[one.word, one.verdict] += 1
            self.fields.update((one.word, name) for name in one.fields)
            if one.verdict != "agree":
                places = self.places.setdefault((one.word, one.verdict), [])
                if len(places) < MOST_PLACES:
                    places.append((one.patient_key, one.slot))
        self.unknown_workers += quality.unknown_workers(pair, part.things)
        self.alike += quality.alike(rules, part.things)

    def join(self, other: Whole) -> None:
        """Take in what was found of some more people."""
        self.counts.update(other.counts)
        self.fields.update(other.fields)
        for key, places in other.places.items():
            mine = self.places.setdefault(key, [])
            mine += places[: MOST_PLACES - len(mine)]
        self.unknown_workers += other.unknown_workers
        self.alike += other.alike

    def of(self, word: str) -> dict[str, int]:
        """Return how many things of an event type agree, differ, are missing or extra."""
        return {verdict: self.counts[word, verdict] for verdict in VERDICTS}

    def closed(self, word: str) -> int:
        """Return how many are closed on both sides, and were not compared."""
        return self.counts[word, CLOSED]

    def agreement(self, word: str) -> float:
        """Return the share of things that agree; 1 where there is nothing to compare."""
        counts = self.of(word)
        compared = sum(counts.values())
        return counts["agree"] / compared if compared else 1.0

    def off(self, word: str, verdict: str = "") -> list[Place]:
        """Return where things of an event type are that do not agree, in the order of persons."""
        wanted = [verdict] if verdict else [one for one in VERDICTS if one != "agree"]
        return sorted(place for one in wanted for place in self.places.get((word, one), []))

    def packed(self) -> bytes:
        """Return it as bytes, for `unpacked`."""
        return orjson.dumps(
            {
                "counts": [[*key, n] for key, n in self.counts.items()],
                "fields": [[*key, n] for key, n in self.fields.items()],
                "places": [[*key, places] for key, places in self.places.items()],
                "unknown_workers": [asdict(one) for one in self.unknown_workers],
                "alike": [asdict(one) for one in self.alike],
            }
        )


def unpacked(content: bytes) -> Whole:
    """Return what `packed` made bytes of."""
    said: dict[str, list[Any]] = orjson.loads(content)
    return Whole(
        Counter({(word, verdict): n for word, verdict, n in said["counts"]}),
        Counter({(word, name): n for word, name, n in said["fields"]}),
        {(word, verdict): [(key, slot) for key, slot in places] for word, verdict, places in said["places"]},
        [Fault(**one) for one in said["unknown_workers"]],
        [Proposal(**one) for one in said["alike"]],
    )


def summed(parts: Iterable[Comparison], pair: Pair, rules: Rules) -> Whole:
    """Put all parts together."""
    found = Whole()
    for part in parts:
        found.add(part, pair, rules)
    return found


def things_at(part: Comparison, places: Iterable[Place]) -> list[Thing]:
    """Return the things at these places, in that order, as they are now."""
    there = {(one.patient_key, one.slot): one for one in part.things}
    return [there[place] for place in places if place in there]
