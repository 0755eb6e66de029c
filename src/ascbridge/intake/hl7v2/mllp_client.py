"""An MLLP sender: one connection, one message at a time, each answer matched to its message by MSA-2.

For `ascbridge send`, the simulator and tests. It never guesses: an answer that names another message is a fault.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Self

from ascbridge.intake.hl7v2.hl7_ack import Ack, parse_ack
from ascbridge.intake.hl7v2.mllp import Frame, Framer, frame

if TYPE_CHECKING:
    import ssl


class NoAnswer(Exception):
    """The receiver closed the connection, or said nothing in time: the message must be sent again."""


class MllpClient:
    """A connection to a receiver. Use as ``async with await MllpClient.connect(host, port) as client``."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, timeout_s: float) -> None:
        self._reader, self._writer, self._timeout_s = reader, writer, timeout_s
        self._framer = Framer()
        self._answers: list[bytes] = []

    @classmethod
    async def connect(
        cls, host: str, port: int, *, tls: ssl.SSLContext | None = None, timeout_s: float = 30
    ) -> Self:
        """Connect, or raise `OSError`."""
        reader, writer = await asyncio.wait_for(asyncio.open_connection(host, port, ssl=tls), timeout_s)
        return cls(reader, writer, timeout_s)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_exc: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Hang up."""
        self._writer.close()
        try:
            await self._writer.wait_closed()
        except OSError:  # the other side may have hung up first
            return

    async def exchange(self, payload: bytes) -> bytes:
        """Send one payload and return the payload that answers it. Raises `NoAnswer`."""
        self._writer.write(frame(payload))
        await self._writer.drain()
        while not self._answers:
            try:
                data = await asyncio.wait_for(self._reader.read(65536), self._timeout_s)
            except TimeoutError:
                raise NoAnswer(f"no answer within {self._timeout_s:g} seconds") from None
            except OSError as fault:
                raise NoAnswer(f"the connection broke: {fault}") from None
            if not data:
                raise NoAnswer("the receiver closed the connection")
            self._answers += [one.payload for one in self._framer.feed(data) if isinstance(one, Frame)]
        return self._answers.pop(0)

    async def send(self, message: bytes) -> Ack:
        """Send one HL7 message and return its acknowledgment. Raises `NoAnswer` or `UnreadableMessage`."""
        return parse_ack(await self.exchange(message))
