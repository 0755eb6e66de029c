"""Builds a shadow in a process of its own that kills itself at a given transaction, before or after it is made to last."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING, Any

from ascbridge.bootstrap.shadow import time_machine
from ascbridge.operations.shadow import rebuilding, shadows
from ascbridge.storage.database import SqliteDatabase

if TYPE_CHECKING:
    from collections.abc import Callable

    from ascbridge.config import Settings

MESSAGES_AT_ONCE = 3


class Still:
    """A pace that never rests."""

    def __init__(self, *_: object) -> None: ...

    def rest(self, played: int) -> None: ...


def build(settings: Settings, name: str, dies_at: int, lasting: bool) -> None:  # noqa: FBT001  # a process takes words
    """Go on with a shadow, and die at that transaction, after it was committed where it is `lasting`."""
    rebuilding.MESSAGES_AT_ONCE = MESSAGES_AT_ONCE
    whole, counted = SqliteDatabase.write_now, 0

    def write_now(self: SqliteDatabase, work: Callable[[Any], Any]) -> Any:
        nonlocal counted
        counted += 1

        def until_then(connection: Any) -> Any:
            done = work(connection)
            if counted == dies_at and not lasting:
                os.kill(os.getpid(), signal.SIGKILL)
            return done

        done = whole(self, until_then)
        if counted == dies_at and lasting:
            os.kill(os.getpid(), signal.SIGKILL)
        return done

    SqliteDatabase.write_now = write_now  # type: ignore[method-assign]  # in a process that dies of it
    time_machine.build(settings, shadows.find(settings.data_dir, name), pace=Still)
