"""Makes a council fact of a row of a CSV file, as the feed's profile says what its columns hold.

Nothing is guessed: a code that the profile does not list, or a day that is not written as it says, refuses the row.
Times are Coventry's: of an hour that comes twice the first, and one that never was is refused. What a row becomes is
judged at the door like any other fact. This module thinks; it does no input or output.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import orjson

from ascbridge.calendars import LONDON

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ascbridge.intake.sources.profile import Column, CsvSection


class BadRow(ValueError):
    """A row that cannot be made into a fact; the text names the column and quotes nothing."""


class BadHeader(ValueError):
    """A first line that lacks columns; nothing of such a file is taken."""


@dataclass(frozen=True, slots=True)
class Header:
    """A file's first line, as its section of the profile reads it. `new` are columns that the profile does not know."""

    names: tuple[str, ...]
    section: CsvSection
    new: tuple[str, ...]


def read_header(names: Sequence[str], section: CsvSection) -> Header:
    """Hold a file's first line to the profile. Raises `BadHeader`."""
    found = tuple(name.strip() for name in names)
    missing = [name for name in section.columns if name not in found]
    if missing:
        raise BadHeader(f"columns are missing: {', '.join(missing)}")
    twice = sorted({name for name in section.columns if found.count(name) > 1})
    if twice:
        raise BadHeader(f"columns stand twice: {', '.join(twice)}")
    return Header(found, section, tuple(name for name in found if name and name not in section.columns))


def fact_of(header: Header, cells: Sequence[str]) -> bytes:
    """Return the fact that a row states, as JSON. Raises `BadRow`.

    A row that has no column for ``id`` gets one that follows from its content, so that the same row is the same fact.
    """
    if len(cells) != len(header.names):
        raise BadRow(f"{len(cells)} cells under {len(header.names)} columns")
    fact: dict[str, Any] = {"fact": header.section.fact, "person": {}}
    if header.section.fact != "known":
        fact[header.section.fact] = {}
    for name, cell in zip(header.names, cells, strict=True):
        column = header.section.columns.get(name)
        if column is None or not cell.strip():
            continue
        if not cell.isprintable() and any("\udc80" <= letter <= "\udcff" for letter in cell):
            raise BadRow(f"{name}: bytes that are no text in the file's encoding")
        part, _, member = column.to.rpartition(".")
        (fact.setdefault(part, {}) if part else fact)[member] = _value(name, cell.strip(), column)
    if "id" not in fact:
        content = orjson.dumps(fact, option=orjson.OPT_SORT_KEYS)
        fact["id"] = "row-" + hashlib.sha256(content).hexdigest()[:32]
    return orjson.dumps(fact)


def _value(name: str, cell: str, column: Column) -> Any:
    if column.values:
        if cell not in column.values:
            raise BadRow(f"{name}: a code that the profile does not list")
        return column.values[cell]
    if column.date:
        return _day(name, cell, column.date)
    if column.split:
        return [part for part in (one.strip() for one in cell.split(column.split)) if part]
    return cell


def _day(name: str, cell: str, form: str) -> str:
    try:
        found = datetime.strptime(cell, form).replace(tzinfo=LONDON)
    except ValueError:
        raise BadRow(f"{name}: not written as {form}") from None
    if "%H" not in form:
        return found.date().isoformat()
    if found.astimezone(UTC).astimezone(LONDON).replace(fold=0) != found:
        raise BadRow(f"{name}: the clocks went forward over that time")
    return found.isoformat()
