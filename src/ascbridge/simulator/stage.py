"""The stage of a story: a running bridge, the hospital's engine and the people at their desks around it."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING

from ascbridge.simulator import verdict
from ascbridge.simulator.demo_display import DemoDisplay
from ascbridge.simulator.discharge_team import Desk, DischargeTeam, wait_until
from ascbridge.simulator.hospital_sender import HospitalSender
from ascbridge.simulator.player import Player
from ascbridge.simulator.running_bridge import NotStarted

if TYPE_CHECKING:
    from pathlib import Path

    from ascbridge.simulator.pace import Pace
    from ascbridge.simulator.running_bridge import RunningBridge
    from ascbridge.simulator.schedule import Schedule
    from ascbridge.simulator.verdict import Evidence

LONGEST_DRAIN_S = 120.0
LONGEST_SHOWN_S = 20.0
"""How long the shared record may take to show what people did last."""


class Stage:
    """Everybody around one bridge, and what was played so far."""

    def __init__(self, bridge: RunningBridge, facts_folder: Path, concerns_folder: Path) -> None:
        self._bridge = bridge
        self._facts_folder, self._concerns_folder = facts_folder, concerns_folder
        self._sender = HospitalSender("127.0.0.1", bridge.mllp_port)
        self._desk = Desk(bridge.url, partial(bridge.token, "discharge-team"))
        self._operations = Desk(bridge.url, partial(bridge.token, "it-operations"))
        self._safeguarding = Desk(bridge.url, partial(bridge.token, "safeguarding"))
        self._team = DischargeTeam(self._desk, self._settled)
        self._played: list[Schedule] = []

    async def close(self) -> None:
        """Hang up everywhere."""
        await self._sender.close()
        await self._desk.close()
        await self._operations.close()
        await self._safeguarding.close()

    async def play(self, schedule: Schedule, pace: Pace, stop: asyncio.Event) -> None:
        """Play a schedule to its end, or until `stop`. Raises `NotStarted` where the bridge ends."""
        self._played.append(schedule)
        with DemoDisplay(schedule, self._sender.answers, self._team.work) as display:
            player = Player(
                pace=pace,
                sender=self._sender,
                facts_folder=self._facts_folder,
                concerns_folder=self._concerns_folder,
                team=self._team,
                watcher=display,
            )
            playing = asyncio.create_task(player.play(schedule, stop))
            ended = asyncio.create_task(self._bridge.ended())
            done, waiting = await asyncio.wait({playing, ended}, return_when=asyncio.FIRST_COMPLETED)
            for one in waiting:
                one.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)
            if playing not in done and not stop.is_set():
                raise NotStarted(f"the bridge ended while the story was playing:\n{self._bridge.tail()}")
            if playing in done:
                playing.result()

    async def judged(self) -> str:
        """Wait until all work is done, look at everything from outside, and return the last line."""
        drained = await wait_until(self._drained, most_s=LONGEST_DRAIN_S)
        evidence, faults = await self._seen()

        async def right() -> bool:
            nonlocal evidence, faults
            evidence, faults = await self._seen()
            return not faults

        if faults:  # what people did last may still be on its way to the record
            await wait_until(right, most_s=LONGEST_SHOWN_S, longest_pause_s=1)
        if not drained:
            faults.insert(0, f"work was not done {LONGEST_DRAIN_S:.0f} seconds after the last message")
        return verdict.last_line(faults, self._sender.answers.kept, evidence.tasks, len(evidence.concerns))

    async def _seen(self) -> tuple[Evidence, list[str]]:
        """Look at everything once, and at what is wrong with it."""
        evidence = await verdict.gather(self._desk, self._operations, self._safeguarding, self._played)
        return evidence, verdict.judge(self._played, self._sender.answers, evidence)

    async def _settled(self) -> None:
        await wait_until(self._drained)

    async def _drained(self) -> bool:
        """Whether the bridge has dealt with all that it was sent."""
        found = await verdict.ledgers(self._operations)
        kept = found.get(verdict.HOSPITAL_FEED, {}).get("kept", 0)
        return kept >= self._sender.answers.kept and not any(one["waiting"] for one in found.values())
