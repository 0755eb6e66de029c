"""Many dead letters sent again on a whole bridge that is killed twice meanwhile: each once, in order, beside news."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import httpx
import pytest

from ascbridge.intake.hl7v2.mllp_client import MllpClient
from ascbridge.simulator.bench.replay_live import CAUSE, bury_all
from ascbridge.storage import migration
from tests.intake.messages import adt
from tests.journeys.bridge import Bridge, on_sqlite

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import Any

pytestmark = [pytest.mark.timeout(900), pytest.mark.slow]
PEOPLE, EACH, RATE = 30, 3, 20
READY = "ZU1||||||||||||||||||||||Y||20261006"


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Bridge]:
    made = on_sqlite(tmp_path)
    made.start()
    yield made
    made.kill()


async def ask(bridge: Bridge, path: str, **body: Any) -> Any:
    headers = {"Authorization": f"Bearer {await bridge.token('it-operations')}"}
    async with httpx.AsyncClient(timeout=60) as client:
        url = f"http://127.0.0.1:{bridge.http}/api/operations/{path}"
        answer = await client.post(url, headers=headers, json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def says(client: MllpClient, person: int, number: int, *extra: str) -> None:
    """The third message about somebody takes back that they are ready: so the order shows."""
    ready = (READY,) if number == 1 else ("ZU1||||||||||||||||||||||N||",) if number == 2 else ()
    raw = adt(
        ("A01", "A16", "A25")[number], control_id=f"P{person}N{number}", sent=f"2026100{number + 2}1015",
        extra=(*ready, *extra), local_id=f"L{person}", visit=f"V{person}", nhs_number="",
    )  # fmt: skip
    assert (await client.send(raw)).code.value == "AA"


async def test_a_run_outlives_kills_and_every_letter_is_read_once_in_its_persons_order(own: Bridge) -> None:
    await own.ready()
    async with await MllpClient.connect("127.0.0.1", own.mllp) as client:
        for number in range(EACH):
            for person in range(PEOPLE):
                await says(client, person, number)
    await own.settled(PEOPLE * EACH)
    before = sorted((task["status"], task["ready_on"]) for task in await own.tasks())
    own.kill()
    data = own.folder / "data"
    for path in data.glob("bridge.db*"):
        path.unlink()
    migration.upgrade_sqlite(data)
    assert await asyncio.to_thread(bury_all, data) == PEOPLE * EACH
    own.forget_tokens()
    own.start()
    await own.ready()
    assert (await own.ledger())["dead"] == PEOPLE * EACH
    tried = await ask(own, "replays", cause=CAUSE)
    assert (tried["letters"], [one["fails"] for one in tried["sample"]]) == (PEOPLE * EACH, [""] * 5)
    await ask(own, "replays", cause=CAUSE, per_second=RATE, dry_run=False, why="the profile is mended")

    async def run() -> dict[str, Any]:
        (found,) = await own.get("/api/operations/replays", "it-operations")
        return dict(found)

    for far in (PEOPLE * EACH // 4, PEOPLE * EACH // 2):

        async def so_far(far: int = far) -> bool:
            return bool((await run())["sent"] >= far)

        await own.until(so_far, f"{far} letters were sent again")
        own.kill()
        own.start()
        await own.ready()
        async with await MllpClient.connect("127.0.0.1", own.mllp) as client:
            await says(client, 100 + far, 0)  # news meanwhile

    async def is_over() -> bool:
        return (await run())["state"] == "done"

    await own.until(is_over, "the run has ended")
    row = await own.settled(PEOPLE * EACH + 2)
    assert (row["dead"], row["held"], row["parked"], row["adds_up"]) == (0, 0, 0, True)
    end = await run()
    assert (end["sent"], end["letters"], end["again"]) == (PEOPLE * EACH, PEOPLE * EACH, 0)
    assert sorted((task["status"], task["ready_on"]) for task in await own.tasks()) == before
