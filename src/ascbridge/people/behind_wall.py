"""The slot in the safeguarding wall: a desk puts something through it, and nothing ever comes back.

Whoever writes at a desk and says that it is about safeguarding hands it in here, and keeps nothing: no note, no act, no
mark, no count. Only whether it was taken is answered, and that says nothing about the person.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from ascbridge.events.logs.faults import InfrastructureFault

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ascbridge.people.stray import Stray


class WallShut(Exception):
    """Nothing can be put behind the wall now: what was written is not kept anywhere. The text says what to do."""


@dataclass(frozen=True, slots=True)
class ToldApart:
    """What somebody wrote, about whom, and who they are.

    `once` makes a repeat recognisable (the task and the version that was shown); it tells nothing on the other side.
    """

    person_id: str
    who: str
    role: str
    once: str
    text: str = field(repr=False)
    nhs_number: str = field(default="", repr=False)
    family_name: str = field(default="", repr=False)
    given_names: str = field(default="", repr=False)
    birth_date: str = field(default="", repr=False)
    where_from: str = ""


class NotNowBehind(InfrastructureFault):
    """What came by a way that is not for safeguarding cannot be put behind the wall now: nothing of it is kept at all.

    Its sender keeps it and tries again. The text is shown and logged, and says nothing of what it was.
    """

    def __init__(self) -> None:
        super().__init__("a part of the bridge that this needs is shut: see which one its health names")


class PutsApart(Protocol):
    """Where an intake puts strays before it keeps or answers anything. Once, however often it is told."""

    def put_now(self, strays: Sequence[Stray]) -> None:
        """Put them, in the calling thread (SQLite). Raises `NotNowBehind`."""

    async def put_apart(self, strays: Sequence[Stray]) -> None:
        """Put them (PostgreSQL). Raises `NotNowBehind`."""


class BehindTheWall(Protocol):
    """What a desk knows of safeguarding."""

    async def put(self, told: ToldApart) -> None:
        """Take it, once, however often it is told. Raises `WallShut`."""


class NoWall:
    """Where safeguarding is not set up, or cannot be opened: nothing is taken."""

    def __init__(self, why: str = "Safeguarding is not set up here: ring the safeguarding team.") -> None:
        self._why = why

    async def put(self, told: ToldApart) -> None:  # noqa: ARG002  # it is kept nowhere
        raise WallShut(self._why)
