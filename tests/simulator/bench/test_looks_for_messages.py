"""Every way to find a message is asked for, of messages and people that the store holds."""

import asyncio

import pytest

from ascbridge.operations.finding.find_messages import STATES
from ascbridge.simulator.bench import looks_for_messages, pattern, seeding
from ascbridge.simulator.bench.scenarios import Run


@pytest.mark.slow
@pytest.mark.timeout(1_500)
async def test_each_way_to_find_is_measured_on_each_store(tmp_path, monkeypatch):
    for module, name, value in (
        (pattern, "PEOPLE", 2),
        (pattern, "TODAY", 2),
        (looks_for_messages, "LOOKS", 4),
    ):
        monkeypatch.setattr(module, name, value)
    store = tmp_path / "store"
    await asyncio.to_thread(seeding.seed, store, 400, print)
    figures = await looks_for_messages.find(Run(tmp_path, 0.1, (store,)))
    said = [one.what for one in figures]
    assert said[0] == "find, all of it, p95"
    assert {f"find by state {state}, p95" for state in STATES} < set(said)
    assert {
        "find by NHS number, p95",
        "find by control id, p95",
        "find by task, p95",
        "find by time, p95",
    } < set(said)
    assert len({one.scenario for one in figures}) == 1
