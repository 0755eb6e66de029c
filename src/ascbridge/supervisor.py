"""Runs services as processes: two on one machine, one for each deployable elsewhere.

A dead child ends the command, because acknowledgments alone look well while nothing is worked on. SIGTERM drains and
ends with 0. When this process is killed its children notice and stop too; so does it for the program that started it,
where that gave it a pipe as standard input.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import multiprocessing
import os
import signal
from multiprocessing.connection import wait
from typing import TYPE_CHECKING

import uvloop

from ascbridge import telemetry
from ascbridge.bootstrap.parts.claims import claimed
from ascbridge.bootstrap.parts.services import ONE_MACHINE, service
from ascbridge.bootstrap.parts.settled import CannotStart
from ascbridge.config import ConfigError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from multiprocessing.process import BaseProcess

    from ascbridge.bootstrap.parts.services import Service
    from ascbridge.config import Settings

DRAIN_SECONDS = 20
WORK_NICENESS = 10


STANDARD_INPUT = 0


def run(settings: Settings, *, with_parent: bool = False) -> int:
    """Start `listen` and `work` on a prepared data directory, and watch them until SIGTERM or until one dies.

    `with_parent`: stop when standard input ends, which it does however the program at its other end ends. Returns
    the exit code.
    """
    telemetry.configure_logs(settings.log_level, "up")
    log = telemetry.log("supervisor")
    # Forked before this process has threads or open databases: half the start, and the memory is shared.
    context = multiprocessing.get_context("fork")
    children = [
        context.Process(target=_child, args=(name, settings, os.getpid()), name=name) for name in ONE_MACHINE
    ]
    stop_read, stop_write = os.pipe()
    for number in (
        signal.SIGTERM,
        signal.SIGINT,
    ):  # before a child answers anybody: from then on a stop drains
        signal.signal(number, lambda *_: os.write(stop_write, b"."))
    for child in children:
        child.start()
    told = [stop_read, STANDARD_INPUT] if with_parent else [stop_read]
    ended = wait([*told, *(child.sentinel for child in children)])
    asked = any(one in ended for one in told)
    if not asked:
        # By the sentinel that woke us: it closes a moment before the system counts the process as ended.
        dead = [child.name for child in children if child.sentinel in ended]
        log.error("a process ended by itself; stopping the others", service=", ".join(dead))
    clean = _stop(children)
    return 0 if asked and clean else 1


def _stop(children: Sequence[BaseProcess]) -> bool:
    """Ask each child to drain, wait, and end what does not; return whether all ended well."""
    for child in children:
        if child.is_alive():
            child.terminate()
    for child in children:
        child.join(DRAIN_SECONDS)
        if child.is_alive():
            child.kill()
            child.join()
    return all(child.exitcode == 0 for child in children)


def _child(name: str, settings: Settings, parent: int) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)  # what it was forked with would stop its parent
    if name != "listen":
        os.nice(WORK_NICENESS)
    raise SystemExit(run_service(name, settings, parent=parent))


def run_service(name: str, settings: Settings, *, parent: int | None = None) -> int:
    """Run one service in this process until SIGTERM; returns the exit code."""
    telemetry.configure_logs(settings.log_level, name)
    parts = (name,) if name in ONE_MACHINE else ()
    try:
        with (
            claimed(settings.data_dir, *parts),
            asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
        ):
            runner.run(_serve(name, settings, parent))
    except (OSError, CannotStart, ConfigError) as fault:
        telemetry.log("supervisor").error("the service cannot run", service=name, cause=str(fault))
        return 1
    return 0


async def _serve(name: str, settings: Settings, parent: int | None) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    watch = asyncio.create_task(_watch_parent(parent, stop)) if parent is not None else None
    try:
        await _loaded(name)(settings, stop)
    finally:
        if watch is not None:
            watch.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await watch


def _loaded(name: str) -> Service:
    """Load a service without looking for garbage meanwhile: all of it stays, and looking took a sixth of a start."""
    gc.disable()
    try:
        return service(name)
    finally:
        gc.enable()


async def _watch_parent(parent: int, stop: asyncio.Event) -> None:
    while os.getppid() == parent:  # noqa: ASYNC110  # the system tells it only so
        await asyncio.sleep(0.5)
    stop.set()
