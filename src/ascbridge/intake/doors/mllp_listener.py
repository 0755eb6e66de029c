"""The MLLP listener: many connections, one transaction for whatever arrived in one turn of the event loop.

It knows sockets and framing only. What a frame means, and what to answer, is the inbox's affair; nothing is answered
before the inbox has committed (HL7 v2.4 section 2.9; HL7 v2 implementation guide, appendix C).
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from typing import TYPE_CHECKING, cast

from ascbridge import telemetry
from ascbridge.intake.hl7v2.mllp import Frame, Framer, FramingFault, frame
from ascbridge.intake.keeping.inbox import Arrival, Uncounted

if TYPE_CHECKING:
    import ssl
    from collections.abc import Awaitable, Callable, Sequence

    Keep = Callable[[Sequence[Arrival]], list[list[bytes]]]
    KeepLater = Callable[[Sequence[Arrival]], Awaitable[list[list[bytes]]]]

_log = telemetry.log("mllp_listener")
MOST_PENDING = 256
"""Frames of one connection that may wait for their answer before its socket is no longer read."""


class MllpConnection(asyncio.Protocol):
    """One sender. Answers go out in the order of its frames."""

    def __init__(self, listener: MllpListener) -> None:
        self._listener = listener
        self._framer = Framer(listener.max_frame_bytes)
        self._transport: asyncio.Transport | None = None
        self._pending = 0
        self._paused = self._waits = False
        self.peer = ""
        self.heard_at = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self.peer = str((transport.get_extra_info("peername") or ("",))[0])
        self.heard_at = time.monotonic()
        if not self._listener.lets_in(self.peer):
            _log.warning("sender is not on the list of allowed senders", address=self.peer)
            self._transport.abort()
            return
        self._listener.connections.add(self)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002  # asyncio's signature
        self._listener.connections.discard(self)
        self._take(self._framer.eof())
        self._transport = None

    def data_received(self, data: bytes) -> None:
        self.heard_at = time.monotonic()
        self._take(self._framer.feed(data))

    def _take(self, found: Sequence[Frame | FramingFault]) -> None:
        for item in found:
            if isinstance(item, FramingFault):
                self._listener.arrived(self, Arrival(item.head, self.peer, item))
            else:
                self._listener.arrived(self, Arrival(item.payload, self.peer))
            self._pending += 1
        self._throttle()

    def answer(self, answers: Sequence[bytes]) -> None:
        """Send what the inbox decided for one frame; nothing where the rules say not to answer."""
        self._pending -= 1
        if self._transport is not None and not self._transport.is_closing():
            if answers:
                self._transport.write(b"".join(map(frame, answers)))
            self._throttle()

    def give_up(self) -> None:
        """Close without an answer, so that the sender keeps its message and tries again."""
        if self._transport is not None:
            self._transport.close()

    def pause_writing(self) -> None:
        self._paused = True
        self._throttle()

    def resume_writing(self) -> None:
        self._paused = False
        self._throttle()

    def _throttle(self) -> None:
        full = self._paused or self._pending > MOST_PENDING
        if full == self._waits or self._transport is None or self._transport.is_closing():
            return
        self._waits = full
        if full:
            self._transport.pause_reading()
        else:
            self._transport.resume_reading()


class MllpListener:
    """Listens, gathers what one loop turn brought, has it kept, then answers.

    Give `keep` (commits in this thread: SQLite) or `keep_later` (a coroutine: PostgreSQL). When keeping fails nothing
    is answered: each connection that waits is closed, or answered by `refuse`, as the profile says. `answered` hears
    that what was kept last was answered.
    """

    def __init__(
        self,
        *,
        feed: str,
        max_frame_bytes: int,
        idle_seconds: float,
        allowed_senders: Sequence[str] = (),
        keep: Keep | None = None,
        keep_later: KeepLater | None = None,
        refuse: Callable[[Arrival], list[bytes]] | None = None,
        answered: Callable[[], None] | None = None,
    ) -> None:
        self.max_frame_bytes = max_frame_bytes
        self.connections: set[MllpConnection] = set()
        self.trouble = "not listening yet"
        """Why senders are not served, in words for an IT desk; empty while they are."""
        self.feed = feed
        self._seconds = telemetry.answer_seconds.labels(feed)
        self._idle_seconds = idle_seconds
        self._allowed = frozenset(allowed_senders)
        self._keep, self._keep_later, self._refuse = keep, keep_later, refuse
        self._answered = answered
        self._pending: deque[tuple[MllpConnection, Arrival, float]] = deque()
        self._flushing = False
        self._server: asyncio.Server | None = None
        self._idle: asyncio.Task[None] | None = None
        self._later: asyncio.Task[None] | None = None

    def lets_in(self, peer: str) -> bool:
        """Whether the list of allowed senders, where there is one, holds this address."""
        return not self._allowed or peer in self._allowed

    async def start(self, host: str, port: int, tls: ssl.SSLContext | None = None) -> int:
        """Listen; returns the port, which the system chose when `port` is 0."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: MllpConnection(self), host, port, ssl=tls, backlog=512
        )
        self.trouble = ""
        self._idle = asyncio.create_task(self._close_idle())
        return int(self._server.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        """Stop listening, answer what has arrived, close."""
        if self._server is not None:
            self._server.close()
        if self._idle is not None:
            self._idle.cancel()
        self._flush()
        if self._later is not None:
            await self._later
        for connection in list(self.connections):
            connection.give_up()

    def arrived(self, connection: MllpConnection, arrival: Arrival) -> None:
        """Take one frame or fault; it is kept with all others of this turn of the event loop."""
        self._pending.append((connection, arrival, time.perf_counter()))
        if not self._flushing:
            self._flushing = True
            asyncio.get_running_loop().call_soon(self._flush)

    def _flush(self) -> None:
        self._flushing = False
        if not self._pending:
            return
        if self._keep_later is not None:
            if self._later is None or self._later.done():
                self._later = asyncio.get_running_loop().create_task(self._flush_later())
            return
        batch, self._pending = self._pending, deque()
        assert self._keep is not None
        try:
            answers = self._keep([arrival for _, arrival, _ in batch])
        except Exception as fault:  # noqa: BLE001  # whatever it was, the sender must keep its message
            self._not_kept(batch, fault)
        else:
            self._answer(batch, answers)

    async def _flush_later(self) -> None:
        assert self._keep_later is not None
        while self._pending:
            batch, self._pending = self._pending, deque()
            try:
                answers = await self._keep_later([arrival for _, arrival, _ in batch])
            except Exception as fault:  # noqa: BLE001  # whatever it was, the sender must keep its message
                self._not_kept(batch, fault)
            else:
                self._answer(batch, answers)

    def _answer(
        self, batch: deque[tuple[MllpConnection, Arrival, float]], answers: list[list[bytes]]
    ) -> None:
        done = time.perf_counter()
        self.trouble = ""
        for (connection, _, since), answer in zip(batch, answers, strict=True):
            connection.answer(answer)
            if not isinstance(answer, Uncounted):
                self._seconds.observe(done - since)
        if self._answered is not None:
            self._answered()

    def _not_kept(self, batch: deque[tuple[MllpConnection, Arrival, float]], fault: Exception) -> None:
        """Tell the sender to try again: nothing of this batch was kept, whatever the reason was."""
        self.trouble = f"the last messages could not be kept: {type(fault).__name__}"
        _log.error(
            "messages could not be kept", count=len(batch), exception=type(fault).__name__, feed=self.feed
        )
        for connection, arrival, _ in batch:
            waits = arrival.fault is None or arrival.fault.wants_answer
            refusal = self._refuse(arrival) if waits and self._refuse is not None else []
            connection.answer(refusal)
            if waits and not refusal:
                connection.give_up()

    async def _close_idle(self) -> None:
        while True:
            await asyncio.sleep(min(self._idle_seconds, 30))
            for connection in list(self.connections):
                if time.monotonic() - connection.heard_at > self._idle_seconds:
                    _log.info("closing an idle connection", address=connection.peer)
                    connection.give_up()
