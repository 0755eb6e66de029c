"""Makes a council fact of a row of a CSV file or a database, as the feed's profile says what its columns hold.

A cell that cannot be read as the profile says (`columns`) refuses the row. What a row becomes is judged at the door
like any other fact. This module thinks; it does no input or output.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import orjson

from ascbridge.intake.rows.columns import BadValue, numbered, put
from ascbridge.people.telling_words import says, tells

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ascbridge.intake.sources.profile import Column


class Mapping(Protocol):
    """What the profile says of rows: those of some files, or of one table."""

    @property
    def fact(self) -> str:
        """The fact that each row states."""

    @property
    def columns(self) -> dict[str, Column]:
        """Where each column goes, by its name."""


class BadRow(ValueError):
    """A row that cannot be made into a fact; the text names the column and quotes nothing."""


class BadHeader(ValueError):
    """A first line that lacks columns; nothing of such a file is taken."""


@dataclass(frozen=True, slots=True)
class Header:
    """A file's first line, as its section of the profile reads it. `new` are columns that the profile does not know."""

    names: tuple[str, ...]
    section: Mapping
    new: tuple[str, ...]


def read_header(names: Sequence[str], section: Mapping) -> Header:
    """Hold a file's first line to the profile. Raises `BadHeader`."""
    found = tuple(name.strip() for name in names)
    missing = [name for name in section.columns if name not in found]
    if missing:
        raise BadHeader(f"columns are missing: {', '.join(missing)}")
    twice = sorted({name for name in section.columns if found.count(name) > 1})
    if twice:
        raise BadHeader(f"columns stand twice: {', '.join(twice)}")
    return Header(found, section, tuple(name for name in found if name and name not in section.columns))


def told_apart(header: Header, cells: Sequence[str]) -> tuple[bytes, list[str]]:
    """Return a whole row by its columns where some of it is about safeguarding, and its cells without that.

    A column goes by its name too, unless the cell is empty.
    """
    names = [*header.names, *("",) * (len(cells) - len(header.names))]
    gone = [
        bool(cell.strip()) and (tells(cell.encode("utf-8", "replace")) or says(name))
        for name, cell in zip(names, cells, strict=False)
    ]
    if not any(gone):
        return b"", list(cells)
    clean = (cell.encode("utf-8", "replace").decode() for cell in cells)
    row = orjson.dumps(dict(zip(names, clean, strict=False)))
    return row, ["" if goes else cell for goes, cell in zip(gone, cells, strict=False)]


def fact_of(header: Header, cells: Sequence[str]) -> bytes:
    """Return the fact that a row states, as JSON. Raises `BadRow`."""
    return numbered(stated(header, cells))


def stated(header: Header, cells: Sequence[str]) -> dict[str, Any]:
    """Return what a row states. Raises `BadRow`."""
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
        try:
            put(fact, name, cell.strip(), column)
        except BadValue as fault:
            raise BadRow(str(fault)) from None
    return fact
