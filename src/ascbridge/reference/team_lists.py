"""Teams: what they are called, what they do, how they are reached, and who is told what cannot wait. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import Field

from ascbridge.reference.agreement import Agreeable, ListFile, Thing, twice

if TYPE_CHECKING:
    from collections.abc import Iterator


class Team(Agreeable):
    """One team."""

    name: str = Field(min_length=1)
    does: str = ""
    phone: str = ""


class Teams(ListFile):
    """The teams; the first of `duty` that is at work is told what cannot wait, where none is the first of all."""

    kind: Literal["teams"]
    duty: tuple[str, ...] = Field(min_length=1)
    team: tuple[Team, ...] = Field(min_length=1)

    @property
    def names(self) -> tuple[str, ...]:
        """Every team by name."""
        return tuple(one.name for one in self.team)

    @property
    def to_ring(self) -> Team | None:
        """The first team on duty that has a telephone: whom to ring where a person's own team may not be told."""
        return next((one for name in self.duty for one in self.team if one.name == name and one.phone), None)

    def things(self) -> tuple[Thing, ...]:
        """Return each team with its turn on duty."""
        return tuple(
            self.thing(
                one.name, one, does=one.does, phone=one.phone, told_what_cannot_wait=self._turn(one.name)
            )
            for one in self.team
        )

    def faults(self) -> Iterator[str]:
        """Give names that stand there twice, and teams on duty that are none."""
        yield from twice(self.names, "team")
        yield from (f"duty: there is no team {one}" for one in self.duty if one not in self.names)

    def _turn(self, name: str) -> str:
        return f"number {self.duty.index(name) + 1}" if name in self.duty else ""
