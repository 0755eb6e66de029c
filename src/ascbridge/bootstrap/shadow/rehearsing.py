"""Rehearses a switch between two case systems on a copy of the store, in a folder that is gone afterwards.

The copy is a back-up, taken while the bridge runs or not, and restored into the sandbox. Nothing there listens, polls,
fetches or publishes: no such part is made. What the settings say of files outside is taken out of them.
"""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from ascbridge.bootstrap.backups import backing_up, restoring
from ascbridge.bootstrap.backups.manifest import BackupFault
from ascbridge.bootstrap.parts import settled
from ascbridge.bootstrap.parts.ground import open_ground
from ascbridge.events.logs.log_table import LogTable
from ascbridge.operations.changing import switching
from ascbridge.operations.changing.rehearsal import Rehearsal, Report
from ascbridge.record.preparing import Preparation
from ascbridge.record.views import Council
from ascbridge.storage.database import SqliteDatabase

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ascbridge.clock import Clock
    from ascbridge.config import Settings


def rehearse(
    settings: Settings,
    words: Sequence[str],
    to: str,
    *,
    backup: Path | None = None,
    key_file: Path | None = None,
    room: Path | None = None,
    clock: Clock | None = None,
) -> Report:
    """Say what switching these event types to feed `to` would change; the store of `settings` stays as it is.

    `backup` is one that was taken before; without it one is taken now. `room` is where there is space for two copies.
    Raises `BackupFault`, `CannotSwitch` or `ConfigError`.
    """
    if settings.on_postgres:
        raise BackupFault(
            "PostgreSQL is copied by its own tools: restore a copy, and rehearse on a bridge beside it"
        )
    pair = settled.pair_of(settings)
    wish = switching.asked(words, to, "rehearsed", anyway=True, pair=pair)
    with tempfile.TemporaryDirectory(prefix="ascbridge-rehearsal-", dir=room) as folder:
        sandbox = Path(folder)
        copy = backup or sandbox / "copy"
        if backup is None:
            backing_up.back_up(settings, copy, with_key=True)
        inside = sandboxed(settings, sandbox / "data")
        restoring.restore(copy, inside, key_file=key_file)
        return _rehearsed(inside, wish, clock)


def sandboxed(settings: Settings, data_dir: Path) -> Settings:
    """Return settings under which everything that is written is in `data_dir`."""
    return settings.model_copy(
        update={
            "data_dir": data_dir,
            "master_key_file": None,
            "erasures_file": None,
            "workers": 0,
            "discharge": settings.discharge.model_copy(update={"downtime_folder": None}),
        }
    )


def _rehearsed(settings: Settings, wish: switching.Wish, clock: Clock | None) -> Report:
    ground, pair = open_ground(settings, clock), settled.pair_of(settings)
    assert isinstance(ground.database, SqliteDatabase)
    assert pair is not None
    council, translator, reception = settings.council, ground.translator(), ground.engine()
    issuer = Council(council.name, council.ods_code, council.identifier_base)
    made = Rehearsal(
        bridge=ground.database,
        log=LogTable(ground.desk.prefix, 1),
        translator=translator,
        reception=reception,
        handlers=(translator, reception, ground.projection()),
        preparation=Preparation(settings.sink.name, issuer, ground.desk.data_keys),
        pair=pair,
        rules=ground.rules,
        clock=ground.clock,
    )
    try:
        return made.rehearse(wish)
    finally:
        asyncio.run(ground.database.close())
