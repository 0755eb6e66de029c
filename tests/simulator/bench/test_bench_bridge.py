"""The bridge under measurement: ready when it says so, and asked only over its interfaces."""

import itertools

from ascbridge.simulator.bench.bench_bridge import running
from ascbridge.simulator.bench.mllp_load import Messages, closed_loop

NOON = 1_772_539_200_000


async def test_what_was_kept_is_delivered_when_it_has_drained(tmp_path):
    async with running(tmp_path) as bench:
        assert bench.start_s > 0
        assert (await bench.delivered(), await bench.open_tasks()) == (0, 0)
        ready = iter(Messages("T1x", NOON, ("A16",)))
        measured = await closed_loop(
            bench.bridge.mllp_port, itertools.islice(ready, 6), connections=2, seconds=30, most=5
        )
        await bench.drain()
        assert (len(measured.waits), measured.refused) == (5, 0)
        assert (await bench.delivered(), await bench.open_tasks()) == (5, 5)
    assert bench.bridge.exit_code == 0
