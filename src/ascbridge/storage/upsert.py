"""Insert-or-ignore and insert-or-update in words that SQLite and PostgreSQL share."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy.dialects import postgresql, sqlite

from ascbridge.storage.prepared import Prepared

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from sqlalchemy import Connection, Table

Row = dict[str, Any]
Names = tuple[str, ...]


def insert(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Insert the rows, all of which name the same columns."""
    if rows:
        _plainly(table, tuple(rows[0])).run(connection, rows)


def insert_missing(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Insert the rows whose key is not there yet; leave the others as they are."""
    if rows:
        _if_missing(table, tuple(rows[0])).run(connection, rows)


def upsert(
    connection: Connection, table: Table, rows: Sequence[Row], *, changed: Iterable[str] | None = None
) -> None:
    """Insert the rows, or where their primary key exists set `changed` columns (default: all others) to theirs."""
    if rows:
        _or_set(table, tuple(rows[0]), None if changed is None else tuple(changed)).run(connection, rows)


def add_counts(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Add each row's `n` to the counter with its key, starting it where there is none."""
    if rows:
        _or_add(table, tuple(rows[0])).run(connection, rows)


def or_change(table: Table, names: Names, change: Callable[[Any], Mapping[str, Any]]) -> Prepared:
    """Prepare the insert of rows of these columns that changes what is there under their primary key instead.

    `change` gives the expressions, and is given the row that was to be inserted. One statement, so that nobody
    can take the row away between looking and changing.
    """

    def otherwise(statement: Any) -> Any:
        changes = dict(change(statement.excluded))
        return statement.on_conflict_do_update(index_elements=list(table.primary_key), set_=changes)

    return _both(table, names, otherwise)


@cache
def _plainly(table: Table, names: Names) -> Prepared:
    return Prepared(table.insert(), table.insert(), names)


@cache
def _if_missing(table: Table, names: Names) -> Prepared:
    return _both(table, names, lambda statement: statement.on_conflict_do_nothing())


@cache
def _or_set(table: Table, names: Names, changed: Names | None) -> Prepared:
    others = [name for name in names if not table.c[name].primary_key]

    def otherwise(statement: Any) -> Any:
        updates = {name: statement.excluded[name] for name in (others if changed is None else changed)}
        return statement.on_conflict_do_update(index_elements=list(table.primary_key), set_=updates)

    return _both(table, names, otherwise)


@cache
def _or_add(table: Table, names: Names) -> Prepared:
    def otherwise(statement: Any) -> Any:
        more = {"n": table.c.n + statement.excluded.n}
        return statement.on_conflict_do_update(index_elements=list(table.primary_key), set_=more)

    return _both(table, names, otherwise)


def _both(table: Table, names: Names, otherwise: Callable[[Any], Any]) -> Prepared:
    return Prepared(otherwise(sqlite.insert(table)), otherwise(postgresql.insert(table)), names)
