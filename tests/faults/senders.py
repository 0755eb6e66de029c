"""The hospital's eight connections: each sends its messages in order, again and again until it is answered.

They remember exactly what was acknowledged. How a line misbehaves is set from outside (`manner`), by a fault.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import socket
import ssl  # beside the other sockets
import struct
from typing import TYPE_CHECKING

from ascbridge.intake.hl7v2.hl7_ack import parse_ack
from ascbridge.intake.hl7v2.hl7_errors import UnreadableMessage
from ascbridge.intake.hl7v2.mllp import Frame, Framer, frame
from tests.faults.hospital import Answer, Sent

if TYPE_CHECKING:
    from collections.abc import Callable

    from ascbridge.intake.hl7v2.hl7_ack import Ack

HOST = "127.0.0.1"
MANNERS = ("plain", "dribble", "vanish", "half", "abort", "deaf")
"""How a line may behave: as it should; in crumbs; leave without a word, whole or half sent; leave with a reset; send
much and read nothing.
"""
COPIES = 2_000
MISBEHAVES = 0.4
ABORT = struct.pack("ii", 1, 0)
NOT_NOW = "207"


class Line:
    """One connection, one message at a time. Raises `OSError` (a `TimeoutError` is one) where there is no answer."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, patience_s: float) -> None:
        self._reader, self._writer, self._patience_s = reader, writer, patience_s
        self._framer = Framer()

    @classmethod
    async def open(cls, port: int, patience_s: float, tls: ssl.SSLContext | None = None) -> Line:
        """Connect, by TLS where a context is given."""
        name = "localhost" if tls else None
        connecting = asyncio.open_connection(HOST, port, ssl=tls, server_hostname=name)
        streams = await asyncio.wait_for(connecting, patience_s)
        return cls(*streams, patience_s)

    async def send(self, raw: bytes, crumbs: Callable[[], int] | None = None) -> Ack:
        """Send a message, where wanted in crumbs, and return what answers it."""
        return await asyncio.wait_for(self._exchange(frame(raw), crumbs), self._patience_s)

    async def _exchange(self, framed: bytes, crumbs: Callable[[], int] | None) -> Ack:
        while framed:
            size = crumbs() if crumbs else len(framed)
            self._writer.write(framed[:size])
            await self._writer.drain()
            framed = framed[size:]
            await asyncio.sleep(0)
        while True:
            data = await self._reader.read(65536)
            if not data:
                raise ConnectionError("closed without an answer")
            for one in self._framer.feed(data):
                if isinstance(one, Frame):
                    return parse_ack(one.payload)

    async def close(self) -> None:
        """Hang up."""
        self._writer.close()
        with contextlib.suppress(OSError):
            await asyncio.wait_for(self._writer.wait_closed(), 2)


class Sender:
    """One connection of the hospital. `manner` is one of MANNERS."""

    def __init__(self, messages: list[Sent], port: int, seed: str, pause_s: float) -> None:
        self.manner = "plain"
        self.tls: ssl.SSLContext | None = None
        self.on_merge: Callable[[], None] = lambda: None
        """Called when a merge has just been written and is not answered yet."""
        self._messages, self._port = messages, port
        self._rng, self.pause_s = random.Random(seed), pause_s
        self._line: Line | None = None
        self._left_open: list[asyncio.StreamWriter] = []

    async def run(self) -> None:
        """Send all of it; return once everything was accepted or refused for good."""
        for sent in self._messages:
            await self._until_answered(sent)
            await asyncio.sleep(self._rng.uniform(0, self.pause_s))
        await self.hang_up()
        for writer in self._left_open:
            writer.close()

    async def _until_answered(self, sent: Sent) -> None:
        while True:
            try:
                said = await self._once(sent)
            except (OSError, UnreadableMessage):
                await self.hang_up()
                await asyncio.sleep(self._rng.uniform(0.02, 0.2))
                continue
            if said is None:
                continue
            fault = said.error.code.value if said.error is not None else ""
            if said.code == "AR" and str(fault) == NOT_NOW:
                await asyncio.sleep(self._rng.uniform(0.05, 0.3))
                continue
            reason = " ".join(filter(None, (str(fault), said.text)))
            sent.answers.append(Answer(said.code.value, said.control_id, reason))
            return

    async def _once(self, sent: Sent) -> Ack | None:
        """Send it once; None where nobody stays to hear the answer."""
        manner = self.manner if self._rng.random() < MISBEHAVES else "plain"
        if manner == "deaf":
            return await self._deaf(sent)
        if manner in ("vanish", "half", "abort"):
            return await self._leave(sent, manner)
        if self._line is None:
            self._line = await Line.open(self._port, self._rng.uniform(1, 4), self.tls)
        sent.tries += 1
        if sent.kind == "merge":
            self.on_merge()
        crumbs = (lambda: self._rng.randrange(1, 120)) if manner == "dribble" else None
        return await self._line.send(sent.raw, crumbs)

    async def hang_up(self) -> None:
        """Close the line, where there is one."""
        if self._line is not None:
            await self._line.close()
        self._line = None

    # -- how a line misbehaves

    async def _leave(self, sent: Sent, manner: str) -> None:
        """Send all or half of it on a line of its own, then leave without an answer: in silence, or with a reset."""
        _, writer = await asyncio.open_connection(HOST, self._port)
        framed = frame(sent.raw)
        whole = manner != "half"
        sent.tries += whole
        writer.write(framed if whole else framed[: self._rng.randrange(1, len(framed) - 1)])
        await writer.drain()
        if manner == "abort":
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, ABORT)
            writer.close()
        else:
            self._left_open.append(writer)

    async def _deaf(self, sent: Sent) -> None:
        """Send many copies and read nothing, then hang up: a sender whose side is stuck."""
        line = socket.socket()
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        line.setblocking(False)
        loop = asyncio.get_running_loop()
        try:
            await loop.sock_connect(line, (HOST, self._port))
            sent.tries += COPIES
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(loop.sock_sendall(line, frame(sent.raw) * COPIES), 2)
        finally:
            line.close()
