"""What settings come down to, for every service: the clock, the keys, the files, the profiles."""

from __future__ import annotations

import asyncio
import os
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from ascbridge.clock import Clock
from ascbridge.config import ConfigError
from ascbridge.config_sections import FolderSettings
from ascbridge.events.handlers.holds import HoldRules
from ascbridge.events.handlers.switches import Pair
from ascbridge.events.logs.sealing import Keyring
from ascbridge.intake.agreed import profiles
from ascbridge.storage import files

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from ascbridge.config import Settings
    from ascbridge.intake.sources.profile import Profile

LONGEST_SOCKET_PATH = 103
HALF_RESTORED = ".restoring"
"""The folder in a data directory in which a restore is under way."""


class CannotStart(Exception):
    """A service that cannot run as it is set up; the text says what to do."""


def clock_of(settings: Settings) -> Clock:
    """The clock that due times and everything else follow."""
    return Clock.from_file(settings.clock_file) if settings.clock_file else Clock.system()


def keyring_of(settings: Settings, *, create: bool = False) -> Keyring:
    """The keys, from the master key's file. Raises `MasterKeyFault`."""
    return Keyring.load(master_key_path(settings), create=create)


def master_key_path(settings: Settings) -> Path:
    """Where the master key's file is, or ought to be."""
    return settings.master_key_file or settings.data_dir / "master.key"


def wall_key_path(settings: Settings) -> Path:
    """Where the file of the key behind the safeguarding wall is, or ought to be."""
    return settings.safeguarding.master_key_file or settings.data_dir / "safeguarding.key"


def file_of(settings: Settings, group: files.Group) -> Path:
    """Where one of the SQLite files is."""
    return files.sqlite_file(settings.data_dir, group)


def wake_socket(settings: Settings) -> Path:
    """Where the working process hears that something was kept."""
    return _socket_in(settings.data_dir, "wake.sock")


def vitals_socket(settings: Settings) -> Path:
    """Where `listen` says how it is, to `work` beside it."""
    return _socket_in(settings.data_dir, "listen.sock")


def desk_socket(settings: Settings) -> Path:
    """Where `listen` takes what discharge workers enter by hand, from `work` beside it."""
    return _socket_in(settings.data_dir, "desk.sock")


def _socket_in(folder: Path, name: str) -> Path:
    """Where a Unix socket of a folder is. Its path may have 103 bytes (sys/un.h), a data directory any number: then it
    is named by way of the open folder, which Linux shows under /proc.
    """
    path, opened = folder / name, Path("/proc/self/fd")
    if len(os.fsencode(path)) <= LONGEST_SOCKET_PATH or not opened.is_dir():
        return path
    return opened / str(_open_folder(folder.resolve())) / name


@cache
def _open_folder(folder: Path) -> int:
    return os.open(folder, os.O_RDONLY | os.O_DIRECTORY)


def hospital_profile(settings: Settings) -> Profile:
    """The profile of the HL7 feed. Raises `ConfigError`."""
    return profiles.read(settings.mllp.feed)


def council_folders(settings: Settings) -> dict[str, FolderSettings]:
    """The folders into which the council's case systems write: on one machine there is always one."""
    if settings.council.folders or settings.on_postgres:
        return settings.council.folders
    return {"council-facts": FolderSettings(folder=settings.data_dir / "council-facts")}


def webhook_profile(settings: Settings) -> Profile:
    """The profile of what is posted. Raises `ConfigError`."""
    return profiles.read(settings.webhook.feed)


def desk_profile() -> Profile:
    """The profile of what discharge workers enter by hand."""
    return profiles.read("desk")


def profiles_of(settings: Settings) -> dict[str, Profile]:
    """Every feed's profile by its feed's name. Raises `ConfigError`."""
    read = [hospital_profile(settings), desk_profile()]
    read += [profiles.read(one.profile) for one in council_folders(settings).values()]
    read += [profiles.read(one.profile) for one in settings.council.databases.values()]
    if settings.webhook.address is not None:
        read.append(webhook_profile(settings))
    known: dict[str, Profile] = {}
    for profile in read:
        if known.setdefault(profile.feed.name, profile) != profile:
            raise ConfigError(
                f"two feed profiles have the name {profile.feed.name!r}: give each a name of its own"
            )
    return known


def pair_of(settings: Settings) -> Pair | None:
    """The feeds of the cut-over that is under way; None where there is none. Raises `ConfigError`."""
    chosen = settings.cutover
    if not chosen.old:
        return None
    known = profiles_of(settings)
    for name, feed in (("old", chosen.old), ("new", chosen.new)):
        if feed not in known:
            raise ConfigError(
                f"cutover.{name}: there is no feed {feed!r}; there are {', '.join(sorted(known))}"
            )
    same, one = chosen.ids == "same", known[chosen.old].feed.authority == known[chosen.new].feed.authority
    if same != one:
        raise ConfigError(
            "cutover.ids: the profiles of both feeds name one authority, so one number is one person: "
            'say "same", or give the new one an authority of its own'
            if one
            else 'cutover.ids: "same" is for two feeds of one authority; these have two'
        )
    return Pair(chosen.old, chosen.new, same)


def hold_rules_of(settings: Settings) -> HoldRules:
    """How long a person's events wait behind one that fails, by the feed that brought it. Raises `ConfigError`."""
    usual = HoldRules(settings.hold_tries, settings.hold_minutes)
    if not settings.feeds:
        return usual
    known = profiles_of(settings)
    for name in settings.feeds.keys() - known.keys():
        raise ConfigError(f"feeds.{name}: there is no such feed; there are {', '.join(sorted(known))}")
    by_feed = {
        name: replace(usual, tries=feed.hold_tries or usual.tries, minutes=feed.hold_minutes or usual.minutes)
        for name, feed in settings.feeds.items()
    }
    return replace(usual, feeds=by_feed)


async def until(stop: asyncio.Event, *parts: Coroutine[None, None, None]) -> None:
    """Run parts until told to stop. A part that ends by itself or fails ends the service: silence looks well."""
    tasks = [asyncio.create_task(part, name=getattr(part, "__qualname__", None)) for part in parts]
    waiting = asyncio.create_task(stop.wait())
    done, _ = await asyncio.wait({*tasks, waiting}, return_when=asyncio.FIRST_COMPLETED)
    if waiting in done:  # parts that watch `stop` themselves finish what they are at
        await asyncio.wait(tasks, timeout=5)
    for task in (*tasks, waiting):
        task.cancel()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    faults = [one for one in results if isinstance(one, Exception)]
    if faults:
        raise faults[0]
    if waiting not in done:
        ended = ", ".join(sorted(task.get_name() for task in done))
        raise CannotStart(f"a part of the service ended by itself: {ended}")
