"""Reads again in a process of its own that kills itself in a portion, or signs and is killed before it puts in force."""

from __future__ import annotations

import asyncio
import os
import signal
from typing import TYPE_CHECKING, Any

from ascbridge.bootstrap.parts.ground import open_ground
from ascbridge.bootstrap.working import completing_of
from ascbridge.intake.reading import relearning, unlearning
from ascbridge.operations.changing import feed_profiles
from ascbridge.operations.mending import completing
from ascbridge.people.actor import Actor

if TYPE_CHECKING:
    from collections.abc import Callable

    from ascbridge.config import Settings

FEED = "itk-v24"
NIA = Actor("Nia Brown", "it-operations", "work", sign_in="b")


def _dying(work: Callable[..., Any], portion: int) -> Callable[..., Any]:
    """The same one message at a time, killed when that portion was done and is not yet committed."""
    done = 0

    def some(*values: object) -> Any:
        nonlocal done
        done += 1
        found = work(*values, at_once=1)
        if done == portion:
            os.kill(os.getpid(), signal.SIGKILL)
        return found

    return some


def unlearn(settings: Settings, portion: int) -> None:
    """Read again what was read by a row that was taken back, and die."""
    completing.unlearn = _dying(unlearning.unlearn, portion)  # in a process that dies of it
    ground = open_ground(settings)
    asyncio.run(completing_of(ground, ground.translator()).at_start())


def read_again(settings: Settings, portion: int, now_ms: int) -> None:
    """Read again what was read by another meaning, and die."""
    step = _dying(relearning.step, portion)
    ground = open_ground(settings)
    translator = ground.translator()

    async def whole() -> None:
        while await ground.database.write(lambda c: step(c, translator, now_ms)):
            pass

    asyncio.run(whole())


def sign_and_activate(settings: Settings, number: int, now_ms: int, dies_in: str) -> None:
    """Sign a version and put it in force, and die in the one transaction or the other."""
    ground = open_ground(settings)
    translator = ground.translator()

    def act(name: str, work: Callable[..., Any]) -> Callable[[Any], None]:
        def done(connection: Any) -> None:
            work(connection, translator, FEED, number, NIA, now_ms)
            if name == dies_in:
                os.kill(os.getpid(), signal.SIGKILL)

        return done

    async def both() -> None:
        await ground.database.write(act("sign", feed_profiles.sign))
        await ground.database.write(act("activate", feed_profiles.activate))

    asyncio.run(both())
