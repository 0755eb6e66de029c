"""What can be split off a discharge task: whose each kind of work is, its states and reasons, how long it may take.

Kinds and states are the council's own. What a state does to the work (`means`) is fixed: open, done or failed. Pure.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from ascbridge.reference.agreement import Agreeable, ListFile, Shape, Thing, twice
from ascbridge.reference.due_times import Limit

if TYPE_CHECKING:
    from collections.abc import Iterator

CODE = r"^[a-z0-9][a-z0-9-]*$"
Means = Literal["open", "done", "failed"]
ProposedBy = Literal["dementia", "interpreter", "equipment", "no-fixed-address"]


class SubReason(Agreeable):
    """One reason: what is stored, and what people read."""

    code: str = Field(pattern=CODE)
    words: str = Field(min_length=1)


class SubStateEntry(Shape):
    """One state of a kind of work. `because` asks for a reason; `counted` says what each time it is reached counts as.

    A limit of its own is how long work may stay in it; without one the limit of the kind goes on.
    """

    code: str = Field(pattern=CODE)
    words: str = Field(min_length=1)
    means: Means
    because: bool = False
    counted: Literal["", "offer", "offer-lost"] = ""
    limit: Limit | None = None


class SubTaskKind(Agreeable):
    """One kind of work. The first state is the one that it begins in.

    `blocks`: it may be needed before somebody can go home. `proposed_by` names the fact that proposes it. `thing` is
    what it may be about: which piece of equipment.
    """

    code: str = Field(pattern=CODE)
    words: str = Field(min_length=1)
    team: str = Field(min_length=1)
    does: str = ""
    blocks: bool = False
    proposed_by: ProposedBy | None = None
    limit: Limit
    state: tuple[SubStateEntry, ...] = Field(min_length=2)
    reason: tuple[SubReason, ...] = ()
    thing: tuple[SubReason, ...] = ()

    def state_of(self, code: str) -> SubStateEntry | None:
        """Return a state, or None where this kind of work has no such state."""
        return next((one for one in self.state if one.code == code), None)

    def limit_in(self, code: str) -> Limit:
        """Return how long work may stay in a state."""
        state = self.state_of(code)
        return state.limit if state is not None and state.limit is not None else self.limit

    @property
    def things(self) -> dict[str, str]:
        """What it may be about, words by code."""
        return {one.code: one.words for one in self.thing}

    @property
    def reasons(self) -> dict[str, str]:
        """The reasons that a state may ask for, words by code."""
        return {one.code: one.words for one in self.reason}


class SubTasks(ListFile):
    """Every kind of work that can be split off, and the reasons for stopping any of it."""

    kind: Literal["sub-tasks"]
    work: tuple[SubTaskKind, ...] = Field(min_length=1)
    stop: tuple[SubReason, ...] = Field(min_length=1)

    @cached_property
    def by_code(self) -> dict[str, SubTaskKind]:
        """Each kind of work by its code, in the order of the file."""
        return {one.code: one for one in self.work}

    @cached_property
    def stop_reasons(self) -> dict[str, str]:
        """The reasons for stopping, words by code."""
        return {one.code: one.words for one in self.stop}

    @cached_property
    def teams(self) -> tuple[str, ...]:
        """Every team that owns such work, once."""
        return tuple(dict.fromkeys(one.team for one in self.work))

    def things(self) -> tuple[Thing, ...]:
        """Return each kind of work, then the reasons for stopping, in words."""
        return (
            *(self._thing(one) for one in self.work),
            *(self.thing(f"stop: {one.code}", one, words=one.words) for one in self.stop),
        )

    def faults(self) -> Iterator[str]:
        """Give what stands there twice, and kinds of work that could not begin, end or be given their reason."""
        yield from twice([one.code for one in self.work], "work")
        yield from twice([one.code for one in self.stop], "stop")
        for one in self.work:
            yield from (f"work {one.code}: {words}" for words in _faults(one))

    def _thing(self, one: SubTaskKind) -> Thing:
        return self.thing(
            one.code,
            one,
            words=one.words,
            team=one.team,
            is_due_after=_length(one.limit),
            states=", ".join(_state(state) for state in one.state),
            reasons=", ".join(one.reasons.values()),
            about=", ".join(one.things.values()),
            may_be_needed_before_discharge="yes" if one.blocks else "",
            proposed_by=one.proposed_by or "",
        )


def _faults(one: SubTaskKind) -> Iterator[str]:
    yield from twice([state.code for state in one.state], "state")
    yield from twice([reason.code for reason in one.reason], "reason")
    yield from twice([thing.code for thing in one.thing], "thing")
    if one.state[0].means != "open":
        yield "its first state is where it begins, and must mean open"
    if not any(state.means == "done" for state in one.state):
        yield "no state means done, so it would never end"
    if any(state.because for state in one.state) and not one.reason:
        yield "a state asks for a reason, and there is none"


def _state(state: SubStateEntry) -> str:
    own = f", within {_length(state.limit)}" if state.limit is not None else ""
    return f"{state.words} ({state.means}{', with a reason' if state.because else ''}{own})"


def _length(limit: Limit) -> str:
    return f"{limit.minutes} minutes " + (
        "by the clock" if limit.counts == "clock" else "of the team's hours"
    )
