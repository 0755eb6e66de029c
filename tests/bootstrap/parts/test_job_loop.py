"""The loop of a background job: what cannot be used just now ends no service."""

from __future__ import annotations

import asyncio

import pytest

from ascbridge.bootstrap.parts import job_loop
from ascbridge.events.logs.faults import InfrastructureFault


@pytest.mark.parametrize("fault", [OSError("no disk"), InfrastructureFault("Kafka: cannot be reached")])
async def test_a_job_waits_for_a_machine_that_cannot_be_used_and_ends_no_service(
    fault: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job_loop, "LOOK_EVERY_S", 0.001)
    stop, tries = asyncio.Event(), 0

    async def step() -> None:
        nonlocal tries
        tries += 1
        if tries == 3:
            stop.set()
        raise fault

    await asyncio.wait_for(job_loop.again_and_again(step, stop, "a test"), 60)
    assert tries == 3
