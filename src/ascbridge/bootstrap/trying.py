"""Puts a whole bridge together on the side, for `ascbridge try` and the samples under ``contracts``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ascbridge.bootstrap import listening
from ascbridge.bootstrap.commands import prepare
from ascbridge.bootstrap.parts import settled
from ascbridge.bootstrap.parts.ground import open_ground
from ascbridge.bootstrap.parts.letter_box import LetterBox
from ascbridge.clock import Clock
from ascbridge.config import Settings
from ascbridge.intake.agreed import profiles
from ascbridge.intake.hl7v2.hl7_batch import split_batch
from ascbridge.intake.rows.file_lines import SUFFIXES, BadFile, CouncilFile
from ascbridge.intake.rows.table_export import TableExport
from ascbridge.operations.trial import Trial
from ascbridge.storage.database import SqliteDatabase

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from ascbridge.intake.sources.profile import Profile


class CannotRead(Exception):
    """A file that holds no messages of its feed; the text says why."""


def messages_in(path: Path, profile_name: str, say: Callable[[str], None]) -> list[bytes]:
    """Return the messages in a file, and say which lines hold none. Raises `CannotRead` and `ConfigError`."""
    if path.suffix == ".json":
        return [path.read_bytes()]
    if path.suffix not in SUFFIXES:
        return split_batch(path.read_bytes())
    profile, found = profiles.read(profile_name), []
    try:
        file = _file(path, profile)
        for line in file.lines():
            if line.fault:
                say(f"line     {line.number}: {line.fault}")
            else:
                found.append(line.fact)
    except BadFile as fault:
        raise CannotRead(f"{path}: {fault}") from None
    for name in file.new_columns:
        say(f"column   {name}: the profile does not know it")
    return found


def _file(path: Path, profile: Profile) -> CouncilFile | TableExport:
    """What reads a file: as one that is dropped, or where the profile reads a database as an export of its table."""
    if path.suffix == ".csv" and profile.database.tables and not profile.files.csv:
        return TableExport(path, profile, read_ms=Clock.system().now_ms())
    return CouncilFile(path, profile.files)


def trial(profile_name: str, folder: Path, clock: Clock | None = None) -> Trial:
    """A bridge for one feed in `folder`, with the shipped settings. Raises `ConfigError`."""
    settings = Settings(data_dir=folder, mllp={"feed": profile_name})  # type: ignore[arg-type]  # read by pydantic
    prepare(settings)
    ground = open_ground(settings, clock)
    profile = settled.hospital_profile(settings)
    desk = listening.desk(
        settings,
        profile,
        keyring=ground.keyring,
        data_keys=ground.desk.data_keys,
        clock=ground.clock,
        wall=LetterBox(settings, ground.clock, "trial"),  # of these files, which are thrown away
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
