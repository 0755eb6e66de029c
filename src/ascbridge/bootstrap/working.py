"""The working services: one process on one machine, or one deployable each on PostgreSQL and Kafka."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Protocol, TypeVar

from ascbridge import telemetry
from ascbridge.bootstrap import listening
from ascbridge.bootstrap.jobs import (
    alerting,
    clearing_up,
    closing_hours,
    erasing,
    falling_behind,
    keys_for_changes,
    noting_paces,
    noting_unused,
    nudging,
    openings_watch,
    publishing_again,
    reading_again,
    reconciling,
    sending_again,
    showing_pauses,
    silence,
    watching,
)
from ascbridge.bootstrap.jobs.exporting_traces import export_traces
from ascbridge.bootstrap.parts import replying, settled, walled
from ascbridge.bootstrap.parts.flag_keeping import keep_flags
from ascbridge.bootstrap.parts.gates import Gates
from ascbridge.bootstrap.parts.ground import Ground, open_ground
from ascbridge.bootstrap.parts.letter_box import LetterBox
from ascbridge.bootstrap.parts.pages import serve_pages
from ascbridge.bootstrap.parts.vitals import Vitals
from ascbridge.bootstrap.parts.ways_in import ways_in
from ascbridge.events.handlers import pauses
from ascbridge.events.ledgers import ledger
from ascbridge.intake.doors.desk_door import hand_in, keep_entry
from ascbridge.operations.flowing.neighbour import Neighbour
from ascbridge.operations.mending.completing import Completing
from ascbridge.storage.alone import PostgresTurn
from ascbridge.storage.database import PostgresDatabase

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping, Sequence

    from sqlalchemy import Connection

    from ascbridge.config import Settings
    from ascbridge.intake.keeping.inbox import Arrival
    from ascbridge.intake.keeping.intake_desk import Beside, IntakeDesk
    from ascbridge.intake.keeping.kept import Kept
    from ascbridge.intake.reading.translator import Translator
    from ascbridge.intake.sources.profile import Profile
    from ascbridge.storage.alone import Turn


class Telling(Protocol):
    """What tells somebody outside: a hospital, or a team."""

    @property
    def name(self) -> str: ...
    def trouble_now(self) -> str: ...
    async def run(self, stop: asyncio.Event) -> None: ...


_log = telemetry.log("working")
Found = TypeVar("Found")


async def work(settings: Settings, stop: asyncio.Event) -> None:
    """Do everything but listening, on one machine; alone writes bridge.db."""
    ground = open_ground(settings)
    translator = ground.translator()
    for handler in (translator, ground.engine(), ground.projection()):
        ground.deliver(handler)
    senders: list[Telling] = [*replying.reply(ground), *nudging.nudgers(ground)]
    ground.publish()
    completing = completing_of(ground, translator)
    ground.after_profiles = completing.parked
    await completing.at_start()
    beside = Neighbour("listen", settled.vitals_socket(settings))
    alerter = alerting.alerter(ground, ground.checks() | _tellers(senders), beside)
    enter = partial(hand_in, settled.desk_socket(settings))
    wall = walled.open_wall(settings, ground.clock, ground.member)
    await ground.run(
        stop,
        serve_pages(ground, stop, completing, enter, beside, wall, _tellers(senders)),
        noting_paces.note_paces(ground, stop),
        walled.keep(settings, wall, ground.clock, stop, partial(keep_flags, ground)),
        clearing_up.forget_in_files(ground, stop),
        watching.watch_time(ground, stop),
        openings_watch.watch_openings(ground, stop),
        showing_pauses.show_pauses(ground, stop),
        silence.watch_silence(ground, stop),
        noting_unused.note_unused(ground, translator, stop),
        reading_again.read_again(ground, completing, stop),
        export_traces(ground, stop),
        closing_hours.keep_hours(ground, stop),
        erasing.finish_erasures(ground, stop),
        publishing_again.publish_again(ground, stop),
        sending_again.send_again(ground, stop),
        *reconciling.parts(ground, stop),
        *(sender.run(stop) for sender in (*senders, alerter)),
    )


def _tellers(senders: Sequence[Telling]) -> dict[str, Callable[[], str]]:
    return {sender.name: sender.trouble_now for sender in senders}


def completing_of(ground: Ground, translator: Translator) -> Completing:
    """What translates again what the profiles understand better than when it came."""
    return Completing(translator, partial(settled.profiles_of, ground.settings), ground.database)


def vitals(
    ground: Ground,
    name: str,
    stop: asyncio.Event,
    apart: Mapping[str, Callable[[], str]] | None = None,
    **more: Callable[[], str],
) -> Coroutine[None, None, None]:
    """Say how a service without pages is, on its port. `apart` is told, and does not make it unready."""
    checks = ground.checks() | ground.beginnings() | more
    return Vitals(checks, apart).serve(stop, address=ground.settings.health_address(name))


class _InPostgres:
    """Keeping what comes in, in PostgreSQL, and telling the log of it."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self.wall = LetterBox(ground.settings, ground.clock, ground.member)

    def desk(self, profile: Profile) -> IntakeDesk:
        ground = self._ground
        return listening.desk(
            ground.settings,
            profile,
            keyring=ground.keyring,
            data_keys=ground.desk.data_keys,
            clock=ground.clock,
            announce=self._announce,
            wall=self.wall,
        )

    async def keep(
        self, desk: IntakeDesk, arrivals: Sequence[Arrival], beside: Beside | None = None
    ) -> list[list[Kept]]:
        put = await desk.put_apart(arrivals)
        kept = await self._ground.database.write(
            lambda c: desk.keep_in_postgres(c, arrivals, beside, put=put)
        )
        self._ground.woken()
        return kept

    async def read(self, question: Callable[[Connection], Found]) -> Found:
        return await self._ground.database.read(question)

    async def write(self, work: Callable[[Connection], Found]) -> Found:
        return await self._ground.database.write(work)

    async def waiting(self) -> dict[str, int]:
        return await self._ground.database.read(ledger.waiting)

    def turn(self, name: str) -> Turn:
        assert isinstance(self._ground.database, PostgresDatabase)
        return PostgresTurn(self._ground.database, name)

    def _announce(self, connection: Connection, kept: Sequence[Kept], _now_ms: int) -> None:
        self._ground.desk.outbox.announce(connection, [one.message_id for one in kept])


async def intake(settings: Settings, stop: asyncio.Event) -> None:
    """Keep and understand, on PostgreSQL and Kafka."""
    ground = await open_ground(settings).prove()
    profile, keeping = settled.hospital_profile(settings), _InPostgres(ground)
    hospital = keeping.desk(profile)
    await ground.database.read(ground.profiles.adopt)
    hospital.judge_by(partial(ground.profiles.at, profile.feed.name))

    async def answer(arrivals: Sequence[Arrival]) -> list[list[bytes]]:
        return hospital.answers(await keeping.keep(hospital, arrivals))

    translator = ground.translator()
    ground.deliver(translator)
    ground.carry()
    await completing_of(ground, translator).at_start()
    listener = listening.listener(settings, profile.feed.name, hospital, keep_later=answer)
    gates = Gates(partial(ground.database.read, pauses.drained))
    council = ways_in(settings, keeping, ground.clock, stop, gates.is_shut)
    apart = {way.name: way.trouble for way in council}
    try:
        await ground.run(
            stop,
            listening.serve_mllp(settings, listener, stop, gates),
            gates.run(stop),
            listening.forget_resends(settings, ground.database.write, ground.clock, stop),
            listening.note_answers(hospital, ground.database.write, ground.clock, stop),
            *(way.run for way in council),
            silence.watch_silence(ground, stop),
            keys_for_changes.give_in_postgres(
                ground.database,
                keys_for_changes.Giver(settings, ground.keyring, ground.desk.data_keys, ground.clock),
                stop,
            ),
            noting_unused.note_unused(ground, translator, stop),
            closing_hours.keep_hours(ground, stop),
            clearing_up.forget_in_postgres(ground, stop),
            *reconciling.parts(ground, stop),
            vitals(ground, "intake", stop, apart, mllp=lambda: listener.trouble),
            alerting.say_of_parts(ground, "intake", ground.checks() | apart, stop),
        )
    finally:
        await keeping.wall.close()


async def discharge(settings: Settings, stop: asyncio.Event) -> None:
    """Turn facts into Discharge to Assess work, on PostgreSQL and Kafka."""
    ground = await open_ground(settings).prove()
    ground.deliver(ground.engine())
    senders: list[Telling] = [*replying.reply(ground), *nudging.nudgers(ground)]
    ground.carry()
    apart = _tellers(senders)
    checks = ground.checks() | apart
    await ground.run(
        stop,
        vitals(ground, "discharge", stop, apart),
        alerting.alerter(ground, checks).run(stop),
        alerting.say_of_parts(ground, "discharge", checks, stop),
        watching.watch_time(ground, stop),
        export_traces(ground, stop),
        openings_watch.watch_openings(ground, stop),
        *(sender.run(stop) for sender in senders),
    )


async def record(settings: Settings, stop: asyncio.Event) -> None:
    """Publish people to the shared record, on PostgreSQL and Kafka."""
    ground = await open_ground(settings).prove()
    ground.deliver(ground.projection())
    ground.publish()
    ground.carry()
    behind = falling_behind.Behind(ground)
    apart = behind.apart()
    await ground.run(
        stop,
        vitals(ground, "record", stop, apart, publisher=behind.publisher),
        behind.run(stop),
        alerting.say_of_parts(ground, "record", ground.checks(), stop),
        erasing.finish_erasures(ground, stop),
        publishing_again.publish_again(ground, stop),
        sending_again.send_again(ground, stop),
    )


async def web(settings: Settings, stop: asyncio.Event) -> None:
    """Serve pages and interfaces, on PostgreSQL."""
    ground = await open_ground(settings).prove()
    ground.carry()
    wall = await walled.open_shared_wall(settings, ground.clock, ground.member)
    completing = completing_of(ground, ground.translator())
    ground.after_profiles = completing.parked
    keeping = _InPostgres(ground)
    enter = partial(keep_entry, partial(keeping.keep, keeping.desk(settled.desk_profile())))
    await ground.run(
        stop,
        serve_pages(ground, stop, completing, enter, wall=wall),
        reading_again.read_again(ground, completing, stop),
        noting_paces.note_paces(ground, stop),
        walled.keep(settings, wall, ground.clock, stop, partial(keep_flags, ground)),
        showing_pauses.show_pauses(ground, stop),
        alerting.alerter(ground, ground.checks()).run(stop),
        alerting.say_of_parts(ground, "web", ground.checks(), stop),
    )
