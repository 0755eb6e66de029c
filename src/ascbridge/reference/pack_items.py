"""What information leaves hospital with a person, by pathway and setting, and by when its receipt is expected. Pure."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from ascbridge.reference.agreement import Agreeable, ListFile, Thing, twice
from ascbridge.reference.due_times import Limit

if TYPE_CHECKING:
    from collections.abc import Iterator

CODE = r"^[a-z0-9][a-z0-9-]*$"


class PackItem(Agreeable):
    """One item, asked for on these pathways (0 to 3) and in these settings; where `settings` is empty, in all."""

    code: str = Field(pattern=CODE)
    words: str = Field(min_length=1)
    pathways: tuple[int, ...] = Field(min_length=1)
    settings: tuple[str, ...] = ()


class WaiveReason(Agreeable):
    """Why an item may be left out: what is stored, and what people read."""

    code: str = Field(pattern=CODE)
    words: str = Field(min_length=1)


class Assessor(Agreeable):
    """A team whose assessments in hospital go with a person. *trusted*: they are taken as they are."""

    code: str = Field(pattern=CODE)
    words: str = Field(min_length=1)
    kind: Literal["trusted", "contact"]


class Packs(ListFile):
    """Every item, the reasons for waiving one, how long whoever receives the person may take to say so; who assesses in
    hospital, and the reasons for assessing again.
    """

    kind: Literal["packs"]
    receipt: Limit
    item: tuple[PackItem, ...] = Field(min_length=1)
    waive: tuple[WaiveReason, ...] = Field(min_length=1)
    assessor: tuple[Assessor, ...] = ()
    reassess: tuple[WaiveReason, ...] = ()

    @cached_property
    def words(self) -> dict[str, str]:
        """The words of each item, by its code, in the order of the file."""
        return {one.code: one.words for one in self.item}

    @cached_property
    def waive_reasons(self) -> dict[str, str]:
        """The reasons for waiving, words by code."""
        return {one.code: one.words for one in self.waive}

    @cached_property
    def assessors(self) -> dict[str, Assessor]:
        """Who assesses in hospital, by code."""
        return {one.code: one for one in self.assessor}

    @cached_property
    def reassess_reasons(self) -> dict[str, str]:
        """The reasons for assessing again, words by code."""
        return {one.code: one.words for one in self.reassess}

    def required(self, pathway: int | None, setting: str) -> tuple[str, ...]:
        """Return the items that a pathway and setting ask for. Of a setting that nobody stated, those of every one.

        Where there is no pathway, nobody is received by anybody, and nothing is asked for.
        """
        return tuple(
            one.code
            for one in self.item
            if pathway in one.pathways and (not one.settings or not setting or setting in one.settings)
        )

    def things(self) -> tuple[Thing, ...]:
        """Return the items, the time for a receipt, and the reasons for waiving, in words."""
        return (
            *(
                self.thing(
                    one.code,
                    one,
                    words=one.words,
                    pathways=", ".join(map(str, one.pathways)),
                    settings=", ".join(one.settings),
                )
                for one in self.item
            ),
            self.thing(
                "Receipt by whoever receives the person",
                self.receipt,
                is_due_after=f"{self.receipt.minutes} minutes "
                + ("by the clock" if self.receipt.counts == "clock" else "of the team's hours"),
            ),
            *(self.thing(f"waive: {one.code}", one, words=one.words) for one in self.waive),
            *(
                self.thing(f"assessor: {one.code}", one, words=one.words, kind=one.kind)
                for one in self.assessor
            ),
            *(self.thing(f"re-assess: {one.code}", one, words=one.words) for one in self.reassess),
        )

    def faults(self) -> Iterator[str]:
        """Give what stands there twice, and pathways that there are not."""
        yield from twice([one.code for one in self.item], "item")
        yield from twice([one.code for one in self.waive], "waive")
        yield from twice([one.code for one in self.assessor], "assessor")
        yield from twice([one.code for one in self.reassess], "reassess")
        for one in self.item:
            if wrong := [str(number) for number in one.pathways if number not in range(4)]:
                yield f"item {one.code}: there is no pathway {', '.join(wrong)}"
