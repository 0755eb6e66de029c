"""Pairs what two case systems tell, event by event, behind those who understand it, in turns: nobody waits long.

A turn that fails is told of and tried again; it ends no service, for nothing but the comparison rests on it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ascbridge import telemetry
from ascbridge.bootstrap import settled
from ascbridge.bootstrap.throwing_away import again_and_again
from ascbridge.cutover import strands
from ascbridge.events.faults import is_infrastructure, reason_of

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Coroutine

    from ascbridge.bootstrap.ground import Ground
    from ascbridge.events.switches import Pair

_log = telemetry.log("reconciling")


def parts(ground: Ground, stop: asyncio.Event) -> list[Coroutine[None, None, None]]:
    """What a service runs of it: nothing, where no cut-over is set up. Raises `ConfigError`."""
    pair = settled.pair_of(ground.settings)
    return [] if pair is None else [pair_events(ground, pair, stop)]


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
