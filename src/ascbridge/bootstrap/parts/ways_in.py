"""The council's ways in, beside the HL7 listener: each feeds one desk, and says how it is.

A new way in is made here once, and runs both on one machine (`listen`) and on many (`intake`).
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Protocol, TypeVar

from ascbridge import telemetry
from ascbridge.bootstrap.parts import polling, posting, settled
from ascbridge.intake.agreed import profiles
from ascbridge.intake.doors.file_drop import FileDrop
from ascbridge.intake.doors.history_drop import HistoryDrop
from ascbridge.intake.keeping import extract_faults, unmapped

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator, Sequence

    from sqlalchemy import Connection

    from ascbridge.clock import Clock
    from ascbridge.config import Settings
    from ascbridge.intake.keeping.inbox import Arrival
    from ascbridge.intake.keeping.intake_desk import Beside, IntakeDesk
    from ascbridge.intake.keeping.kept import Kept
    from ascbridge.intake.sources.profile import Profile
    from ascbridge.storage.alone import Turn

Found = TypeVar("Found")


class Keeping(Protocol):
    """Where what comes in is kept: in the files of one machine, or in PostgreSQL."""

    def desk(self, profile: Profile) -> IntakeDesk:
        """The desk of one feed."""

    async def keep(
        self, desk: IntakeDesk, arrivals: Sequence[Arrival], beside: Beside | None = None
    ) -> list[list[Kept]]:
        """Keep what arrived, and do what is beside it in the same transaction, whole or not at all."""

    async def read(self, question: Callable[[Connection], Found]) -> Found:
        """Look something up in what is kept."""

    async def write(self, work: Callable[[Connection], Found]) -> Found:
        """Do something in one transaction of what is kept."""

    async def waiting(self) -> dict[str, int]:
        """How many kept messages of each feed have not come through yet."""

    def turn(self, name: str) -> Turn:
        """Who of several processes does what only one may do."""


@dataclass(frozen=True, slots=True)
class WayIn:
    """One way in: what runs until it is told to stop, and what is wrong with it now ('' while nothing is)."""

    name: str
    run: Coroutine[None, None, None]
    trouble: Callable[[], str]


def _never(_feed: str) -> bool:
    return False


def ways_in(
    settings: Settings,
    keeping: Keeping,
    clock: Clock,
    stop: asyncio.Event,
    is_shut: Callable[[str], bool] = _never,
) -> list[WayIn]:
    """Every way in of the council that settings name; `is_shut` says which feeds take nothing new now.

    Raises `ConfigError`, `CannotStart`.
    """
    found = [
        *_folders(settings, keeping, clock, stop, is_shut),
        *_databases(settings, keeping, clock, stop, is_shut),
        *_webhook(settings, keeping, clock, stop, is_shut),
    ]
    for way in found:
        telemetry.way_in_well.labels(way.name).set_function(partial(_is_well, way))
    return found


def _is_well(way: WayIn) -> int:
    return int(not way.trouble())


def _folders(
    settings: Settings, keeping: Keeping, clock: Clock, stop: asyncio.Event, is_shut: Callable[[str], bool]
) -> Iterator[WayIn]:
    fetching = {one.into: (name, one) for name, one in settings.council.sftp.items()}
    for name, wanted in settled.council_folders(settings).items():
        profile = profiles.read(wanted.profile)
        keep = partial(keeping.keep, _desk(keeping, profile))
        drifted = partial(_note_drift, keeping, clock, profile.feed.name)
        take: Callable[..., FileDrop] = partial(
            FileDrop, wanted.folder, keep, files=profile.files, drifted=drifted
        )
        if profile.feed.history:
            take = partial(
                HistoryDrop, wanted.folder, keep, feed=profile.feed.name, files=profile.files, read=keeping.read,
                write=keeping.write, waiting=keeping.waiting, clock=clock, stop=stop,
            )  # fmt: skip
        if name in fetching:
            from ascbridge.bootstrap.parts import (
                fetching_files,  # who fetches nothing does without its driver
            )

            remote, sftp = fetching[name]
            pull = fetching_files.pull_of(remote, sftp, wanted.folder, keeping, clock)
            take = partial(take, taken=pull.note)
            yield WayIn(f"sftp {remote}", pull.run(stop), partial(_trouble, pull))
        unnamed = partial(_note_columns, keeping, clock, profile.feed.name)
        dropped = take(shut=partial(is_shut, profile.feed.name), unnamed=unnamed)
        yield WayIn(f"folder {name}", dropped.run(stop), partial(_trouble, dropped))


async def _note_drift(keeping: Keeping, clock: Clock, feed: str, files: str, kind: str, n: int) -> None:
    """Write down what is wrong with the columns of the newest file of a kind, or that nothing is."""
    await keeping.write(lambda c: extract_faults.note(c, feed, files, kind, n, clock.now_ms()))


async def _note_columns(
    keeping: Keeping, clock: Clock, feed: str, columns: Sequence[tuple[str, str, int]]
) -> None:
    """Write down what files have that their profile does not name."""
    await keeping.write(lambda c: unmapped.note_columns(c, feed, columns, clock.now_ms()))


def _databases(
    settings: Settings, keeping: Keeping, clock: Clock, stop: asyncio.Event, is_shut: Callable[[str], bool]
) -> Iterator[WayIn]:
    for name, wanted in settings.council.databases.items():
        profile = profiles.read(wanted.profile)
        shelf = polling.Shelf(_desk(keeping, profile), keeping, clock)
        shut = partial(is_shut, profile.feed.name)
        poll = polling.poll_of(name, wanted, profile, shelf, keeping.turn(profile.feed.name), shut)
        yield WayIn(f"database {name}", poll.run(stop), partial(_trouble, poll))


def _webhook(
    settings: Settings, keeping: Keeping, clock: Clock, stop: asyncio.Event, is_shut: Callable[[str], bool]
) -> Iterator[WayIn]:
    if settings.webhook.address is None:
        return
    desk = _desk(keeping, settled.webhook_profile(settings))

    async def reused(number: str, body: bytes) -> bool:
        return await keeping.read(partial(posting.reused, desk, number, body))

    shut = partial(is_shut, desk.feed)
    posted = posting.webhook_of(settings.webhook, desk.feed, partial(keeping.keep, desk), reused, clock, shut)
    yield WayIn("webhook", posting.serve_webhook(settings.webhook, posted, stop), partial(_trouble, posted))


def _desk(keeping: Keeping, profile: Profile) -> IntakeDesk:
    telemetry.count_messages_from_zero(profile.feed.name)
    if not profile.feed.history:  # nobody waits for it to speak
        telemetry.council_feed.labels(profile.feed.name).set(1)
    return keeping.desk(profile)


class _Troubled(Protocol):
    @property
    def trouble(self) -> str: ...


def _trouble(way: _Troubled) -> str:
    return way.trouble
