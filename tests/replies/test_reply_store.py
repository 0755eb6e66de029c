"""The queue of replies, on both databases."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from ascbridge.replies import reply_store as store
from ascbridge.replies.reply_store import Queued
from ascbridge.storage.database import PostgresDatabase, SqliteDatabase
from tests.discharge.builders import create_tables

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

FIRST = Queued("r1", "uhcw", "t1", "s1", "p1", "received", "", "Team", 5, 9, "C1", 100)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def do(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[Callable[[Any], Any]], Any]]:
    with asyncio.Runner() as runner:
        made: Any
        if request.param == "sqlite":
            made = SqliteDatabase(tmp_path / "bridge.db")
        else:
            made = PostgresDatabase(request.getfixturevalue("postgres_url"))
        runner.run(made.write(create_tables))
        yield lambda work: runner.run(made.write(work))
        runner.run(made.close())


def test_the_queue_of_one_hospital(do: Callable[[Callable[[Any], Any]], Any]) -> None:
    second = replace(FIRST, reply_id="r2", progress="accepted", queued_ms=101, control_id="C2")
    other_task = replace(FIRST, reply_id="r3", task_id="t2", queued_ms=102, control_id="C3")
    other_hospital = replace(FIRST, reply_id="r4", receiver="george", task_id="t9", queued_ms=99)
    do(lambda c: store.queue(c, [FIRST, second, other_task, other_hospital]))
    do(lambda c: store.queue(c, [replace(FIRST, progress="closed")]))  # the same again changes nothing

    assert do(lambda c: store.next_due(c, "uhcw", 1000)) == FIRST
    assert do(lambda c: store.counts_waiting(c, ["uhcw", "george"])) == {"uhcw": 3, "george": 1}
    do(lambda c: store.try_later(c, "r1", "AR", 2000, counts=True))
    assert do(lambda c: store.next_due(c, "uhcw", 1000)) == other_task, (
        "its task's second waits for the first"
    )
    do(lambda c: store.settle(c, "r3", "acknowledged", "AA", 1001))
    assert do(lambda c: store.next_due(c, "uhcw", 1000)) is None
    assert do(lambda c: store.next_due(c, "uhcw", 2000)) == replace(FIRST, tries=1)

    do(lambda c: store.settle(c, "r1", "given-up", "AR", 2001))
    do(lambda c: store.settle(c, "r1", "acknowledged", "AA", 2002))  # too late: it is settled
    assert [(row.reply_id, row.state, row.tries) for row in do(store.in_trouble)] == [("r1", "given-up", 2)]
    assert do(lambda c: store.next_due(c, "uhcw", 2001)) == second
    assert do(lambda c: store.overdue(c, "uhcw", 101)) == 0
    assert do(lambda c: store.overdue(c, "uhcw", 102)) == 1
    assert [row.reply_id for row in do(lambda c: store.of_task(c, "t1"))] == ["r1", "r2"]
    assert [row.reply_id for row in do(lambda c: store.waiting(c, "uhcw"))] == ["r2"]

    assert do(lambda c: store.send_again(c, "r1"))
    assert not do(lambda c: store.send_again(c, "r1"))
    assert do(lambda c: store.next_due(c, "uhcw", 2001)) == FIRST


def test_a_receiver_is_told_from_the_first_time_on_that_anybody_asked(
    do: Callable[[Callable[[Any], Any]], Any],
) -> None:
    assert do(lambda c: store.told_since(c, "uhcw", 7)) == 7
    assert do(lambda c: store.told_since(c, "uhcw", 900)) == 7


def test_the_last_that_was_told_of_each_task(do: Callable[[Callable[[Any], Any]], Any]) -> None:
    do(
        lambda c: store.queue(
            c, [FIRST, replace(FIRST, reply_id="r2", progress="rejected", reason="x", queued_ms=101)]
        )
    )
    found = do(lambda c: store.last_told(c, "uhcw", ["t1", "t2"]))
    assert found == {"t1": store.LastTold("rejected", "x", 101)}
    assert do(lambda c: store.last_told(c, "uhcw", [])) == {}
    assert do(lambda c: store.facilities(c, [], 1)) == {}
