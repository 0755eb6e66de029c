"""Every open ADT sample over a real socket: an answer to each, and a listener that goes on."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import pytest

from ascbridge.intake.hl7v2.hl7_batch import split_batch
from ascbridge.intake.hl7v2.mllp_client import MllpClient
from tests.intake.conftest import Intake, intake, open_intake

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["intake", "open_intake"]
PATIENCE_S = 60


def samples(folder: Path) -> list[tuple[str, bytes]]:
    """Each ADT message of the manifest, by its file's name."""
    with (folder / "MANIFEST.csv").open() as rows:
        names = [row["file"] for row in csv.DictReader(rows) if row["triggers"].startswith("ADT")]
    return [(name, raw) for name in names for raw in split_batch((folder / name).read_bytes())]


async def test_each_sample_is_answered_and_none_stalls_the_listener(
    shared_data: Path, intake: Intake
) -> None:
    folder = shared_data / "adt-open"
    expected = {}
    with (folder / "authored-itk-v24" / "expected.csv").open() as rows:
        for row in csv.DictReader(rows):
            expected[f"authored-itk-v24/{row['file']}"] = row["ack_suggested"]
    listener = intake.listener()
    port = await listener.start("127.0.0.1", 0)
    wrong = []
    sent = samples(folder)
    try:
        async with await MllpClient.connect("127.0.0.1", port, timeout_s=PATIENCE_S) as client:
            for name, raw in sent:
                ack = await client.send(raw)  # raises NoAnswer where none comes
                if name in expected and ack.code.value != expected[name]:
                    wrong.append((name, ack.code.value))
    finally:
        await listener.stop()
    assert wrong == []
    assert len(sent) >= 88
    assert intake.counts()["received"] == len(sent)


@pytest.mark.parametrize(
    "name", ["mllp_frame_A01.bin", "mllp_two_frames_split_anywhere.bin", "mllp_bad_no_start_block.bin"]
)
async def test_each_sample_frame_is_answered(shared_data: Path, intake: Intake, name: str) -> None:
    import asyncio

    raw = (shared_data / "adt-open" / "authored-itk-v24" / "acks" / name).read_bytes()
    listener = intake.listener()
    port = await listener.start("127.0.0.1", 0)
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for start in range(0, len(raw), 7):
            writer.write(raw[start : start + 7])
            await writer.drain()
        answer = await asyncio.wait_for(reader.readuntil(b"\x1c\r"), PATIENCE_S)
        assert b"MSA|" in answer
        writer.close()
    finally:
        await listener.stop()
