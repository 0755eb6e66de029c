"""One round: the hospital sends, a fault strikes some times in the midst of it, and the checker judges what came of it.

A round follows from its fault, its stack and its seed: the same three send the same messages and strike the same blows
at the same points of the traffic. What the machine does in between is its own, so a failure may need a few goes.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.faults.blows import clock, disk, freeze, kill, lines, merge, partition, servers, sink
from tests.faults.checker import faults
from tests.faults.hospital import STAYS, plan
from tests.faults.senders import Sender
from tests.faults.witness import evidence

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tests.faults.checker import Evidence
    from tests.faults.scene import Scene

    Blow = Callable[[Scene, random.Random], Awaitable[str]]

SENDING_S = 600
LONGEST_PAUSE_S = 0.25
"""Between two messages of a connection, so that a round takes longer than what happens to it."""
LATER_S = 0.2
SETTLING_S = 300
THE_ISSUES_STAYS = 1_100
"""Some 5,000 messages."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A way in which things go wrong, how often in a round, and what it needs: each a word that `staged` knows."""

    blow: Blow
    blows: int
    needs: frozenset[str] = frozenset()
    in_ci: tuple[str, ...] = ("sqlite",)
    """On which stacks it is played with every change; on the other it is when somebody plays many rounds."""
    blows_of_many: int = 0
    """How many in a round where many are played; 0: as many."""
    stays: int = STAYS
    pause_s: float = LONGEST_PAUSE_S


EVERYWHERE = ("sqlite", "kafka")
ANYWHERE = {
    "kills": Fault(kill.some, 10, in_ci=EVERYWHERE, blows_of_many=25, stays=THE_ISSUES_STAYS, pause_s=0),
    "kill": Fault(kill.one, 4, in_ci=()),
    "power-cut": Fault(kill.everything, 4, in_ci=()),
    "freeze": Fault(freeze.one, 3, in_ci=()),
    "lines": Fault(lines.bad, 3),
    "merge": Fault(merge.in_the_middle, 3),
    "clock": Fault(clock.step, 4, frozenset({"clock"}), in_ci=()),
    "clock-back": Fault(clock.back, 2, frozenset({"clock"})),
}
ON_ONE_MACHINE = {
    "disk": Fault(disk.full, 3, frozenset({"disk"})),
    "sink-away": Fault(sink.away, 3, frozenset({"fhir"}), in_ci=()),
    "sink-broken": Fault(sink.broken, 3, frozenset({"fhir"})),
    "hapi-publisher": Fault(
        sink.publisher_killed, 2, frozenset({"hapi"}), blows_of_many=20, stays=8 * STAYS, pause_s=1.0
    ),
    "hapi": Fault(sink.killed, 2, frozenset({"hapi"}), blows_of_many=20, stays=4 * STAYS),
}
ON_KAFKA = {
    "broker": Fault(servers.broker, 2, in_ci=EVERYWHERE),
    "postgres": Fault(servers.postgres, 3, in_ci=EVERYWHERE),
    "rebalance": Fault(servers.second_worker, 2, in_ci=EVERYWHERE),
    "disk": Fault(disk.of_a_server, 2, frozenset({"disk"}), in_ci=()),
    "partition": Fault(partition.one, 3, frozenset({"between"}), in_ci=()),
    "sink-broken": Fault(sink.broken, 3, frozenset({"fhir"})),
}
FAULTS: dict[str, dict[str, Fault]] = {
    "kafka": ANYWHERE | ON_KAFKA,
    "sqlite": ANYWHERE | ON_ONE_MACHINE,
}
"""Every fault by its stack and name; those that take longest first, so that two workers end together."""


async def play(scene: Scene, fault: Fault, seed: int, *, many: bool = False) -> tuple[list[str], Evidence]:
    """Play one round; return what is wrong, and what that rests on."""
    made, rng = plan(seed, fault.stays), random.Random(f"{seed} blows")
    begun, blows = time.monotonic(), (many and fault.blows_of_many) or fault.blows

    def tell(*words: str) -> None:
        print(f"  {time.monotonic() - begun:5.1f} s", *words, flush=True)

    scene.senders = [
        Sender(line, scene.bridge.mllp, f"{seed} line {number}", fault.pause_s)
        for number, line in enumerate(made.lines)
    ]
    await scene.begun()
    await scene.sign_in()
    async with beside(scene.keep_running(), scene.watch()):
        sending = [asyncio.create_task(sender.run()) for sender in scene.senders]
        total = len(made.sent)
        for point in sorted(rng.uniform(0.05, 0.9) for _ in range(blows)):
            await scene.until(lambda p=point: _so_far(made.sent, p * total), SENDING_S, look_every_s=0.02)
            await asyncio.sleep(rng.uniform(0, LATER_S))
            tell(
                f"after {sum(bool(one.answers) for one in made.sent)} of {total}:",
                await fault.blow(scene, rng),
            )
        _, late = await asyncio.wait(sending, timeout=SENDING_S)
        for one in late:
            one.cancel()
        await asyncio.gather(*sending, return_exceptions=True)
        tell("not all is acknowledged" if late else "all is acknowledged")
        await scene.until(lambda: _settled(scene), 30 if late else SETTLING_S)
        await scene.ready()
        tell("nothing waits any more")
        found = await evidence(scene, made, await scene.health())
    wrong = faults(found)
    tell(f"judged, after {scene.restarts} restarts")
    return wrong, found


async def _so_far(sent: list, wanted: float) -> bool:
    return sum(bool(one.answers) for one in sent) >= wanted


async def _settled(scene: Scene) -> bool:
    """Whether every message has come to its end, and nobody is on the way to a sink: whom a merge left behind is owed
    to no message.
    """
    row = await scene.ledger()
    if not row["kept"] or any(row[name] for name in ("waiting", "held", "parked")):
        return False
    found = await scene.get("/api/operations/flows", "it-operations")
    return not any(one["people_waiting"] for one in found["sinks"])


@contextlib.asynccontextmanager
async def beside(*parts: Awaitable[None]):
    """Let something run beside a round; where it fails, so does the round."""
    tasks = [asyncio.ensure_future(part) for part in parts]
    try:
        yield
        for task in tasks:
            if task.done():
                task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
