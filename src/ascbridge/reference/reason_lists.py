"""Reasons that people choose from. A stored reason carries the version of its list, so that it stays readable. Pure."""

from __future__ import annotations

from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from ascbridge.reference.agreement import Agreeable, ListFile, Thing, twice

if TYPE_CHECKING:
    from collections.abc import Iterator

DROP, PAUSE, REJECT = "drop", "pause", "reject"
"""The lists that the desk drops a task by, pauses it by, and gives it back to the hospital by."""


class Reason(Agreeable):
    """One reason: what is stored, and what people read."""

    code: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    words: str = Field(min_length=1)


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

    def words_of(self, code: str) -> str:
        """Return what people read for a reason of any list; the code itself where there is no such reason."""
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
        )
