"""Plays one fault of which somebody must hear: strikes, waits for the bell, reads what it says, mends it by the runbook,
and sees that nothing was lost and that the ledger adds up, hour by hour.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ascbridge.alerts.causes import CAUSES
from tests.faults import alarm_bell, runbook
from tests.faults.alarm_room import FEED, Room
from tests.faults.alarms import HOUR_MS, MINUTE_MS, client_tls
from tests.faults.blows import kill
from tests.faults.checker import faults
from tests.faults.driver import Fault, beside
from tests.faults.hospital import plan
from tests.faults.senders import Sender
from tests.faults.stage import staged
from tests.faults.witness import evidence

if TYPE_CHECKING:
    from pathlib import Path

    from tests.faults.alarm_bell import Heard
    from tests.faults.alarms import Alarm

STAYS = 16
BEFORE = 0.2
"""What part of the messages is sent before it strikes."""
BRIEF_S = 0.4
"""How long at most a sender pauses between messages that came before."""
LONGER_S = 120
"""How long beyond its bound an alert is waited for, so that its time is known where it is late."""
SETTLING_S = 400
NAMES = ("MARLOWE", "ADA", "INVENTED ROW", "9993000019", "L900", "V900")
_READ_AGAIN = re.compile(r"DOUBLED, [a-z-]+ said 2 times|showed discharged-unclear at step")
"""What is so where a code had no meaning for a while and its messages were read again: said in two translations, and
meanwhile on the worklist as a discharge of which nobody knows how it ended."""
_NO_STAY = re.compile(r"Patient/\S+: has no stay, and points to \[\]")
REST = ("waiting", "held", "parked", "dead")


@dataclass(slots=True)
class Played:
    """What came of it: how long it took in the unit of its bound, the alert's words, and what is wrong."""

    name: str
    took: float = -1.0
    text: str = ""
    wrong: list[str] = field(default_factory=list)

    def line(self, alarm: Alarm) -> str:
        """One line for whoever reads the output."""
        whose = "" if alarm.agreed else ", our own"
        ends = "; ".join(self.wrong) or "mended by the runbook, nothing lost, ledger adds up"
        return f"ALARM {self.name}: told after {self.took:.1f} {alarm.unit} (bound {alarm.bound:g}{whose}): {ends}"


async def play(name: str, alarm: Alarm, folder: Path, seed: int) -> Played:
    """Play one fault to its end."""
    played = Played(name)
    async with alarm_bell.bell() as bell:
        variables = alarm_bell.settings(bell, folder) | alarm.settings
        variables |= alarm.prepare(folder) if alarm.prepare else {}
        fault = Fault(kill.one, 0, alarm.needs | {"clock"})
        async with staged(alarm.stack, fault, folder, variables) as scene:
            room = Room(
                scene, bell, plan(seed, alarm.history // 2 or STAYS), client_tls() if alarm.tls else None
            )
            await _played(alarm, room, played)
            if played.wrong:
                print(scene.bridge.logs())
    return played


async def _played(alarm: Alarm, room: Room, played: Played) -> None:
    scene = room.scene
    _with_ways_of_leaving(room)
    await scene.begun()
    await scene.sign_in()
    seed = room.plan.seed
    scene.senders = [
        Sender(line, scene.bridge.mllp, f"{seed} line {number}", BRIEF_S if alarm.history else alarm.pause_s)
        for number, line in enumerate(room.plan.lines)
    ]
    for one in scene.senders:
        one.tls = room.tls
    total = len(room.plan.sent)
    async with beside(scene.keep_running(), scene.watch()):
        sending = [asyncio.create_task(sender.run()) for sender in scene.senders]
        try:
            enough = alarm.history or BEFORE * total

            async def begun() -> bool:
                return sum(bool(one.answers) for one in room.plan.sent) >= enough

            await room.until(begun, "the hospital sends")
            for one in scene.senders:
                one.pause_s = alarm.pause_s
            heard = await _strike(alarm, room, played)
            if heard is None:
                return
            played.wrong += _words(alarm, heard)
            if alarm.lasts is not None:
                await alarm.lasts(room)
            struck = time.monotonic()
            await _mend(alarm, room, played, heard)
            _, late = await asyncio.wait(sending, timeout=SETTLING_S)
            if late:
                played.wrong.append("not all is acknowledged")
        finally:
            for one in sending:
                one.cancel()
            await asyncio.gather(*sending, return_exceptions=True)
            for one in scene.senders:
                await one.hang_up()
        await _is_over(alarm, room, played, struck)
        if not await scene.until(lambda: _at_rest(room), SETTLING_S):
            played.wrong.append(f"not at rest: {await scene.ledger()}")
        await scene.ready()
        found = faults(await evidence(scene, room.plan, await scene.health()))
        councils = [one for one in found if alarm.councils and _NO_STAY.fullmatch(one)]
        if len(councils) != alarm.councils:
            played.wrong.append(f"{len(councils)} of the council's {alarm.councils} people are in the record")
        found = [one for one in found if one not in councils]
        played.wrong += [one for one in found if not (alarm.read_again and _READ_AGAIN.search(one))]
        played.wrong += await ledger(room)


async def _strike(alarm: Alarm, room: Room, played: Played) -> Heard | None:
    begun, room.struck_ms = time.monotonic(), 0
    before = (await room.scene.ledger())["kept"] if alarm.unit == "messages" else 0
    await alarm.strike(room)
    struck = begun if not alarm.cause.startswith("certificate-over") else time.monotonic()
    shown_ms = room.struck_ms or (room.now_ms() if alarm.unit == "shown s" else 0)
    patience = alarm.bound / room.speed + LONGER_S
    heard = await room.bell.first(CAUSES[alarm.cause].title, begun, patience)
    if heard is None:
        played.wrong.append(
            f"NOT TOLD within {patience:.0f} s; told: {[one.subject for one in room.bell.heard]}"
        )
        return None
    played.text = heard.text
    played.took = heard.at - struck
    if alarm.unit == "shown s":
        played.took = (room.now_ms() - shown_ms) / 1000 - room.since(heard.at) * room.speed
    elif alarm.unit == "messages":
        played.took = (await room.scene.ledger())["kept"] - before
    if played.took > alarm.bound:
        played.wrong.append("TOLD TOO LATE")
    return heard


def _words(alarm: Alarm, heard: Heard) -> list[str]:
    """What is wrong with the words of an alert."""
    cause, wrong = CAUSES[alarm.cause], []
    if not re.search(alarm.says, heard.text):
        wrong.append(f"its words are not {alarm.says!r}: {heard.text!r}")
    if f"First: {cause.do}" not in heard.text:
        wrong.append("it does not say what to do first")
    if runbook.place_of(heard.text) != f"docs/how-to/recover.md#{cause.anchor}":
        wrong.append(f"it names no place in the runbook: {heard.text!r}")
    return wrong + [f"it says {name}" for name in NAMES if name in heard.text]


async def _mend(alarm: Alarm, room: Room, played: Played, heard: Heard) -> None:
    """Do what the section of the runbook that the alert names says, step by step."""
    place = runbook.place_of(heard.text)
    said = runbook.plain(runbook.section(place))
    for step in alarm.mend:
        if step.words not in said:
            played.wrong.append(f"{place} does not say {step.words!r}")
    for one in runbook.steps(place):
        if not any(step.words in one for step in alarm.mend):
            played.wrong.append(f"nobody did {one!r}")
    for step in alarm.mend:
        if step.act is not None:
            await step.act(room)


async def _is_over(alarm: Alarm, room: Room, played: Played, since: float) -> None:
    heard = await room.bell.first(CAUSES[alarm.cause].title, since, SETTLING_S, over=True)
    room.run_faster(1)
    if heard is None:
        played.wrong.append("nobody was told that it is over")
    if not any(one["cause"] == alarm.cause for one in await room.alerts(over=True)):
        played.wrong.append("it does not stand among the alerts that are over")


async def _at_rest(room: Room) -> bool:
    row = await room.scene.ledger()
    return bool(row["kept"]) and not any(row[name] for name in REST)


async def ledger(room: Room) -> list[str]:
    """Let the hour end, and say what is wrong with the closed hours: each must add up, and their chain hold."""
    now_ms = room.now_ms()
    room.set_clock((now_ms // HOUR_MS + 1) * HOUR_MS + 11 * MINUTE_MS)
    await room.scene.sign_in()
    found: dict[int, Counter[str]] = {}

    async def closed() -> bool:
        entries = (await room.get("/api/operations/ledger/hours"))["entries"]
        found.update({one["hour_ms"]: Counter(one["counts"]) for one in entries if one["feed"] == FEED})
        return sum(one["kept"] for one in found.values()) == (await room.scene.ledger())["kept"]

    if not await room.scene.until(closed, SETTLING_S):
        return [f"the hours do not hold what was kept: {found}"]
    wrong = [f"hour {hour}: {why}" for hour, counts in found.items() for why in _adds_up(counts)]
    for what in ("verify", "show"):
        code, said = await room.command("ledger", what)
        if code:
            wrong.append(f"ascbridge ledger {what}: {said}")
    return wrong


def _adds_up(counts: Counter[str]) -> list[str]:
    at_door = counts["refused"] + counts["duplicate"] + counts["kept"]
    after = sum(counts[name] for name in ("delivered", "no_effect", *REST))
    checks = {"received": at_door, "kept": counts["stored"], "stored": after}
    return [
        f"{name} {counts[name]} is not {value}" for name, value in checks.items() if counts[name] != value
    ]


def _with_ways_of_leaving(room: Room) -> None:
    """Let whoever leaves leave in some way (PV1-36) and to some place (PV1-37), as real messages say."""
    for sent in room.plan.sent:
        if b"ADT^A03" in sent.raw:
            lines = sent.raw.decode().split("\r")
            at = next(n for n, line in enumerate(lines) if line.startswith("PV1|"))
            fields = lines[at].split("|")
            fields += [""] * (38 - len(fields))
            fields[36], fields[37] = "1", "19"
            lines[at] = "|".join(fields)
            sent.raw = "\r".join(lines).encode()
