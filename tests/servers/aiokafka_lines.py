"""The connections that aiokafka makes in a test, so that none of them is left to the garbage collector.

aiokafka drops some without closing them: one that is cancelled while it starts, one that the broker closed a moment
before. The collector comes upon such a connection during any later test, and pytest would blame that one.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from aiokafka.conn import AIOKafkaConnection

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

PATIENCE_S = 60


@contextlib.contextmanager
def remembered() -> Iterator[list[AIOKafkaConnection]]:
    """Hold on to every connection that is begun from now on."""
    lines: list[AIOKafkaConnection] = []
    connect = AIOKafkaConnection.connect

    async def remembering(line: AIOKafkaConnection) -> object:
        lines.append(line)
        return await connect(line)

    AIOKafkaConnection.connect = remembering
    try:
        yield lines
    finally:
        AIOKafkaConnection.connect = connect


@contextlib.asynccontextmanager
async def closed_at_the_end() -> AsyncIterator[list[AIOKafkaConnection]]:
    """Close every connection that is begun within, and see it closed, while its event loop still runs."""
    with remembered() as lines:
        yield lines
        await _end_tasks()
        for line in lines:
            line.close()
        ends = [line._closed_fut for line in lines if line._protocol is not None]
        if ends:
            await asyncio.wait(ends, timeout=PATIENCE_S)


async def _end_tasks() -> None:
    """End what a client of aiokafka that nobody closed still does: it would connect again."""
    theirs = [task for task in asyncio.all_tasks() if _of_aiokafka(task)]
    for task in theirs:
        task.cancel()
    if theirs:
        await asyncio.wait(theirs, timeout=PATIENCE_S)


def _of_aiokafka(task: asyncio.Task[object]) -> bool:
    code = getattr(task.get_coro(), "cr_code", None)
    return code is not None and "/aiokafka/" in code.co_filename
