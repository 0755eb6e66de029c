"""What is asked of the council's database: one page of rows, where changes have got to, and which columns there are.

Pages follow one another by the values of the row before, never by number: a page costs the same wherever it is, and no
row moves out of the way. This module thinks; SQLAlchemy says each question in the words of PostgreSQL, SQL Server and
Oracle. Only PostgreSQL is run; for the others the text stands beside the tests and was never run.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from sqlalchemy import (
    BINARY,
    BigInteger,
    ColumnElement,
    DateTime,
    Numeric,
    Text,
    and_,
    bindparam,
    cast,
    column,
    func,
    literal_column,
    or_,
    select,
    table,
    text,
)
from sqlalchemy.types import UserDefinedType

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Select, TableClause

    from ascbridge.intake.sources.profile import TableSection

HIDDEN = "xmin"
XIDS: ColumnElement[Any] = literal_column("4294967296")
KINDS = {"transaction": "postgresql", "xmin": "postgresql", "row-version": "mssql"}
"""On which database alone each kind of change can be asked for; the others can be everywhere."""

_NOW = {
    "postgresql": func.current_timestamp(),
    "mssql": literal_column("SYSUTCDATETIME()"),
    "oracle": literal_column("SYS_EXTRACT_UTC(SYSTIMESTAMP)"),
}


class _Xid8(UserDefinedType[int]):
    """A whole transaction number of PostgreSQL."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        return "xid8"


@dataclass(frozen=True, slots=True)
class After:
    """The row behind which a page begins: what it says of its change, where pages follow that, and its key."""

    change: Any
    key: tuple[Any, ...]


def columns(section: TableSection) -> Select[Any]:
    """Ask for the names of all columns, and no row."""
    return select(text("*")).select_from(_table(section)).where(text("1 = 0"))


def now_and_floor(section: TableSection, dialect: str) -> Select[Any]:
    """Ask for the database's time, and for the change below which nothing is under way any more.

    Every row whose change is lower, and that shows later, was written over by a transaction that is at least that high.
    """
    now = _NOW[dialect]
    floor: list[ColumnElement[Any]]
    match section.change.kind if section.change is not None else "":
        case "transaction" | "xmin":
            floor = [cast(cast(func.pg_snapshot_xmin(func.pg_current_snapshot()), Text), BigInteger)]
        case "row-version":
            floor = [cast(func.min_active_rowversion(), BigInteger)]
        case _:
            floor = []
    return select(now, *floor)


def any_time(section: TableSection) -> Select[Any]:
    """Ask for one value of the column of changes: to see of what kind it is."""
    assert section.change is not None
    change: ColumnElement[Any] = column(section.change.column)
    return select(change).select_from(_table(section)).where(change.is_not(None)).limit(1)


def page(section: TableSection, limit: int, *, lower: Any = None, after: After | None = None) -> Select[Any]:
    """Ask for at most `limit` rows: the change (null without one), the key, then the columns of the profile.

    With `lower` those whose change is that or more, by change and key, else all by key; `after` is of the same kind.
    """
    change = _Change(section) if lower is not None else None
    keys: list[ColumnElement[Any]] = [column(name) for name in section.key]
    shown = change.shown() if change is not None else literal_column("NULL")
    said: list[ColumnElement[Any]] = [column(name) for name in section.columns]
    question = select(shown.label("change_"), *keys, *said).select_from(_table(section)).limit(limit)
    order = list(keys)
    if change is not None:
        question = question.where(change.at_least(lower))
        order = [*([change.column] if change.ordered else []), *keys]
    if after is not None:
        marks = [_bound(f"key_{n}", value) for n, value in enumerate(after.key)]
        if change is not None and change.ordered:
            marks = [change.bound("after", after.change), *marks]
        question = question.where(_behind(order, marks))
    return question.order_by(*order)


class _Change:
    """A table's column of changes: as a number or a time that we understand, and as what it is compared with."""

    def __init__(self, section: TableSection) -> None:
        assert section.change is not None
        self.kind = section.change.kind
        self.column: ColumnElement[Any] = column(section.change.column)
        self.ordered = self.kind != "xmin"
        """Whether pages follow it. `xmin` has no index: there they follow the key."""

    def shown(self) -> ColumnElement[Any]:
        match self.kind:
            case "transaction":
                return cast(cast(self.column, Text), BigInteger)
            case "row-version":
                return cast(self.column, BigInteger)
            case "xmin":
                return _whole(self.column)
            case _:
                return self.column

    def bound(self, name: str, value: Any) -> ColumnElement[Any]:
        match self.kind:
            case "transaction":
                return cast(cast(bindparam(name, str(value), Text), Text), _Xid8)
            case "row-version":
                return cast(bindparam(name, value, BigInteger), BINARY(8))
            case _:
                return _bound(name, value)

    def at_least(self, lower: Any) -> ColumnElement[bool]:
        side = self.shown() if self.kind == "xmin" else self.column
        return side >= self.bound("lower", lower)


def _whole(xid: ColumnElement[Any]) -> ColumnElement[Any]:
    """A transaction number of 32 bits as the whole one: what a row shows is lower than all that is yet to come.

    Of a row that was written more than four thousand million transactions ago it makes a newer one: that row is read
    again, and found to be as it was.
    """
    latest = select(
        cast(cast(func.pg_snapshot_xmax(func.pg_current_snapshot()), Text), BigInteger)
    ).scalar_subquery()
    newest = latest - literal_column("1")
    ago = newest - cast(cast(xid, Text), BigInteger)
    return newest - ((ago % XIDS + XIDS) % XIDS)


def _behind(order: Sequence[ColumnElement[Any]], marks: Sequence[Any]) -> ColumnElement[bool]:
    """Whatever comes after a row in this order. The first condition is for the index; Oracle compares no tuples."""
    steps = [
        and_(*(one == mark for one, mark in zip(order[:n], marks[:n], strict=True)), order[n] > marks[n])
        for n in range(len(order))
    ]
    return and_(order[0] >= marks[0], or_(*steps)) if len(order) > 1 else steps[0]


def _bound(name: str, value: Any) -> ColumnElement[Any]:
    """A parameter of the type of its value: of a number nobody knows beforehand how many digits it has."""
    if isinstance(value, int):
        return bindparam(name, value, BigInteger)
    if isinstance(value, Decimal):
        return bindparam(name, value, Numeric(asdecimal=True))
    if isinstance(value, datetime):
        return bindparam(name, value, DateTime(timezone=value.tzinfo is not None))
    return bindparam(name, value)


def _table(section: TableSection) -> TableClause:
    schema, _, name = section.table.rpartition(".")
    return table(name, schema=schema or None)


def as_column(moment: datetime, zone: str, *, aware: bool) -> datetime:
    """A moment as the column of a table has it: with its zone, or as clocks show it in `zone`."""
    return moment if aware else moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None)


def as_moment(said: datetime) -> datetime:
    """The database's time as a moment: what comes without a zone is UTC, as it was asked for."""
    return said if said.tzinfo is not None else said.replace(tzinfo=UTC)
