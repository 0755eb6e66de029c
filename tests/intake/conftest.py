"""A listener with everything behind it: real sockets, real files, a signed profile."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from ascbridge.clock import Clock
from ascbridge.events.logs.sealing import Keyring, unseal
from ascbridge.intake.agreed import profiles
from ascbridge.intake.doors.mllp_listener import MllpListener
from ascbridge.intake.keeping.inbox import Arrival, Doorkeeper
from ascbridge.intake.keeping.intake_desk import IntakeDesk
from ascbridge.people.data_keys import DataKeys
from ascbridge.storage import migration
from ascbridge.storage.database import SqliteDatabase
from ascbridge.storage.tables import intake_count, message
from tests.web.conftest import empty_city

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path
    from typing import Any

    from ascbridge.intake.sources.profile import Profile
    from ascbridge.people.behind_wall import PutsApart


__all__ = ["empty_city"]


class SetClock(Clock):
    """A clock that stands where a test puts it."""

    def __init__(self, at_ms: int = 1_791_200_000_000) -> None:
        super().__init__()
        self.at_ms = at_ms

    def now_ms(self) -> int:
        return self.at_ms


@dataclass
class Intake:
    """One feed's intake on SQLite. `woken` counts how often work was told to look."""

    kept: SqliteDatabase
    keys: SqliteDatabase
    desk: IntakeDesk
    clock: SetClock
    data_keys: DataKeys
    woken: list[int] = field(default_factory=list)

    def keep(self, arrivals: Sequence[Arrival]) -> list[list[bytes]]:
        return self.desk.answers(self.desk.keep_in_files(self.keys, self.kept, arrivals))

    def take(self, *raws: bytes) -> list[list[bytes]]:
        """Keep these payloads as if they came in one loop turn."""
        return self.keep([Arrival(raw) for raw in raws])

    def rows(self) -> list[Any]:
        return self.kept.read_now(lambda c: list(c.execute(select(message).order_by(message.c.position))))

    def counts(self) -> dict[str, int]:
        return self.kept.read_now(lambda c: {row.name: row.n for row in c.execute(select(intake_count))})

    def opened(self, row: Any) -> bytes:
        key = self.keys.read_now(lambda c: self.data_keys.by_id(c, [row.key_id]))[row.key_id]
        assert key is not None
        return unseal(row.body, key, row.message_id)

    def listener(self, **settings: Any) -> MllpListener:
        values = {"feed": "itk-v24", "max_frame_bytes": 100_000, "idle_seconds": 60.0, **settings}
        return MllpListener(keep=self.keep, refuse=self.desk.not_now, **values)


@pytest.fixture
def open_intake(tmp_path: Path) -> Iterator[Callable[..., Intake]]:
    """Give a function that opens an intake for a profile; a second call opens the same files again."""
    migration.upgrade_sqlite(tmp_path)
    opened: list[Intake] = []

    def make(
        profile: Profile | None = None, window_hours: float = 72, wall: PutsApart | None = None
    ) -> Intake:
        keyring = Keyring(bytes(range(32)))
        clock = SetClock()
        data_keys = DataKeys(keyring)
        woken: list[int] = []
        desk = IntakeDesk(
            Doorkeeper(profile or profiles.read("itk-v24"), keyring),
            keyring=keyring, data_keys=data_keys, clock=clock, resend_window_hours=window_hours,
            wake=lambda: woken.append(1), wall=wall,
        )  # fmt: skip
        intake = Intake(
            SqliteDatabase(tmp_path / "kept.db"),
            SqliteDatabase(tmp_path / "keys.db"),
            desk,
            clock,
            data_keys,
            woken,
        )
        opened.append(intake)
        return intake

    yield make
    for intake in opened:
        for database in (intake.kept, intake.keys):
            database._write_thread.shutdown()
            database._read_threads.shutdown()


@pytest.fixture
def intake(open_intake: Callable[..., Intake]) -> Intake:
    return open_intake()
