"""The hospital's interface engine: sends over several MLLP connections, waits for each answer and checks it.

What is not answered is sent again on a new connection, as engines do; a rejection for a passing reason (AR
207) too.
"""

from __future__ import annotations

import asyncio
import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ascbridge.intake.hl7v2.hl7_ack import AckCode, parse_ack
from ascbridge.intake.hl7v2.hl7_errors import ErrorCode, UnreadableMessage
from ascbridge.intake.hl7v2.mllp_client import MllpClient, NoAnswer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ascbridge.simulator.schedule import Send

CONNECTIONS = 4
PATIENCE_S = 60.0
"""How long one message is tried before the engine gives up."""
MOST_COMPLAINTS = 20


class GaveUp(Exception):
    """Nobody answered a message within `PATIENCE_S`: the bridge is gone."""


@dataclass
class Answers:
    """What the engine holds of answers: counts, and a line for each that was not as expected."""

    sent: int = 0
    kept: int = 0
    refused: int = 0
    repeats: int = 0
    sent_again: int = 0
    complaints: list[str] = field(default_factory=list)

    def complain(self, line: str) -> None:
        """Note an answer that was wrong; the first twenty are enough."""
        if len(self.complaints) < MOST_COMPLAINTS:
            self.complaints.append(line)


class HospitalSender:
    """Several connections to one address. One patient's messages always go down the same one, in order."""

    def __init__(
        self, host: str, port: int, *, connections: int = CONNECTIONS, timeout_s: float = 10
    ) -> None:
        self._host, self._port, self._timeout_s = host, port, timeout_s
        self._clients: list[MllpClient | None] = [None] * connections
        self._first: dict[tuple[str, bytes], bytes] = {}
        self.answers = Answers()

    async def close(self) -> None:
        """Hang up."""
        for client in self._clients:
            if client is not None:
                await client.close()
        self._clients = [None] * len(self._clients)

    async def send(self, batch: Sequence[Send]) -> None:
        """Send a batch, each connection its own share in order. Raises `GaveUp`."""
        shares: dict[int, list[Send]] = {}
        for one in batch:
            shares.setdefault(zlib.crc32(one.who.encode()) % len(self._clients), []).append(one)
        await asyncio.gather(*(self._send_share(number, share) for number, share in shares.items()))

    async def _send_share(self, number: int, share: Sequence[Send]) -> None:
        for one in share:
            self._check(one, await self._answer(number, one.raw))

    async def _answer(self, number: int, raw: bytes) -> bytes:
        """The answer to one message, however often it must be sent for that."""
        loop = asyncio.get_running_loop()
        until, pause = loop.time() + PATIENCE_S, 0.05
        while True:
            try:
                client = self._clients[number]
                if client is None:
                    client = await MllpClient.connect(self._host, self._port, timeout_s=self._timeout_s)
                    self._clients[number] = client
                self.answers.sent += 1
                answer = await client.exchange(raw)
                if not _not_now(answer):
                    return answer
            except (NoAnswer, OSError, TimeoutError) as fault:
                await self._hang_up(number)
                if loop.time() > until:
                    raise GaveUp(f"no answer from {self._host}:{self._port}: {fault}") from fault
            self.answers.sent_again += 1
            await asyncio.sleep(pause)
            pause = min(2.0, pause * 2)

    async def _hang_up(self, number: int) -> None:
        client, self._clients[number] = self._clients[number], None
        if client is not None:
            await client.close()

    def _check(self, one: Send, raw: bytes) -> None:
        """Compare an answer with what the schedule expects, and a repeat's with the one given first."""
        answers, control_id = self.answers, _control_id(one.raw)
        try:
            ack = parse_ack(raw)
        except UnreadableMessage as fault:
            answers.complain(f"{control_id.decode()}: an answer that cannot be read: {fault}")
            return
        if ack.code != one.expect:
            answers.complain(
                f"{control_id.decode()}: answered {ack.code} {ack.text!r}, expected {one.expect}"
            )
        if ack.control_id.encode() != control_id:
            answers.complain(f"{control_id.decode()}: the answer names {ack.control_id!r}")
        key = (one.who, control_id)
        if one.repeat and self._first.get(key) != raw:
            answers.complain(f"{control_id.decode()}: a repeat was not answered as the first time")
        answers.repeats += one.repeat
        if ack.code != AckCode.AA:
            answers.refused += 1
        elif not one.repeat:
            answers.kept += 1
            self._first[key] = raw


def _not_now(raw: bytes) -> bool:
    """Whether the receiver could not take it just now (AR with 207), which is no verdict on the message."""
    try:
        ack = parse_ack(raw)
    except UnreadableMessage:
        return False
    return ack.code == AckCode.AR and ack.error is not None and ack.error.code == ErrorCode.INTERNAL


def _control_id(raw: bytes) -> bytes:
    """MSH-10, or nothing where there is no header to find it in."""
    fields = raw.split(b"|", 10) if raw.startswith(b"MSH|") else []
    return fields[9] if len(fields) > 9 else b""
