"""Processes beside the publisher's that prepare people: gather, map, compare and check, on other cores.

They open the files for reading only and hold nothing between two questions. One that dies takes the publisher with
it, since a bridge that stopped publishing quietly would look well.
"""

from __future__ import annotations

import multiprocessing
import queue
import signal
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ascbridge.events.logs.faults import InfrastructureFault
from ascbridge.record.settling import due

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from multiprocessing.connection import Connection as Pipe

    from sqlalchemy import Connection

    from ascbridge.record.preparing import Batch, Preparation, Taken
    from ascbridge.storage.database import SqliteDatabase


_LEFT_ALONE = (signal.SIGINT, signal.SIGTERM)
"""Signals to drain and end, which whoever asks obeys, and these follow."""


class PreparerDied(RuntimeError):
    """A preparing process is gone. Nothing here starts another: the service ends, and is started anew from outside."""


@dataclass(frozen=True, slots=True)
class Due:
    """The question: up to `limit` people whose turn it was by `by_ms` (UTC epoch milliseconds)."""

    limit: int
    by_ms: int


Asked = Due | list["Taken"]
"""Whoever is due, or these people, who were taken."""


def prepared(connection: Connection, preparation: Preparation, asked: Asked) -> Batch | None:
    """Return what has to be sent for those asked for, all from one snapshot; None where there is nobody."""
    taken: Sequence[Taken] = (
        due(connection, preparation.sink, asked.limit, asked.by_ms) if isinstance(asked, Due) else asked
    )
    return preparation.prepare(connection, taken) if taken else None


class Preparers:
    """So many preparing processes, each with one question at a time. To be made before this process has threads."""

    def __init__(self, count: int, preparation: Preparation, opened: Callable[[], SqliteDatabase]) -> None:
        """Start them; each opens its own database by `opened`, which may only be read."""
        context = multiprocessing.get_context("fork")
        self._free: queue.Queue[Pipe] = queue.Queue()
        self._ends: list[Pipe] = []
        self._processes = []
        for number in range(count):
            ours, theirs = context.Pipe()
            process = context.Process(
                target=_serve,
                args=(theirs, ours, preparation, opened),
                name=f"preparer-{number + 1}",
                daemon=True,
            )
            before = signal.pthread_sigmask(
                signal.SIG_BLOCK, _LEFT_ALONE
            )  # until it has said what it does of them
            process.start()
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
            theirs.close()
            self._processes.append(process)
            self._ends.append(ours)
            self._free.put(ours)

    def ask(self, asked: Asked) -> Batch | None:
        """Have a free process prepare those asked for. Raises `InfrastructureFault`, or `PreparerDied`."""
        end = self._free.get()
        try:
            end.send(asked)
            answer: Batch | Exception | None = end.recv()
        except (EOFError, OSError) as fault:
            raise PreparerDied("a process that prepares people for the record has died") from fault
        finally:
            self._free.put(end)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def close(self) -> None:
        """Let every process end, and wait for it."""
        for end in self._ends:
            end.close()
        for process in self._processes:
            process.join()


def _serve(end: Pipe, parents: Pipe, preparation: Preparation, opened: Callable[[], SqliteDatabase]) -> None:
    """Answer until the other end is closed, also by its process's death. Whoever asks decides when to stop."""
    parents.close()
    for number in _LEFT_ALONE:
        signal.signal(number, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _LEFT_ALONE)
    database = opened()
    while True:
        try:
            end.send(_answer(database, preparation, end.recv()))
        except (EOFError, OSError):
            return


def _answer(database: SqliteDatabase, preparation: Preparation, asked: Asked) -> Batch | Exception | None:
    try:
        return database.read_now(lambda connection: prepared(connection, preparation, asked))
    except Exception as fault:  # noqa: BLE001  # told to whoever asked, in whose process it is dealt with
        return InfrastructureFault(f"people cannot be prepared: {type(fault).__name__}")
