"""Insert-or-ignore and insert-or-update in words that SQLite and PostgreSQL share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy.dialects import postgresql, sqlite

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy import Connection, Table

Row = dict[str, Any]


def _insert(connection: Connection, table: Table) -> Any:
    return (postgresql if connection.dialect.name == "postgresql" else sqlite).insert(table)


def insert_missing(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Insert the rows whose key is not there yet; leave the others as they are."""
    if rows:
        connection.execute(_insert(connection, table).on_conflict_do_nothing(), rows)


def upsert(
    connection: Connection, table: Table, rows: Sequence[Row], *, changed: Iterable[str] | None = None
) -> None:
    """Insert the rows, or where their primary key exists set `changed` columns (default: all others) to theirs."""
    if not rows:
        return
    statement = _insert(connection, table)
    names = list(changed) if changed is not None else [c for c in rows[0] if not table.c[c].primary_key]
    updates: Mapping[str, Any] = {name: statement.excluded[name] for name in names}
    keys = list(table.primary_key)
    connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=updates), rows)


def add_counts(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Add each row's `n` to the counter with its key, starting it where there is none."""
    if not rows:
        return
    statement = _insert(connection, table)
    keys = list(table.primary_key)
    update = {"n": table.c.n + statement.excluded.n}
    connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=update), rows)


def insert_or_change(
    connection: Connection, table: Table, rows: Sequence[Row], change: Mapping[str, Any]
) -> None:
    """Insert the rows, or where their primary key exists change that row by these expressions.

    One statement, so that nobody can take the row away between looking and changing.
    """
    if rows:
        statement = _insert(connection, table)
        keys = list(table.primary_key)
        connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=dict(change)), rows)
