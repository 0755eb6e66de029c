"""Sending files: one line for each answer, and an exit code that a script can believe."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from ascbridge.intake.doors.mllp_listener import MllpListener
from ascbridge.intake.hl7v2.hl7_ack import Ack, AckCode, AckError
from ascbridge.intake.hl7v2.hl7_errors import ErrorCode
from ascbridge.operations import sending
from tests.intake.conftest import Intake, intake, open_intake
from tests.intake.messages import adt
from tests.servers.process import free_port

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

__all__ = ["intake", "open_intake"]
HOST = "127.0.0.1"


@asynccontextmanager
async def listening(listener: MllpListener) -> AsyncIterator[int]:
    port = await listener.start(HOST, 0)
    try:
        yield port
    finally:
        await listener.stop()


def written(folder: Path, **files: bytes) -> list[Path]:
    for name, raw in files.items():
        (folder / f"{name}.hl7").write_bytes(raw)
    return [folder / f"{name}.hl7" for name in files]


async def test_every_message_of_every_file_is_sent_in_order(tmp_path: Path, intake: Intake) -> None:
    files = written(
        tmp_path, b=adt("A01", control_id="T1") + adt("A02", control_id="T2"), a=adt("A31", control_id="T3")
    )
    said: list[str] = []
    async with listening(intake.listener()) as port:
        assert await sending.send_files(HOST, port, files, said.append) == 0
    assert said == ["T1\tAA", "T2\tAA", "T3\tAA"]
    assert [row.control_id for row in intake.rows()] == ["T1", "T2", "T3"]


async def test_one_that_is_not_accepted_is_said_with_its_place_and_the_rest_is_sent(
    tmp_path: Path, intake: Intake
) -> None:
    files = written(tmp_path, a=adt("A03", control_id="T1", visit="") + adt("A31", control_id="T2"))
    said: list[str] = []
    async with listening(intake.listener()) as port:
        assert await sending.send_files(HOST, port, files, said.append) == 1
    bad, good = said
    assert bad.startswith("T1\tAE\tno visit number")
    assert "PV1-19 101 Required field missing" in bad
    assert good == "T2\tAA"


async def test_a_receiver_that_hangs_up_ends_the_sending(tmp_path: Path) -> None:
    def fails(_arrivals: Any) -> list[list[bytes]]:
        raise OSError("disk full")

    files = written(tmp_path, a=adt("A01"), b=adt("A02"), c=adt("A03"))
    said: list[str] = []
    async with listening(MllpListener(feed="f", max_frame_bytes=9999, idle_seconds=60, keep=fails)) as port:
        assert await sending.send_files(HOST, port, files, said.append) == 1
    assert said == ["-\t-\tthe receiver closed the connection; 3 messages were to be sent, stopping here"]


async def test_nobody_listening_is_said(tmp_path: Path) -> None:
    said: list[str] = []
    port = free_port()
    assert await sending.send_files(HOST, port, written(tmp_path, a=adt("A01")), said.append) == 1
    (line,) = said
    assert line.startswith(f"-\t-\tnobody listens at {HOST}:{port}: ")


def test_an_answer_is_one_line_with_whatever_it_says() -> None:
    assert sending.line(Ack(AckCode.AA, "T1")) == "T1\tAA"
    assert sending.line(Ack(AckCode.AR, "")) == "-\tAR"
    whole = AckError(ErrorCode.SEGMENT_SEQUENCE, "MSH")
    assert sending.line(Ack(AckCode.AE, "T1", "LF", whole)) == "T1\tAE\tLF; MSH 100 Segment sequence error"
