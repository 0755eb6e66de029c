"""The listener on real sockets: split frames, many senders, TLS, slow readers, and never an answer before the commit."""

from __future__ import annotations

import asyncio
import datetime as dt
import ssl
import tracemalloc
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
import trustme

from ascbridge.intake.doors.mllp_listener import MllpListener
from ascbridge.intake.hl7v2.hl7_ack import parse_ack
from ascbridge.intake.hl7v2.mllp import frame
from ascbridge.intake.hl7v2.mllp_client import MllpClient, NoAnswer
from tests.intake.messages import adt

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from ascbridge.intake.keeping.inbox import Arrival
    from tests.intake.conftest import Intake

HOST = "127.0.0.1"
PATIENCE_S = 60


@asynccontextmanager
async def listening(listener: MllpListener, tls: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    port = await listener.start(HOST, 0, tls)
    try:
        yield port
    finally:
        await listener.stop()


async def test_a_message_split_into_single_bytes_is_answered_once(intake: Intake) -> None:
    async with listening(intake.listener()) as port:
        reader, writer = await asyncio.open_connection(HOST, port)
        for byte in frame(adt("A01")):
            writer.write(bytes([byte]))
            await writer.drain()
        answer = await asyncio.wait_for(reader.readuntil(b"\x1c\r"), PATIENCE_S)
        assert b"MSA|AA|T0001" in answer
        writer.close()
    assert intake.counts() == {"received": 1, "kept": 1}


async def test_several_frames_at_once_are_answered_in_order(intake: Intake) -> None:
    async with listening(intake.listener()) as port:
        reader, writer = await asyncio.open_connection(HOST, port)
        ids = [f"T{number:04d}" for number in range(50)]
        writer.write(b"".join(frame(adt("A31", control_id=one)) for one in ids))
        answered = [parse_ack((await reader.readuntil(b"\x1c\r"))[1:-2]).control_id for _ in ids]
        assert answered == ids
        writer.close()


async def test_many_senders_each_hear_about_their_own(intake: Intake) -> None:
    async def send(port: int, sender: int) -> None:
        async with await MllpClient.connect(HOST, port) as client:
            for number in range(20):
                ack = await client.send(adt("A31", control_id=f"S{sender}-{number}", local_id=f"L{sender}"))
                assert (ack.code.value, ack.control_id) == ("AA", f"S{sender}-{number}")

    async with listening(intake.listener()) as port:
        await asyncio.gather(*(send(port, sender) for sender in range(25)))
    assert intake.counts() == {"received": 500, "kept": 500}


async def test_an_oversize_frame_is_refused_and_the_next_one_taken(intake: Intake) -> None:
    async with (
        listening(intake.listener(max_frame_bytes=2_000)) as port,
        await MllpClient.connect(HOST, port) as client,
    ):
        big = await client.send(adt("A01", extra=("NTE|1||" + "x" * 50_000,)))
        after = await client.send(adt("A01", control_id="T0002"))
    assert (big.code.value, big.control_id, after.code.value) == ("AE", "T0001", "AA")


async def test_nothing_is_answered_before_it_is_kept(intake: Intake) -> None:
    def fails(_arrivals: object) -> list[list[bytes]]:
        raise OSError("disk full")

    refusing = MllpListener(
        feed="f", max_frame_bytes=9999, idle_seconds=60, keep=fails, refuse=intake.desk.not_now
    )
    async with listening(refusing) as port, await MllpClient.connect(HOST, port) as client:
        ack = await client.send(adt("A01"))
        assert (ack.code.value, ack.accepted) == ("AR", False)
    closing = MllpListener(feed="f", max_frame_bytes=9999, idle_seconds=60, keep=fails)
    async with listening(closing) as port, await MllpClient.connect(HOST, port) as client:
        with pytest.raises(NoAnswer, match="closed the connection"):
            await client.send(adt("A01"))


async def test_it_says_what_is_wrong_with_it_until_it_is_well_again(intake: Intake) -> None:
    full = [True]

    def keep(arrivals: object) -> list[list[bytes]]:
        if full[0]:
            raise OSError("disk full")
        return intake.keep(arrivals)  # type: ignore[arg-type]  # the protocol's own arrivals

    listener = MllpListener(
        feed="f", max_frame_bytes=9999, idle_seconds=60, keep=keep, refuse=intake.desk.not_now
    )
    assert listener.trouble == "not listening yet"
    async with listening(listener) as port, await MllpClient.connect(HOST, port) as client:
        assert listener.trouble == ""
        await client.send(adt("A01"))
        assert listener.trouble == "the last messages could not be kept: OSError"
        full[0] = False
        await client.send(adt("A01"))
        assert listener.trouble == ""


async def test_keeping_later_answers_in_order_too(intake: Intake) -> None:
    async def keep_later(arrivals: object) -> list[list[bytes]]:
        await asyncio.sleep(0)
        return intake.keep(arrivals)  # type: ignore[arg-type]  # the protocol's own arrivals

    listener = MllpListener(feed="f", max_frame_bytes=9999, idle_seconds=60, keep_later=keep_later)
    async with listening(listener) as port:
        reader, writer = await asyncio.open_connection(HOST, port)
        ids = [f"T{number:04d}" for number in range(30)]
        for one in ids:
            writer.write(frame(adt("A31", control_id=one)))
            await writer.drain()
        assert [parse_ack((await reader.readuntil(b"\x1c\r"))[1:-2]).control_id for _ in ids] == ids
        writer.close()


async def test_a_sender_that_never_reads_is_not_read_either() -> None:
    taken = 0

    def long_answers(arrivals: Sequence[Arrival]) -> list[list[bytes]]:
        nonlocal taken
        taken += len(arrivals)
        return [[b"x" * 65_536] for _ in arrivals]

    listener = MllpListener(feed="f", max_frame_bytes=9999, idle_seconds=60, keep=long_answers)
    async with listening(listener) as port:
        _, writer = await asyncio.open_connection(HOST, port, limit=1024)
        some = b"".join(frame(adt("A31", control_id=f"N{number}")) for number in range(100))
        with pytest.raises(TimeoutError):  # noqa: PT012  # the loop is what times out
            while taken < 100_000:
                writer.write(some)
                await asyncio.wait_for(writer.drain(), 0.5)
        writer.transport.abort()  # type: ignore[attr-defined]  # what a transport of TCP offers


async def test_a_sender_that_floods_the_line_keeps_nobody_else_waiting(intake: Intake) -> None:
    """Another sender's messages, each sent when the one before was answered, are through before the flood is."""
    many, few = 8_000, 3
    flood = b"".join(frame(adt("A31", control_id=f"N{number}")) for number in range(many))
    async with listening(intake.listener()) as port, await MllpClient.connect(HOST, port) as other:
        reader, writer = await asyncio.open_connection(HOST, port)
        writer.write(flood)
        answered = 0

        async def hear() -> None:
            nonlocal answered
            while answered < many:
                answered += (await reader.read(65_536)).count(b"\x1c\r")

        hearing = asyncio.create_task(hear())
        while not answered:  # noqa: ASYNC110 - until the flood has come in
            await asyncio.sleep(0)
        for number in range(few):
            assert (await other.send(adt("A31", control_id=f"F{number}"))).accepted
        assert answered < many
        await hearing
        writer.close()


async def test_a_sender_that_is_not_on_the_list_is_not_let_in(intake: Intake) -> None:
    async with listening(intake.listener(allowed_senders=("192.0.2.9",))) as port:
        client = await MllpClient.connect(HOST, port)
        with pytest.raises(NoAnswer):
            await client.send(adt("A01"))
        await client.close()
    assert intake.counts() == {}


async def test_an_idle_connection_is_closed(intake: Intake) -> None:
    async with listening(intake.listener(idle_seconds=0.05)) as port:
        reader, writer = await asyncio.open_connection(HOST, port)
        assert await asyncio.wait_for(reader.read(), PATIENCE_S) == b""
        writer.close()


def _server_context(authority: trustme.CA, certificate: trustme.LeafCert) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    certificate.configure_cert(context)
    authority.configure_trust(context)
    context.verify_mode = ssl.CERT_REQUIRED
    return context


def _client_context(authority: trustme.CA, certificate: trustme.LeafCert | None) -> ssl.SSLContext:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    if certificate is not None:
        certificate.configure_cert(context)
    return context


async def _accepted(port: int, context: ssl.SSLContext) -> bool:
    try:
        async with await MllpClient.connect("localhost", port, tls=context, timeout_s=PATIENCE_S) as client:
            return (await client.send(adt("A01"))).accepted
    except (OSError, NoAnswer):
        return False


async def test_mutual_tls_lets_in_only_a_valid_certificate_of_our_authority(intake: Intake) -> None:
    ours, others = trustme.CA(), trustme.CA()
    yesterday = dt.datetime.now(dt.UTC) - dt.timedelta(days=1)
    expired = ours.issue_cert(
        "trust.example", not_after=yesterday, not_before=yesterday - dt.timedelta(days=9)
    )
    context = _server_context(ours, ours.issue_cert("localhost"))
    async with listening(intake.listener(), context) as port:
        assert await _accepted(port, _client_context(ours, ours.issue_cert("trust.example")))
        assert not await _accepted(port, _client_context(ours, None))
        assert not await _accepted(port, _client_context(ours, others.issue_cert("trust.example")))
        assert not await _accepted(port, _client_context(ours, expired))
    assert intake.counts()["received"] == 1


async def test_fifty_megabytes_in_one_frame_are_refused_while_they_come_and_hold_little_memory(
    intake: Intake,
) -> None:
    async with listening(intake.listener(max_frame_bytes=1_000_000)) as port:
        reader, writer = await asyncio.open_connection(HOST, port)
        piece = b"x" * 65_536
        tracemalloc.start()
        try:
            writer.write(b"\x0b" + adt("A01"))
            for _ in range(20):
                writer.write(piece)
                await writer.drain()
            refused = parse_ack((await asyncio.wait_for(reader.readuntil(b"\x1c\r"), PATIENCE_S))[1:-2])
            for _ in range(50_000_000 // len(piece) - 20):
                writer.write(piece)
                await writer.drain()
            writer.write(b"\x1c\r" + frame(adt("A01", control_id="T0002")))
            after = parse_ack((await asyncio.wait_for(reader.readuntil(b"\x1c\r"), PATIENCE_S))[1:-2])
            most = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
            writer.close()
    assert (refused.code.value, refused.control_id) == ("AE", "T0001")
    assert (after.code.value, after.control_id) == ("AA", "T0002")
    assert most < 10_000_000
    assert [len(intake.opened(row)) for row in intake.rows()] == [4096, len(adt("A01"))]


async def test_bytes_that_nobody_waits_to_hear_about_get_no_answer_when_nothing_can_be_kept(
    intake: Intake,
) -> None:
    def fails(_arrivals: object) -> list[list[bytes]]:
        raise OSError("disk full")

    refusing = MllpListener(
        feed="f", max_frame_bytes=9999, idle_seconds=60, keep=fails, refuse=intake.desk.not_now
    )
    async with listening(refusing) as port:
        reader, writer = await asyncio.open_connection(HOST, port)
        writer.write(b"junk" + frame(adt("A01")))
        answer = await asyncio.wait_for(reader.readuntil(b"\x1c\r"), PATIENCE_S)
        assert parse_ack(answer[1:-2]).control_id == "T0001"
        writer.write(frame(adt("A01", control_id="T0002")))
        answer = await asyncio.wait_for(reader.readuntil(b"\x1c\r"), PATIENCE_S)
        assert parse_ack(answer[1:-2]).control_id == "T0002"
        writer.close()
