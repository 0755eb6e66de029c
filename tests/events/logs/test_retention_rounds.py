"""What a round of retention came to is written down, whether it came to its end or not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ascbridge.events.logs import retention_rounds
from ascbridge.events.logs.retention_rounds import Portion, Round
from ascbridge.storage.database import SqliteDatabase
from ascbridge.storage.migration import upgrade_sqlite
from ascbridge.storage.tables import bridge_round, kept_round

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


@pytest.fixture
async def bridge(tmp_path: Path) -> AsyncIterator[SqliteDatabase]:
    upgrade_sqlite(tmp_path)
    database = SqliteDatabase(tmp_path / "bridge.db", attached={"kept": tmp_path / "kept.db"})
    yield database
    await database.close()


async def test_rounds_add_up_over_time(bridge: SqliteDatabase, tmp_path: Path) -> None:
    kept = SqliteDatabase(tmp_path / "kept.db")
    kept.write_now(lambda c: retention_rounds.ended(c, kept_round, "messages", Portion(3, 1, 2, 4), 10, 20))
    kept.write_now(lambda c: retention_rounds.ended(c, kept_round, "messages", Portion(5), 30, 40))
    bridge.write_now(lambda c: retention_rounds.ended(c, bridge_round, "alerts", Portion(1), 50, 60))
    assert bridge.read_now(retention_rounds.rounds) == {
        "messages": Round("messages", 30, 40, 5, 0, 0, 0, 8), "alerts": Round("alerts", 50, 60, 1, removed_ever=1),
    }  # fmt: skip
    await kept.close()


async def test_a_round_that_failed_says_why_and_what_it_removed_counts(bridge: SqliteDatabase) -> None:
    bridge.write_now(
        lambda c: retention_rounds.failed(c, bridge_round, "letters", "OperationalError: x" * 50, 7, 10, 20)
    )
    (one,) = bridge.read_now(retention_rounds.rounds).values()
    assert (one.ended_ms, one.removed_ever, one.fault_ms, len(one.fault)) == (None, 7, 20, 200)
    bridge.write_now(lambda c: retention_rounds.ended(c, bridge_round, "letters", Portion(2), 30, 40))
    (one,) = bridge.read_now(retention_rounds.rounds).values()
    assert (one.ended_ms, one.removed, one.removed_ever, one.fault, one.fault_ms) == (40, 2, 9, "", None)


def test_portions_add_up_to_a_round() -> None:
    assert Portion(1, 2, 3, 4, "a").with_(Portion(10, 20, 30, 40)) == Portion(11, 22, 33, 44)
