"""Pairs the events that two case systems told of one thing: which are one, which differ, which only one of them told.

It thinks only. The same events give the same pairs, in whatever order they came.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from ascbridge.calendars import LONDON
from ascbridge.cutover import comparing
from ascbridge.people.known_as import WALLED

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ascbridge.cutover.comparing import Side
    from ascbridge.cutover.comparison_rules import Rule

Paired = Literal["agree", "differs", "missing", "extra", "partner", "again"]
OFF: tuple[Paired, ...] = ("differs", "missing", "extra")


@dataclass(frozen=True, slots=True)
class Told:
    """One event: what its system says of the thing, and when that was recorded. `order` sorts as statements do."""

    event_id: str
    new: bool
    at_ms: int
    order: str
    side: Side


@dataclass(frozen=True, slots=True)
class Judged:
    """What an event is, on the `day` (of Coventry) on which it counts.

    *agree*, *differs*: of the old system, with its `partner` of the new one, which is *partner*. *missing*: only the
    old system told it; *extra*: only the new one; a partner may come until `due_ms`. *again*: nothing that was not
    said before. `put_right`: since then both systems said the same of the thing.
    """

    verdict: Paired
    partner: str = ""
    fields: tuple[str, ...] = ()
    put_right: bool = False
    day: str = ""
    due_ms: int = 0


def pair(event_type: str, rule: Rule, told: Iterable[Told]) -> dict[str, Judged]:
    """Judge every event of one thing of one person, by its id."""
    return _Strand(event_type, rule, told).judged()


class _Strand:
    """What both systems told of one thing, in order."""

    def __init__(self, event_type: str, rule: Rule, told: Iterable[Told]) -> None:
        self._event_type, self._rule = event_type, rule
        all_ = list(told)
        sides = [sorted((one for one in all_ if one.new is new), key=_in_order) for new in (False, True)]
        runs = [[_as_whole(run) for run in self._runs(side)] for side in sides]
        self._heads = [[run[0] for run in each] for each in runs]
        whole = (one for each in runs for run in each for one in run)
        self._all = sorted(whole, key=lambda one: (one.at_ms, one.new, one.order, one.event_id))
        self._place = {one.event_id: place for place, one in enumerate(self._all)}

    def judged(self) -> dict[str, Judged]:
        found = {one.event_id: Judged("again") for one in self._all}
        old, new = self._heads
        pairs = self._same(old, new)
        taken = {id for one in pairs.items() for id in one}
        rest = [[one for one in heads if one.event_id not in taken] for heads in self._heads]
        pairs |= self._nearest(*rest)
        by_id = {one.event_id: one for one in self._all}
        agreed = self._last_agreed()
        for before, after in pairs.items():
            found |= self._paired(by_id[before], by_id[after], agreed)
        paired = {id for one in pairs.items() for id in one}
        for one in (one for heads in self._heads for one in heads if one.event_id not in paired):
            if not self._said_by_the_other(one):
                found[one.event_id] = self._alone(one, agreed)
        return found

    def _runs(self, side: Sequence[Told]) -> list[list[Told]]:
        """What one system told, parted where it says something new: not what it said itself just before."""
        runs: list[list[Told]] = []
        for one in side:
            if runs and not self._apart(runs[-1][-1], one):
                runs[-1].append(one)
            else:
                runs.append([one])
        return runs

    def _same(self, old: Sequence[Told], new: Sequence[Told]) -> dict[str, str]:
        """Of each event of the old system the first of the new one within the window that says the same."""
        pairs: dict[str, str] = {}
        taken: set[str] = set()
        for one in old:
            for other in self._within(one, new):
                if other.event_id not in taken and not self._apart(one, other):
                    pairs[one.event_id] = other.event_id
                    taken.add(other.event_id)
                    break
        return pairs

    def _nearest(self, old: Sequence[Told], new: Sequence[Told]) -> dict[str, str]:
        """Of what is left, the nearest within the window: one event that was told otherwise."""
        pairs: dict[str, str] = {}
        for one in old:
            free = [other for other in self._within(one, new) if other.event_id not in pairs.values()]
            if free:
                pairs[one.event_id] = min((abs(other.at_ms - one.at_ms), _in_order(other)) for other in free)[
                    1
                ][1]
        return pairs

    def _within(self, one: Told, others: Sequence[Told]) -> list[Told]:
        return [other for other in others if abs(other.at_ms - one.at_ms) <= self._rule.window_ms]

    def _last_agreed(self) -> str:
        """The last event behind which both systems said the same; empty where there is none."""
        last, found = {}, ""
        for one in self._all:
            last[one.new] = one
            if len(last) == 2 and not self._apart(last[False], last[True]):  # both
                found = one.event_id
        return found

    def _said_by_the_other(self, one: Told) -> bool:
        """Whether it says what the other system says already: it was late, or puts right."""
        last = None
        for other in self._all:
            if other.event_id == one.event_id:
                break
            last = other if other.new is not one.new else last
        return last is not None and not self._apart(one, last)

    def _paired(self, old: Told, new: Told, agreed: str) -> dict[str, Judged]:
        fields, day = self._apart(old, new), _day(old)
        right = bool(fields) and self._until(agreed, old, new)
        judged = Judged("differs" if fields else "agree", new.event_id, fields, right, day)
        return {old.event_id: judged, new.event_id: Judged("partner", old.event_id, day=day)}

    def _alone(self, one: Told, agreed: str) -> Judged:
        due_ms = max(one.at_ms, one.side.kept_ms) + self._rule.window_ms
        right = self._until(agreed, one)
        return Judged("extra" if one.new else "missing", "", (), right, _day(one), due_ms)

    def _until(self, agreed: str, *told: Told) -> bool:
        """Whether all of these were told when both said the same at last."""
        return bool(agreed) and all(self._place[one.event_id] <= self._place[agreed] for one in told)

    def _apart(self, one: Told, other: Told) -> tuple[str, ...]:
        return comparing.apart(self._event_type, self._rule, one.side, other.side)


def _as_whole(run: Sequence[Told]) -> list[Told]:
    """What a system says again it may say without what was withheld before: then all of it says that."""
    fullest = next((one.side for one in reversed(run) if not one.side.value.get(WALLED)), run[-1].side)
    return [replace(one, side=replace(fullest, kept_ms=one.side.kept_ms)) for one in run]


def _in_order(one: Told) -> tuple[str, str]:
    return one.order, one.event_id


def _day(one: Told) -> str:
    return datetime.fromtimestamp(one.at_ms / 1000, LONDON).date().isoformat()
