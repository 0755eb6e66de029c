"""The life of a discharge task: which stages there are here, in which order, whose each is, and to whom it goes when it
is late. How long a stage may take stands in the list of due times. Pure.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from ascbridge.reference.agreement import Agreeable, ListFile, Thing, twice

if TYPE_CHECKING:
    from collections.abc import Iterator

FIRST = "new"
"""The stage at which every task begins."""
NEVER_LISTED = frozenset({"done", "dropped", "rejected"})
"""How a task ends; these are no stages of the way, and every stage may lead to them."""


class TaskStage(Agreeable):
    """One stage. `team` owns work at it (empty: the desk's own). Going back from it is to one of `back_to`, for a
    reason of the list `reasons`. Work that is late by `escalates_after` minutes more is told to `escalates_to`.
    """

    stage: str = Field(min_length=1)
    team: str = ""
    may_skip: bool = False
    may_close: bool = True
    back_to: tuple[str, ...] = ()
    reasons: str = ""
    escalates_to: str = ""
    escalates_after: int = Field(0, ge=0, le=60 * 24 * 60)


class TaskStages(ListFile):
    """The stages on the way, in order."""

    kind: Literal["stages"]
    stage: tuple[TaskStage, ...] = Field(min_length=1)

    @cached_property
    def _of(self) -> dict[str, TaskStage]:
        return {one.stage: one for one in self.stage}

    @property
    def names(self) -> tuple[str, ...]:
        """Every stage, in order."""
        return tuple(self._of)

    def of(self, stage: str) -> TaskStage:
        """Return a stage; one that is not on the list (any more) belongs to the desk, and nobody else hears of it."""
        return self._of.get(stage) or TaskStage(stage=stage)

    def onward(self, stage: str) -> tuple[str, ...]:
        """Return where work at a stage may go next: to the one after, and beyond those that may be passed over."""
        names = self.names
        if stage not in names:
            return names[1:] if stage not in NEVER_LISTED else ()
        found: list[str] = []
        for one in self.stage[names.index(stage) + 1 :]:
            found.append(one.stage)
            if not one.may_skip:
                break
        return tuple(found)

    def things(self) -> tuple[Thing, ...]:
        """Return each stage in words."""
        return tuple(self.thing(one.stage, one, **_in_words(one)) for one in self.stage)

    def faults(self) -> Iterator[str]:
        """Give stages that stand there twice or cannot be, and ways back to nowhere."""
        yield from twice([one.stage for one in self.stage], "stage")
        if self.stage[0].stage != FIRST:
            yield f"the first stage must be {FIRST}: every task begins there"
        yield from (f"stage {one} is how a task ends" for one in sorted(NEVER_LISTED & self._of.keys()))
        for place, one in enumerate(self.stage):
            earlier = {other.stage for other in self.stage[:place]}
            yield from (
                f"stage {one.stage}: {back} does not come before it"
                for back in one.back_to
                if back not in earlier
            )
            if one.escalates_after and not one.escalates_to:
                yield f"stage {one.stage}: escalates_after needs escalates_to: whom it is told to"


def _in_words(one: TaskStage) -> dict[str, str]:
    return {
        "owner": one.team or "the desk's own team",
        "may_be_passed_over": "yes" if one.may_skip else "",
        "may_not_close_here": "" if one.may_close else "yes",
        "goes_back_to": ", ".join(one.back_to),
        "reasons_for_going_back": one.reasons,
        "when_late_told_to": one.escalates_to,
        "late_by": f"{one.escalates_after} minutes more" if one.escalates_to else "",
    }
