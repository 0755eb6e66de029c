"""kill -9 while concerns come in by the form, by interfaces, by a case system's feeds and by a hospital's: each that was
answered stands behind the wall, once, with all that became of it, and is on its topic once for each version.
"""

from __future__ import annotations

import asyncio
import json
import random
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import orjson
import pytest

from tests.faults.blows import kill
from tests.faults.concern_senders import ConcernSender
from tests.faults.concerns import Stands, faults, plan
from tests.faults.driver import Fault, beside
from tests.faults.stage import staged
from tests.faults.test_faults import EVERY, FIRST_SEED, ONE_ROUND_S, ROUNDS
from tests.servers.process import free_port

if TYPE_CHECKING:
    from pathlib import Path

    from tests.faults.concerns import Told, Way
    from tests.faults.scene import Scene

pytestmark = [pytest.mark.faults, pytest.mark.slow]
EACH_WAY, KILLS = (30, 20) if EVERY else (5, 6)
SECRET = b"a secret of thirty-two bytes....."
OWNER = "safeguarding"
VIEWS = ("to-decide", "enquiries", "closed")
SENDING_S = 600


@pytest.mark.timeout(ONE_ROUND_S * ROUNDS)
@pytest.mark.parametrize("stack", [pytest.param("sqlite", id="sqlite-walled-kills")])
async def test_what_was_acknowledged_stands_once_behind_the_wall(stack: str, tmp_path: Path) -> None:
    wrong = []
    for seed in range(FIRST_SEED, FIRST_SEED + ROUNDS):
        folder = tmp_path / str(seed)
        folder.mkdir()
        print(f"{stack}-walled-kills SEED={seed}", flush=True)
        port = free_port()
        async with staged(stack, Fault(kill.some, KILLS), folder, _variables(folder, port)) as scene:
            told = plan(seed, EACH_WAY)
            await _play(scene, told, seed, port)
            found = faults([one for each in told.values() for one in each], await _standing(scene))
            if found:
                print(scene.bridge.logs())
        wrong += [f"{one}  (make faults FAULT={stack}-walled-kills SEED={seed} ROUNDS=1)" for one in found]
    assert not wrong, "\n".join(wrong)


def _variables(folder: Path, port: int) -> dict[str, str]:
    concerns, secret = folder / "concerns", folder / "secret"
    concerns.mkdir(mode=0o700)
    secret.write_bytes(SECRET)
    secret.chmod(0o600)
    return {
        "ASCBRIDGE_SAFEGUARDING__FOLDER": str(concerns),
        "ASCBRIDGE_SAFEGUARDING__WEBHOOK__ADDRESS": json.dumps({"host": "127.0.0.1", "port": port}),
        "ASCBRIDGE_SAFEGUARDING__WEBHOOK__SECRET_FILES": json.dumps([str(secret)]),
    }


async def _play(scene: Scene, told: dict[Way, list[Told]], seed: int, port: int) -> None:
    """Say all of it, with kills in the midst of it."""
    rng, folder = random.Random(f"{seed} kills"), scene.bridge.folder / "concerns"
    every = [one for each in told.values() for one in each]
    await scene.begun()
    for role in (OWNER, "referring-professional"):
        await scene.bridge.token(role)

    async def so_far(wanted: float) -> bool:
        failed = any(task.done() and task.exception() for task in sending)
        return failed or sum(bool(one.answers) for one in every) >= wanted

    async with beside(scene.keep_running()):
        senders = [
            ConcernSender(scene, each, f"{seed} {way}", folder, port, SECRET) for way, each in told.items()
        ]
        sending = [asyncio.create_task(sender.run()) for sender in senders]
        for point in sorted(rng.uniform(0.02, 0.9) for _ in range(KILLS)):
            await scene.until(lambda p=point: so_far(p * len(every)), SENDING_S, look_every_s=0.01)
            await asyncio.sleep(rng.uniform(0, 0.1))
            print(
                f"  after {sum(bool(one.answers) for one in every)}:", await kill.some(scene, rng), flush=True
            )
        await asyncio.wait_for(asyncio.gather(*sending), SENDING_S)
        assert await scene.ready(), await scene.health()


async def _standing(scene: Scene) -> list[Stands]:
    """Every concern as its owners see it, with its events as they stand on the topic."""
    told = _on_the_topic(scene.data / "safeguarding.db")
    found = []
    for view in VIEWS:
        for listed in (await scene.get(f"/api/concerns?view={view}", OWNER))["concerns"]:
            said = listed["concern"]
            story = await scene.get(f"/api/concerns/{said['concern']}", OWNER)
            acts = tuple(one["act"] for one in story["acts"])
            events = tuple(told.get(said["concern"], ()))
            found.append(Stands(said["reference"], said["account"], story["version"], acts, events))
    return found


def _on_the_topic(path: Path) -> dict[str, list[str]]:
    """The events of each concern, as ``concern-raised 1``."""
    told: dict[str, list[str]] = {}
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as raw:
        for headers, value in raw.execute("SELECT headers, value FROM event_log"):
            fact, kind = orjson.loads(value), orjson.loads(headers)["ce_type"]
            told.setdefault(fact["concern"], []).append(f"{kind.split('.')[-2]} {fact['revision']}")
    return told
