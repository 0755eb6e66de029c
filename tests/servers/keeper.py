"""Keeps one server for a whole pytest run, whichever worker asked first, and ends it when that run ends.

Run as a program: keeper.py PART OWNER-PID ANSWER-FILE. It writes the port, or the reason there is none, to the file.
"""

import fcntl
import json
import os
import select
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from tests.servers.hapi import HapiServer
from tests.servers.kafka import KafkaServer
from tests.servers.postgres import PostgresServer
from tests.servers.process import READY_SECONDS
from tests.servers.validator import FhirValidator

ROOT = Path(__file__).resolve().parents[2]
SERVERS: dict[str, Callable[[], AbstractContextManager[Any]]] = {
    "kafka": KafkaServer,
    "postgres": PostgresServer,
    "hapi": HapiServer,
    "validator": FhirValidator,
}


def shared_port(part: str, run: Path) -> int:
    """Return the port of the run's one server of that part, starting it where nobody has yet."""
    answer = run / f"{part}.json"
    with (run / f"{part}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not answer.exists():
            _start(part, answer)
    told = json.loads(answer.read_text(encoding="utf-8"))
    if "error" in told:
        raise RuntimeError(told["error"])
    return int(told["port"])


def _start(part: str, answer: Path) -> None:
    # Under xdist the run is the parent of its workers; a worker may end long before the run does.
    owner = os.getppid() if "PYTEST_XDIST_WORKER" in os.environ else os.getpid()
    with answer.with_suffix(".log").open("wb") as log:
        keeper = subprocess.Popen(
            [sys.executable, "-m", "tests.servers.keeper", part, str(owner), str(answer)],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    until = time.monotonic() + READY_SECONDS + 10
    while not answer.exists() and keeper.poll() is None and time.monotonic() < until:
        time.sleep(0.05)
    # It goes on without us: its owner's end is its end.
    keeper.returncode = 0
    if not answer.exists():
        tail = answer.with_suffix(".log").read_text(errors="replace")[-3000:]
        answer.write_text(json.dumps({"error": f"{part} did not start:\n{tail}"}), encoding="utf-8")


def keep(part: str, owner: int, answer: Path) -> None:
    ends = os.pidfd_open(owner)
    with SERVERS[part]() as server:
        half = answer.with_suffix(".half")
        half.write_text(json.dumps({"port": server.port}), encoding="utf-8")
        half.rename(answer)
        select.select([ends], [], [])


if __name__ == "__main__":
    keep(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]))
