"""Statements put together once, for the paths that every message takes.

SQLAlchemy Core says what a statement means on both databases. On SQLite, where running a statement takes a few
microseconds and putting it together fifty, a `Prepared` keeps the text that Core made and hands it to the driver; on
PostgreSQL it is executed as any other. A list is one parameter on both, so that the text does not grow with it.
"""

from __future__ import annotations

import sqlite3
from operator import itemgetter
from typing import TYPE_CHECKING, Any

import orjson
from sqlalchemy import ARRAY, BigInteger, ColumnElement, Integer, String, any_, bindparam, func, null, select
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import DBAPIError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from sqlalchemy import Column, Connection, Executable

    OneOf = Callable[[ColumnElement[Any], str], ColumnElement[bool]]
    """The condition that a column's value stands in the list that is given as the parameter of that name."""

_SQLITE = sqlite.dialect(paramstyle="qmark")


class Prepared:
    """One statement, in the words of each database."""

    def __init__(
        self,
        on_sqlite: Executable,
        on_postgresql: Executable | None = None,
        names: Collection[str] | None = None,
    ) -> None:
        """Take a statement, and another where PostgreSQL needs it; `names` are the columns that an insert gives."""
        self._statement = on_sqlite if on_postgresql is None else on_postgresql
        compiled: Any = on_sqlite.compile(  # type: ignore[attr-defined]  # every Executable here has it
            dialect=_SQLITE, column_keys=list(names) if names is not None else None
        )
        self._text = str(compiled)
        self._order = [(name, compiled.params.get(name)) for name in compiled.positiontup]

    @classmethod
    def of(cls, statement: Callable[[OneOf], Executable]) -> Prepared:
        """Prepare what `statement` makes of the way in which each database takes a list."""
        return cls(statement(_in_json), statement(_in_array))

    def rows(self, connection: Connection, **values: Any) -> Sequence[Any]:
        """Run it once, and return every row that it gives, as tuples. Lists are given as lists."""
        raw = _driver_of(connection)
        if raw is None:
            return connection.execute(self._statement, values).all()
        try:
            return raw.execute(self._text, self._parameters(values)).fetchall()
        except sqlite3.Error as fault:
            raise as_core_says(fault, self._text) from fault

    def run(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
        """Run it once for each row of parameters. Lists are given as lists."""
        if not rows:
            return  # SQLAlchemy takes no rows for one row without values
        raw = _driver_of(connection)
        if raw is None:
            connection.execute(self._statement, rows)
            return
        try:
            raw.executemany(self._text, self._each(rows))
        except sqlite3.Error as fault:
            raise as_core_says(fault, self._text) from fault

    def _each(self, rows: Sequence[Mapping[str, Any]]) -> Iterable[Sequence[Any]]:
        """The parameters of each row. Most name every one and hold no list: the driver takes those as they are."""
        names = [name for name, _ in self._order]
        if len(names) < 2 or not rows or any(isinstance(rows[0].get(name, []), list) for name in names):
            return [self._parameters(row) for row in rows]
        return map(itemgetter(*names), rows)

    def _parameters(self, values: Mapping[str, Any]) -> list[Any]:
        return [
            orjson.dumps(one).decode() if isinstance(one := values.get(name, otherwise), list) else one
            for name, otherwise in self._order
        ]


def unindexed(column: Column[Any]) -> ColumnElement[Any]:
    """The column as an expression, which no index is for.

    SQLite knows nothing of how many rows there are. Where a state or a generation, which most rows share, stands
    beside a list, this has it go by the list.
    """
    return func.coalesce(column, null())


def _in_json(column: ColumnElement[Any], name: str) -> ColumnElement[bool]:
    listed = func.json_each(bindparam(name, type_=String)).table_valued("value")
    return column.in_(select(listed.c.value))


def _in_array(column: ColumnElement[Any], name: str) -> ColumnElement[bool]:
    kind = BigInteger() if isinstance(column.type, Integer) else String()
    return column == any_(bindparam(name, type_=ARRAY(kind)))


def _driver_of(connection: Connection) -> sqlite3.Connection | None:
    """The driver's own connection where this is SQLite, with a transaction under way as Core would have begun it."""
    if connection.dialect.name != "sqlite":
        return None
    if not connection.in_transaction():
        connection.begin()
    raw = connection.connection.driver_connection
    assert isinstance(raw, sqlite3.Connection)
    return raw


def as_core_says(fault: sqlite3.Error, text: str) -> BaseException:
    """The exception that Core raises for a driver's; the parameters, which may be somebody's, are left out."""
    return DBAPIError.instance(text, None, fault, sqlite3.Error, hide_parameters=True, dialect=_SQLITE)
