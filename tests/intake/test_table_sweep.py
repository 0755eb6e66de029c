"""One bit a row: what was seen is there, what was not has gone, what came later is not asked about."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ascbridge.intake import polled
from ascbridge.intake.polled import KnownRow
from ascbridge.intake.table_sweep import Sweep
from ascbridge.storage import migration
from ascbridge.storage.database import SqliteDatabase

if TYPE_CHECKING:
    from pathlib import Path


async def test_what_was_not_seen_has_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(polled, "LOOKED_THROUGH_AT_ONCE", 7)
    migration.upgrade_sqlite(tmp_path)
    database = SqliteDatabase(tmp_path / "kept.db")

    def kept(*numbers: int) -> None:
        rows = [KnownRow(f"k{n}", "d", 0, f"m{n}") for n in numbers]
        database.write_now(lambda c: polled.note(c, "f", "t", rows))

    kept(*range(1, 31))
    sweep = Sweep(database.read_now(polled.last_position))
    kept(31, 32)
    there = dict(database.read_now(lambda c: polled.there(c, "f", "t", 0)))
    assert len(there) == 7
    sweep.saw(range(1, 30, 2))
    sweep.saw([31])
    known, missing = database.read_now(lambda c: sweep.compare(c, "f", "t"))
    assert known == 30
    assert missing == [(n, f"m{n}") for n in range(2, 31, 2)]
    await database.close()


def test_a_sweep_of_a_million_rows_fits_into_a_pocket() -> None:
    assert len(Sweep(1_000_000)._seen) == 125_001
