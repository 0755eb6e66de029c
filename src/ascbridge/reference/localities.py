"""Localities: which base looks after which postcodes. The longest part of a postcode that is named decides. Pure."""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from pydantic import Field, field_validator

from ascbridge.reference.agreement import Agreeable, ListFile, Thing, twice

if TYPE_CHECKING:
    from collections.abc import Iterator

_PART = re.compile(r"([A-Z]{1,2})(?:(\d[A-Z\d]?)(?: (\d)([A-Z]{2})?)?)?")
_WHOLE = re.compile(r"([A-Z]{1,2})(\d[A-Z\d]?)(\d)([A-Z]{2})")


class Locality(Agreeable):
    """One base and its area: postcode areas (CV), districts (CV1), sectors (CV1 2) or whole postcodes."""

    name: str = Field(min_length=1)
    postcodes: tuple[str, ...] = Field(min_length=1)
    team: str = ""

    @field_validator("postcodes")
    @classmethod
    def _parts(cls, given: tuple[str, ...]) -> tuple[str, ...]:
        found = tuple(" ".join(one.upper().split()) for one in given)
        for one in found:
            if not _PART.fullmatch(one):
                raise ValueError(f"{one!r} is no part of a postcode, such as CV1, CV1 2 or CV1 2AB")
        return found


class Localities(ListFile):
    """The bases; a part of a postcode stands with one of them only."""

    kind: Literal["localities"]
    locality: tuple[Locality, ...] = ()

    @cached_property
    def _by_part(self) -> dict[str, str]:
        return {part: one.name for one in self.locality for part in one.postcodes}

    def of(self, postcode: str) -> str:
        """Return which locality a whole postcode lies in; empty where none does, or it is no whole postcode."""
        whole = _WHOLE.fullmatch("".join(postcode.upper().split()))
        if whole is None:
            return ""
        area, district, sector, unit = whole.groups()
        parts = (f"{area}{district} {sector}{unit}", f"{area}{district} {sector}", f"{area}{district}", area)
        return next((self._by_part[part] for part in parts if part in self._by_part), "")

    def things(self) -> tuple[Thing, ...]:
        """Return each base with its postcodes."""
        return tuple(
            self.thing(one.name, one, postcodes=", ".join(one.postcodes), team=one.team)
            for one in self.locality
        )

    def faults(self) -> Iterator[str]:
        """Give names that stand there twice, and postcodes that two localities claim."""
        yield from twice([one.name for one in self.locality], "locality")
        claims: dict[str, list[str]] = {}
        for one in self.locality:
            for part in one.postcodes:
                claims.setdefault(part, []).append(one.name)
        for part, names in sorted(claims.items()):
            if len(names) > 1:
                yield f"{part} is claimed by {' and by '.join(names)}"
