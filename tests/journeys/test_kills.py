"""A smoke of the promise that nothing is lost and nothing doubled: a thousand messages, five power cuts."""

from __future__ import annotations

import asyncio
import random
from typing import TYPE_CHECKING

import pytest

from ascbridge.intake.mllp_client import MllpClient, NoAnswer
from tests.intake.messages import adt

if TYPE_CHECKING:
    from tests.journeys.bridge import Bridge

pytestmark = [pytest.mark.timeout(900), pytest.mark.slow]

STAYS = 250
KILLS = 5
SEED = 20261122
READY = ("ZU1||||||||||||||||||||||Y||20261006",)


def messages() -> list[bytes]:
    """Four messages for each of 250 stays, as a hospital would send them: each stay in order, stays interleaved."""
    rng = random.Random(SEED)
    waiting = [
        [
            adt(trigger, control_id=f"K{stay:03d}{trigger}", sent=f"2026100{day}1000", local_id=f"L{stay:03d}",
                nhs_number="", visit=f"V{stay:03d}", extra=READY if trigger == "A16" else ())
            for day, trigger in enumerate(("A01", "A02", "A16", "A03"), start=2)
        ]
        for stay in range(STAYS)
    ]  # fmt: skip
    mixed = []
    while waiting:
        stay = rng.choice(waiting)
        mixed.append(stay.pop(0))
        if not stay:
            waiting.remove(stay)
    return mixed


async def send_until_acknowledged(bridge: Bridge, raws: list[bytes], acknowledged: list[bytes]) -> None:
    """Send each message until it is accepted, as a hospital's engine does; one that was cut off is sent again."""
    client: MllpClient | None = None
    for raw in raws:
        while True:
            try:
                client = client or await MllpClient.connect("127.0.0.1", bridge.mllp, timeout_s=10)
                if (await client.send(raw)).accepted:
                    acknowledged.append(raw)
                    break
            except (OSError, NoAnswer, TimeoutError):
                if client is not None:
                    await client.close()
                client = None
                await asyncio.sleep(0.05)
    if client is not None:
        await client.close()


async def test_a_thousand_messages_survive_five_power_cuts(bridge: Bridge) -> None:
    await bridge.ready()
    raws, acknowledged = messages(), []
    sending = asyncio.create_task(send_until_acknowledged(bridge, raws, acknowledged))
    for kill in range(1, KILLS + 1):
        while len(acknowledged) < kill * len(raws) // (KILLS + 1):
            await asyncio.sleep(0.01)
            assert not sending.done()
        bridge.kill()
        bridge.start()
    await sending
    await bridge.ready()
    assert len(acknowledged) == len(raws) == 4 * STAYS
    row = await bridge.settled(len(raws))
    assert row["kept"] == row["delivered"] == len(raws)
    assert row["received"] == row["refused"] + row["duplicate"] + row["kept"]
    tasks = await every_task(bridge)
    assert len(tasks) == len({task["spell"] for task in tasks}) == STAYS
    assert {task["signal"] for task in tasks} == {"discharged"}
    assert await count(bridge, "Task") == await count(bridge, "Encounter") == STAYS


async def every_task(bridge: Bridge) -> list[dict[str, object]]:
    """Page through the discharge team's list."""
    found: list[dict[str, object]] = []
    while True:
        page = await bridge.get(f"/api/tasks?view=open&limit=200&after={len(found)}", "discharge-team")
        found += page["tasks"]
        if not page["more"]:
            return found


async def count(bridge: Bridge, kind: str) -> int:
    """How many resources of a type the shared record holds."""
    seen: set[str] = set()
    path = f"/fhir/{kind}?_count=100"
    while path:
        page = await bridge.get(path, "integration")
        seen |= {entry["resource"]["id"] for entry in page.get("entry", [])}
        after = [link["url"] for link in page["link"] if link["relation"] == "next"]
        path = after[0][after[0].index("/fhir/") :] if after else ""
    return len(seen)
