"""One server process: started so that it dies with us, waited for, stopped or killed; with its own folder and log."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from random import SystemRandom
from typing import Self

from tests.servers.parts import folder

# Below 32768, where the kernel takes ports for outgoing connections.
PORTS = range(15_000, 32_000)
# Two cores, shared with the tests: a start can be slow.
READY_SECONDS = 400
STOP_SECONDS = 60


class NotReady(Exception):
    """The server did not start; the message ends with the last lines of its log."""


def free_port() -> int:
    while True:
        port = SystemRandom().choice(PORTS)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def java(part: str, main: str, *arguments: str, heap: str, options: Sequence[str] = ()) -> list[str]:
    classpath = f"{folder(part)}/lib/*:{folder(part)}/classes"
    return ["java", f"-Xmx{heap}", "-XX:+UseSerialGC", *options, "-cp", classpath, main, *arguments]


class Process:
    """A server in a folder of its own. Subclasses say what to run and how to see that it answers."""

    def __init__(self, name: str) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix=f"ascbridge-{name}-"))
        self.log = self.folder / "server.log"
        self._child: subprocess.Popen[bytes] | None = None

    def command(self) -> list[str]:
        raise NotImplementedError

    def answers(self) -> bool:
        raise NotImplementedError

    def start(self) -> None:
        # setpriv: the kernel ends the server when whoever started it ends, however that comes about.
        with self.log.open("ab") as log:
            self._child = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", *self.command()],
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        try:
            self._wait(self.answers)
        except BaseException:
            self.kill()
            raise

    def runs(self) -> bool:
        """Whether its process has not ended, by itself or by us."""
        return self._child is not None and self._child.poll() is None

    def stop(self) -> None:
        """End it in order, as an operator does."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End it at once, as a power cut does."""
        self._end(signal.SIGKILL)

    def restart(self) -> None:
        """Start again on the same ports and data, stopping it first where it still runs."""
        self.stop()
        self.start()

    def _end(self, how: signal.Signals) -> None:
        if self._child is None:
            return
        self._child.send_signal(how)
        try:
            self._child.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()
        self._child = None

    def _wait(self, ready: Callable[[], bool]) -> None:
        until = time.monotonic() + READY_SECONDS
        while not ready():
            ended = self._child is None or self._child.poll() is not None
            if ended or time.monotonic() > until:
                tail = self.log.read_text(errors="replace")[-3000:]
                raise NotReady(f"{type(self).__name__} {'ended' if ended else 'is silent'}:\n{tail}")
            time.sleep(0.1)

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            shutil.rmtree(self.folder, ignore_errors=True)
            raise
        return self

    def __exit__(self, *exc: object) -> None:
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)


def is_root() -> bool:
    return os.geteuid() == 0
