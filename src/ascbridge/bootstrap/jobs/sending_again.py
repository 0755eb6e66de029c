"""Carries on what somebody asked for: dead letters sent again, some each second, behind what is new."""

from __future__ import annotations

import asyncio
import contextlib
from functools import partial
from typing import TYPE_CHECKING

from sqlalchemy.exc import SQLAlchemyError

from ascbridge import telemetry
from ascbridge.events.handlers import replay_runs

if TYPE_CHECKING:
    from ascbridge.bootstrap.parts.ground import Ground

_log = telemetry.log("sending_again")
LOOK_EVERY_S, STEP_EVERY_S = 1.0, 0.05


async def send_again(ground: Ground, stop: asyncio.Event) -> None:
    """Put back what the runs under way come to next, until told to stop. News goes first: a reader that is behind
    waits for nobody. Of several processes one takes each step.
    """
    told = False
    while not stop.is_set():
        running: list[str] = []
        try:
            running = await ground.database.read(replay_runs.under_way)
            if running and not any(one.behind for one in ground.deliveries):
                await _step(ground, running)
            told = False
        except (SQLAlchemyError, OSError) as fault:
            if not told:
                _log.warning(
                    "a job waits for the database", reason="sending again", cause=type(fault).__name__
                )
            told = True
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), STEP_EVERY_S if running else LOOK_EVERY_S)


async def _step(ground: Ground, running: list[str]) -> None:
    for run_id in running:
        step = partial(replay_runs.step, run_id=run_id, writer=ground.member, now_ms=ground.clock.now_ms())
        if await ground.database.write(step):
            for one in ground.deliveries:
                one.look()
            ground.woken()
