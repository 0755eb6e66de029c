"""Compares a shadow with the running bridge, or with another shadow, and keeps what it found in the shadow's folder."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from sqlalchemy import select

from ascbridge.bootstrap.parts import settled
from ascbridge.bootstrap.shadow import time_machine
from ascbridge.operations.shadow import found, shadows
from ascbridge.operations.shadow.derived import Side
from ascbridge.operations.shadow.meaning import Comparison
from ascbridge.operations.shadow.shadows import LIVE, NoShadow
from ascbridge.people.data_keys import DataKeys
from ascbridge.record.preparing import Preparation
from ascbridge.record.views import Council
from ascbridge.storage.database import SqliteDatabase
from ascbridge.storage.files import sqlite_file
from ascbridge.storage.tables import message

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from ascbridge.config import Settings
    from ascbridge.operations.shadow.found import Told
    from ascbridge.operations.shadow.shadows import Progress, Shadow


def compare(settings: Settings, name: str, against: str = LIVE) -> Told:
    """Compare a shadow that is built with the running bridge or another shadow; return what was compared.

    Raises `NoShadow`.
    """
    shadow = shadows.find(settings.data_dir, name)
    reached = _reached(shadow)
    other = None if against == LIVE else shadows.find(settings.data_dir, against)
    if other is None and shadow.plan.to_ms is not None:
        raise NoShadow(
            f"{name} ends at a moment and the running bridge went on: compare it with a shadow of the same period with "
            "nothing changed (--against; `ascbridge shadow ask` makes both)"
        )
    if other is not None:
        _alike(shadow, other)
    council = settings.council
    issuer = Council(council.name, council.ods_code, council.identifier_base)
    preparation = Preparation(settings.sink.name, issuer, DataKeys(settled.keyring_of(settings)))
    with contextlib.ExitStack() as open_:
        after = open_.enter_context(_opened(shadow.folder))
        before = open_.enter_context(_opened(settings.data_dir if other is None else other.folder))
        comparison = Comparison(
            Side(before, preparation, running=other is None),
            Side(after, preparation),
            moved=_since(before, reached.next_position) if other is None else frozenset(),
            only=shadow.plan.from_ms is not None,
        )
        return _kept(shadow, comparison, against, settled.clock_of(settings).now_ms())


def ask(
    settings: Settings,
    name: str,
    files: Sequence[Path],
    *,
    from_ms: int | None,
    to_ms: int | None,
    rate: int = 0,
) -> tuple[Shadow, Shadow]:
    """Take down two shadows of one period, one with nothing changed. Raises as `time_machine.plan`."""
    if not files:
        raise NoShadow("name at least one file to be tried (--with)")
    base = time_machine.plan(settings, f"{name}{shadows.BASE}", (), from_ms=from_ms, to_ms=to_ms, rate=rate)
    try:
        return base, time_machine.plan(settings, name, files, from_ms=from_ms, to_ms=to_ms, rate=rate)
    except Exception:
        shadows.let_go(base)
        raise


def _reached(shadow: Shadow) -> Progress:
    progress = shadow.progress
    if progress is None or progress.state != "built":
        state = "not begun" if progress is None else progress.state
        raise NoShadow(f"{shadow.name} is {state}: build it to its end first")
    return progress


def _alike(shadow: Shadow, other: Shadow) -> None:
    _reached(other)
    mine, theirs = ((one.plan.from_ms, one.plan.to_ms) for one in (shadow, other))
    if mine != theirs:
        raise NoShadow(f"{shadow.name} and {other.name} are not of one period")


@contextlib.contextmanager
def _opened(folder: Path) -> Iterator[SqliteDatabase]:
    attached = {name: sqlite_file(folder, name) for name in ("kept", "keys")}
    database = SqliteDatabase(sqlite_file(folder, "bridge"), attached=attached, writable=False)
    try:
        yield database
    finally:
        asyncio.run(database.close())


def _since(live: SqliteDatabase, position: int) -> frozenset[str]:
    """Return of whom something was kept from this position on."""
    wanted = select(message.c.lane).where(message.c.position >= position).distinct()
    return frozenset(live.read_now(lambda c: list(c.execute(wanted).scalars())))


def _kept(shadow: Shadow, comparison: Comparison, against: str, now_ms: int) -> Told:
    told = found.Told(against, shadow.name, now_ms, comparison.compared, comparison.left_out)
    return found.keep(shadow.found, told, comparison.differences())
