"""The `demo` command: starts a bridge of its own, plays a story into it, says where to look, can judge the
end.
"""

from __future__ import annotations

import asyncio
import shutil
import signal
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
from rich.console import Console

from ascbridge.simulator import cut_over
from ascbridge.simulator.cut_over import CutOver
from ascbridge.simulator.cut_over_stage import CutOverStage
from ascbridge.simulator.cut_over_tale import CutOverTale
from ascbridge.simulator.discharge_team import NotAllowedIn
from ascbridge.simulator.hospital_sender import GaveUp
from ascbridge.simulator.running_bridge import NotStarted, RunningBridge, free_port
from ascbridge.simulator.stage import Stage
from ascbridge.simulator.stories import STORIES
from ascbridge.simulator.verdict import PASSED
from ascbridge.simulator.wards import HOUR_MS
from ascbridge.simulator.webhook_sender import NotTaken

if TYPE_CHECKING:
    from ascbridge.simulator.stories import Story

HTTP_PORT, MLLP_PORT = 8080, 2575
CUT_OVER = "cutover"
"""The story of two case systems. It has no schedule and no speed: each step waits for the one before."""
_NEVER_LATE = "4320"
"""A story begins with the days before it, told all at once, and runs faster than the clock: no outage to ring about."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What was asked for. `speed` None is the story's own; 0 is as fast as it goes."""

    story: Story
    speed: float | None
    seed: int
    exit_when_done: bool


def run_demo(
    story: str = "day",
    *,
    speed: float | None = None,
    seed: int = 1,
    exit_when_done: bool = False,
    data_dir: Path | None = None,
    http_port: int | None = None,
    mllp_port: int | None = None,
) -> int:
    """Play a story; returns the exit code. With `exit_when_done` the last line printed is the verdict.

    Without `data_dir` the bridge's files are made for this run and removed after it. `speed` is shown seconds
    in each real one; 0 is as fast as it goes.
    """
    if story not in (*STORIES, CUT_OVER):
        told = {name: one.about for name, one in STORIES.items()} | {CUT_OVER: cut_over.ABOUT}
        known = "\n".join(f"  {name:8}{about}" for name, about in told.items())
        print(f"There is no story {story!r}. There are:\n{known}")
        return 2
    if story == CUT_OVER and speed is not None:
        print(f"The story {CUT_OVER} has no speed: it goes as fast as it goes.")
        return 2
    folder = data_dir or Path(tempfile.mkdtemp(prefix="ascbridge-demo-"))
    folder.mkdir(parents=True, exist_ok=True)
    ports = free_port(http_port or HTTP_PORT), free_port(mllp_port or MLLP_PORT)
    try:
        if story == CUT_OVER:
            return asyncio.run(_run_cut_over(seed, folder, ports, exit_when_done=exit_when_done))
        return asyncio.run(_run(Wish(STORIES[story], speed, seed, exit_when_done), folder, ports))
    except (NotStarted, GaveUp, NotAllowedIn, NotTaken, httpx.HTTPError) as fault:
        print(f"demo: FAIL {fault}", flush=True)
        return 1
    finally:
        if data_dir is None:
            shutil.rmtree(folder, ignore_errors=True)


async def _run(wish: Wish, folder: Path, ports: tuple[int, int]) -> int:
    stop = _told_to_stop()
    clock_file, facts, concerns = folder / "clock.json", folder / "council-facts", folder / "concerns"
    schedule = wish.story.schedule(wish.seed, 0)
    pace = wish.story.make_pace(clock_file, schedule.start_ms - HOUR_MS // 12, wish.speed)
    settings = {
        "ASCBRIDGE_INVENTED_PEOPLE": "true",
        "ASCBRIDGE_CLOCK_FILE": str(clock_file),
        "ASCBRIDGE_COUNCIL__FOLDERS__CITY__FOLDER": str(facts),
        "ASCBRIDGE_SAFEGUARDING__FOLDER": str(concerns),
        "ASCBRIDGE_DISCHARGE__LATE_NEWS_MINUTES": _NEVER_LATE,
    }
    bridge = RunningBridge(folder / "data", http_port=ports[0], mllp_port=ports[1], settings=settings)
    async with bridge:
        _say_where(wish, bridge)
        stage = Stage(bridge, facts, concerns)
        try:
            await stage.play(schedule, pace, stop)
            if wish.exit_when_done and not stop.is_set():
                line = await stage.judged()
                print(line, flush=True)
                return 0 if line.startswith(PASSED) else 1
            number = 0
            while wish.story.repeats and not stop.is_set():
                number += 1
                await stage.play(wish.story.schedule(wish.seed, number), pace, stop)
            if not stop.is_set():
                pace.let_go()
                print("The story is over. The pages stay open until you press Ctrl-C.", flush=True)
                await stop.wait()
        finally:
            await stage.close()
    return 1 if wish.exit_when_done else 0


async def _run_cut_over(seed: int, folder: Path, ports: tuple[int, int], *, exit_when_done: bool) -> int:
    stop = _told_to_stop()
    out = Console(soft_wrap=True, highlight=False)
    out.rule(f"ascbridge demo: {CUT_OVER}, seed {seed}")
    out.print(f"{cut_over.ABOUT}\nEverybody in it is invented.\n")
    async with CutOverStage(folder, http_port=ports[0], mllp_port=ports[1]) as stage:
        playing = asyncio.create_task(CutOver(CutOverTale(seed), stage, folder, out.print).play())
        stopping = asyncio.create_task(stop.wait())
        await asyncio.wait({playing, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if not playing.done():
            playing.cancel()
            await asyncio.gather(playing, return_exceptions=True)
            return 1 if exit_when_done else 0
        line = playing.result()
        print(line, flush=True)
        if exit_when_done:
            stopping.cancel()
            return 0 if line.startswith(PASSED) else 1
        where = stage.bridge.link or stage.bridge.url
        print(f"The story is over. Open {where} and look; the pages stay until you press Ctrl-C.", flush=True)
        await stopping
    return 0


def _told_to_stop() -> asyncio.Event:
    """An event that is set when somebody wants this to end."""
    stop = asyncio.Event()
    for told in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(told, stop.set)
    return stop


def _say_where(wish: Wish, bridge: RunningBridge) -> None:
    """Print what is played, and the one link that signs in."""
    out = Console(soft_wrap=True, highlight=False)
    out.rule(f"ascbridge demo: {wish.story.name}, seed {wish.seed}")
    out.print(f"{wish.story.about}\nEverybody in it is invented.\n")
    out.print(f"[bold]Open {bridge.link or bridge.url}[/bold]  (this link opens once)\n")
    out.print(f"HL7 v2 is taken on 127.0.0.1:{bridge.mllp_port}. The bridge's log: {bridge.log_file}")
    out.print("It ends with a verdict." if wish.exit_when_done else "Ctrl-C stops it.")
