"""Keeps a process's feed profiles as people put them in force. Imports nothing that only work needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ascbridge import telemetry
from ascbridge.bootstrap.parts.job_loop import again_and_again
from ascbridge.intake.agreed.profile_versions import THE_FILE

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Awaitable, Callable

    from sqlalchemy import Connection

    from ascbridge.intake.agreed.profiles_in_force import ProfilesInForce

    Read = Callable[[Callable[[Connection], bool]], Awaitable[bool]]

_log = telemetry.log("profiles")


async def keep_profiles(
    profiles: ProfilesInForce,
    read: Read,
    stop: asyncio.Event,
    after: Callable[[], Awaitable[object]] | None = None,
) -> None:
    """Look until told to stop. `after` is done whenever another version holds, though not at the start."""
    before: dict[str, int] = {}

    async def step() -> None:
        nonlocal before
        await read(profiles.adopt)
        now = profiles.numbers()
        known, before = before, now
        for feed, number in now.items():
            if number != known.get(feed, THE_FILE):
                words = f"version {number}" if number != THE_FILE else "the file of the settings"
                _log.info("feed is read by another version of its profile", feed=feed, profile=words)
        if known and now != known and after is not None:
            await after()

    await again_and_again(step, stop, "feed profiles in force")
