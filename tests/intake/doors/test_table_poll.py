"""A table is read to its end, again and again, and nothing that shows late is missed."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from ascbridge.intake.databases.council_database import NoAnswer
from ascbridge.intake.databases.database_queries import After
from ascbridge.intake.databases.polled import Overtaken
from ascbridge.intake.databases.table_sweep import STALE_MS
from ascbridge.intake.doors.table_poll import TablePoll
from ascbridge.intake.sources.profile import ChangeSection
from ascbridge.storage import migration
from ascbridge.storage.database import PostgresDatabase
from ascbridge.storage.tables import intake_count, polled_row, polled_sweep
from tests.intake.case_system import (
    INSERT,
    PACKAGES,
    TIME,
    TRANSACTION,
    XMIN,
    CaseSystem,
    FileShelf,
    PostgresShelf,
    kept_facts,
    last_said,
    profile_of,
    table_poll,
)
from tests.intake.conftest import Intake
from tests.servers.postgres import Postgres

pytestmark = pytest.mark.postgres
EVERY_KIND = pytest.mark.parametrize("change", [TIME, TRANSACTION, XMIN], ids=lambda one: one.kind)
HURRIED = ChangeSection(kind="time", column="changed_at", overlap_minutes=0)


@pytest.fixture
async def system(postgres_url: str) -> CaseSystem:
    found = CaseSystem(postgres_url)
    await found.make()
    return found


@pytest.fixture
def intake(open_intake: Callable[..., Intake]) -> Intake:
    return open_intake(profile_of(TIME))


@pytest.fixture
def shelf(intake: Intake) -> FileShelf:
    return FileShelf(intake)


@pytest.fixture
async def reading(system: CaseSystem, shelf: FileShelf) -> AsyncIterator[Callable[..., TablePoll]]:
    """Give a function that makes a poller of the table, as after a restart."""
    opened = []

    def make(
        change: ChangeSection | None = TIME, mapped: dict[str, Any] | None = None, **pace: Any
    ) -> TablePoll:
        found, database = table_poll(system, shelf, profile_of(change, **(mapped or {})), **pace)
        opened.append(database)
        return found

    yield make
    for database in opened:
        await database.close()


def gone_rows(intake: Intake) -> list[str]:
    """The messages of the rows that are known to have gone."""
    wanted = select(polled_row.c.message_id).where(polled_row.c.gone_ms.is_not(None))
    return intake.kept.read_now(lambda c: list(c.scalars(wanted.order_by(polled_row.c.position))))


async def swept(poll: TablePoll) -> None:
    await poll.poll()
    await poll.sweep(time.monotonic() + 60)


@EVERY_KIND
async def test_what_is_there_and_what_changes_is_kept_once(
    change: ChangeSection,
    system: CaseSystem,
    intake: Intake,
    shelf: FileShelf,
    reading: Callable[..., TablePoll],
) -> None:
    await system.open_packages(*range(1, 26))
    poll = reading(change, rows=10)
    await poll.poll()
    assert shelf.pages == [10, 10, 5]
    await poll.poll()
    poll = reading(change)
    await poll.poll()
    assert len(kept_facts(intake)) == 25
    await system.do("UPDATE reporting.packages SET status = 'Closed' WHERE service_id IN (3, 7)")
    await poll.poll()
    facts = kept_facts(intake)
    assert [(one["package"]["id"], one["package"]["status"]) for one in facts[25:]] == [
        ("3", "ended"),
        ("7", "ended"),
    ]
    assert facts[0]["package"]["started_on"] == "2025-06-01"
    assert facts[0]["person"] == {
        "council_id": "C1", "family_name": "Marlowe", "given_names": ["Ada", "Jane"], "birth_date": "1941-03-07",
        "gender": "female",
    }  # fmt: skip


@EVERY_KIND
async def test_a_row_that_shows_after_a_newer_one_was_read_is_not_missed(
    change: ChangeSection, system: CaseSystem, intake: Intake, reading: Callable[..., TablePoll]
) -> None:
    poll = reading(change)
    await system.open_packages(1)
    slow = await system.connect()
    transaction = slow.transaction()
    await transaction.start()
    await slow.execute(INSERT, 2, "Open")
    await system.open_packages(3)
    await poll.poll()
    await poll.poll()
    assert set(last_said(intake)) == {"1", "3"}
    await transaction.commit()
    await slow.close()
    await poll.poll()
    assert last_said(intake) == await system.versions()


async def test_without_an_overlap_only_a_sweep_finds_it(
    system: CaseSystem, intake: Intake, reading: Callable[..., TablePoll]
) -> None:
    """The test above can fail: this is what a naive watermark does, and what the net below it is for."""
    poll = reading(HURRIED)
    await system.open_packages(1)
    await swept(poll)
    slow = await system.connect()
    transaction = slow.transaction()
    await transaction.start()
    await slow.execute(INSERT, 2, "Open")
    await system.open_packages(3)
    await poll.poll()
    await transaction.commit()
    await slow.close()
    await poll.poll()
    assert set(last_said(intake)) == {"1", "3"}
    intake.clock.at_ms += 86_400_000
    await swept(poll)
    assert last_said(intake) == await system.versions()


@pytest.mark.parametrize("change", [TRANSACTION, XMIN], ids=lambda one: one.kind)
async def test_a_row_written_under_a_savepoint_of_a_slow_transaction_is_not_missed(
    change: ChangeSection, system: CaseSystem, intake: Intake, reading: Callable[..., TablePoll]
) -> None:
    poll = reading(change)
    slow = await system.connect()
    transaction = slow.transaction()
    await transaction.start()
    await slow.execute(INSERT, 1, "Open")
    await system.open_packages(2)
    async with (
        slow.transaction()
    ):  # a savepoint: the row has a number of its own, above that of its transaction
        await slow.execute(INSERT, 3, "Open")
    await system.open_packages(4)
    await poll.poll()
    await transaction.commit()
    await slow.close()
    await poll.poll()
    assert set(last_said(intake)) == {"1", "2", "3", "4"}


async def test_a_clock_that_steps_back_hides_no_change_and_no_older_stamp_wins(
    system: CaseSystem, intake: Intake, reading: Callable[..., TablePoll]
) -> None:
    poll = reading(TRANSACTION)
    await system.open_packages(1, 2)
    await poll.poll()
    await system.do("UPDATE reporting.clock SET ahead = '-2 hours'")
    await system.do("UPDATE reporting.packages SET status = 'Closed' WHERE service_id = 1")
    await poll.poll()
    assert last_said(intake) == await system.versions()
    assert [one["package"]["status"] for one in kept_facts(intake)] == ["live", "live", "ended"]


async def test_a_changes_time_that_follows_the_databases_own_clock_back_is_followed(
    system: CaseSystem, intake: Intake, reading: Callable[..., TablePoll], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database says that it is an hour earlier than it said before: readings begin there."""
    from sqlalchemy import text as sql

    from ascbridge.intake.databases import database_queries

    ahead = sql("clock_timestamp() + (SELECT ahead FROM reporting.clock)")
    monkeypatch.setitem(database_queries._NOW, "postgresql", ahead)
    poll = reading(HURRIED)
    await system.open_packages(1)
    await swept(poll)
    await system.do("UPDATE reporting.clock SET ahead = '-1 hour'")
    await poll.poll()
    await system.open_packages(2)
    await poll.poll()
    assert set(last_said(intake)) == {"1", "2"}


@EVERY_KIND
async def test_a_stop_anywhere_loses_nothing_and_keeps_nothing_twice(
    change: ChangeSection,
    system: CaseSystem,
    intake: Intake,
    shelf: FileShelf,
    reading: Callable[..., TablePoll],
) -> None:
    await system.open_packages(*range(1, 31))

    def stop_in_page(n: int) -> Callable[[], None]:
        def before() -> None:
            if len(shelf.pages) == n:
                raise OSError("the disk is full")

        return before

    for n in range(1, 4):
        shelf.before = stop_in_page(n)
        with pytest.raises(OSError, match="full"):
            await reading(change, rows=7).poll()
    shelf.before = lambda: None
    await reading(change, rows=7).poll()
    assert sorted(int(one["package"]["id"]) for one in kept_facts(intake)) == list(range(1, 31))
    assert intake.counts()["received"] == 30


@pytest.mark.parametrize("change", [TIME, TRANSACTION], ids=lambda one: one.kind)
async def test_after_a_stop_it_goes_on_where_it_was_and_not_at_the_beginning(
    change: ChangeSection,
    system: CaseSystem,
    intake: Intake,
    shelf: FileShelf,
    reading: Callable[..., TablePoll],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for number in range(1, 31):  # each in a transaction of its own
        await system.open_packages(number)

    def stop_in_third_page() -> None:
        if len(shelf.pages) == 2:
            raise OSError("the disk is full")

    shelf.before = stop_in_third_page
    with pytest.raises(OSError, match="full"):
        await reading(change, rows=10).poll()
    shelf.before, read = lambda: None, []
    poll = reading(change, rows=10)
    ask = poll._database.ask

    async def noted(question: Any) -> list[tuple[Any, ...]]:
        rows = await ask(question)
        read.extend(row[1] for row in rows if len(row) > 4)
        return rows

    monkeypatch.setattr(poll._database, "ask", noted)
    await poll.poll()
    assert min(read) == 20  # the last one of the page before: others may have changed with it
    assert len(kept_facts(intake)) == 30


async def test_of_two_processes_that_read_one_table_one_is_overtaken_and_keeps_nothing(
    system: CaseSystem, intake: Intake, reading: Callable[..., TablePoll]
) -> None:
    one, other = reading(), reading()
    await system.open_packages(1)
    await one.poll()
    await other.poll()
    await system.open_packages(2)
    with pytest.raises(Overtaken):
        await one.poll()
    assert len(kept_facts(intake)) == 1
    one.forget()
    await one.poll()
    assert len(kept_facts(intake)) == 2


async def test_of_processes_on_one_postgresql_that_read_at_once_each_row_is_kept_once(
    system: CaseSystem, intake: Intake, postgres_server: Postgres
) -> None:
    """Though nobody sees to turns: a page is kept with how far it goes, or not at all."""
    name = f"ours_{uuid.uuid4().hex}"
    url = postgres_server.create_database(name)
    await migration.upgrade_postgres(url)
    ours = PostgresDatabase(url)
    await system.open_packages(*range(1, 41))

    async def read_through() -> None:
        """Read to the end, however often somebody else is quicker."""
        table, database = table_poll(
            system, PostgresShelf(ours, intake.desk), profile_of(TRANSACTION), rows=5
        )
        while True:
            try:
                await table.poll()
            except (Overtaken, DBAPIError):
                table.forget()
            else:
                await database.close()
                return

    await asyncio.gather(*(read_through() for _ in range(3)))
    counts = await ours.read(lambda c: {row.name: row.n for row in c.execute(select(intake_count))})
    await ours.close()
    postgres_server.drop_database(name)
    assert counts == {"received": 40, "kept": 40}


async def test_a_row_that_has_gone_is_told_and_one_that_comes_back_is_said_again(
    system: CaseSystem, intake: Intake, reading: Callable[..., TablePoll]
) -> None:
    await system.open_packages(1, 2, 3)
    poll = reading(TRANSACTION, sweep_s=0)
    await swept(poll)
    await system.do("DELETE FROM reporting.packages WHERE service_id = 2")
    assert gone_rows(intake) == []
    await swept(poll)
    assert gone_rows(intake) == [intake.rows()[1].message_id]
    await system.open_packages(2)
    await swept(poll)
    assert gone_rows(intake) == []
    assert [one["package"]["id"] for one in kept_facts(intake)] == ["1", "2", "3", "2"]


async def test_a_table_that_is_suddenly_empty_is_asked_about_and_not_believed(
    system: CaseSystem, intake: Intake, reading: Callable[..., TablePoll], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ascbridge.intake.doors.table_poll.LOOK_AGAIN_S", 0)
    await system.open_packages(*range(1, 31))
    poll = reading(TRANSACTION, sweep_s=0)
    await swept(poll)
    await system.do("CREATE TABLE aside AS TABLE reporting.packages", "TRUNCATE reporting.packages")
    await swept(poll)
    assert poll.suspicion == "30 of 30 rows have gone at once: is it being loaded anew?"
    await system.do("INSERT INTO reporting.packages SELECT * FROM aside")
    await swept(poll)
    assert poll.suspicion == ""


async def test_a_sweep_that_takes_several_turns_takes_up_where_it_was(
    system: CaseSystem, intake: Intake, reading: Callable[..., TablePoll]
) -> None:
    await system.open_packages(*range(1, 21))
    poll = reading(None, rows=5)
    for turn in range(1, 5):
        await poll.poll()
        await poll.sweep(0)
        assert len(kept_facts(intake)) == 5 * turn
    await poll.poll()
    await poll.sweep(0)
    assert last_said(intake) == await system.versions()


async def test_after_a_restart_a_sweep_goes_on_where_it_was(
    system: CaseSystem, intake: Intake, reading: Callable[..., TablePoll], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ascbridge.intake.doors.table_poll.NOTE_EVERY_S", 0)
    await system.open_packages(*range(1, 21))
    await swept(reading(TRANSACTION, sweep_s=0))
    await system.do("DELETE FROM reporting.packages WHERE service_id IN (2, 12)")
    asked: list[After | None] = []

    def restarted(change: ChangeSection = TRANSACTION) -> TablePoll:
        poll = reading(change, rows=5, sweep_s=0)
        page = poll._page

        def noted(lower: Any, after: After | None) -> Any:
            if lower is None:
                asked.append(after)
            return page(lower, after)

        poll._page = noted  # type: ignore[method-assign]  # to see what is asked
        return poll

    for _ in range(5):
        poll = restarted()
        await poll.poll()
        await poll.sweep(0)
    assert [after and after.key for after in asked] == [None, (6,), (11,), (17,), None]
    assert gone_rows(intake) == [intake.rows()[1].message_id, intake.rows()[11].message_id]
    kept = intake.kept.read_now(lambda c: c.execute(select(polled_sweep.c.began_ms)).all())
    assert len(kept) == 1  # the second sweep is under way
    intake.clock.at_ms += STALE_MS + 1
    poll = restarted()
    await poll.poll()
    await poll.sweep(0)
    assert asked[-1] is None  # what was seen a day ago may long have gone


@pytest.mark.parametrize("stops", ["behind the poll", "before it"])
async def test_a_row_that_came_back_behind_a_sweep_is_not_taken_for_gone_after_a_restart(
    stops: str,
    system: CaseSystem,
    intake: Intake,
    reading: Callable[..., TablePoll],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("ascbridge.intake.doors.table_poll.NOTE_EVERY_S", 0)
    await system.open_packages(*range(1, 21))
    await swept(reading(TRANSACTION, sweep_s=0))
    await system.do("CREATE TABLE aside AS SELECT * FROM reporting.packages WHERE service_id = 2")
    await system.do("DELETE FROM reporting.packages WHERE service_id = 2")
    poll = reading(TRANSACTION, rows=5, sweep_s=0)
    await poll.poll()
    await poll.sweep(0)  # behind row 2, which was not there
    await system.do("ALTER TABLE reporting.packages DISABLE TRIGGER stamp")
    await system.do("INSERT INTO reporting.packages SELECT * FROM aside")  # as it was, down to its version
    await system.do("UPDATE reporting.packages SET written_by = pg_current_xact_id() WHERE service_id = 2")
    if stops == "behind the poll":
        await poll.poll()
    poll = reading(TRANSACTION, sweep_s=0)
    await swept(poll)
    assert gone_rows(intake) == []
    assert len(kept_facts(intake)) == 20


async def test_who_was_overtaken_writes_no_sweep_down(
    system: CaseSystem, intake: Intake, reading: Callable[..., TablePoll], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ascbridge.intake.doors.table_poll.NOTE_EVERY_S", 0)
    await system.open_packages(*range(1, 21))
    await swept(reading(TRANSACTION, sweep_s=0))
    slow, quick = (reading(TRANSACTION, rows=5, sweep_s=0) for _ in range(2))
    for one in (slow, quick):
        await one.poll()
    await slow._load()
    await quick.sweep(0)
    with pytest.raises(Overtaken):
        await slow.sweep(0)


async def test_a_view_without_any_time_is_recorded_when_it_was_read(
    system: CaseSystem, intake: Intake, reading: Callable[..., TablePoll]
) -> None:
    plain = {name: one for name, one in PACKAGES.columns.items() if one.to != "recorded"}
    poll = reading(None, {"columns": plain, "recorded": "when-read"}, sweep_s=0)
    await system.open_packages(1)
    await swept(poll)
    await swept(poll)
    assert len(kept_facts(intake)) == 1
    await system.do("UPDATE reporting.packages SET status = 'On hold'")
    await swept(poll)
    first, second = kept_facts(intake)
    assert second["package"]["status"] == "suspended"
    assert second["recorded"] > first["recorded"]


async def test_a_row_that_cannot_be_understood_is_kept_as_refused_and_the_others_go_on(
    system: CaseSystem, intake: Intake, reading: Callable[..., TablePoll]
) -> None:
    await system.open_packages(1, 3)
    await system.open_packages(2, status="Perhaps")
    poll = reading(TRANSACTION, sweep_s=0)
    await swept(poll)
    await swept(poll)
    assert set(last_said(intake)) == {"1", "3"}
    (refused,) = [row for row in intake.rows() if row.outcome == "refused"]
    assert refused.reason == "row: status: a code that the profile does not list"
    assert intake.counts() == {"received": 3, "kept": 2, "refused": 1}
    status = PACKAGES.columns["status"]
    mended = status.model_copy(update={"values": status.values | {"Perhaps": "live"}})
    await swept(reading(TRANSACTION, {"columns": PACKAGES.columns | {"status": mended}}, sweep_s=0))
    assert set(last_said(intake)) == {"1", "2", "3"}
    assert intake.counts()["kept"] == 3


async def test_a_mended_profile_has_the_whole_table_read_again_at_once(
    system: CaseSystem, intake: Intake, shelf: FileShelf, reading: Callable[..., TablePoll]
) -> None:
    await system.open_packages(1, status="Perhaps")
    await swept(reading(TRANSACTION))
    poll = reading(TRANSACTION)
    status = PACKAGES.columns["status"]
    mended = status.model_copy(update={"values": status.values | {"Perhaps": "live"}})
    profile = profile_of(TRANSACTION, columns=PACKAGES.columns | {"status": mended})
    poll._profile = profile.model_copy(update={"text_sha256": "another"})
    (poll._section,) = profile.database.tables
    await swept(poll)
    assert set(last_said(intake)) == {"1"}


async def test_columns_that_are_missing_stop_the_table_and_new_ones_are_told(
    system: CaseSystem, reading: Callable[..., TablePoll], capsys: pytest.CaptureFixture[str]
) -> None:
    poll = reading(TRANSACTION)
    await poll.poll()
    await poll.poll()
    said = capsys.readouterr().out
    assert said.count("reporting.packages: version") == 1
    await system.do("ALTER TABLE reporting.packages RENAME COLUMN surname TO last_name")
    with pytest.raises(NoAnswer, match=r"^columns are missing: surname$"):
        await poll.poll()


@pytest.mark.parametrize(
    "key,said",
    [(["status"], "two rows have one key"), (["nhs_number", "service_id"], "a row has no key")],
)
async def test_a_key_that_is_none_is_told(
    key: list[str], said: str, system: CaseSystem, reading: Callable[..., TablePoll]
) -> None:
    await system.open_packages(1, 2)
    with pytest.raises(NoAnswer, match=said):
        await reading(TRANSACTION, {"key": key}).poll()


async def test_a_column_of_changes_of_another_kind_is_told(
    system: CaseSystem, reading: Callable[..., TablePoll]
) -> None:
    await system.open_packages(1)
    with pytest.raises(NoAnswer, match="holds no times"):
        await reading(ChangeSection(kind="time", column="status")).poll()
    with pytest.raises(NoAnswer, match="not of the kind"):
        await reading(ChangeSection(kind="transaction", column="changed_at")).poll()


async def test_a_database_restored_from_a_back_up_is_read_from_its_beginning(
    system: CaseSystem, intake: Intake, reading: Callable[..., TablePoll]
) -> None:
    """Its transactions are counted from a lower number: what is written under those must not be passed over."""
    from sqlalchemy import update

    from ascbridge.storage.tables import polled_table

    await system.open_packages(1)
    await reading(TRANSACTION).poll()
    intake.kept.write_now(lambda c: c.execute(update(polled_table).values(since=str(1 << 40))))
    await system.open_packages(2)
    await reading(TRANSACTION).poll()
    assert set(last_said(intake)) == {"1", "2"}


async def test_local_times_without_a_zone_are_followed_over_the_hour_that_comes_twice(
    system: CaseSystem, intake: Intake, reading: Callable[..., TablePoll], monkeypatch: pytest.MonkeyPatch
) -> None:
    from sqlalchemy import text as sql

    from ascbridge.intake.databases import database_queries

    await system.do(
        "DROP TRIGGER stamp ON reporting.packages",
        "ALTER TABLE reporting.packages ALTER changed_at TYPE timestamp USING '2026-10-25 01:55'",
    )
    written = (
        "UPDATE reporting.packages SET changed_at = '2026-10-25 {}', service = 'v1' WHERE service_id = {}"
    )

    async def read_at(moment: str) -> None:
        now = sql(f"TIMESTAMPTZ '2026-10-25 {moment}+00'")
        monkeypatch.setitem(database_queries._NOW, "postgresql", now)
        await reading(HURRIED).poll()

    await system.open_packages(1)
    await system.do(written.format("01:55", 1))
    await read_at("00:56")  # 01:56 in summer time
    await system.open_packages(2)
    await system.do(written.format("01:05", 2))  # nine minutes later, in winter time
    await read_at("02:30")  # and read when both hours are over
    assert set(last_said(intake)) == {"1", "2"}
