"""The matching table: what was compared of two patients, and what follows. It thinks only.

The table is data (``matching.toml``) and is checked when it is read: each combination of answers has exactly one row,
and no row joins two patients whose verified NHS number and birth date are not the same, or because of where they live.
"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources
from itertools import product
from typing import TYPE_CHECKING, Annotated, Literal, NamedTuple, get_args

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

if TYPE_CHECKING:
    from collections.abc import Iterator

FILE = "matching.toml"
Number = Literal["verified", "unverified", "differs", "missing"]
Alike = Literal["same", "differs", "missing"]
Names = Literal["same", "family-differs", "given-differs", "both-differ", "missing"]
Decision = Literal["match", "possible", "mismatch"]
NUMBERS: tuple[Number, ...] = get_args(Number)
ALIKE: tuple[Alike, ...] = get_args(Alike)
NAMES: tuple[Names, ...] = get_args(Names)
Words = Annotated[str, StringConstraints(min_length=10, max_length=200)]


class Likeness(NamedTuple):
    """What comparing two patients says; the same whichever of them is named first."""

    number: Number
    birth: Alike
    names: Names
    sex: Alike
    postcode: Alike


COMBINATIONS = tuple(Likeness(*each) for each in product(NUMBERS, ALIKE, NAMES, ALIKE, ALIKE))


class TableFault(ValueError):
    """A matching table that cannot be used: one line for each fault."""


class Row(BaseModel):
    """The combinations that one row is for, what it decides, and why."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Annotated[str, StringConstraints(pattern=r"^[a-z]+(-[a-z]+)*$")]
    number: tuple[Number, ...] = Field(NUMBERS, min_length=1)
    birth: tuple[Alike, ...] = Field(ALIKE, min_length=1)
    names: tuple[Names, ...] = Field(NAMES, min_length=1)
    sex: tuple[Alike, ...] = Field(ALIKE, min_length=1)
    postcode: tuple[Alike, ...] = Field(ALIKE, min_length=1)
    decision: Decision
    words: Words
    why: Words

    @property
    def joins(self) -> bool:
        """Whether the bridge may join the two by itself."""
        return self.decision == "match"

    def combinations(self) -> Iterator[Likeness]:
        """Yield each combination that the row is for."""
        for each in product(self.number, self.birth, self.names, self.sex, self.postcode):
            yield Likeness(*each)


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    row: tuple[Row, ...]


@cache
def rows() -> tuple[Row, ...]:
    """Return the rows of the table that comes with the bridge."""
    return parse((resources.files("ascbridge.people") / FILE).read_text("utf-8"))


def row_of(likeness: Likeness) -> Row:
    """Return the one row that decides."""
    return _by_likeness()[likeness]


def parse(text: str) -> tuple[Row, ...]:
    """Read a table from TOML. Raises `TableFault` with every fault."""
    try:
        table = _Table.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as fault:
        raise TableFault(f"{FILE}: not TOML: {fault}") from None
    except ValidationError as fault:
        told = [f"{FILE}: {'.'.join(map(str, one['loc']))}: {one['msg']}" for one in fault.errors()]
        raise TableFault("\n".join(told)) from None
    if told := list(_faults(table.row)):
        raise TableFault("\n".join(f"{FILE}: {one}" for one in told))
    return table.row


@cache
def _by_likeness() -> dict[Likeness, Row]:
    return {likeness: row for row in rows() for likeness in row.combinations()}


def _faults(table: tuple[Row, ...]) -> Iterator[str]:
    taken: dict[Likeness, str] = {}
    named: set[str] = set()
    for row in table:
        if row.id in named:
            yield f"{row.id}: there are two rows of this name"
        named.add(row.id)
        if row.joins and (row.number, row.birth) != (("verified",), ("same",)):
            yield f"{row.id}: joins without the same verified number and the same birth date"
        if row.joins and row.postcode != ALIKE:
            yield f"{row.id}: joins by a postcode, which a restriction takes away"
        for likeness in row.combinations():
            if likeness in taken:
                yield f"{row.id}: {_said(likeness)} is decided by {taken[likeness]} too"
            taken.setdefault(likeness, row.id)
    for likeness in COMBINATIONS:
        if likeness not in taken:
            yield f"no row for {_said(likeness)}"


def _said(likeness: Likeness) -> str:
    return ", ".join(f"{name} {answer}" for name, answer in likeness._asdict().items())
