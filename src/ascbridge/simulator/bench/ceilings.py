"""What this machine can do without a bridge: write to disk for good, answer a socket, insert into SQLite."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import sqlite3
import time
from typing import TYPE_CHECKING

from ascbridge.intake.hl7v2.mllp import END, START
from ascbridge.simulator.bench.mllp_load import Messages, closed_loop

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from pathlib import Path

ANSWER = START + b"MSH|^~\\&|ECHO\rMSA|AA|1\r" + END
RECORD = b"x" * 1200
"""About as long as a message."""
ROWS_AT_ONCE = 200


def fsyncs_a_second(folder: Path, seconds: float) -> float:
    """How often a second a message-sized write can be made to last."""
    path = folder / "fsync"
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
    count, began = 0, time.perf_counter()
    try:
        while time.perf_counter() - began < seconds:
            os.write(descriptor, RECORD)
            os.fdatasync(descriptor)
            count += 1
        return count / (time.perf_counter() - began)
    finally:
        os.close(descriptor)
        path.unlink()


def sqlite_rows_a_second(folder: Path, seconds: float) -> float:
    """How many message-sized rows a second SQLite takes at synchronous=FULL, two hundred a transaction."""
    path = folder / "insert.db"
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("CREATE TABLE row (position INTEGER PRIMARY KEY, body BLOB)")
        count, began = 0, time.perf_counter()
        while time.perf_counter() - began < seconds:
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany("INSERT INTO row (body) VALUES (?)", [(RECORD,)] * ROWS_AT_ONCE)
            connection.execute("COMMIT")
            count += ROWS_AT_ONCE
        return count / (time.perf_counter() - began)
    finally:
        connection.close()
        for one in folder.glob("insert.db*"):
            one.unlink()


async def echoes_a_second(connections: int, seconds: float) -> float:
    """How many messages a second the same load gets answered by a process that does nothing but answer."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_answer_everything, args=(theirs,), daemon=True)
    process.start()
    try:
        port = await asyncio.to_thread(ours.recv)
        measured = await closed_loop(port, iter(Messages("E", 0)), connections=connections, seconds=seconds)
        return measured.rate
    finally:
        process.terminate()
        await asyncio.to_thread(process.join)


class _Echo(asyncio.Protocol):
    """Answers each packet that ends a frame."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        if data.endswith(END):
            self._transport.write(ANSWER)  # type: ignore[attr-defined]  # a stream's transport


def _answer_everything(port: Connection) -> None:
    async def serve() -> None:
        server = await asyncio.get_running_loop().create_server(_Echo, "127.0.0.1", 0)
        port.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(serve())
