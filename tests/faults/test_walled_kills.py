"""kill -9 while concerns come in by the form, by interfaces, by a case system's feeds and by a hospital's: each that was
answered stands behind the wall, once, with all that became of it, and is on its topic once for each version.

On one machine, and on PostgreSQL with Kafka, where the wall is a schema under a role of its own and its topic one that a
relay carries to: there a record may come again, but only as the event that it was.
"""

from __future__ import annotations

import asyncio
import json
import random
import sqlite3
from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING

import orjson
import pytest

from ascbridge.config_sections import KafkaSettings
from ascbridge.events.logs.log import SAFEGUARDING
from ascbridge.storage import migration
from tests.bootstrap.test_walled_topic import on_topic, own_role, told
from tests.faults.blows import kill
from tests.faults.concern_senders import ConcernSender
from tests.faults.concerns import Stands, faults, plan
from tests.faults.driver import Fault, beside
from tests.faults.stage import staged
from tests.faults.test_faults import EVERY, FIRST_SEED, MARKS, ONE_ROUND_S, ROUNDS
from tests.servers.process import free_port

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from tests.faults.concerns import Told, Way
    from tests.faults.scene import Scene

pytestmark = [pytest.mark.faults, pytest.mark.slow]
EACH_WAY, KILLS = (30, 20) if EVERY else (5, 6)
SECRET = b"a secret of thirty-two bytes....."
OWNER = "safeguarding"
VIEWS = ("to-decide", "enquiries", "closed")
SENDING_S = 600
Event = tuple[str, str]
"""The id of an event, and what it says of which concern: ``c1 concern-raised 1``."""


@pytest.mark.timeout(ONE_ROUND_S * ROUNDS)
@pytest.mark.parametrize(
    "stack", [pytest.param(one, id=f"{one}-walled-kills", marks=MARKS[one]) for one in ("sqlite", "kafka")]
)
async def test_what_was_acknowledged_stands_once_behind_the_wall(stack: str, tmp_path: Path) -> None:
    wrong = []
    for seed in range(FIRST_SEED, FIRST_SEED + ROUNDS):
        folder = tmp_path / str(seed)
        folder.mkdir()
        print(f"{stack}-walled-kills SEED={seed}", flush=True)
        port = free_port()
        async with staged(
            stack, Fault(kill.some, KILLS), folder, furnish=partial(_walls, folder, port)
        ) as scene:
            told_each = plan(seed, EACH_WAY)
            await _play(scene, told_each, seed, port)
            every = [one for each in told_each.values() for one in each]
            found = faults(every, await _standing(scene))
            if found:
                print(scene.bridge.logs())
        wrong += [f"{one}  (make faults FAULT={stack}-walled-kills SEED={seed} ROUNDS=1)" for one in found]
    assert not wrong, "\n".join(wrong)


async def _walls(folder: Path, port: int, scene: Scene) -> dict[str, str]:
    """The ways in of a case system; and on PostgreSQL a schema, a role and a key of the wall's own."""
    concerns, secret = folder / "concerns", folder / "secret"
    concerns.mkdir(mode=0o700)
    secret.write_bytes(SECRET)
    secret.chmod(0o600)
    shared = {}
    if scene.postgres is not None:
        url = own_role(scene.postgres, scene.postgres.database_url("bridge"))
        await migration.upgrade_walled_postgres(url)
        key = folder / "wall.key"
        key.write_bytes(bytes(range(32)))
        key.chmod(0o600)
        shared = {
            "ASCBRIDGE_SAFEGUARDING__DATABASE_URL": url,
            "ASCBRIDGE_SAFEGUARDING__MASTER_KEY_FILE": str(key),
        }
    return shared | {
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
    stories = []
    for view in VIEWS:
        for listed in (await scene.get(f"/api/concerns?view={view}", OWNER))["concerns"]:
            said = listed["concern"]
            stories.append((said, await scene.get(f"/api/concerns/{said['concern']}", OWNER)))
    events = await _on_the_topic(scene, sum(story["version"] for _, story in stories))
    return [
        Stands(said["reference"], said["account"], story["version"],
               tuple(one["act"] for one in story["acts"]), tuple(events.get(said["concern"], ())))
        for said, story in stories
    ]  # fmt: skip


async def _on_the_topic(scene: Scene, many: int) -> dict[str, list[str]]:
    """The events of each concern, as ``concern-raised 1``, once there are so many or nobody expects more."""
    if scene.broker is None:
        return _by_concern(_in_the_log(scene.data / "safeguarding.db"))
    settings = KafkaSettings(bootstrap=scene.broker.bootstrap)
    events: set[Event] = set()

    async def carried() -> bool:
        events.update(_event(told(one)["ce_id"], told(one)["ce_type"], one.value)
                      for one in await on_topic(settings, SAFEGUARDING))  # fmt: skip
        return len(events) >= many

    await scene.until(carried)
    return _by_concern(events)


def _in_the_log(path: Path) -> list[Event]:
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as raw:
        rows = raw.execute("SELECT headers, value FROM event_log").fetchall()
    return [_event("", orjson.loads(headers)["ce_type"], value) for headers, value in rows]


def _event(id: str, kind: str, value: bytes) -> Event:
    fact = orjson.loads(value)
    return id, f"{fact['concern']} {kind.split('.')[-2]} {fact['revision']}"


def _by_concern(events: Iterable[Event]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for _, event in events:
        concern, _, said = event.partition(" ")
        found.setdefault(concern, []).append(said)
    return found
