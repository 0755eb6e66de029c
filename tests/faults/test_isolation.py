"""Trouble stays where it is: with one person, with one sink, with whoever sends too much. On both stacks.

What a whole bridge does is shown here; the rules themselves are in tests/events/handlers/test_delivery.py (holds),
tests/record/test_publisher.py (sinks) and tests/intake/doors/test_mllp_listener.py (senders).
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ascbridge.intake.hl7v2.mllp import frame
from ascbridge.intake.hl7v2.mllp_client import MllpClient
from tests.faults.blows import kill
from tests.faults.driver import Fault
from tests.faults.poison import ask, cured, poison
from tests.faults.stage import staged
from tests.intake.messages import adt

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.faults.scene import Scene

pytestmark = [pytest.mark.faults, pytest.mark.slow, pytest.mark.timeout(1_200)]
BOTH = ["sqlite", pytest.param("kafka", marks=[pytest.mark.kafka, pytest.mark.postgres])]
READY = ("ZU1||||||||||||||||||||||Y||20261006",)
HOST = "127.0.0.1"


@contextlib.asynccontextmanager
async def running(stack: str, folder: Path, *needs: str, **settings: str) -> AsyncIterator[Scene]:
    """Give a bridge that is ready and has done nothing yet."""
    variables = {f"ASCBRIDGE_{name}": value for name, value in settings.items()}
    async with staged(stack, Fault(kill.one, 0, frozenset(needs)), folder, variables) as scene:
        await scene.begun()
        await scene.sign_in()
        yield scene


def admitted_and_ready(name: str) -> list[bytes]:
    """The two messages after which somebody stands on the worklist."""
    of = {"local_id": f"L{name}", "visit": f"V{name}", "nhs_number": ""}
    return [
        adt("A01", control_id=f"{name}1", sent="202610011000", **of),
        adt("A16", control_id=f"{name}2", sent="202610021000", extra=READY, **of),
    ]


async def sent(scene: Scene, *raws: bytes) -> None:
    async with await MllpClient.connect(HOST, scene.bridge.mllp) as client:
        for raw in raws:
            assert (await client.send(raw)).code.value == "AA"


async def until(scene: Scene, **wanted: int) -> None:
    """Wait until the ledger has these counts."""
    row: dict[str, Any] = {}

    async def there() -> bool:
        row.update(await scene.ledger())
        return all(row[name] == count for name, count in wanted.items())

    assert await scene.until(there), f"{row}, wanted {wanted}\n{scene.bridge.logs()}"


# -- one person's trouble


@pytest.mark.parametrize("stack", BOTH)
async def test_a_poison_message_holds_its_person_only_and_only_for_its_bound(
    stack: str, tmp_path: Path
) -> None:
    bound = json.dumps({"itk-v24": {"hold_tries": 2, "hold_minutes": 0.02}})
    async with running(stack, tmp_path, FEEDS=bound) as scene:
        first, second = admitted_and_ready("P")
        await sent(scene, first)
        await until(scene, delivered=1)
        ((spell_key,),) = {tuple(row) for row in await ask(scene, "SELECT spell_key FROM evidence")}
        await poison(scene, spell_key)
        others = [raw for number in range(5) for raw in admitted_and_ready(f"O{number}")]
        await sent(scene, second, *others)
        await until(scene, delivered=11, dead=1, held=0, parked=0)
        assert len(await scene.worklist("open")) == 5
        await cured(scene)
        (letter,) = await scene.get("/api/operations/dead-letters", "it-operations")
        await scene.send(f"/api/operations/dead-letters/{letter['dead_id']}/send-again", "it-operations")
        await until(scene, delivered=12, dead=0)
        assert len(await scene.worklist("open")) == 6


# -- a sink that is away

PEOPLE, A_BUNDLE, A_SECOND = 30, 5, 20


@pytest.mark.parametrize("stack", BOTH)
async def test_a_dead_sink_stops_nothing_else_and_is_caught_up_with_at_a_bounded_rate(
    stack: str, tmp_path: Path
) -> None:
    pace = {"SINK__PEOPLE_PER_BUNDLE": str(A_BUNDLE), "SINK__CATCH_UP_PER_SECOND": str(A_SECOND)}
    async with running(stack, tmp_path, "fhir", **pace) as scene:
        assert scene.fhir is not None
        await scene.fhir.down()
        await sent(scene, *(raw for number in range(PEOPLE) for raw in admitted_and_ready(f"P{number:02d}")))

        async def all_stand_there() -> bool:
            return len(await scene.worklist("open")) == PEOPLE

        assert await scene.until(all_stand_there)
        row = await scene.ledger()
        assert (row["kept"], row["delivered"], row["held"], row["dead"]) == (2 * PEOPLE, 0, 0, 0)
        began = time.monotonic()
        await scene.fhir.up()
        await until(scene, delivered=2 * PEOPLE)
        patients = [name for name in scene.fhir.held if name.startswith("Patient/")]
        assert len(patients) == PEOPLE
        assert {version for version, _ in scene.fhir.held.values()} == {1}
        last = max(scene.fhir.first_at[name] for name in patients)
        # So many people, less those of the Bundles that were under way at once, each worth its part of a second.
        assert last - began >= (PEOPLE - 3 * A_BUNDLE) / A_SECOND


# -- too much at once

LINES, EACH, PATIENTS = 8, 100, 100
LONG = tuple(f"NTE|{number}||{'x' * 20_000}" for number in range(3))
"""Makes a message of 60 KB, so that 2,400 of them in memory would show: 144 MB."""
GROWTH_MB = 96
"""What remembers keys, statements and pages of the databases fills up meanwhile, to its bound: 30 MB and more."""


@pytest.mark.parametrize("stack", BOTH if "ROUNDS" in os.environ else ["sqlite"])
async def test_too_much_at_once_is_kept_without_growing_and_worked_off(stack: str, tmp_path: Path) -> None:
    """Eight senders write as fast as the line takes it, while whoever works on it stands still: once, and then three
    times as much.
    """
    async with running(stack, tmp_path) as scene:
        await flooded(scene, 1)
        await until(scene, delivered=LINES * EACH)
        before = {pid: most_mb(pid) for pid in scene.pids()}
        await flooded(scene, 3)
        await until(scene, delivered=4 * LINES * EACH)
        row = await scene.ledger()
        assert (row["kept"], row["refused"], row["duplicate"]) == (4 * LINES * EACH, 0, 0)
        growth = {pid: most_mb(pid) - mb for pid, mb in before.items()}
        assert max(growth.values()) < GROWTH_MB, growth


async def flooded(scene: Scene, waves: int) -> None:
    """Send a number of waves while nobody works on them."""
    stopped = [pid for pid in working(scene) if pid != scene.listener()]
    for pid in stopped:
        os.kill(pid, signal.SIGSTOP)
    try:
        for wave in range(waves):
            assert await flood(scene, f"{waves}W{wave}") == LINES * EACH
    finally:
        for pid in stopped:
            os.kill(pid, signal.SIGCONT)


def working(scene: Scene) -> list[int]:
    """Whoever works on what was kept: on one machine `work`, elsewhere all but the listener's own service."""
    supervisors = {process.pid for process in scene.bridge.processes} if scene.stack == "sqlite" else set()
    return [pid for pid in scene.pids() if pid not in supervisors]


def most_mb(pid: int) -> float:
    """The most memory that a process ever had, in MB."""
    lines = Path(f"/proc/{pid}/status").read_text("ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) * 1024 / 1e6


async def flood(scene: Scene, name: str) -> int:
    """Send on every line at once, never waiting for an answer; return how many were accepted."""
    return sum(await asyncio.gather(*(_one_line(scene, f"{name}L{line}") for line in range(LINES))))


async def _one_line(scene: Scene, name: str) -> int:
    reader, writer = await asyncio.open_connection(HOST, scene.bridge.mllp)

    async def write() -> None:
        for number in range(EACH):
            patient = f"{number % PATIENTS:03d}"
            of = {"local_id": f"L{patient}", "visit": f"V{patient}", "nhs_number": "", "extra": LONG}
            writer.write(frame(adt("A02", control_id=f"{name}N{number}", **of)))
            await writer.drain()

    writing = asyncio.create_task(write())
    answers = [await reader.readuntil(b"\x1c\r") for _ in range(EACH)]
    await writing
    writer.close()
    return sum(b"MSA|AA|" in answer for answer in answers)
