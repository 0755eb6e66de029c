"""Hospitals: the sites from which people are discharged, by the codes that their messages have. Pure."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from ascbridge.reference.agreement import Agreeable, ListFile, Thing, twice

if TYPE_CHECKING:
    from collections.abc import Iterator

KINDS = {"acute": "Acute", "community": "Community", "mental-health": "Mental health"}


class Hospital(Agreeable):
    """One site. `site` is the code under which its stays are told, `sends` whether it sends us messages of them."""

    name: str = Field(min_length=1)
    site: str = Field(pattern=r"^[A-Z0-9]{3,12}$")
    trust: str = ""
    care: Literal["acute", "community", "mental-health"] = "acute"
    sends: bool = False


class Hospitals(ListFile):
    """The sites."""

    kind: Literal["hospitals"]
    hospital: tuple[Hospital, ...] = Field(min_length=1)

    @cached_property
    def by_site(self) -> dict[str, Hospital]:
        """Each hospital by its site's code."""
        return {one.site: one for one in self.hospital}

    def name_of(self, site: str) -> str:
        """Return what people call a site; its code where the list has none of it."""
        found = self.by_site.get(site)
        return found.name if found is not None else site

    def things(self) -> tuple[Thing, ...]:
        """Return each hospital in words."""
        return tuple(
            self.thing(
                one.name,
                one,
                site=one.site,
                trust=one.trust,
                care=KINDS[one.care],
                messages="sent to us" if one.sends else "none are sent to us: stays are entered by hand",
            )
            for one in self.hospital
        )

    def faults(self) -> Iterator[str]:
        """Give names and sites that stand there twice."""
        yield from twice([one.name for one in self.hospital], "hospital")
        yield from twice([one.site for one in self.hospital], "site")
