"""One process asks another how it is: well, unwell in its own words, gone, or stuck; and two texts of metrics as one."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from ascbridge.operations.flowing.neighbour import Neighbour, together

if TYPE_CHECKING:
    from asyncio import StreamReader, StreamWriter
    from pathlib import Path


async def answering(path: Path, answer: bytes) -> asyncio.Server:
    async def meet(reader: StreamReader, writer: StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        writer.close()

    return await asyncio.start_unix_server(meet, path)


@pytest.mark.parametrize(
    "answer, trouble",
    [
        (b'HTTP/1.1 200 OK\r\n\r\n{"status": "ready", "wrong": {}}', ""),
        (
            b'HTTP/1.1 503 No\r\n\r\n{"status": "not ready", "wrong": {"mllp": "not listening yet"}}',
            "mllp: not listening yet",
        ),
        (
            b'HTTP/1.1 200 OK\r\n\r\n{"status": "degraded", "wrong": {"folder a": "a.csv cannot be read"}}',
            "folder a: a.csv cannot be read",
        ),
        (b"HTTP/1.1 500 No\r\n\r\n", "does not answer"),
        (b"", "does not answer"),
        (b"nonsense", "does not answer"),
        (b"HTTP/1.1 200 OK\r\n\r\nnonsense", "does not answer"),
    ],
)
async def test_its_trouble_is_told_in_its_own_words(tmp_path: Path, answer: bytes, trouble: str) -> None:
    async with await answering(tmp_path / "s", answer):
        assert await Neighbour("listen", tmp_path / "s", patience_s=60).trouble() == trouble


async def test_what_is_degraded_is_ready(tmp_path: Path) -> None:
    degraded = b'HTTP/1.1 200 OK\r\n\r\n{"status": "degraded", "wrong": {"webhook": "x"}}'
    async with await answering(tmp_path / "s", degraded):
        assert await Neighbour("listen", tmp_path / "s", patience_s=60).how() == (True, "webhook: x")
    assert (await Neighbour("listen", tmp_path / "s").how())[0] is False


async def test_whoever_is_gone_or_stuck_does_not_answer(tmp_path: Path) -> None:
    assert await Neighbour("listen", tmp_path / "none").trouble() == "does not answer"

    hung = asyncio.Event()

    async def hang(_reader: StreamReader, writer: StreamWriter) -> None:
        await hung.wait()
        writer.close()

    async with await asyncio.start_unix_server(hang, tmp_path / "s"):
        stuck = Neighbour("listen", tmp_path / "s", patience_s=0.05)
        assert await stuck.trouble() == "does not answer"
        assert await stuck.counts() is None
        hung.set()


def counted(kept: int) -> str:
    own = CollectorRegistry()
    messages = Counter("bridge_messages", "Messages", ["feed"], registry=own)
    messages.labels("itk").inc(kept)
    Counter("bridge_dropped", "No label of its own", registry=own).inc(kept)
    Gauge("bridge_lag", "Lag", registry=own).set(kept)
    Histogram("bridge_answer_seconds", "Answers", buckets=(1, 5), registry=own).observe(kept)
    return generate_latest(own).decode()


def test_each_name_stands_once_with_the_samples_of_every_process() -> None:
    text = together({"work": counted(0), "listen": counted(3)}).decode()
    names = [line.split()[2] for line in text.splitlines() if line.startswith("# TYPE")]
    assert len(names) == len(set(names)) > 3
    samples = [line.rpartition(" ")[0] for line in text.splitlines() if not line.startswith("#")]
    assert len(samples) == len(set(samples))
    assert 'bridge_messages_total{feed="itk",service="listen"} 3.0' in text
    assert 'bridge_messages_total{feed="itk",service="work"} 0.0' in text
    assert 'bridge_answer_seconds_bucket{le="1.0",service="work"} 1.0' in text
    assert {one.name for one in text_string_to_metric_families(text)} >= {"bridge_messages", "bridge_lag"}
