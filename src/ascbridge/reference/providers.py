"""Care providers: whether they are open to new work, and the council's quality level of each. Pure.

Nobody is guessed: a provider is found by the care regulator's number of the place, else by a name in the list.
"""

from __future__ import annotations

from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from ascbridge.reference.agreement import Agreeable, ListFile, Thing, twice

if TYPE_CHECKING:
    from collections.abc import Iterator

STATUSES = {"open": "Open", "suspended": "Suspended", "closed": "Closed"}


class Level(Agreeable):
    """One level of the quality escalation framework, and whether it stops new work."""

    number: int = Field(ge=1, le=9)
    words: str = ""
    stops_new_work: bool


class Provider(Agreeable):
    """How a provider stands, from one day to another (both of them in it; left out: no end)."""

    name: str = Field(min_length=1)
    also_called: tuple[str, ...] = ()
    cqc_location: str = Field("", pattern=r"^(1-\d{3,})?$")
    cqc_rating: Literal["", "Outstanding", "Good", "Requires improvement", "Inadequate"] = ""
    status: Literal["open", "suspended", "closed"]
    level: int | None = None
    since: date | None = None
    until: date | None = None

    def holds(self, on: date) -> bool:
        """Whether this entry is how the provider stands on a day."""
        return (self.since is None or self.since <= on) and (self.until is None or on <= self.until)

    @property
    def names(self) -> frozenset[str]:
        """Every name it goes by, for comparing."""
        return frozenset(map(_folded, (self.name, *self.also_called)))

    def is_same(self, other: Provider) -> bool:
        """Whether two entries are of one provider."""
        by_number = bool(self.cqc_location) and self.cqc_location == other.cqc_location
        by_name = bool(self.names & other.names) and not (self.cqc_location and other.cqc_location)
        return by_number or by_name


class Providers(ListFile):
    """Providers, and what each level means."""

    kind: Literal["providers"]
    level: tuple[Level, ...] = Field(min_length=1)
    provider: tuple[Provider, ...] = ()

    def find(self, name: str, cqc_location: str, on: date) -> Provider | None:
        """Return how a provider stands on a day: by its number, else by a name; None where it is not known."""
        there = [one for one in self.provider if one.holds(on)]
        if cqc_location:
            found = [one for one in there if one.cqc_location == cqc_location]
            if found or any(one.cqc_location == cqc_location for one in self.provider):
                return found[0] if found else None
        found = [one for one in there if _folded(name) in one.names] if name.strip() else []
        if cqc_location:
            found = [one for one in found if not one.cqc_location]  # another number is another place
        return found[0] if len(found) == 1 else None

    def stopped(self, provider: Provider) -> str:
        """Return why a provider takes no new work, in words; empty where it does."""
        if provider.status != "open":
            return STATUSES[provider.status].lower()
        level = next((one for one in self.level if one.number == provider.level), None)
        if level is None or not level.stops_new_work:
            return ""
        return f"quality level {level.number}" + (f", {level.words}" if level.words else "")

    @cached_property
    def stops_any(self) -> bool:
        """Whether any provider of the list takes no new work."""
        return any(self.stopped(one) for one in self.provider)

    def things(self) -> tuple[Thing, ...]:
        """Return the levels, then the providers, in words."""
        levels = [
            self.thing(
                f"Level {one.number}",
                one,
                means=one.words,
                new_work="stopped" if one.stops_new_work else "taken",
            )
            for one in self.level
        ]
        return (*levels, *map(self._provider, self.provider))

    def faults(self) -> Iterator[str]:
        """Give levels that are none or stand there twice, and providers of whom two things are said of one day."""
        yield from twice([str(one.number) for one in self.level], "level")
        known = {one.number for one in self.level}
        for number, one in enumerate(self.provider):
            if one.level is not None and one.level not in known:
                yield f"{one.name}: there is no level {one.level}"
            if one.since and one.until and one.until < one.since:
                yield f"{one.name}: until is before since"
            for other in self.provider[:number]:
                if one.is_same(other) and _meet(one, other):
                    yield f"{one.name}: two entries hold on one day"

    def _provider(self, one: Provider) -> Thing:
        days = " ".join(
            f"{word} {day}" for word, day in (("from", one.since), ("to", one.until)) if day is not None
        )
        stopped = self.stopped(one)
        return self.thing(
            f"{one.name} ({days})" if days else one.name,
            one,
            status=STATUSES[one.status],
            level=str(one.level) if one.level is not None else "not stated",
            new_work=f"stopped: {stopped}" if stopped else "taken",
            CQC_location=one.cqc_location,
            CQC_rating=one.cqc_rating,
            also_called=", ".join(one.also_called),
        )


def _folded(name: str) -> str:
    return " ".join(name.casefold().split())


def _meet(one: Provider, other: Provider) -> bool:
    first, last = date.min, date.max
    return (one.since or first) <= (other.until or last) and (other.since or first) <= (one.until or last)
