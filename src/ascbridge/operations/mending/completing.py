"""Completes what is parked because a code was not mapped: reads the code maps again, and translates anew.

A person adds the code to the feed's profile, has it signed, and asks for this; nothing need be stopped. Only code
maps change in a running process: the listener beside it reads by the rest of the profile, and the two must agree.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from ascbridge.events.ledgers import audit
from ascbridge.events.ledgers.ledger import NOT_MAPPED
from ascbridge.intake.agreed.profile_versions import THE_FILE
from ascbridge.intake.reading import map_versions, relearning
from ascbridge.intake.reading.translator import lacks_a_code
from ascbridge.intake.reading.unlearning import unlearn
from ascbridge.storage.tables import message_state

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sqlalchemy import Connection

    from ascbridge.events.ledgers.audit import AuditEntry
    from ascbridge.intake.reading.map_versions import Version
    from ascbridge.intake.reading.translator import Translator
    from ascbridge.intake.sources.profile import Profile
    from ascbridge.storage.database import Database

MOST_SHOWN = 100
_MAY_CHANGE = {"codes", "not_known", "signed_off", "text_sha256"}


@dataclass(frozen=True, slots=True)
class NotMapped:
    """Codes that one feed's profile does not know, and how many messages have just these."""

    feed: str
    codes: str
    messages: int


@dataclass(frozen=True, slots=True)
class Completed:
    """What came of it: a sentence about each feed's map, how many messages are complete now, and what still is not."""

    maps: tuple[str, ...]
    completed: int
    not_mapped: tuple[NotMapped, ...]


def not_mapped(connection: Connection) -> tuple[NotMapped, ...]:
    """Return the codes that nobody has mapped, the most frequent first, at most `MOST_SHOWN` lines."""
    rows = connection.execute(
        select(message_state.c.feed, message_state.c.note, func.count().label("n"))
        .where(lacks_a_code())
        .group_by(message_state.c.feed, message_state.c.note)
        .order_by(func.count().desc(), message_state.c.feed, message_state.c.note)
        .limit(MOST_SHOWN)
    )
    return tuple(NotMapped(row.feed, row.note.replace(NOT_MAPPED, ""), row.n) for row in rows)


class Completing:
    """Completes on demand, one at a time. `read` reads the profiles from their files; it raises `ConfigError`.

    `translator` is the running one where this process translates. Elsewhere it is one of its own, and whoever
    translates keeps the map they began with.
    """

    def __init__(
        self, translator: Translator, read: Callable[[], Mapping[str, Profile]], database: Database
    ) -> None:
        self.translator, self._read, self._database = translator, read, database
        self._one_at_a_time = asyncio.Lock()

    async def hear_applied(self) -> None:
        """Hear what was said in shadow and is to be heard all the same, until nothing of it waits."""
        while await self._database.write(self.translator.apply_words):
            continue  # a few in a transaction, so that nobody waits long for the writer

    async def at_start(self) -> None:
        """Complete with the profiles that were just read, and hear what was still to be heard."""
        await self.hear_applied()
        await self._unlearn()
        last = await self._database.write(lambda c: self.translator.complete(c, ""))
        while last:
            after = last
            last = await self._database.write(lambda c: self.translator.complete(c, after))  # noqa: B023  # awaited here

    async def parked(self) -> int:
        """Complete by the maps as they are in force; return how many messages are complete now."""
        async with self._one_at_a_time:
            newest = await self._database.read(_newest)
            before = await self._database.read(lambda c: _count(c, newest))
            await self.at_start()
            return before - await self._database.read(lambda c: _count(c, newest))

    async def read_again(self, now_ms: int) -> bool:
        """Read some messages again that were read before codes came to mean something else; return if any waited."""
        return await self._database.write(lambda c: relearning.step(c, self.translator, now_ms))

    async def _unlearn(self) -> None:
        """Read again what was read by rows of code maps that were taken back, also after a stop in the middle of it."""
        for one in await self._database.read(map_versions.being_taken_back):
            after = ""
            while last := await self._database.write(partial(self._unlearn_some, one, after)):
                after = last
            await self._database.write(partial(map_versions.is_taken_back, one=one))

    def _unlearn_some(self, one: Version, after: str, connection: Connection) -> str:
        return unlearn(connection, self.translator, one.row, one.made_ms, after)

    def _relearn(self, connection: Connection, better: Mapping[str, Profile], now_ms: int) -> None:
        self.translator.adopt(connection)
        before = {feed: self.translator.profiles[feed].codes for feed in better}
        self.translator.relearn(better)
        for feed, codes in before.items():
            if codes != self.translator.profiles[feed].codes:
                relearning.begin(connection, feed, codes, "the file", now_ms)

    async def run(self, who: AuditEntry, now_ms: int) -> Completed:
        """Read the maps again and complete. Raises `ConfigError` where a profile cannot be read; nothing changes."""
        async with self._one_at_a_time:
            maps, better = judged(
                self.translator.files,
                await asyncio.to_thread(self._read),
                self.translator.readings.versions.numbers(),
            )
            newest = await self._database.read(_newest)
            before = await self._database.read(lambda c: _count(c, newest))
            # In the writer's own turn, so that no batch is read by two maps.
            await self._database.write(lambda c: self._relearn(c, better, now_ms))
            await self.at_start()
            completed = before - await self._database.read(lambda c: _count(c, newest))
            entry = replace(
                who, what="codes completed", whom=", ".join(sorted(better)), result=str(completed)
            )
            await self._database.write(lambda c: audit.record(c, entry, now_ms))
            return Completed(tuple(maps), completed, await self._database.read(not_mapped))


def judged(
    old: Mapping[str, Profile], new: Mapping[str, Profile], numbers: Mapping[str, int]
) -> tuple[list[str], dict[str, Profile]]:
    """Say of each feed whether its profile may be taken over in a running process, and return those that may.

    `numbers` says which version of each feed's profile stands over its file.
    """
    said, better = [], {}
    for feed, was in sorted(old.items()):
        now = new.get(feed)
        if now is None:
            said.append(f"{feed}: the settings name another profile now; restart to use it")
        elif now == was:
            number = numbers.get(feed, THE_FILE)
            over = f"the file is as it was; the map in use is that of version {number} of the profile"
            said.append(f"{feed}: {'the map is the one in use' if number == THE_FILE else over}")
        elif _rest(now) != _rest(was):
            said.append(f"{feed}: more than the code map changed; restart to use it")
        elif now.shadow != was.shadow:
            words = "not signed as it stands" if now.shadow else "signed now"
            said.append(f"{feed}: the profile is {words}; restart to use it")
        else:
            number = numbers.get(feed, THE_FILE)
            over = (
                f", and version {number} of the profile stands over it: the map in use is that of the version"
            )
            said.append(
                f"{feed}: the map was read again"
                if number == THE_FILE
                else f"{feed}: the file was read{over}"
            )
            better[feed] = now
    return said, better


def _rest(profile: Profile) -> dict[str, object]:
    return profile.model_dump(exclude=_MAY_CHANGE)


def _newest(connection: Connection) -> str:
    return connection.scalar(select(func.max(message_state.c.message_id))) or ""


def _count(connection: Connection, up_to: str) -> int:
    """Count what is not mapped, up to a message: what arrives meanwhile was not there to be completed."""
    parked = (lacks_a_code(), message_state.c.message_id <= up_to)
    return connection.scalar(select(func.count()).where(*parked)) or 0
