"""History that may not be whole yet: whose it is, since when, and when it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import update

from ascbridge.events.ledgers import history
from ascbridge.storage.tables import history_file, intake_count, ledger_count
from ascbridge.storage.upsert import insert
from tests.people.ward import empty_bridge

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

NOW = 1_791_200_000_000


@pytest.fixture
def connection() -> Iterator[Connection]:
    with empty_bridge() as made:
        yield made


def a_file(connection: Connection, *, ended_ms: int | None) -> None:
    row = {"feed": "past", "name": "a", "began_ms": 1, "changed_ms": 1, "ended_ms": ended_ms}
    insert(connection, history_file, [row])


def test_the_first_line_about_somebody_says_what_is_old(connection: Connection) -> None:
    history.tell(connection, [("p1", NOW + 5), ("p1", NOW), ("p2", NOW + 9)])
    history.tell(connection, [("p1", NOW + 1_000)])
    old = history.RECENT_MS
    assert history.waiting(connection, ["p1", "p2", "p3"]) == {"p1": NOW - old, "p2": NOW + 9 - old}


def test_history_is_whole_when_every_file_is_read_and_every_line_understood(connection: Connection) -> None:
    assert not history.whole(connection)  # nobody waits for any
    history.tell(connection, [("p1", NOW)])
    a_file(connection, ended_ms=None)
    assert not history.whole(connection)
    connection.execute(update(history_file).values(ended_ms=2))
    insert(connection, intake_count, [{"feed": "past", "name": "kept", "n": 3}])
    insert(connection, ledger_count, [{"feed": "past", "state": "delivered", "n": 2}])
    assert not history.whole(connection)
    connection.execute(update(ledger_count).values(n=3))
    insert(connection, intake_count, [{"feed": "live", "name": "kept", "n": 9}])  # is nothing to it
    assert history.whole(connection)


def test_those_who_waited_are_let_go_some_at_a_time(connection: Connection) -> None:
    history.tell(connection, [(f"p{number}", NOW) for number in range(5)])
    assert history.let_go(connection, 3) == ["p0", "p1", "p2"]
    assert history.let_go(connection, 3) == ["p3", "p4"]
    assert history.let_go(connection, 3) == []
