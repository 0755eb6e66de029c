"""A message comes in: the HL7 v2 listener and the council's file drop. Imports nothing that only work needs."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from sqlalchemy import Connection

from ascbridge import telemetry
from ascbridge.bootstrap.jobs import keys_for_changes, retaining, throwing_away
from ascbridge.bootstrap.parts import keeping_profiles, proving, settled
from ascbridge.bootstrap.parts.certificates import renew, tls_context
from ascbridge.bootstrap.parts.gates import Gates
from ascbridge.bootstrap.parts.letter_box import LetterBox
from ascbridge.bootstrap.parts.vitals import Vitals
from ascbridge.bootstrap.parts.ways_in import ways_in
from ascbridge.events.handlers import pauses
from ascbridge.events.ledgers import ledger
from ascbridge.events.logs.faults import is_infrastructure, reason_of
from ascbridge.events.logs.wake import Waker
from ascbridge.intake.agreed.profiles_in_force import ProfilesInForce
from ascbridge.intake.doors.desk_door import DeskDoor
from ascbridge.intake.doors.mllp_listener import MllpListener
from ascbridge.intake.hl7v2.mllp import FaultKind
from ascbridge.intake.keeping import forgetting
from ascbridge.intake.keeping.inbox import Doorkeeper
from ascbridge.intake.keeping.intake_desk import IntakeDesk
from ascbridge.people.data_keys import DataKeys
from ascbridge.storage.alone import AlwaysMine
from ascbridge.storage.database import SqliteDatabase

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ascbridge.clock import Clock
    from ascbridge.config import Settings
    from ascbridge.events.logs.sealing import Keyring
    from ascbridge.intake.keeping.inbox import Arrival
    from ascbridge.intake.keeping.intake_desk import Announce, Beside
    from ascbridge.intake.keeping.kept import Kept
    from ascbridge.intake.sources.profile import Profile
    from ascbridge.people.behind_wall import PutsApart
    from ascbridge.storage.alone import Turn

_log = telemetry.log("listening")
Found = TypeVar("Found")
FORGET_EVERY_S, BETWEEN_TWO_S = 60.0, 0.1
STILL_MS = 1_000


def desk(
    settings: Settings,
    profile: Profile,
    *,
    keyring: Keyring,
    data_keys: DataKeys,
    clock: Clock,
    announce: Announce | None = None,
    wall: PutsApart | None = None,
) -> IntakeDesk:
    """The desk that keeps what arrives on one feed."""
    return IntakeDesk(
        Doorkeeper(profile, keyring),
        keyring=keyring,
        data_keys=data_keys,
        clock=clock,
        resend_window_hours=settings.mllp.resend_window_hours,
        wake=Waker(settled.wake_socket(settings)).wake,
        announce=announce,
        wall=wall,
    )


def listener(settings: Settings, feed: str, intake: IntakeDesk, **keep: object) -> MllpListener:
    """The HL7 v2 listener; give `keep` or `keep_later` as `MllpListener` says."""
    mllp = settings.mllp
    _count_from_zero(feed)
    return MllpListener(
        feed=feed,
        max_frame_bytes=mllp.max_frame_bytes,
        idle_seconds=mllp.idle_seconds,
        allowed_senders=mllp.allowed_senders,
        refuse=intake.not_now,
        answered=intake.answered,
        **keep,  # type: ignore[arg-type]  # keep= or keep_later=
    )


def _count_from_zero(feed: str) -> None:
    """Show every count of a feed from the start: only then can it be seen to rise."""
    telemetry.count_messages_from_zero(feed)
    for kind in FaultKind:
        telemetry.misframed.labels(feed, kind.value)
    telemetry.miscounted_batches.labels(feed)
    telemetry.clock_ahead.labels(feed)
    telemetry.answer_seconds.labels(feed)


async def serve_mllp(settings: Settings, listening: MllpListener, stop: asyncio.Event, gates: Gates) -> None:
    """Listen until told to stop, then answer what has arrived. While the feed is drained nobody can connect."""
    address, context = settings.mllp.address, tls_context(settings.mllp.tls)
    feed, port = listening.feed, address.port
    renewing = None
    if context is not None and settings.mllp.tls is not None:
        renewing = asyncio.create_task(renew(context, settings.mllp.tls))
    try:
        await gates.look()
        while not stop.is_set():
            if gates.is_shut(feed):
                listening.trouble = ""  # somebody wants it so
                await gates.until(feed, stop, shut=False)
                continue
            port = await listening.start(address.host, port, context)
            _log.info("listening for HL7 v2", address=address.host, port=port, profile=settings.mllp.feed)
            try:
                await gates.until(feed, stop, shut=True)
            finally:
                await listening.stop()
    finally:
        if renewing is not None:
            renewing.cancel()


Forgetting = Callable[[Connection], int]


async def forget_resends(
    settings: Settings,
    write: Callable[[Forgetting], Awaitable[int]],
    clock: Clock,
    stop: asyncio.Event,
    every_s: float = FORGET_EVERY_S,
) -> None:
    """Forget what is past the resend window: a little at a time, and at the pace of a busy feed at the most."""
    window_ms = round(settings.mllp.resend_window_hours * 3_600_000)
    while not stop.is_set():
        pause_s = every_s
        try:
            if await write(lambda c: forgetting.forget(c, clock.now_ms() - window_ms)) == forgetting.AT_ONCE:
                pause_s = BETWEEN_TWO_S
        except Exception as fault:
            if not is_infrastructure(fault):
                raise
            _log.warning(
                "no repeats forgotten this time", exception=type(fault).__name__, reason=reason_of(fault)
            )
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), pause_s)


async def note_answers(
    intake: IntakeDesk,
    write: Callable[[Callable[[Connection], None]], Awaitable[None]],
    clock: Clock,
    stop: asyncio.Event,
) -> None:
    """Note when the last answers left on a feed that has fallen still: what comes notes those before it by itself."""
    left = intake.answers_left
    while not stop.is_set():
        since_ms = left.waits_since()
        if since_ms is not None and not 0 <= clock.now_ms() - since_ms < STILL_MS:
            try:
                await write(left.write)
                left.written()
            except Exception as fault:
                if not is_infrastructure(fault):
                    raise
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), STILL_MS / 1000)


class _InFiles:
    """Keeping what comes in, in the files of one machine."""

    def __init__(
        self, settings: Settings, keys: SqliteDatabase, kept: SqliteDatabase, keyring: Keyring, clock: Clock
    ) -> None:
        self.settings, self.keys, self.kept = settings, keys, kept
        self.keyring, self.data_keys, self.clock = keyring, DataKeys(keyring), clock
        self.wall = LetterBox(settings, clock, "listen")
        self._bridge: SqliteDatabase | None = None

    def desk(self, profile: Profile) -> IntakeDesk:
        return desk(
            self.settings,
            profile,
            keyring=self.keyring,
            data_keys=self.data_keys,
            clock=self.clock,
            wall=self.wall,
        )

    async def keep(
        self, desk: IntakeDesk, arrivals: Sequence[Arrival], beside: Beside | None = None
    ) -> list[list[Kept]]:
        return desk.keep_in_files(self.keys, self.kept, arrivals, beside)

    async def read(self, question: Callable[[Connection], Found]) -> Found:
        return self.kept.read_now(question)

    async def write(self, work: Callable[[Connection], Found]) -> Found:
        return self.kept.write_now(work)  # in this thread, as every write of this process is

    async def waiting(self) -> dict[str, int]:
        return await self._of_bridge().read(ledger.waiting)

    async def of_bridge(self, question: Callable[[Connection], Found]) -> Found:
        """Look something up in what `work` writes."""
        return await self._of_bridge().read(question)

    async def drained(self) -> frozenset[str]:
        """The feeds that take nothing new."""
        return await self._of_bridge().read(pauses.drained)

    def _of_bridge(self) -> SqliteDatabase:
        """What `work` writes, to be read."""
        if self._bridge is None:
            attached = {"kept": settled.file_of(self.settings, "kept")}
            path = settled.file_of(self.settings, "bridge")
            self._bridge = SqliteDatabase(path, attached=attached, writable=False)
        return self._bridge

    async def close(self) -> None:
        """Let go of every file."""
        await self.wall.close()
        for database in (self._bridge, self.kept, self.keys):
            if database is not None:
                await database.close()

    def turn(self, name: str) -> Turn:  # noqa: ARG002  # of whatever: there is no other process
        return AlwaysMine()


async def listen(settings: Settings, stop: asyncio.Event) -> None:
    """Keep what arrives, on one machine; alone writes kept.db and keys.db."""
    clock, keyring = settled.clock_of(settings), settled.keyring_of(settings)
    proving.files_are_there(settings)
    proving.key_opens_files(settings, keyring)
    keys = SqliteDatabase(settled.file_of(settings, "keys"))
    kept = SqliteDatabase(settled.file_of(settings, "kept"))
    keeping = _InFiles(settings, keys, kept, keyring, clock)
    profile = settled.hospital_profile(settings)
    hospital = keeping.desk(profile)
    versions = ProfilesInForce(settled.profiles_of(settings), clock.now_ms)
    await keeping.of_bridge(versions.adopt)
    hospital.judge_by(partial(versions.at, profile.feed.name))

    def keep(arrivals: Sequence[Arrival]) -> list[list[bytes]]:
        return hospital.answers(hospital.keep_in_files(keys, kept, arrivals))

    async def forget_here(work: Forgetting) -> int:
        return kept.write_now(work)  # in this thread, as every write of this process is

    async def empty_here(work: Callable[[Connection], None]) -> None:
        kept.write_now(work)  # in this thread too

    listening = listener(settings, profile.feed.name, hospital, keep=keep)
    gates = Gates(keeping.drained)
    council = ways_in(settings, keeping, clock, stop, gates.is_shut)
    entries = DeskDoor(partial(keeping.keep, keeping.desk(settled.desk_profile())))
    checks = {"mllp": lambda: listening.trouble, "desk entries": lambda: entries.trouble}
    vitals = Vitals(checks, {way.name: way.trouble for way in council})
    try:
        await settled.until(
            stop,
            serve_mllp(settings, listening, stop, gates),
            gates.run(stop),
            keeping_profiles.keep_profiles(versions, keeping.of_bridge, stop),
            entries.run(settled.desk_socket(settings), stop),
            *(way.run for way in council),
            throwing_away.throw_keys_away(settings, keys, keeping.data_keys, clock, stop),
            keys_for_changes.give_in_files(
                settings, keys, keys_for_changes.Giver(settings, keyring, keeping.data_keys, clock), stop
            ),
            forget_resends(settings, forget_here, clock, stop),
            note_answers(hospital, empty_here, clock, stop),
            retaining.empty_in_files(settings, empty_here, clock, stop),
            vitals.serve(
                stop, address=settings.health_address("listen"), path=settled.vitals_socket(settings)
            ),
        )
    finally:
        await keeping.close()
