"""Carries out approved erasures: on one machine in two processes, each of which writes its own files only.

`work` writes down what two people agreed on; `listen` sees it and throws the data keys away
(`bootstrap.throwing_away`); `work` sees that they are gone, lets go of what it knew, and marks the request done.
On PostgreSQL `record` does it all. Whoever dies in between begins again where it stopped. `erasures_file` has each of
them before it is finished, for a day on which an older back-up is restored.
"""

from __future__ import annotations

import asyncio
import os
from functools import partial
from typing import TYPE_CHECKING

from ascbridge.bootstrap.parts.job_loop import again_and_again
from ascbridge.events.ledgers import said_events
from ascbridge.intake.reading import last_words
from ascbridge.operations.shadow import shadows
from ascbridge.people import erase, erasure_journal
from ascbridge.people.actor import Actor
from ascbridge.people.membership import person_of
from ascbridge.record.marking import forget
from ascbridge.storage.copying import make_durable

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Connection

    from ascbridge.bootstrap.parts.ground import Ground


async def finish_erasures(ground: Ground, stop: asyncio.Event) -> None:
    """Let go of everybody whose data keys are gone, and have their resources withdrawn."""
    told = False

    async def step() -> None:
        nonlocal told
        waiting = bool(await ground.database.read(erase.approved))
        path = ground.settings.erasures_file
        if path is not None and (waiting or not told):
            lines = await ground.database.read(erasure_journal.lines)
            await asyncio.to_thread(_write_journal, path, lines)
            told = True
        if not waiting:
            return
        for one in shadows.every(ground.settings.data_dir):  # what they hold of anybody goes with them
            await asyncio.to_thread(shadows.let_go, one)
        if await ground.database.write(partial(_finish, ground)):
            ground.woken()

    await again_and_again(step, stop, "erasures")


def _write_journal(path: Path, lines: bytes) -> None:
    """Write the journal of erasures whole: it is on disk before anybody's rows are emptied."""
    beside = path.with_name(f".{path.name}.new")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(lines)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
    make_durable(path.parent)


def _finish(ground: Ground, connection: Connection) -> int:
    """Finish what can be finished; return how many. One transaction: the record forgets as the rows empty."""
    data_keys, now_ms = ground.desk.data_keys, ground.clock.now_ms()
    done = 0
    for one in erase.approved(connection, lock=True):
        if connection.dialect.name == "postgresql":
            erase.throw_keys_away(connection, data_keys, one, now_ms)
        if not erase.keys_are_gone(connection, data_keys, one):
            continue
        people = {*person_of(connection, one.keys).values(), one.person_id}
        erase.finish(connection, data_keys, one, Actor("ascbridge", "", ground.member), now_ms)
        forget(connection, ground.settings.sink.name, one.keys, people, now_ms)
        said_events.forget(connection, one.keys, one.decided_ms or now_ms)
        last_words.forget(connection, one.keys, one.decided_ms or now_ms)
        done += 1
    return done
