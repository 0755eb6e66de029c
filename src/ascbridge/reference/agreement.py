"""What every list has: its kind, version and days, where its values come from, and who agreed to them.

A value that nobody agreed to says so (`agreed = false`) in its file, and wherever it is shown. It thinks only.
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence


class Shape(BaseModel):
    """A part of a list: no field that nobody knows, and none that changes."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class Agreeable(Shape):
    """What somebody can agree to. Left out, `agreed` is as the whole file says."""

    agreed: bool | None = None
    agreed_by: str = ""
    agreed_on: date | None = None
    source: str = ""

    @model_validator(mode="after")
    def _who_and_when(self) -> Self:
        said = bool(self.agreed_by) and self.agreed_on is not None
        if self.agreed and not said:
            raise ValueError("agreed = true needs agreed_by and agreed_on: who agreed, and on which day")
        if not self.agreed and (self.agreed_by or self.agreed_on):
            raise ValueError("agreed_by and agreed_on go with agreed = true")
        return self


@dataclass(frozen=True, slots=True)
class Thing:
    """One entry of a list in words: what it is called, and what is said of it, label by label."""

    name: str
    said: Mapping[str, str]
    agreed: bool
    agreement: str
    source: str = ""


@dataclass(frozen=True, slots=True)
class NotAgreed:
    """One value that nobody agreed to, or (`not_known`) one that nobody told us."""

    kind: str
    version: int
    what: str
    source: str = ""
    not_known: bool = field(default=False)


class ListFile(Agreeable):
    """One version of one list. `effective_to` is its last day; `not_known` says what nobody told us."""

    kind: str
    version: int = Field(ge=1, le=1_000_000)
    effective_from: date
    effective_to: date | None = None
    agreed: bool
    not_known: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.effective_to is not None and self.effective_to < self.effective_from:
            raise ValueError("effective_to is before effective_from")
        return self

    @property
    def ident(self) -> str:
        """The list and its version, as stored uses carry it: ``teams@3``."""
        return f"{self.kind}@{self.version}"

    @abstractmethod
    def things(self) -> Sequence[Thing]:
        """Return every entry in words, in the order of the file."""

    def faults(self) -> Iterator[str]:
        """Give what entries that are each in order do wrong together, in words."""
        yield from ()

    def not_agreed(self) -> Iterator[NotAgreed]:
        """Give each entry that nobody agreed to, and what nobody told us."""
        for thing in self.things():
            if not thing.agreed:
                yield NotAgreed(self.kind, self.version, thing.name, thing.source)
        for words in self.not_known:
            yield NotAgreed(self.kind, self.version, words, not_known=True)

    def thing(self, name: str, entry: Agreeable, /, **said: str) -> Thing:
        """Put an entry into words; what is empty is left out. Labels: `closes_at` reads *closes at*."""
        agreed = self.agreed if entry.agreed is None else entry.agreed
        who = self if entry.agreed is None else entry
        words = {label.replace("_", " "): text for label, text in said.items() if text}
        return Thing(name, words, agreed, _agreement(who, agreed=agreed), entry.source or self.source)


def twice(names: Sequence[str], what: str) -> Iterator[str]:
    """Give a fault for each name that stands there more than once."""
    for name in sorted({one for one in names if names.count(one) > 1}):
        yield f"{what} {name} stands there twice"


def _agreement(who: Agreeable, *, agreed: bool) -> str:
    return f"agreed by {who.agreed_by} on {who.agreed_on}" if agreed else "not agreed"
