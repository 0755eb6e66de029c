"""The audit: every way of tampering with it shows, and where."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import delete, select, update

from ascbridge.events.ledgers.audit import NOTHING_BEFORE, AuditEntry, Break, day_of, record, verify
from ascbridge.storage.database import Database, PostgresDatabase
from ascbridge.storage.tables import audit
from tests.events.machines import NOON

DAY = 86_400_000
TODAY, TOMORROW, LATER = day_of(NOON), day_of(NOON + DAY), day_of(NOON + 5 * DAY)


def entry(what: str, writer: str = "work") -> AuditEntry:
    return AuditEntry(
        writer, "j.smith", "discharge-team", what, whom="p1", why="direct care", where_from="::1"
    )


async def write(database: Database, what: str, at_ms: int = NOON, writer: str = "work") -> None:
    await database.write(lambda c: record(c, entry(what, writer), at_ms))


async def three_days(database: Database) -> list[Any]:
    for day, letters in ((0, "abc"), (1, "de"), (5, "f")):
        for letter in letters:
            await write(database, letter, NOON + day * DAY)
    return list(await database.read(lambda c: c.execute(select(audit).order_by(audit.c.position)).all()))


async def breaks(database: Database, writer: str = "work") -> dict[str, list[Break]]:
    found = {}
    for day in (TODAY, TOMORROW, LATER):
        some = await database.read(lambda c, when=day: verify(c, writer, when))
        if some:
            found[day] = some
    return found


async def test_an_untouched_chain_holds_over_days(database: Database) -> None:
    rows = await three_days(database)
    assert await breaks(database) == {}
    assert [row.day for row in rows] == [TODAY] * 3 + [TOMORROW] * 2 + [LATER]
    assert rows[0].previous == NOTHING_BEFORE
    assert [row.previous for row in rows[1:]] == [row.chain for row in rows[:-1]]
    assert (rows[0].who, rows[0].role, rows[0].whom, rows[0].why, rows[0].result) == (
        "j.smith", "discharge-team", "p1", "direct care", "done",
    )  # fmt: skip


@pytest.mark.parametrize("column", ["who", "role", "what", "whom", "why", "where_from", "result", "at_ms"])
async def test_a_changed_entry_shows(database: Database, column: str) -> None:
    rows = await three_days(database)
    value = 1 if column == "at_ms" else "other"
    change = update(audit).where(audit.c.position == rows[1].position).values({column: value})
    await database.write(lambda c: c.execute(change))
    assert await breaks(database) == {TODAY: [Break(rows[1].position, "changed")]}


async def test_a_removed_entry_shows(database: Database) -> None:
    rows = await three_days(database)
    await database.write(lambda c: c.execute(delete(audit).where(audit.c.position == rows[1].position)))
    assert await breaks(database) == {TODAY: [Break(rows[2].position, "missing before")]}


async def test_the_last_entries_of_a_day_cannot_be_cut_off(database: Database) -> None:
    rows = await three_days(database)
    await database.write(lambda c: c.execute(delete(audit).where(audit.c.position == rows[2].position)))
    found = await breaks(database)
    assert found[TODAY] == [Break(rows[3].position, "missing at the end")]
    assert found[TOMORROW] == [Break(rows[3].position, "day before does not match")]


async def test_a_whole_day_cannot_be_taken_out(database: Database) -> None:
    rows = await three_days(database)
    await database.write(lambda c: c.execute(delete(audit).where(audit.c.day == TOMORROW)))
    found = await breaks(database)
    assert found[TODAY] == [Break(rows[5].position, "missing at the end")]
    assert found[LATER] == [Break(rows[5].position, "day before does not match")]


async def test_two_entries_cannot_change_places(database: Database) -> None:
    rows = await three_days(database)

    def swap(connection: Any) -> None:
        for position, aside in ((rows[0].position, 10_001), (rows[1].position, 10_000)):
            connection.execute(update(audit).where(audit.c.position == position).values(position=aside))
        for aside, position in ((10_000, rows[0].position), (10_001, rows[1].position)):
            connection.execute(update(audit).where(audit.c.position == aside).values(position=position))

    await database.write(swap)
    assert {one.kind for one in (await breaks(database))[TODAY]} >= {
        "day before does not match",
        "missing before",
    }


async def test_each_writer_has_a_chain_of_its_own(database: Database) -> None:
    for writer in ("work", "listen", "work", "listen"):
        await write(database, "x", writer=writer)
    assert await breaks(database, "work") == {}
    assert await breaks(database, "listen") == {}
    await database.write(lambda c: c.execute(delete(audit).where(audit.c.writer == "listen")))
    assert await breaks(database, "work") == {}


async def test_a_clock_that_is_set_back_reopens_no_day(database: Database) -> None:
    await three_days(database)
    await write(database, "g", NOON)
    last = await database.read(lambda c: c.execute(select(audit).order_by(audit.c.position.desc())).first())
    assert last is not None
    assert (last.day, last.at_ms) == (LATER, NOON)
    assert await breaks(database) == {}


async def test_an_entry_is_gone_with_the_transaction_it_was_in(database: Database) -> None:
    def fail(connection: Any) -> None:
        record(connection, entry("a"), NOON)
        raise RuntimeError

    with pytest.raises(RuntimeError):
        await database.write(fail)
    await write(database, "b")
    assert await breaks(database) == {}


def test_a_day_is_a_day_in_utc() -> None:
    assert day_of(1_762_127_999_999) == "2025-11-02"
    assert day_of(1_762_128_000_000) == "2025-11-03"


@pytest.mark.postgres
async def test_two_transactions_of_one_writer_do_not_fork_the_chain(
    postgres_database: PostgresDatabase,
) -> None:
    await asyncio.gather(*(write(postgres_database, str(n)) for n in range(20)))
    assert await breaks(postgres_database) == {}
    rows = await postgres_database.read(lambda c: c.execute(select(audit.c.previous)).all())
    assert len(set(rows)) == 20
