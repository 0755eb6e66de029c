"""Makes texts of what a database gives, and of a row's texts what it states. Thinks only; nothing is guessed.

A day stays a day. A moment stays one where the contract asks for one (`recorded`), else it is the day in Coventry.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID
from zoneinfo import ZoneInfo

import orjson

from ascbridge.calendars import LONDON
from ascbridge.intake.rows.columns import numbered
from ascbridge.intake.rows.csv_rows import BadRow, Header, stated

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ascbridge.intake.sources.profile import Column, TableSection

LONGEST_QUOTED = 2_000
"""Characters of one cell that are kept of a row that no fact could be made of."""
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?([+-]\d\d(:?\d\d)?|Z)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class RowSaid:
    """What a row states, or why it states nothing; then `cells` are what it holds."""

    fact: dict[str, Any] = field(default_factory=dict)
    fault: str = ""
    cells: Mapping[str, str] = field(default_factory=dict)

    @property
    def content(self) -> bytes:
        """What tells this state of the row from another: its fact as it was read, or what is wrong with it."""
        told = self.fact or {"fault": self.fault, "cells": dict(self.cells)}
        return orjson.dumps(told, option=orjson.OPT_SORT_KEYS)

    @property
    def recorded_ms(self) -> int:
        """When the row says that it was written down (UTC epoch ms); 0 where it does not, or not as a moment."""
        try:
            moment = datetime.fromisoformat(self.fact.get("recorded", ""))
        except ValueError:
            return 0
        return round(moment.timestamp() * 1000) if moment.tzinfo is not None else 0

    def payload(self, *, recorded_ms: int | None = None) -> bytes:
        """What comes to the door: the fact as JSON, recorded at another time where one is given; or the bad row."""
        if not self.fact:
            return orjson.dumps({"row": dict(self.cells)})
        if recorded_ms is None:
            return numbered(self.fact)
        moment = datetime.fromtimestamp(recorded_ms / 1000, UTC).isoformat(timespec="milliseconds")
        return numbered(self.fact | {"recorded": moment})


def row_said(section: TableSection, values: Sequence[Any]) -> RowSaid:
    """Read one row, whose values stand in the order of the section's columns."""
    header = Header(tuple(section.columns), section, ())
    try:
        columns = section.columns.items()
        cells = [_text(name, value, column) for (name, column), value in zip(columns, values, strict=True)]
        return RowSaid(stated(header, cells))
    except BadRow as fault:
        quoted = {
            name: str(value)[:LONGEST_QUOTED] for name, value in zip(section.columns, values, strict=True)
        }
        return RowSaid(fault=str(fault), cells=quoted)


def _text(name: str, value: Any, column: Column) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case int() | UUID():
            return str(value)
        case Decimal() | float():
            return _number(name, Decimal(str(value)))
        case datetime():
            return _moment(name, value, column)
        case date():
            return value.strftime(column.date) if column.date else value.isoformat()
        case str():
            return _moment(name, moment, column) if (moment := _in_text(value, column)) else value
        case _:
            raise BadRow(f"{name}: of a kind that is no text")


def _number(name: str, value: Decimal) -> str:
    if not value.is_finite():
        raise BadRow(f"{name}: not a number")
    return str(int(value)) if value == value.to_integral_value() else format(value.normalize(), "f")


def _in_text(cell: str, column: Column) -> datetime | None:
    """A moment that a view, or an export of it, gives as text where the contract wants a day or a moment."""
    wanted = column.to == "recorded" or column.to.endswith(("_on", "birth_date"))
    if not wanted or column.date or column.values or not _MOMENT.fullmatch(cell.strip()):
        return None
    try:
        return datetime.fromisoformat(cell.strip())
    except ValueError:
        return None


def _moment(name: str, value: datetime, column: Column) -> str:
    zone = ZoneInfo(column.zone)
    at = value if value.tzinfo is not None else value.replace(tzinfo=zone)
    if at.astimezone(UTC).astimezone(at.tzinfo).replace(fold=0) != at.replace(fold=0):
        raise BadRow(f"{name}: the clocks went forward over that time")
    if column.to == "recorded":
        return at.astimezone(zone).strftime(column.date) if column.date else at.isoformat()
    # Many systems keep a day as midnight without a zone: that is the day, wherever it is read.
    plain = value.tzinfo is None and value.time().isoformat() == "00:00:00"
    day = value.date() if plain else at.astimezone(LONDON).date()
    return day.strftime(column.date) if column.date else day.isoformat()
