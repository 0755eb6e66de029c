"""Puts a whole bridge together on the side, for `ascbridge try` and the samples under ``contracts``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ascbridge.bootstrap import listening, settled
from ascbridge.bootstrap.commands import prepare
from ascbridge.bootstrap.ground import open_ground
from ascbridge.config import Settings
from ascbridge.operations.trial import Trial
from ascbridge.storage.database import SqliteDatabase

if TYPE_CHECKING:
    from pathlib import Path

    from ascbridge.clock import Clock


def trial(profile_name: str, folder: Path, clock: Clock | None = None) -> Trial:
    """A bridge for one feed in `folder`, with the shipped settings. Raises `ConfigError`."""
    settings = Settings(data_dir=folder, mllp={"feed": profile_name})  # type: ignore[arg-type]  # read by pydantic
    prepare(settings)
    ground = open_ground(settings, clock)
    profile = settled.hospital_profile(settings)
    desk = listening.desk(
        settings, profile, keyring=ground.keyring, data_keys=ground.desk.data_keys, clock=ground.clock
    )
    assert isinstance(ground.database, SqliteDatabase)
    return Trial(
        desk,
        SqliteDatabase(settled.file_of(settings, "keys")),
        SqliteDatabase(settled.file_of(settings, "kept")),
        ground.database,
        (ground.translator(), ground.engine(), ground.projection()),
        ground.publish(),
        ground.desk.prefix,
    )
