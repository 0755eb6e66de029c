"""A discharge desk for a test: in memory, and on both real databases where a test asks for those."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from ascbridge.discharge.lists.worklist import Lists
from ascbridge.storage.database import PostgresDatabase, SqliteDatabase
from tests.discharge.builders import (
    W21,
    Bench,
    admitted,
    at,
    bench_in_memory,
    create_tables,
    details,
    discharged,
    not_ready,
    ready,
    snapshot,
)

NOW = Lists(at("2026-03-06T13:00"), actor="sam")


@pytest.fixture
def bench() -> Iterator[Bench]:
    with bench_in_memory() as made:
        yield made


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def real_bench(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    """A desk whose every step is one transaction of a real database."""
    with asyncio.Runner() as runner:
        made: SqliteDatabase | PostgresDatabase
        if request.param == "sqlite":
            made = SqliteDatabase(tmp_path / "bridge.db")
        else:
            made = PostgresDatabase(request.getfixturevalue("postgres_url"))
        runner.run(made.write(create_tables))
        bench = Bench(lambda work: runner.run(made.write(work)))
        bench.database, bench.runner = made, runner
        yield bench
        runner.run(made.close())


@pytest.fixture
def ward(bench: Bench) -> Bench:
    """Seven people: ready (late), ready later, paused, a contradiction, self-discharged, dropped, not asked for."""
    bench.clock.ms = NOW.now_ms
    for name, age in (
        ("late", "85+"),
        ("later", "85+"),
        ("paused", "85+"),
        ("odd", ""),
        ("left", "85+"),
        ("child", "0-17"),
        ("none", ""),
    ):
        bench.say(
            details("2026-03-02T10:00", age, "local"),
            admitted("2026-03-02T10:00", spell=name, ward=W21),
            patient=f"p-{name}",
        )
    bench.say(ready("2026-03-06T11:30", spell="late"), patient="p-late")
    bench.say(ready("2026-03-06T12:48", spell="later"), patient="p-later")
    bench.say(
        ready("2026-03-06T12:00", spell="paused"),
        not_ready("2026-03-06T12:40", spell="paused"),
        patient="p-paused",
    )
    bench.say(
        ready("2026-03-06T12:50", spell="odd"),
        snapshot("2026-03-06T12:50", spell="odd", ready=False),
        patient="p-odd",
    )
    bench.say(
        ready("2026-03-06T10:00", spell="left"),
        discharged("2026-03-06T12:00", "2", spell="left"),
        patient="p-left",
    )
    bench.say(ready("2026-03-06T12:00", spell="child"), patient="p-child")
    return bench
