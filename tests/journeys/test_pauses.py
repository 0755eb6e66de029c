"""Pause, drain and resume on a whole bridge, with a kill in between: nothing lost, doubled or out of order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest

from ascbridge.intake.hl7v2.mllp_client import MllpClient
from tests.intake.messages import NHS_NUMBER, adt
from tests.journeys.bridge import Bridge, on_sqlite

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.timeout(900), pytest.mark.slow]
WHO = {"local_id": "L-P", "visit": "V-P", "nhs_number": NHS_NUMBER}
READY = "ZU1||||||||||||||||||||||Y||20261006"


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Bridge]:
    made = on_sqlite(tmp_path)
    made.start()
    yield made
    made.kill()


async def post(bridge: Bridge, path: str, **body: Any) -> Any:
    headers = {"Authorization": f"Bearer {await bridge.token('it-operations')}"}
    async with httpx.AsyncClient(timeout=60) as client:
        url = f"http://127.0.0.1:{bridge.http}/api/operations/pauses{path}"
        answer = await client.post(url, headers=headers, json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def says(bridge: Bridge, number: int, trigger: str, at: str, *extra: str) -> str:
    raw = adt(trigger, control_id=f"P{number:04d}", sent=at, extra=extra, **WHO)
    async with await MllpClient.connect("127.0.0.1", bridge.mllp) as client:
        return (await client.send(raw)).code.value


async def refuses(bridge: Bridge) -> bool:
    try:
        client = await MllpClient.connect("127.0.0.1", bridge.mllp)
    except OSError:
        return True
    await client.close()
    return False


async def accepts(bridge: Bridge) -> bool:
    return not await refuses(bridge)


async def test_each_kind_is_stopped_outlives_a_kill_and_loses_nothing(own: Bridge) -> None:
    await own.ready()
    await post(own, "", kind="feed", name="itk-v24", why="a new map")
    await post(own, "", kind="sink", name="icr", why="the record moves")
    assert await says(own, 1, "A01", "202610021015") == "AA"  # kept and answered all the same

    async def one_waits() -> bool:
        (feed, _) = await own.get("/api/operations/pauses", "it-operations")
        return bool(feed["people"] == 1)

    await own.until(one_waits, "the message is set aside")
    own.kill()
    own.start()
    await own.ready()
    assert await says(own, 2, "A16", "202610061130", READY) == "AA"
    row = await own.ledger()
    assert (row["kept"], row["waiting"], row["adds_up"]) == (2, 2, True)
    assert await own.tasks() == []

    await post(own, "", kind="family", name="discharge", why="a look")
    await post(own, "/feed/itk-v24/resume", why="mended")

    async def stays_wait() -> bool:
        found = await own.get("/api/operations/flows", "it-operations")
        family = next(box for box in found["families"] if box["name"] == "discharge")
        return bool(family["waiting"] >= 2)

    await own.until(stays_wait, "what the hospital said is understood, and waits as a family")
    assert await own.tasks() == []
    own.kill()
    own.start()
    await own.ready()
    await post(own, "/family/discharge/resume", why="looked")

    async def there_is_work() -> bool:
        return len(await own.tasks()) == 1

    await own.until(there_is_work, "the task is there")
    (task,) = await own.tasks()
    assert (task["status"], task["ready_on"]) == ("requested", "2026-10-06")

    async def record_waits() -> bool:
        (sink,) = await own.get("/api/operations/pauses", "it-operations")
        return bool(sink["people"] == 1)

    await own.until(record_waits, "the person waits for the record")
    await post(own, "/sink/icr/resume", why="moved")
    assert (await own.settled(2))["adds_up"]

    await post(own, "", kind="feed", name="itk-v24", mode="drain", why="the hospital moves")
    await own.until(lambda: refuses(own), "nobody can connect")
    own.kill()
    own.start()

    async def serves() -> bool:
        try:
            return await own.answer("/health/live") != ""
        except httpx.HTTPError:
            return False

    await own.until(serves, "the pages are served")
    assert await refuses(own)
    await post(own, "/feed/itk-v24/resume", why="moved")
    await own.until(lambda: accepts(own), "senders are let in again")
    assert await says(own, 3, "A03", "202610071500") == "AA"
    assert (await own.settled(3))["adds_up"]
