"""Which stay of the hospital's own messages is the one that somebody entered by hand: one stay, so one task. Pure.

By itself a stay joins only where nothing is left to guess: one person (their numbers say so, verified on both sides),
one site, and a day on which both say that they were there; and no second stay that could be meant as well. All else is
for a person to say, and what a person said holds against this rule.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ascbridge.calendars import day_bounds

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from ascbridge.discharge.stay.spell import SpellState
    from ascbridge.discharge.stay.spell_view import SpellView

JOINED = "joined"
"""What is decided of a stay whose messages are told under another."""
_WAS_THERE = frozenset({"in-progress", "onleave", "finished"})


@dataclass(frozen=True, slots=True)
class Entered:
    """A stay that somebody entered: where, and from when until when they are known to have been there (UTC ms).

    `joined` and `apart` are the stays that a person said it is, and is not.
    """

    spell: str
    site: str
    from_ms: int
    at_ms: int
    joined: frozenset[str]
    apart: frozenset[str]

    @property
    def days(self) -> tuple[int, int]:
        """The first and the last London day of it, from the first millisecond until before the last one."""
        return day_bounds(self.from_ms)[0], day_bounds(self.at_ms)[1]


@dataclass(frozen=True, slots=True)
class Told:
    """A stay that messages told of, or that was entered later; `left_ms` None: still there."""

    spell: str
    site: str
    came_ms: int
    left_ms: int | None

    def touches(self, start: int, end: int) -> bool:
        """Whether any of it lies from `start` until before `end`."""
        return self.came_ms < end and (self.left_ms is None or self.left_ms >= start)


def entered(spell: str, state: SpellState, joined: Collection[str], apart: Collection[str]) -> Entered | None:
    """Return a stay as somebody entered it; None where nobody did."""
    said = state.head("entered")
    if said is None:
        return None
    admitted = state.value("entered_from")
    from_ms = min(admitted, said.recorded) if admitted is not None else said.recorded
    site = str(state.value("facility", ""))
    return Entered(spell, site, from_ms, said.recorded, frozenset(joined), frozenset(apart))


def told(spell: str, seen: SpellView) -> Told | None:
    """Return a stay as messages tell of it; None where they tell of nobody who was there, or not since when."""
    if seen.status not in _WAS_THERE or seen.admitted_ms is None:
        return None
    return Told(spell, seen.facility, seen.admitted_ms, seen.discharged_ms)


def joins(by_hand: Iterable[Entered], others: Mapping[str, Told | None]) -> dict[str, str]:
    """Return into which stay entered by hand each other stay of one person is joined, for those that are.

    `others` are the stays that messages told of. What was entered twice for one site and day is joined into the first.
    """
    found: dict[str, str] = {}
    entries = sorted(by_hand, key=lambda each: (each.at_ms, each.spell))
    for number, one in enumerate(entries):
        if one.spell in found:
            continue
        again = [each for each in entries[number + 1 :] if each.spell not in found and _same_entry(one, each)]
        found |= dict.fromkeys((each.spell for each in again), one.spell)
        said = [spell for spell in sorted(others) if spell in one.joined and spell not in found]
        found |= dict.fromkeys(said, one.spell)
        apart = one.apart.union(*(each.apart for each in again))
        free = [
            each for each in others.values() if each and each.spell not in apart and each.spell not in found
        ]
        if not said and (only := _only(one, free)) is not None:
            found[only] = one.spell
    return found


def _same_entry(one: Entered, later: Entered) -> bool:
    """Whether two people entered the same."""
    if later.spell in one.joined or later.spell in one.apart:
        return later.spell in one.joined
    return bool(one.site) and later.site == one.site and later.from_ms < one.days[1]


def _only(one: Entered, others: Iterable[Told]) -> str | None:
    """Return the one stay that can be meant; of several on one day, the one at the moment of the entry."""
    start, end = one.days
    near = [each for each in others if one.site and each.site == one.site and each.touches(start, end)]
    exact = [each for each in near if each.touches(one.at_ms, one.at_ms + 1)]
    meant = exact or near
    return meant[0].spell if len(meant) == 1 else None
