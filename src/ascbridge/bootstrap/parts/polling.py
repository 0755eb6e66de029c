"""Puts the reading of a council's database together: its address, its tables, and where what is read is kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from ascbridge import telemetry
from ascbridge.bootstrap.parts.settled import CannotStart
from ascbridge.intake.databases.council_database import CannotAsk, CouncilDatabase
from ascbridge.intake.databases.database_queries import KINDS
from ascbridge.intake.doors.database_poll import DatabasePoll
from ascbridge.intake.doors.table_poll import Pace, TablePoll

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from sqlalchemy import Connection

    from ascbridge.bootstrap.parts.ways_in import Keeping
    from ascbridge.clock import Clock
    from ascbridge.config_sections import DatabaseSettings
    from ascbridge.intake.keeping.inbox import Arrival
    from ascbridge.intake.keeping.intake_desk import Beside, IntakeDesk
    from ascbridge.intake.sources.profile import Profile
    from ascbridge.storage.alone import Turn

Found = TypeVar("Found")
_log = telemetry.log("polling")


@dataclass(frozen=True, slots=True)
class Shelf:
    """Where the rows of one feed are kept, and how far they were read beside them."""

    desk: IntakeDesk
    keeping: Keeping
    clock: Clock

    async def keep(self, arrivals: Sequence[Arrival], beside: Beside) -> None:
        await self.keeping.keep(self.desk, arrivals, beside)

    async def read(self, question: Callable[[Connection], Found]) -> Found:
        return await self.keeping.read(question)

    async def write(self, work: Callable[[Connection], Found]) -> Found:
        return await self.keeping.write(work)

    def digest(self, content: bytes) -> str:
        return self.desk.digest(content)

    def seal_note(self, plain: bytes, about: str) -> bytes:
        return self.desk.seal_note(plain, about)

    def open_note(self, sealed: bytes, about: str) -> bytes:
        return self.desk.open_note(sealed, about)

    def now_ms(self) -> int:
        return self.clock.now_ms()


def poll_of(
    name: str,
    wanted: DatabaseSettings,
    profile: Profile,
    shelf: Shelf,
    turn: Turn,
    shut: Callable[[], bool] = lambda: False,
) -> DatabasePoll:
    """What reads one database, as it is set. Raises `CannotStart`."""
    setting = f"council.databases.{name}"
    if not profile.database.tables:
        raise CannotStart(f"{setting}.profile: {wanted.profile} says nothing of tables: [[database.tables]]")
    try:
        database = CouncilDatabase(_address(wanted.url_file), statement_s=wanted.statement_seconds)
    except (CannotAsk, OSError, ValueError) as fault:
        raise CannotStart(f"{setting}.url_file: {wanted.url_file}: {fault}") from None
    for one in profile.database.tables:
        if one.change is not None and KINDS.get(one.change.kind, database.dialect) != database.dialect:
            raise CannotStart(
                f"{setting}: {one.table}: {database.dialect} has no changes of kind {one.change.kind!r}"
            )
    if database.dialect != "postgresql":
        _log.warning("this kind of database was never run with the bridge", cause=database.dialect)
    for outcome in ("changed", "unchanged", "gone"):
        telemetry.polled_rows.labels(profile.feed.name, outcome)
    pace = Pace(wanted.rows_per_query, wanted.pause_ms / 1000, wanted.sweep_hours * 3600, wanted.gone_percent)
    tables = [TablePoll(database, profile, one, shelf, pace) for one in profile.database.tables]
    return DatabasePoll(profile.feed.name, database, tables, turn, poll_s=wanted.poll_seconds, shut=shut)


def _address(path: Path) -> str:
    if path.stat().st_mode & 0o077:
        raise ValueError("others may read it: chmod 600")
    return path.read_text("utf-8").strip()
