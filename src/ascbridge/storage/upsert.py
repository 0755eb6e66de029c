"""Insert-or-ignore and insert-or-update in words that SQLite and PostgreSQL share.

SQLite takes an entry out of an index and puts it back whenever a statement sets one of its columns, to the value too
that it has. Each is a page to be written, and in a large store a page that nothing else was written on. So there the
columns that stand in an index are set by statements of their own, which look first. PostgreSQL looks by itself.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import UniqueConstraint, bindparam, text, update
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
        names = tuple(rows[0])
        setting = _not_keys(table, names) if changed is None else tuple(changed)
        _or_set(table, names, setting).run(connection, rows)
        _look_and_set(connection, table, setting, rows)


def update_rows(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Set what each row names beside its primary key, where there is a row with that key."""
    if not rows:
        return
    setting = _not_keys(table, tuple(rows[0]))
    # Core sets every column that a parameter is named after, so the keys go by another name.
    named = [
        {name if name in setting else f"at_{name}": value for name, value in row.items()} for row in rows
    ]
    _set(table, setting).run(connection, named)
    _look_and_set(connection, table, setting, rows)


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
def _or_set(table: Table, names: Names, setting: Names) -> Prepared:
    plain = _plain(table, setting)

    def on_sqlite(statement: Any) -> Any:
        keys = list(table.primary_key)
        updates = {name: statement.excluded[name] for name in plain}
        if not updates:
            return statement.on_conflict_do_nothing(index_elements=keys)
        return statement.on_conflict_do_update(index_elements=keys, set_=updates)

    def on_postgresql(statement: Any) -> Any:
        updates = {name: statement.excluded[name] for name in setting}
        return statement.on_conflict_do_update(index_elements=list(table.primary_key), set_=updates)

    return Prepared(on_sqlite(sqlite.insert(table)), on_postgresql(postgresql.insert(table)), names)


@cache
def _set(table: Table, setting: Names) -> Prepared:
    here = [column == bindparam(f"at_{column.name}") for column in table.primary_key]
    everything = update(table).where(*here).values({name: bindparam(name) for name in setting})
    return Prepared(_setting(table, _plain(table, setting) or setting, "at_"), everything)


def _look_and_set(connection: Connection, table: Table, setting: Names, rows: Sequence[Row]) -> None:
    if connection.dialect.name == "sqlite":
        for statement in _where_they_differ(table, setting):
            statement.run(connection, rows)


@cache
def _where_they_differ(table: Table, setting: Names) -> tuple[Prepared, ...]:
    """On SQLite, a statement for each group of columns that stand in the same indexes."""
    groups: dict[frozenset[str], list[str]] = {}
    for name in setting:
        if indexes := _indexes(table).get(name):
            groups.setdefault(frozenset(indexes), []).append(name)
    statements = (_setting(table, tuple(names), looking=True) for names in groups.values())
    return tuple(Prepared(statement, statement) for statement in statements)


def _setting(table: Table, names: Names, prefix: str = "", *, looking: bool = False) -> Any:
    """SQLite's words for setting these columns of one row, or only where one of them is another."""
    said = ", ".join(f'"{name}" = :{name}' for name in names)
    here = " AND ".join(f'"{key.name}" = :{prefix}{key.name}' for key in table.primary_key)
    differs = " OR ".join(f'"{name}" IS NOT :{name}' for name in names)
    only = f" AND ({differs})" if looking else ""
    return text(f'UPDATE "{table.name}" SET {said} WHERE {here}{only}')  # noqa: S608  # our own names


def _not_keys(table: Table, names: Names) -> Names:
    return tuple(name for name in names if not table.c[name].primary_key)


def _plain(table: Table, names: Names) -> Names:
    return tuple(name for name in names if name not in _indexes(table))


@cache
def _indexes(table: Table) -> dict[str, set[str]]:
    """Of each column that stands in an index, beside the primary key's, or in which rows an index has: of which."""
    found: dict[str, set[str]] = {}
    for index in table.indexes:
        only = str(index.dialect_options["sqlite"]["where"])
        for name in {column.name for column in index.columns} | set(re.findall(r"\w+", only)) & {
            *table.c.keys()
        }:
            found.setdefault(name, set()).add(str(index.name))
    for number, unique in enumerate(one for one in table.constraints if isinstance(one, UniqueConstraint)):
        for column in unique.columns:
            found.setdefault(column.name, set()).add(f"unique {number}")
    return found


@cache
def _or_add(table: Table, names: Names) -> Prepared:
    def otherwise(statement: Any) -> Any:
        more = {"n": table.c.n + statement.excluded.n}
        return statement.on_conflict_do_update(index_elements=list(table.primary_key), set_=more)

    return _both(table, names, otherwise)


def _both(table: Table, names: Names, otherwise: Callable[[Any], Any]) -> Prepared:
    return Prepared(otherwise(sqlite.insert(table)), otherwise(postgresql.insert(table)), names)
