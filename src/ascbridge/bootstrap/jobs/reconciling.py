"""Pairs what two case systems tell, event by event, behind those who understand it, in turns: nobody waits long.

A turn that fails is told of and tried again; it ends no service, for nothing but the comparison rests on it. What is
old is let go of in turns too, also when no cut-over is set up any more.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from ascbridge import telemetry
from ascbridge.bootstrap.parts import settled
from ascbridge.bootstrap.parts.job_loop import again_and_again
from ascbridge.cutover import strands
from ascbridge.events.ledgers import said_events
from ascbridge.events.logs.faults import is_infrastructure, reason_of
from ascbridge.intake.reading import last_words

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Coroutine

    from sqlalchemy import Connection

    from ascbridge.bootstrap.parts.ground import Ground
    from ascbridge.events.handlers.switches import Pair

_log = telemetry.log("reconciling")
DAY_MS = 86_400_000
FORGET_EVERY_S = 3_600.0
LOOKED_AT_ONCE = 1_000


def parts(ground: Ground, stop: asyncio.Event) -> list[Coroutine[None, None, None]]:
    """What a service runs of it: no pairing, where no cut-over is set up. Raises `ConfigError`."""
    pair = settled.pair_of(ground.settings)
    pairing = [] if pair is None else [pair_events(ground, pair, stop)]
    return [*pairing, forget(ground, pair, stop)]


async def pair_events(ground: Ground, pair: Pair, stop: asyncio.Event) -> None:
    """Pair events until told to stop."""
    told = False

    async def step() -> None:
        nonlocal told
        try:
            left = 1
            while left and not stop.is_set():
                left = await ground.database.write(lambda c: strands.pair_some(c, pair, ground.rules))
            told = False
        except Exception as fault:
            if is_infrastructure(fault):
                raise
            if not told:
                _log.error("events are not paired", exception=type(fault).__name__, reason=reason_of(fault))
            told = True

    await again_and_again(step, stop, "pairs of events")


async def forget(ground: Ground, pair: Pair | None, stop: asyncio.Event) -> None:
    """Let go of what is past its time, every hour until told to stop."""
    due_s = time.monotonic()

    async def step() -> None:
        nonlocal due_s
        if time.monotonic() >= due_s:
            await forget_once(ground, pair, stop)
            due_s = time.monotonic() + FORGET_EVERY_S

    await again_and_again(step, stop, "what two case systems told")


async def forget_once(ground: Ground, pair: Pair | None, stop: asyncio.Event) -> None:
    """Let go of what is past its time now: of events, and of words of feeds that are in no cut-over any more."""
    longest_ms = max(one.window_ms for one in ground.rules.rule.values()) + DAY_MS
    before_ms = ground.clock.now_ms() - max(ground.settings.cutover.keep_days * DAY_MS, longest_ms)
    feeds = () if pair is None else (pair.old, pair.new)
    event: said_events.Place | None = (0, "")
    while event is not None and not stop.is_set():
        event = await ground.database.write(_events(before_ms, event))
    word: last_words.Place | None = ("", "", "")
    while word is not None and not stop.is_set():
        word = await ground.database.write(_words(feeds, before_ms, word))


def _events(before_ms: int, after: said_events.Place) -> Callable[[Connection], said_events.Place | None]:
    return lambda connection: said_events.prune(connection, before_ms, after, LOOKED_AT_ONCE)


def _words(
    feeds: tuple[str, ...], before_ms: int, after: last_words.Place
) -> Callable[[Connection], last_words.Place | None]:
    return lambda connection: last_words.prune(connection, feeds, before_ms, after, LOOKED_AT_ONCE)
