"""One bit a row: what was seen is there, what was not has gone, what came later is not asked about."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest

from ascbridge.events.logs.sealing import Keyring
from ascbridge.intake.databases import polled
from ascbridge.intake.databases.database_queries import After
from ascbridge.intake.databases.polled import KnownRow
from ascbridge.intake.databases.table_sweep import Sweep, stored
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
    assert sweep.saw(range(1, 30, 2))
    assert not sweep.saw([1, 3, 31])  # 31 came later
    known, missing = database.read_now(lambda c: sweep.compare(c, "f", "t"))
    assert known == 30
    assert missing == [(n, f"m{n}") for n in range(2, 31, 2)]
    await database.close()


def test_a_sweep_of_a_million_rows_fits_into_a_pocket() -> None:
    assert len(Sweep(1_000_000)._seen) == 125_001


@pytest.mark.parametrize(
    "key",
    [
        (7,),
        ("9993000019", "é"),
        (Decimal("12.50"), date(2026, 3, 29)),
        (
            datetime(2026, 10, 25, 1, 30, tzinfo=UTC).replace(tzinfo=None),
            datetime(2026, 10, 25, 1, 30, tzinfo=UTC),
        ),
        (UUID(int=5),),
    ],
    ids=str,
)
def test_a_sweep_that_was_written_down_goes_on_where_it_was(key: tuple[Any, ...]) -> None:
    keyring = Keyring(bytes(32))
    sweep = Sweep(40, 7)
    assert sweep.to_store("t", "p", keyring) is None  # it has not got anywhere
    sweep.saw([1, 2, 40])
    sweep.after = After(None, key)
    kept = sweep.to_store("t", "p", keyring)
    assert kept is not None
    assert not any(str(one).encode() in kept.after for one in key if len(str(one)) > 3)
    again = stored(kept, "t", "p", keyring)
    assert again is not None
    assert (again.after, again.began_ms, again._last, again._seen) == (sweep.after, 7, 40, sweep._seen)
    assert [type(one) for one in again.after.key] == [type(one) for one in key]  # type: ignore[union-attr]  # it is there
    assert stored(kept, "t", "another", keyring) is None
    assert stored(kept, "u", "p", Keyring(bytes(31) + b"1")) is None
    assert stored(replace(kept, profile="other"), "t", "p", keyring) is None


def test_of_a_key_of_an_unknown_kind_nothing_is_written_down() -> None:
    sweep = Sweep(1)
    for strange in (b"bytes", 1.5, True, None):
        sweep.after = After(None, (1, strange))
        assert sweep.to_store("t", "p", Keyring(bytes(32))) is None
