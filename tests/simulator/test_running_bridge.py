"""A bridge of its own: started by the command, asked from outside, stopped as a service manager does."""

import socket

import httpx
import pytest

from ascbridge.simulator.running_bridge import NotStarted, RunningBridge, free_port


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
        async with httpx.AsyncClient(base_url=bridge.url) as client:
            assert (await client.get("/api/tasks", headers=bearer)).json()["tasks"] == []
        with pytest.raises(NotStarted, match="nobody"):
            await bridge.token("nobody")
    assert (bridge.alive, bridge.exit_code) == (False, 0)
    await bridge.ended()


async def test_a_bridge_that_cannot_start_is_told_with_what_it_said(tmp_path):
    bridge = RunningBridge(
        tmp_path, http_port=free_port(), mllp_port=free_port(), settings={"ASCBRIDGE_BATCH": "0"}
    )
    with pytest.raises(NotStarted, match="batch"):
        async with bridge:
            pass
    assert bridge.exit_code not in (None, 0)
