"""Plays a schedule into a running bridge: messages over MLLP, the council's files, the team's rounds, in
order.
"""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING, Protocol

from ascbridge.simulator.city_concerns import ConcernsFile
from ascbridge.simulator.council import FactsFile
from ascbridge.simulator.schedule import Send

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from ascbridge.simulator.hospital_sender import HospitalSender
    from ascbridge.simulator.pace import Pace
    from ascbridge.simulator.schedule import Schedule

MOST_AT_ONCE = 100


class Team(Protocol):
    """Who works the list when a round is due."""

    async def round(self, now_ms: int) -> None:
        """Look at the list at `now_ms` (shown time, UTC milliseconds) and do what is to be done."""


class Watcher(Protocol):
    """Who is told how far the story is."""

    def at(self, shown_ms: int) -> None:
        """Shown time has reached `shown_ms`."""


class Player:
    """One schedule, played once. `play` ends early when `stop` is set."""

    def __init__(
        self,
        *,
        pace: Pace,
        sender: HospitalSender,
        facts_folder: Path,
        concerns_folder: Path,
        team: Team,
        watcher: Watcher,
    ) -> None:
        self._pace, self._sender, self._team, self._watcher = pace, sender, team, watcher
        self._facts_folder, self._concerns_folder = facts_folder, concerns_folder

    async def play(self, schedule: Schedule, stop: asyncio.Event) -> None:
        """Do everything in order, each thing in its time. Raises what the sender raises."""
        for step in steps(schedule, self._pace.window_ms):
            if stop.is_set():
                return
            await self._pace.until(_due(step))
            await self._do(step)
            self._watcher.at(self._pace.shown_ms)
        if not stop.is_set():
            await self._pace.until(schedule.end_ms)
            self._watcher.at(self._pace.shown_ms)

    async def _do(self, step: list[Send] | FactsFile | int) -> None:
        if isinstance(step, list):
            await self._sender.send(step)
        elif isinstance(step, FactsFile):
            drop(self._concerns_folder if isinstance(step, ConcernsFile) else self._facts_folder, step)
        else:
            await self._team.round(step)


def drop(folder: Path, file: FactsFile) -> None:
    """Write a file as the contract asks: under another name, then renamed when it is whole."""
    folder.mkdir(parents=True, exist_ok=True)
    beside = folder / f"{file.name}.tmp"
    beside.write_bytes(b"".join(line + b"\n" for line in file.lines))
    beside.replace(folder / f"{file.name}.jsonl")


def steps(schedule: Schedule, window_ms: int) -> Iterator[list[Send] | FactsFile | int]:
    """The schedule as steps: files and rounds by themselves, messages in batches no longer than
    `window_ms`.
    """
    timed: Iterable[tuple[int, int, int, Send | FactsFile | int]] = heapq.merge(
        ((one.at_ms, 0, n, one) for n, one in enumerate(schedule.files)),
        ((one.at_ms, 1, n, one) for n, one in enumerate(schedule.sends)),
        ((at_ms, 2, n, at_ms) for n, at_ms in enumerate(schedule.rounds)),
        ((one.at_ms, 3, n, one) for n, one in enumerate(schedule.concerns)),
    )
    batch: list[Send] = []
    for at_ms, _, _, one in timed:
        full = len(batch) == MOST_AT_ONCE or (batch and at_ms - batch[0].at_ms > window_ms)
        if batch and (full or not isinstance(one, Send)):
            yield batch
            batch = []
        if isinstance(one, Send):
            batch.append(one)
        else:
            yield one
    if batch:
        yield batch


def _due(step: list[Send] | FactsFile | int) -> int:
    if isinstance(step, int):
        return step
    return step[-1].at_ms if isinstance(step, list) else step.at_ms
