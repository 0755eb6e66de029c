"""What the team that is on duty out of hours is told of: only the kinds that stand here, each by a fact that is known,
with the question that no fact answers. Pure.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from ascbridge.reference.agreement import Agreeable, ListFile, Thing, twice

if TYPE_CHECKING:
    from collections.abc import Iterator

CODE = r"^[a-z0-9][a-z0-9-]*$"
When = Literal["carer-in-hospital", "package-lapsed", "left-by-themselves"]


class UrgentKind(Agreeable):
    """One kind of urgent matter. `when` names the fact that makes it so; left out, only people can say so.

    `asks` is what no fact tells: until somebody answers *no*, the matter stands. It is told of for `within_hours` after
    what happened: older news is history.
    """

    code: str = Field(pattern=CODE)
    words: str = Field(min_length=1)
    when: When | None = None
    asks: str = ""
    do: str = Field(min_length=1)
    within_hours: int = Field(72, ge=1, le=24 * 14)


class Rung(Agreeable):
    """Somebody who may be rung about a matter."""

    code: str = Field(pattern=CODE)
    words: str = Field(min_length=1)


class UrgentMatters(ListFile):
    """Every kind of urgent matter, and who may be rung."""

    kind: Literal["urgent"]
    matter: tuple[UrgentKind, ...] = Field(min_length=1)
    rung: tuple[Rung, ...] = Field(min_length=1)

    @cached_property
    def by_code(self) -> dict[str, UrgentKind]:
        """Each kind by its code, in the order of the file."""
        return {one.code: one for one in self.matter}

    @cached_property
    def by_fact(self) -> dict[str, UrgentKind]:
        """Each kind that a fact makes, by that fact."""
        return {one.when: one for one in self.matter if one.when is not None}

    @cached_property
    def rung_words(self) -> dict[str, str]:
        """Who may be rung, words by code."""
        return {one.code: one.words for one in self.rung}

    def things(self) -> tuple[Thing, ...]:
        """Return each kind, then who may be rung, in words."""
        return (
            *(self._thing(one) for one in self.matter),
            *(self.thing(f"rung: {one.code}", one, words=one.words) for one in self.rung),
        )

    def faults(self) -> Iterator[str]:
        """Give codes that stand there twice, and facts of which two kinds would be made."""
        yield from twice([one.code for one in self.matter], "matter")
        yield from twice([one.when for one in self.matter if one.when is not None], "fact")
        yield from twice([one.code for one in self.rung], "rung")

    def _thing(self, one: UrgentKind) -> Thing:
        return self.thing(
            one.code,
            one,
            words=one.words,
            by_the_fact=one.when or "only people say so",
            asks=one.asks,
            what_to_do=one.do,
            told_of_for=f"{one.within_hours} hours",
        )
