"""One process tells another that there is something to read: a Unix datagram, with the reader's poll
behind it.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import weakref
from typing import TYPE_CHECKING

from ascbridge import telemetry

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

log = telemetry.log(__name__)


class Waker:
    """Wakes the reading process after something was kept; it costs one datagram and never fails or waits."""

    def __init__(self, path: Path) -> None:
        self._path = str(path)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        # Whoever holds only `wake` need not think of closing.
        self._closing = weakref.finalize(self, self._socket.close)

    def wake(self) -> None:
        """Say that there is something to read. Nobody listening, or enough said already, is all right."""
        with contextlib.suppress(OSError):
            self._socket.sendto(b"\x01", self._path)

    def close(self) -> None:
        """Let go of the socket."""
        self._closing()


class WakeSocket:
    """The place where wakers call. `woken` runs in the event loop's thread, once for however many calls."""

    def __init__(self, path: Path, woken: Callable[[], None]) -> None:
        self._path, self._woken = path, woken
        self._socket: socket.socket | None = None

    def open(self) -> None:
        """Listen, from within the event loop. Where that cannot be, readers find out by their poll."""
        if self._socket is not None:
            return
        listening = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        listening.setblocking(False)
        try:
            self._path.unlink(missing_ok=True)
            listening.bind(str(self._path))
        except OSError as fault:
            listening.close()
            log.warning("no wake socket", path=str(self._path), reason=str(fault))
            return
        self._socket = listening
        asyncio.get_running_loop().add_reader(listening, self._called, listening)

    def close(self) -> None:
        """Stop listening, from within the event loop."""
        if self._socket is not None:
            asyncio.get_running_loop().remove_reader(self._socket)
            self._socket.close()
            self._socket = None
            self._path.unlink(missing_ok=True)

    def _called(self, listening: socket.socket) -> None:
        with contextlib.suppress(BlockingIOError):
            while listening.recv(16):
                pass
        self._woken()
