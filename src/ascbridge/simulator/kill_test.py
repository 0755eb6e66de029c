"""`ascbridge doctor --kill-test`: whether what is installed here recovers, shown with a bridge of its own in a sandbox.

The bridge is started as people start it, in an empty folder, on loopback, with none of this machine's settings. A
hospital of invented people sends to it as an interface engine does, and some times in the midst of that one of its
processes, or all of them, get SIGKILL, which no program can see coming. Then it is asked, from outside only, whether
each message that was acknowledged took effect, and took effect once.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import shutil
import signal
import tempfile
import time
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ascbridge.intake.hl7v2.mllp import END
from ascbridge.simulator.bench.memory import tree
from ascbridge.simulator.bench.mllp_load import PEOPLE, Messages
from ascbridge.simulator.discharge_team import Desk, NotAllowedIn
from ascbridge.simulator.hospital_sender import GaveUp, HospitalSender
from ascbridge.simulator.running_bridge import NotStarted, RunningBridge, free_port
from ascbridge.simulator.schedule import Send
from ascbridge.simulator.verdict import HOSPITAL_FEED, UNDONE, everything, ledgers

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ascbridge.simulator.hospital_sender import Answers

KILLS = 6
STAYS = 240
"""People who are admitted and become ready to leave: two messages and one task each."""
LONGEST_S = 210.0
"""After that it ends without a verdict that is good, whatever holds it up."""
_TRIGGERS = ("A01", "A16")
_OPENED = "discharge-task-opened"
_MOST_TOLD = 5


@dataclass(frozen=True, slots=True)
class Sent:
    """A message of the test, by its control id."""

    control_id: str
    trigger: str
    send: Send


@dataclass
class Seen:
    """What the bridge says from outside when nothing waits any more. Messages are by control id."""

    ledger: dict[str, Any] = field(default_factory=dict)
    states: dict[str, list[str]] = field(default_factory=dict)
    opened: dict[str, int] = field(default_factory=dict)
    tasks: dict[str, int] = field(default_factory=dict)


def kill_test(
    say: Callable[[str], None], *, seed: int | None = None, stays: int = STAYS, kills: int = KILLS
) -> int:
    """Run it, say each step and last the verdict; return 0 where everything took effect once, else 1.

    The sandbox is a folder of its own below the system's temporary one; it stays, and is told, only where something
    is wrong. `seed` says when and whom the blows strike; none: drawn, and told.
    """
    seed = random.SystemRandom().randrange(1_000_000) if seed is None else seed
    folder = Path(tempfile.mkdtemp(prefix="ascbridge-kill-test-"))
    say(f"sandbox {folder}, seed {seed}: {stays * len(_TRIGGERS)} messages, {kills} kills")
    began = time.monotonic()
    try:
        wrong = asyncio.run(_play(folder, random.Random(seed), say, stays, kills))
    except TimeoutError:
        wrong = [f"it had not come to an end after {LONGEST_S:.0f} seconds"]
    except (NotStarted, GaveUp, NotAllowedIn, OSError) as fault:
        wrong = [str(fault)]
    seconds = time.monotonic() - began
    if wrong:
        more = f"; and {len(wrong) - _MOST_TOLD} more" if len(wrong) > _MOST_TOLD else ""
        if any(folder.iterdir()):
            say(f"look into {folder / 'data'}")
        else:
            folder.rmdir()  # it did not even begin: there is nothing to look into
        say(f"doctor: FAIL after {seconds:.0f} s: {'; '.join(wrong[:_MOST_TOLD])}{more}")
        return 1
    _remove(folder)
    say(
        f"doctor: PASS {stays * len(_TRIGGERS)} acknowledged messages took effect exactly once, "
        f"through {kills} kills, in {seconds:.0f} s"
    )
    return 0


def _remove(folder: Path) -> None:
    """Remove the sandbox. A process that was struck may still have been writing in it for a moment."""
    for _ in range(50):
        shutil.rmtree(folder, ignore_errors=True)
        if not folder.exists():
            return
        time.sleep(0.1)


def messages(stays: int, now_ms: int) -> list[Sent]:
    """Return the messages of so many stays, admissions first, each person's in order."""
    made = Messages("K", now_ms, _TRIGGERS)
    found = []
    # The load's people take turns, so a stay's second message stands a whole round of people behind its first.
    for place, framed in enumerate(islice(iter(made), PEOPLE * len(_TRIGGERS))):
        person = place % PEOPLE
        if person < stays:
            raw = framed[1 : -len(END)]
            control_id = raw.split(b"|", 10)[9].decode()
            trigger = _TRIGGERS[place // PEOPLE]
            found.append(Sent(control_id, trigger, Send(now_ms, raw, f"stay {person}", "AA")))
    return found


async def _play(
    folder: Path, rng: random.Random, say: Callable[[str], None], stays: int, kills: int
) -> list[str]:
    sent = messages(stays, time.time_ns() // 1_000_000)
    http, mllp = free_port(), free_port()
    bridge = RunningBridge(folder / "data", http_port=http, mllp_port=mllp, alone=True)
    sender = HospitalSender("127.0.0.1", mllp, timeout_s=5)
    operations = Desk(bridge.url, lambda: bridge.token("it-operations"))
    partner = Desk(bridge.url, lambda: bridge.token("integration"))
    try:
        async with asyncio.timeout(LONGEST_S):
            await bridge.start()
            for number, batch in enumerate(_batches(sent, kills + 1), 1):
                sending = asyncio.create_task(_send(sender, batch))
                try:
                    if number <= kills:
                        upto = sender.answers.kept + rng.uniform(0.1, 0.9) * len(batch)
                        say(f"kill {number} of {kills}: {await _strike(bridge, sender.answers, upto, rng)}")
                    await sending
                finally:
                    sending.cancel()
            say(f"all {len(sent)} are acknowledged, {sender.answers.sent_again} sendings were repeated")
            await _settled(operations, len(sent))
            say("nothing waits any more")
            seen = await look(operations, partner, sent)
            return [*sender.answers.complaints, *judge(sent, seen)]
    finally:
        await sender.close()
        await operations.close()
        await partner.close()
        await bridge.kill()


async def _send(sender: HospitalSender, sent: Sequence[Sent]) -> None:
    """Send a few at a time, so that a blow falls among them and not after the last."""
    for start in range(0, len(sent), 8):
        await sender.send([one.send for one in sent[start : start + 8]])
        await asyncio.sleep(0.02)


def _batches(sent: Sequence[Sent], many: int) -> list[Sequence[Sent]]:
    size = -(-len(sent) // many)
    return [sent[start : start + size] for start in range(0, len(sent), size)]


async def _strike(bridge: RunningBridge, answers: Answers, upto: float, rng: random.Random) -> str:
    """Wait until so many are acknowledged, strike one process of the group or all of it, and start again."""
    while answers.kept < upto:  # noqa: ASYNC110 - no event tells how far the hospital is
        await asyncio.sleep(0.005)
    struck = _one_of(bridge, rng) if rng.random() < 0.6 else "all"
    if struck != "all":
        await asyncio.sleep(rng.uniform(0, 0.3))
    acknowledged = answers.kept
    await bridge.kill()
    began = time.monotonic()
    await bridge.start()
    return f"SIGKILL to {struck}, {acknowledged} acknowledged; ready again after {time.monotonic() - began:.1f} s"


def _one_of(bridge: RunningBridge, rng: random.Random) -> str:
    """Kill one process of the bridge alone; the rest of the group follows a moment later, as with a failing machine."""
    pids = tree(bridge.pid)
    chosen = rng.choice(pids)
    with contextlib.suppress(ProcessLookupError):
        os.kill(chosen, signal.SIGKILL)
    return f"process {pids.index(chosen) + 1} of {len(pids)}"


async def _settled(operations: Desk, total: int) -> None:
    while True:
        ledger = (await ledgers(operations)).get(HOSPITAL_FEED, {})
        if ledger.get("kept", 0) >= total and not any(ledger.get(name) for name in UNDONE):
            return
        await asyncio.sleep(0.2)


async def look(operations: Desk, partner: Desk, sent: Sequence[Sent]) -> Seen:
    """Ask the bridge for the end of each message, what it opened, and each stay's tasks in the shared record."""
    seen = Seen(ledger=(await ledgers(operations)).get(HOSPITAL_FEED, {}))
    for one in sent:
        found = await operations.get("/api/operations/messages", find=one.control_id)
        seen.states[one.control_id] = [row["state"] for row in found]
        if one.trigger == "A16":
            trails = [await operations.get(f"/api/operations/messages/{row['message_id']}") for row in found]
            said = [event["event_type"] for trail in trails for event in trail["events"]]
            seen.opened[one.control_id] = sum(_OPENED in kind for kind in said)
    for task in await everything(partner, "Task"):
        stay = task.get("encounter", {}).get("reference", "")
        seen.tasks[stay] = seen.tasks.get(stay, 0) + 1
    return seen


def judge(sent: Sequence[Sent], seen: Seen) -> list[str]:
    """Say everything that is lost or doubled; nothing means that each message took effect exactly once."""
    wrong = []
    for one in sent:
        states = seen.states.get(one.control_id, [])
        if states != ["delivered"]:
            wrong.append(
                f"{one.control_id} was acknowledged and is "
                + (f"kept {len(states)} times" if len(states) != 1 else states[0])
            )
        opened = seen.opened.get(one.control_id, 0)
        if one.trigger == "A16" and opened != 1:
            wrong.append(f"{one.control_id} opened {opened} tasks")
    stays = sum(one.trigger == "A16" for one in sent)
    if len(seen.tasks) != stays:
        wrong.append(f"the shared record has tasks of {len(seen.tasks)} stays, not {stays}")
    wrong += [
        f"{stay or 'no stay'} has {n} tasks in the shared record" for stay, n in seen.tasks.items() if n != 1
    ]
    if seen.ledger.get("kept") != len(sent) or not seen.ledger.get("adds_up"):
        wrong.append(f"the ledger says {seen.ledger.get('kept', 0)} kept of {len(sent)}")
    return wrong
