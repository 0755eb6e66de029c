"""The servers below: Kafka and PostgreSQL are stopped or killed and come back; a second worker comes and goes."""

from __future__ import annotations

import asyncio
import signal
from typing import TYPE_CHECKING

from tests.servers.process import free_port

if TYPE_CHECKING:
    import random

    from tests.faults.scene import Scene
    from tests.servers.process import Process


async def broker(scene: Scene, rng: random.Random) -> str:
    """Restart the broker, in order or by SIGKILL."""
    assert scene.broker is not None
    return "Kafka " + await _restart(scene.broker, rng)


async def postgres(scene: Scene, rng: random.Random) -> str:
    """Restart PostgreSQL, in order or by SIGKILL."""
    assert scene.postgres is not None
    return "PostgreSQL " + await _restart(scene.postgres, rng)


async def second_worker(scene: Scene, rng: random.Random) -> str:
    """Let a second worker of one kind join, so that partitions move to it, and end it again, in order or not."""
    kind = rng.choice(("discharge", "record", "intake"))
    name = one_more(scene, kind)
    await asyncio.sleep(rng.uniform(3, 8))
    process, hard = scene.bridge.remove(name), rng.random() < 0.5
    process.send_signal(signal.SIGKILL if hard else signal.SIGTERM)
    await asyncio.to_thread(process.wait, 240)
    return f"a second {kind} comes and {'is killed' if hard else 'goes'}"


def one_more(scene: Scene, kind: str) -> str:
    """Start one more service of a kind, on ports of its own; return its name."""
    bridge = scene.bridge
    name = f"{kind}-{len(bridge.services)}"
    bridge.settings[name] = {
        "ASCBRIDGE_HEALTH__ADDRESS__PORT": str(free_port()),
        "ASCBRIDGE_MLLP__ADDRESS__PORT": str(free_port()),
    }
    bridge.add(name, bridge.services[kind])
    return name


async def _restart(server: Process, rng: random.Random) -> str:
    hard = rng.random() < 0.5
    await asyncio.to_thread(server.kill if hard else server.stop)
    await asyncio.sleep(rng.uniform(0, 2))
    await asyncio.to_thread(server.start)
    return "is killed and comes back" if hard else "is stopped and comes back"
