"""The working services: one process on one machine, or one deployable each on PostgreSQL and Kafka."""

from __future__ import annotations

import asyncio
import contextlib
from functools import partial
from typing import TYPE_CHECKING

from ascbridge import telemetry
from ascbridge.bootstrap import erasing, listening, posting, settled
from ascbridge.bootstrap.ground import Ground, open_ground
from ascbridge.bootstrap.pages import serve_pages
from ascbridge.bootstrap.vitals import Vitals
from ascbridge.events import retention, topics
from ascbridge.events.faults import is_infrastructure, reason_of
from ascbridge.intake.file_drop import FileDrop
from ascbridge.operations.completing import Completing
from ascbridge.operations.neighbour import Neighbour

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Sequence

    from sqlalchemy import Connection

    from ascbridge.config import Settings
    from ascbridge.intake.inbox import Arrival
    from ascbridge.intake.intake_desk import Announce, IntakeDesk
    from ascbridge.intake.kept import Kept
    from ascbridge.intake.translator import Translator

_log = telemetry.log("working")
PRUNE_EVERY_S = 600


async def work(settings: Settings, stop: asyncio.Event) -> None:
    """Do everything but listening, on one machine; alone writes bridge.db."""
    ground = open_ground(settings)
    translator = ground.translator()
    for handler in (translator, ground.engine(), ground.projection()):
        ground.deliver(handler)
    ground.publish()
    completing = completing_of(ground, translator)
    await completing.at_start()
    beside = Neighbour("listen", settled.vitals_socket(settings))
    await ground.run(
        stop,
        serve_pages(ground, stop, completing, beside),
        _prune(ground, stop),
        erasing.finish_erasures(ground, stop),
    )


def completing_of(ground: Ground, translator: Translator) -> Completing:
    """What translates again what the profiles understand better than when it came."""
    return Completing(translator, partial(settled.profiles_of, ground.settings), ground.database)


def vitals(
    ground: Ground, name: str, stop: asyncio.Event, **more: Callable[[], str]
) -> Coroutine[None, None, None]:
    """Say how a service without pages is, on its port."""
    checks = ground.checks() | ground.beginnings() | more
    return Vitals(checks).serve(stop, address=ground.settings.health_address(name))


async def _prune(ground: Ground, stop: asyncio.Event) -> None:
    """Forget events that are past their retention and that every reader has dealt with."""
    kept = topics.load(ground.settings.kafka.topics_file or topics.shipped())
    while not stop.is_set():
        try:
            while await ground.database.write(lambda c: retention.prune(c, kept, ground.clock.now_ms())):
                continue  # a few rows in a transaction, so that nobody waits long for the writer
        except Exception as fault:
            if not is_infrastructure(fault):
                raise
            _log.warning(
                "nothing forgotten this time", exception=type(fault).__name__, reason=reason_of(fault)
            )
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), PRUNE_EVERY_S)


async def intake(settings: Settings, stop: asyncio.Event) -> None:
    """Keep and understand, on PostgreSQL and Kafka."""
    ground = await open_ground(settings).prove()
    profile = settled.hospital_profile(settings)
    hospital = _desk(ground, profile.feed.name)
    files = settled.council_profile(settings)
    council = _desk(ground, files.feed.name)

    async def answer(arrivals: Sequence[Arrival]) -> list[list[bytes]]:
        return hospital.answers(await _keep(ground, hospital, arrivals))

    async def keep_lines(arrivals: Sequence[Arrival]) -> list[list[Kept]]:
        return await _keep(ground, council, arrivals)

    translator = ground.translator()
    ground.deliver(translator)
    ground.carry()
    await completing_of(ground, translator).at_start()
    listener = listening.listener(settings, profile.feed.name, hospital, keep_later=answer)
    checks: dict[str, Callable[[], str]] = {"mllp": lambda: listener.trouble}
    more = [
        listening.serve_mllp(settings, listener, stop),
        listening.forget_resends(settings, ground.database.write, ground.clock, stop),
    ]
    if settings.webhook.address is not None:
        posts = _desk(ground, settled.webhook_profile(settings).feed.name)

        async def keep_facts(arrivals: Sequence[Arrival]) -> list[list[Kept]]:
            return await _keep(ground, posts, arrivals)

        async def reused(number: str, body: bytes) -> bool:
            return await ground.database.read(partial(posting.reused, posts, number, body))

        posted = posting.webhook_of(settings, posts.feed, keep_facts, reused, ground.clock)
        checks["webhook"] = lambda: posted.trouble
        more.append(listening.serve_webhook(settings, posted, stop))
    if settings.council.facts_folder is not None:
        listening.count_messages_from_zero(files.feed.name)
        dropped = FileDrop(settings.council.facts_folder, keep_lines, files=files.files)
        checks["council-facts"] = lambda: dropped.trouble
        more.append(dropped.run(stop))
    await ground.run(stop, *more, vitals(ground, "intake", stop, **checks))


def _desk(ground: Ground, feed: str) -> IntakeDesk:
    return listening.desk(
        ground.settings,
        settled.profiles_of(ground.settings)[feed],
        keyring=ground.keyring,
        data_keys=ground.desk.data_keys,
        clock=ground.clock,
        announce=_announce(ground),
    )


def _announce(ground: Ground) -> Announce:
    def announce(connection: Connection, kept: Sequence[Kept], _now_ms: int) -> None:
        ground.desk.outbox.announce(connection, [one.message_id for one in kept])

    return announce


async def _keep(ground: Ground, desk: IntakeDesk, arrivals: Sequence[Arrival]) -> list[list[Kept]]:
    kept = await ground.database.write(lambda connection: desk.keep_in_postgres(connection, arrivals))
    ground.woken()
    return kept


async def discharge(settings: Settings, stop: asyncio.Event) -> None:
    """Turn facts into Discharge to Assess work, on PostgreSQL and Kafka."""
    ground = await open_ground(settings).prove()
    ground.deliver(ground.engine())
    ground.carry()
    await ground.run(stop, vitals(ground, "discharge", stop))


async def record(settings: Settings, stop: asyncio.Event) -> None:
    """Publish people to the shared record, on PostgreSQL and Kafka."""
    ground = await open_ground(settings).prove()
    ground.deliver(ground.projection())
    ground.publish()
    ground.carry()
    await ground.run(stop, vitals(ground, "record", stop), erasing.finish_erasures(ground, stop))


async def web(settings: Settings, stop: asyncio.Event) -> None:
    """Serve pages and interfaces, on PostgreSQL."""
    ground = await open_ground(settings).prove()
    ground.carry()
    await ground.run(stop, serve_pages(ground, stop, completing_of(ground, ground.translator())))
