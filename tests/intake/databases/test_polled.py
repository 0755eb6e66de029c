"""How far a table was read, and what is known of its rows, on both kinds of database of ours."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pytest

from ascbridge.intake.databases import polled
from ascbridge.intake.databases.polled import KnownRow, Overtaken, Progress
from ascbridge.storage import migration
from ascbridge.storage.database import PostgresDatabase, SqliteDatabase

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from ascbridge.storage.database import Database


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
async def database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    found: Database
    if request.param == "sqlite":
        migration.upgrade_sqlite(tmp_path)
        found = SqliteDatabase(tmp_path / "kept.db")
    else:
        url = request.getfixturevalue("postgres_url")
        await migration.upgrade_postgres(url)
        found = PostgresDatabase(url)
    yield found
    await found.close()


async def test_progress_moves_only_from_where_it_is(database: Database) -> None:
    none = await database.read(lambda c: polled.progress(c, "f", "t"))
    assert none == Progress()
    first = await database.write(
        lambda c: polled.move(c, "f", "t", none, Progress(since="5", follows="time at"))
    )
    assert await database.read(lambda c: polled.progress(c, "f", "t")) == first
    second = await database.write(
        lambda c: polled.move(c, "f", "t", first, dataclasses.replace(first, swept_ms=7))
    )
    assert (second.since, second.swept_ms, second.moves) == ("5", 7, 2)
    for stale in (none, first):
        with pytest.raises(Overtaken):
            await database.write(lambda c, was=stale: polled.move(c, "f", "t", was, Progress(since="9")))
    assert await database.read(lambda c: polled.progress(c, "f", "t")) == second
    assert await database.read(lambda c: polled.progress(c, "f", "other")) == Progress()


async def test_rows_are_known_by_their_table_until_they_have_gone(database: Database) -> None:
    rows = [KnownRow(f"k{n}", "d", n, f"m{n}") for n in range(1, 4)]
    await database.write(lambda c: polled.note(c, "f", "t", rows))
    await database.write(lambda c: polled.note(c, "f", "u", rows[:1]))
    known = await database.read(lambda c: polled.known(c, "f", "t", ["k1", "k2", "k9"]))
    assert {key: (one.digest, one.recorded_ms, one.gone) for key, one in known.items()} == {
        "k1": ("d", 1, False), "k2": ("d", 2, False),
    }  # fmt: skip
    positions = [position for position, _ in await database.read(lambda c: polled.there(c, "f", "t", 0))]
    assert len(positions) == 3
    assert await database.read(lambda c: polled.there(c, "f", "t", positions[1])) == [(positions[2], "m3")]
    assert await database.read(polled.last_position) > positions[2]
    await database.write(lambda c: polled.mark_gone(c, positions[:2], 99))
    assert await database.read(lambda c: polled.there(c, "f", "t", 0)) == [(positions[2], "m3")]
    assert await database.read(lambda c: polled.gone(c, "f", "t")) == 2
    back = dataclasses.replace(known["k1"], digest="e", recorded_ms=8, message_id="m8")
    await database.write(lambda c: polled.note(c, "f", "t", [back]))
    found = await database.read(lambda c: polled.known(c, "f", "t", ["k1"]))
    assert found["k1"] == dataclasses.replace(back, gone=False)
    assert await database.read(lambda c: polled.gone(c, "f", "t")) == 1


async def test_a_sweep_is_kept_for_its_table_until_it_ends_or_is_old(database: Database) -> None:
    first = polled.StoredSweep("p", 5, 9, b"sealed", b"bits")
    for name in ("t", "u"):
        await database.write(lambda c, n=name: polled.keep_sweep(c, "f", n, first))
    later = dataclasses.replace(first, began_ms=8, after=b"further")
    await database.write(lambda c: polled.keep_sweep(c, "f", "t", later))

    async def there(name: str, oldest_ms: int = 0) -> polled.StoredSweep | None:
        return await database.write(lambda c: polled.sweep(c, "f", name, oldest_ms))

    assert (await there("t"), await there("u"), await there("v")) == (later, first, None)
    assert (await there("t", 6), await there("u")) == (later, None)
    await database.write(lambda c: polled.end_sweep(c, "f", "t"))
    assert await there("t") is None
