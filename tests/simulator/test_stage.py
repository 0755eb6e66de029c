"""The stage: a story plays to its end, stops when asked, and does not outlive its bridge."""

import asyncio
from types import SimpleNamespace

import pytest

from ascbridge.simulator.pace import AtOnce
from ascbridge.simulator.running_bridge import NotStarted
from ascbridge.simulator.schedule import Schedule, Send
from ascbridge.simulator.stage import Stage
from tests.simulator.mllp_server import MllpServer

NOTHING = Schedule(0, 60_000, (), (), (), ())


class FakeBridge(SimpleNamespace):
    """Stands for a running bridge; it ends when told to."""

    def __init__(self, mllp_port: int = 1) -> None:
        super().__init__(mllp_port=mllp_port, url="http://127.0.0.1:1", over=asyncio.Event())

    async def token(self, role: str) -> str:
        return role

    async def ended(self) -> None:
        await self.over.wait()

    def tail(self) -> str:
        return "the last words"


async def test_a_story_plays_to_its_end(tmp_path):
    message = Send(1000, b"MSH|^~\\&|PAS|RKB|ROUTE|RKB|20260303||ADT^A28|P1|P|2.4\r", "U1", "AA")
    schedule = Schedule(0, 60_000, (message,), (), (), ())
    async with MllpServer() as server:
        stage = Stage(FakeBridge(server.port), tmp_path, tmp_path)
        pace = AtOnce(tmp_path / "clock.json", 0)
        await stage.play(schedule, pace, asyncio.Event())
        await stage.close()
        assert (len(server.heard), pace.shown_ms) == (1, 60_000)


async def test_a_bridge_that_ends_meanwhile_ends_the_story_with_its_last_words(tmp_path):
    bridge = FakeBridge()
    bridge.over.set()
    stage = Stage(bridge, tmp_path, tmp_path)
    slow = SimpleNamespace(window_ms=0, shown_ms=0, until=lambda due_ms: asyncio.Event().wait())
    with pytest.raises(NotStarted, match="the last words"):
        await stage.play(NOTHING, slow, asyncio.Event())
    await stage.close()


async def test_a_story_that_is_stopped_is_no_fault(tmp_path):
    stop, bridge = asyncio.Event(), FakeBridge()
    stop.set()
    bridge.over.set()
    stage = Stage(bridge, tmp_path, tmp_path)
    await stage.play(NOTHING, AtOnce(tmp_path / "clock.json", 0), stop)
    await stage.close()
