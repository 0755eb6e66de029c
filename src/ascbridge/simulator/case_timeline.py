"""One person's case as it unfolds at the council: each step changes what the case system holds, and says it whole.

Days are counted from the first contact, or from the first thing that the story tells; hours are office hours.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from ascbridge.simulator.wards import at

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date
    from random import Random

    from ascbridge.simulator.city import Citizen

OPENS, CLOSES = 8.6, 17.6
LETTERS = {
    "contact": "N", "referral": "R", "self_assessment": "S", "interim_support": "I", "assessment": "A",
    "support_plan": "L", "package": "P", "short_term": "T", "review": "V", "carer": "K", "equipment": "E",
    "placement": "H", "legal_power": "G",
}  # fmt: skip
"""The things of which a person may have several, and how their numbers begin."""


@dataclass(frozen=True, slots=True)
class Statement:
    """What the council holds of one thing from `at_ms` on (UTC milliseconds), under the names of its contract."""

    at_ms: int
    citizen: Citizen
    fact: str
    value: Mapping[str, Any] | bool


class CaseTimeline:
    """A case in the making. `first` is its first day."""

    def __init__(self, citizen: Citizen, first: date, random: Random) -> None:
        self.citizen = citizen
        self.random = random
        self.said: list[Statement] = []
        self.first = first
        self._things: dict[tuple[str, int], dict[str, Any]] = {}

    def day(self, days: float) -> str:
        """The date so many days after the first, as ISO 8601 writes it."""
        return (self.first + timedelta(days=int(days))).isoformat()

    def number(self, fact: str, number: int = 1) -> str:
        """The council's number of one of the person's things."""
        more = f"-{number}" if number > 1 else ""
        return f"{LETTERS[fact]}{self.citizen.council_id[1:]}{more}"

    def say(self, days: float, fact: str, number: int = 1, **changes: Any) -> None:
        """State a thing, whole, with what is new of it; what is said on one day is said in this order."""
        whole = self._things.setdefault(
            (fact, number), {"id": self.number(fact, number)} if fact in LETTERS else {}
        )
        whole.update(changes)
        self.said.append(Statement(self._moment(days), self.citizen, fact, dict(whole)))

    def known(self, days: float) -> None:
        """State that the person is known to adult social care."""
        self.said.append(Statement(self._moment(days), self.citizen, "known", True))

    def _moment(self, days: float) -> int:
        """A moment of a day's office hours, after all that was said before."""
        day = self.first + timedelta(days=int(days))
        drawn = at(day, self.random.uniform(OPENS, CLOSES))
        return max(drawn, self.said[-1].at_ms + 1000) if self.said else drawn
