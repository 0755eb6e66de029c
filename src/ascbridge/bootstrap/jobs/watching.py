"""Watches the time for the front door: a review comes due though nobody says anything.

What is set is in the database, so a restart forgets nothing; a look reads one row of an index. One person about whom
nothing can be decided waits for an hour and is told of, and holds nobody up.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from ascbridge import telemetry
from ascbridge.bootstrap.parts.job_loop import again_and_again
from ascbridge.events.ledgers import history
from ascbridge.events.logs.faults import is_infrastructure, reason_of

if TYPE_CHECKING:
    import asyncio

    from ascbridge.bootstrap.parts.ground import Ground
    from ascbridge.frontdoor.reception import Reception

_log = telemetry.log("watching")


async def watch_time(ground: Ground, stop: asyncio.Event) -> None:
    """Let what comes due by time alone open work, until told to stop."""
    reception = ground.engine()

    async def step() -> None:
        while not stop.is_set() and await ground.database.read(history.whole):
            await ground.database.write(reception.take_up_history)
        while not stop.is_set() and await ground.database.read(reception.time_has_come):
            await _some(ground, reception)
            ground.woken()

    await again_and_again(step, stop, "reviews that come due")


async def _some(ground: Ground, reception: Reception) -> None:
    """Look at some people together, else at the first of them alone, who is put off where that fails too."""
    try:
        await ground.database.write(reception.watch)
    except Exception as fault:
        if is_infrastructure(fault):
            raise
    else:
        return
    try:
        await ground.database.write(partial(reception.watch, most=1))
    except Exception as fault:
        if is_infrastructure(fault):
            raise
        await ground.database.write(reception.put_off)
        _log.error(
            "nothing can be decided about somebody whose time has come",
            exception=type(fault).__name__, reason=reason_of(fault),
        )  # fmt: skip
