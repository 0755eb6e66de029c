"""The sender's side of MLLP: an answer is matched, a missing one is told and never invented."""

from __future__ import annotations

import asyncio

import pytest

from ascbridge.intake.hl7v2.hl7_errors import UnreadableMessage
from ascbridge.intake.hl7v2.mllp import frame
from ascbridge.intake.hl7v2.mllp_client import MllpClient, NoAnswer

ANSWER = b"MSH|^~\\&|B|B|A|A|20261005||ACK^A01^ACK|R1|P|2.4\rMSA|AA|T1\r"


async def server(answer: bytes | None) -> tuple[asyncio.Server, int]:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\x1c\r")
        for byte in answer or b"":
            writer.write(bytes([byte]))
            await writer.drain()
        if answer is None:
            await reader.read()
        writer.close()

    started = await asyncio.start_server(serve, "127.0.0.1", 0)
    return started, started.sockets[0].getsockname()[1]


async def exchange(answer: bytes | None, timeout_s: float = 60) -> object:
    started, port = await server(answer)
    async with started, await MllpClient.connect("127.0.0.1", port, timeout_s=timeout_s) as client:
        return await client.send(b"MSH|^~\\&|A|A|B|B|20261005||ADT^A01|T1|P|2.4\r")


async def test_an_answer_in_pieces_is_read() -> None:
    ack = await exchange(frame(ANSWER))
    assert (ack.code.value, ack.control_id) == ("AA", "T1")  # type: ignore[attr-defined]


async def test_a_closed_connection_is_no_answer() -> None:
    with pytest.raises(NoAnswer, match="closed the connection"):
        await exchange(b"")


async def test_silence_is_no_answer() -> None:
    with pytest.raises(NoAnswer, match="no answer within"):
        await exchange(None, timeout_s=0.1)


async def test_bytes_that_are_no_acknowledgment_are_told() -> None:
    with pytest.raises(UnreadableMessage):
        await exchange(frame(b"hello"))
