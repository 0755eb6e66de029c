"""Processes on one machine: a dead child ends the command, SIGTERM ends it well, and no child outlives it."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import structlog

from ascbridge import supervisor
from ascbridge.bootstrap.parts.services import ONE_MACHINE
from ascbridge.config import Settings
from tests.journeys.bridge import Bridge, on_sqlite

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

PATIENCE_S = 120
LISTENING = "0A"  # a socket's state in /proc/net/tcp


@pytest.fixture
async def bridge(tmp_path: Path) -> AsyncIterator[Bridge]:
    made = on_sqlite(tmp_path)
    made.start()
    await made.ready()
    yield made
    if made.processes:
        made.kill()


def children(parent: int) -> list[int]:
    """The services that a supervisor started."""
    return [int(pid) for pid in Path(f"/proc/{parent}/task/{parent}/children").read_text("ascii").split()]


def listener(port: int, among: list[int]) -> int:
    """Which process listens on a port."""
    rows = [line.split() for line in Path("/proc/net/tcp").read_text("ascii").splitlines()[1:]]
    inodes = {f"socket:[{row[9]}]" for row in rows if row[1].endswith(f":{port:04X}") and row[3] == LISTENING}
    (found,) = [
        pid for pid in among if inodes & {str(file.readlink()) for file in Path(f"/proc/{pid}/fd").iterdir()}
    ]
    return found


def gone(pid: int) -> bool:
    """Whether a process has ended, also where nobody has asked for its exit code yet."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return True
    return state == "Z"


async def test_a_dead_listener_ends_the_command_and_the_work_with_it(bridge: Bridge) -> None:
    (up,) = bridge.processes
    pids = children(up.pid)
    assert len(pids) == len(ONE_MACHINE)
    os.kill(listener(bridge.mllp, pids), signal.SIGKILL)
    assert up.wait(PATIENCE_S) == 1
    bridge.processes.clear()
    assert all(map(gone, pids))
    (told,) = [line for line in bridge.logs().splitlines() if "a process ended by itself" in line]
    assert json.loads(told)["service"] == "listen"


async def test_told_to_stop_everything_drains_and_the_command_ends_with_0(bridge: Bridge) -> None:
    pids = children(bridge.processes[0].pid)
    assert bridge.stop() == [0]
    assert all(map(gone, pids))


async def test_no_second_bridge_starts_on_the_folder_of_a_running_one(bridge: Bridge) -> None:
    data_dir = str(bridge.folder / "data")
    second = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "ascbridge", "up", "--http", "127.0.0.1:0", "--mllp", "127.0.0.1:0", "--data-dir", data_dir),
        stderr=asyncio.subprocess.PIPE,
    )
    _, said = await asyncio.wait_for(second.communicate(), PATIENCE_S)
    assert f"another bridge works on {data_dir}".encode() in said
    assert second.returncode
    await bridge.ready()  # nothing was taken from it


async def test_a_service_whose_supervisor_is_gone_stops() -> None:
    stop = asyncio.Event()
    await supervisor._watch_parent(os.getpid(), stop)  # which is not our parent: as after its end
    assert stop.is_set()


async def test_a_service_whose_supervisor_lives_goes_on() -> None:
    stop = asyncio.Event()
    watching = asyncio.create_task(supervisor._watch_parent(os.getppid(), stop))
    await asyncio.sleep(0)
    assert not stop.is_set()
    watching.cancel()


@pytest.fixture
def logs_as_before() -> Iterator[None]:
    yield
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


@pytest.mark.usefixtures("logs_as_before")
def test_a_service_that_cannot_run_says_why_and_ends_with_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert supervisor.run_service("listen", Settings(data_dir=tmp_path / "nowhere")) == 1
    said = capsys.readouterr().err
    assert "the service cannot run" in said
    assert "no master key here" in said
