"""How far a file of history was read stands in the database, by what the file is and not by its name alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from ascbridge.intake.keeping import history_files
from ascbridge.intake.keeping.history_files import Read
from ascbridge.storage.tables import history_file
from tests.people.ward import empty_bridge

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection


@pytest.fixture
def connection() -> Iterator[Connection]:
    with empty_bridge() as made:
        yield made


def ended(connection: Connection) -> dict[str, int | None]:
    return {row.name: row.ended_ms for row in connection.execute(select(history_file))}


def test_a_file_goes_on_where_it_was(connection: Connection) -> None:
    history_files.expect(connection, "past", {"a": "1:1"}, 5)
    assert history_files.read(connection, "past", "a") == Read()
    history_files.note(connection, "past", "a", Read(10, 7, 2, 1), 6)
    history_files.expect(connection, "past", {"a": "1:1", "b": "2:2"}, 7)
    assert history_files.read(connection, "past", "a") == Read(10, 7, 2, 1)
    assert ended(connection) == {"a": None, "b": None}


def test_another_file_of_that_name_is_read_from_its_start(connection: Connection) -> None:
    history_files.expect(connection, "past", {"a": "1:1"}, 5)
    history_files.note(connection, "past", "a", Read(10, 7, 2, 1), 6)
    history_files.end(connection, "past", "a", 7)
    history_files.expect(connection, "past", {"a": "1:1"}, 8)  # a copy of the same: nothing is new
    assert (history_files.read(connection, "past", "a").lines, ended(connection)) == (10, {"a": 7})
    history_files.expect(connection, "past", {"a": "9:9"}, 9)
    assert (history_files.read(connection, "past", "a").lines, ended(connection)) == (0, {"a": None})


def test_what_was_taken_away_is_over_and_other_feeds_are_not_touched(connection: Connection) -> None:
    history_files.expect(connection, "past", {"a": "1:1"}, 5)
    history_files.expect(connection, "other", {"b": "1:1"}, 5)
    history_files.expect(connection, "past", {}, 6)
    assert ended(connection) == {"a": 6, "b": None}
