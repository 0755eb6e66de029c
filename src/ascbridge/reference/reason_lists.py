"""Reasons that people choose from. A stored reason carries the version of its list, so that it stays readable. Pure."""

from __future__ import annotations

from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from ascbridge.reference.agreement import Agreeable, ListFile, Thing, twice

if TYPE_CHECKING:
    from collections.abc import Iterator

DELAY = "delay-"
"""How the names of the lists of reasons for delay begin."""
OTHER = "other"
"""What every reason that is withheld reads, and what anybody may choose."""
DROP, PAUSE, REJECT = "drop", "pause", "reject"
"""The lists that the desk drops a task by, pauses it by, and gives it back to the hospital by."""


class Reason(Agreeable):
    """One reason: what is stored, and what people read. `withheld`: wherever it is stored or shown it reads *other*."""

    code: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    words: str = Field(min_length=1)
    withheld: bool = False

    @property
    def reads_other(self) -> bool:
        """Whether it is kept from everybody but those behind the wall: it is marked so, or names safeguarding."""
        return self.withheld or "safeguard" in self.words.casefold()


class ReasonList(Agreeable):
    """One list of reasons. `complete` is false where some reasons of it are not known to us."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    title: str = Field(min_length=1)
    complete: bool
    since: date | None = None
    until: date | None = None
    reason: tuple[Reason, ...] = Field(min_length=1)


class Reasons(ListFile):
    """Every list of reasons."""

    kind: Literal["reasons"]
    list: tuple[ReasonList, ...] = Field(min_length=1)

    @cached_property
    def _of(self) -> dict[str, dict[str, str]]:
        return {one.name: {reason.code: reason.words for reason in one.reason} for one in self.list}

    def of(self, name: str) -> dict[str, str]:
        """Return the reasons of one list, words by code, in order; empty where there is no such list."""
        return self._of.get(name, {})

    def delays(self, day: date) -> tuple[ReasonList, ...]:
        """Return the lists of reasons for delay to choose from on a day: those in use, the newest first; and where
        none of them is complete, those that went before.
        """
        every = [one for one in self.list if one.name.startswith(DELAY)]
        every.sort(key=lambda one: one.since or date.min, reverse=True)
        used = [one for one in every if (one.since or day) <= day <= (one.until or day)]
        before = [one for one in every if one not in used and one.until is not None and one.until < day]
        return tuple(used if any(one.complete for one in used) else used + before)

    def words_of(self, code: str) -> str:
        """Return what people read for a reason of any list; the code itself where there is no such reason."""
        if code == OTHER:
            return "Another reason"
        return next((reasons[code] for reasons in self._of.values() if code in reasons), code)

    def things(self) -> tuple[Thing, ...]:
        """Return each reason with its list."""
        return tuple(self._thing(one, reason) for one in self.list for reason in one.reason)

    def faults(self) -> Iterator[str]:
        """Give lists and codes that stand there twice, and the want of the list that the desk drops by."""
        yield from twice([one.name for one in self.list], "list")
        for one in self.list:
            yield from (f"list {one.name}: {words}" for words in twice([r.code for r in one.reason], "code"))
        if DROP not in self._of:
            yield f"there is no list {DROP}: a task could not be dropped"

    def _thing(self, one: ReasonList, reason: Reason) -> Thing:
        days = " ".join(f"{word} {day}" for word, day in (("from", one.since), ("to", one.until)) if day)
        entry = (
            reason
            if reason.agreed is not None
            else one.model_copy(update={"source": reason.source or one.source})
        )
        return self.thing(
            f"{one.name}: {reason.code}",
            entry,
            words=reason.words,
            list=one.title + ("" if one.complete else ", not complete"),
            used=days,
            kept_from_all_but_safeguarding="yes, it reads other" if reason.reads_other else "",
        )
