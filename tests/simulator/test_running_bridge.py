"""A bridge of its own: started by the command, asked from outside, stopped as a service manager does."""

import asyncio
import signal
import socket
import sys

import httpx
import pytest

from ascbridge.events.logs.sealing import Keyring
from ascbridge.operations import tokens
from ascbridge.simulator.running_bridge import NotStarted, RunningBridge, free_port
from tests.test_supervisor import gone


def test_a_wanted_port_that_is_free_is_given_and_one_that_is_taken_is_not():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert free_port(port) != port
    assert free_port(port) == port
    assert free_port() < 32768


async def test_it_starts_says_its_link_mints_tokens_and_stops_well(tmp_path):
    bridge = RunningBridge(
        tmp_path, http_port=free_port(), mllp_port=free_port(), settings={"ASCBRIDGE_INVENTED_PEOPLE": "true"}
    )
    assert not bridge.alive
    async with bridge:
        assert bridge.alive
        assert bridge.link.startswith(f"{bridge.url}/sign-in?code=")
        bearer = {"Authorization": f"Bearer {await bridge.token('discharge-team')}"}
        async with httpx.AsyncClient(base_url=bridge.url, timeout=60) as client:
            assert (await client.get("/api/tasks", headers=bearer)).json()["tasks"] == []
        slip = tokens.read(Keyring.load(tmp_path / "master.key"), bearer["Authorization"].split()[1])
        assert slip.who == "Simulated Community Discharge Team"  # and not the account that runs it
        with pytest.raises(NotStarted, match="nobody"):
            await bridge.token("nobody")
    assert (bridge.alive, bridge.exit_code) == (False, 0)
    await bridge.ended()


STARTS_ONE_AND_WAITS = """
import asyncio, pathlib, sys
from ascbridge.events.logs.sealing import Keyring
from ascbridge.operations import tokens
from ascbridge.simulator.running_bridge import RunningBridge, free_port

async def main():
    async with RunningBridge(pathlib.Path(sys.argv[1]), http_port=free_port(), mllp_port=free_port()) as bridge:
        print(bridge.pid, flush=True)
        await bridge.ended()

asyncio.run(main())
"""


async def test_a_bridge_ends_with_whoever_started_it_however_that_ends(tmp_path):
    starter = await asyncio.create_subprocess_exec(
        sys.executable, "-c", STARTS_ONE_AND_WAITS, str(tmp_path), stdout=asyncio.subprocess.PIPE
    )
    assert starter.stdout is not None
    bridge = int(await starter.stdout.readline())
    assert not gone(bridge)
    starter.kill()
    await starter.wait()
    async with asyncio.timeout(240):
        while not gone(bridge):  # noqa: ASYNC110  # nobody waits for it any more, so nobody is told
            await asyncio.sleep(0.05)


async def test_a_bridge_that_cannot_start_is_told_with_what_it_said(tmp_path):
    bridge = RunningBridge(
        tmp_path, http_port=free_port(), mllp_port=free_port(), settings={"ASCBRIDGE_BATCH": "0"}
    )
    with pytest.raises(NotStarted, match="batch"):
        async with bridge:
            pass
    assert bridge.exit_code not in (None, 0)


async def test_it_is_killed_as_by_a_power_cut_and_starts_again_with_what_it_had(tmp_path):
    bridge = RunningBridge(tmp_path, http_port=free_port(), mllp_port=free_port())
    await bridge.start()
    try:
        await bridge.kill()
        assert (bridge.alive, bridge.exit_code) == (False, -signal.SIGKILL)
        await bridge.start()
        assert bridge.alive
    finally:
        await bridge.stop()
    assert bridge.exit_code == 0
