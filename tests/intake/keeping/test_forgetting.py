"""What made a repeat recognisable is forgotten after the resend window, oldest first and a little at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from ascbridge.intake.keeping.forgetting import forget
from ascbridge.storage.tables import resend

if TYPE_CHECKING:
    from pathlib import Path

import pytest

from ascbridge.storage.database import SqliteDatabase
from ascbridge.storage.migration import upgrade_sqlite

NOON = 1_772_539_200_000


@pytest.fixture
async def kept(tmp_path: Path):
    upgrade_sqlite(tmp_path)
    database = SqliteDatabase(tmp_path / "kept.db")
    rows = [
        {"feed": feed, "digest": f"d{n}", "message_id": f"m{n}", "received_ms": NOON + n}
        for feed in ("a", "b")
        for n in range(5)
    ]
    await database.write(lambda c: c.execute(resend.insert(), rows))
    yield database
    await database.close()


def left(database: SqliteDatabase) -> list[tuple[str, int]]:
    rows = database.read_now(lambda c: list(c.execute(select(resend.c.feed, resend.c.received_ms))))
    return sorted((feed, at_ms - NOON) for feed, at_ms in rows)


async def test_only_what_is_old_goes(kept: SqliteDatabase) -> None:
    assert kept.write_now(lambda c: forget(c, NOON + 3)) == 6
    assert left(kept) == [("a", 3), ("a", 4), ("b", 3), ("b", 4)]
    assert kept.write_now(lambda c: forget(c, NOON + 3)) == 0


async def test_a_few_go_at_once_and_the_oldest_first(kept: SqliteDatabase) -> None:
    assert kept.write_now(lambda c: forget(c, NOON + 4, at_once=4)) == 4
    assert left(kept) == [("a", 2), ("a", 3), ("a", 4), ("b", 2), ("b", 3), ("b", 4)]
