"""Gates of feeds: shut while a feed is drained, and as they were where nobody can say."""

import asyncio

from ascbridge.bootstrap.parts.gates import Gates

PATIENCE_S = 60


async def test_a_gate_stands_as_it_was_told_last() -> None:
    found: list[frozenset[str] | OSError] = [frozenset()]

    async def drained() -> frozenset[str]:
        last = found[-1]
        if isinstance(last, OSError):
            raise last
        return last

    gates, stop = Gates(drained), asyncio.Event()
    running = asyncio.create_task(gates.run(stop))
    assert not gates.is_shut("ward")
    found.append(frozenset({"ward"}))
    await asyncio.wait_for(gates.until("ward", stop, shut=True), PATIENCE_S)
    assert not gates.is_shut("door")
    found.append(OSError("the database is away"))
    await gates.look()
    assert gates.is_shut("ward")
    found.append(frozenset())
    await asyncio.wait_for(gates.until("ward", stop, shut=False), PATIENCE_S)
    waiting = asyncio.create_task(gates.until("ward", stop, shut=True))
    stop.set()
    await asyncio.wait_for(asyncio.gather(waiting, running), PATIENCE_S)
