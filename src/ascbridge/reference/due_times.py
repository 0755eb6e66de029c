"""Due times: how long the work of one stage may take under one signal, and a contradiction may wait. Pure."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from ascbridge.reference.agreement import Agreeable, ListFile, Thing, twice

if TYPE_CHECKING:
    from collections.abc import Iterator


class Limit(Agreeable):
    """So many minutes: of the owning team's working time, or by the clock."""

    minutes: int = Field(ge=1, le=60 * 24 * 60)
    counts: Literal["working", "clock"]


class StageLimit(Limit):
    """The limit of one stage under one signal; `discharge.pathway` says which there are."""

    signal: str = Field(min_length=1)
    stage: str = Field(min_length=1)


class DueTimes(ListFile):
    """All due times; `look` is by when somebody must have looked at a contradiction."""

    kind: Literal["due-times"]
    look: Limit
    due: tuple[StageLimit, ...] = ()

    @cached_property
    def of_work(self) -> dict[tuple[str, str], Limit]:
        """Each limit by signal and stage."""
        return {(one.signal, one.stage): one for one in self.due}

    def things(self) -> tuple[Thing, ...]:
        """Return each limit in words."""
        look = self.thing("A contradiction", self.look, is_due_after=_length(self.look))
        return (
            look,
            *(self.thing(_name(one), one, is_due_after=_length(one)) for one in self.due),
        )

    def faults(self) -> Iterator[str]:
        """Give what stands there twice."""
        yield from twice([_name(one) for one in self.due], "due time")


def _name(one: StageLimit) -> str:
    return f"{one.signal}, {one.stage}"


def _length(limit: Limit) -> str:
    return f"{limit.minutes} minutes " + (
        "by the clock" if limit.counts == "clock" else "of the team's hours"
    )
