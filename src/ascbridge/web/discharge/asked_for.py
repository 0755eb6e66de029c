"""What somebody asks a view of the desk for: which list, narrowed by what. It thinks only.

All of it stands in the address, so that a view can be bookmarked, sent to a colleague and opened again.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlencode

from ascbridge.discharge.lists.worklist import Lists

if TYPE_CHECKING:
    from collections.abc import Mapping

LONGEST = 100
NARROWS = ("team", "ward", "locality", "pathway", "stage", "who", "leaves", "told")
"""What a list is narrowed by, in the order in which it is told."""


@dataclass(frozen=True, slots=True)
class AskedFor:
    """A view and what it is narrowed by: empty asks for all, ``-`` for what has none. `after`: rows to pass by."""

    view: str = ""
    team: str = ""
    ward: str = ""
    locality: str = ""
    pathway: str = ""
    stage: str = ""
    who: str = ""
    leaves: str = ""
    told: str = ""
    after: int = 0

    @classmethod
    def of(cls, query: Mapping[str, str]) -> Self:
        """Read an address's query; what is too long or no number is left out."""
        text = {name: query.get(name, "").strip()[:LONGEST] for name in ("view", *NARROWS)}
        after = query.get("after", "")
        return cls(**text, after=int(after) if after.isdecimal() and len(after) < 9 else 0)

    def lists(self, now_ms: int, actor: str, generation: int) -> Lists:
        """Return the lists that are asked for."""
        return Lists(
            now_ms, self.team, actor, generation, ward=self.ward, locality=self.locality, pathway=self.pathway,
            stage=self.stage, whose=self.who, leaves_on=self.leaves, told_to=self.told,
        )  # fmt: skip

    @property
    def narrowed(self) -> dict[str, str]:
        """What it is narrowed by."""
        return {name: value for name in NARROWS if (value := getattr(self, name))}

    def address(self, path: str = "/worklist", **changed: Any) -> str:
        """Return the address of the same with something else asked for, from the first row unless that is said too."""
        wanted = replace(self, **{"after": 0, **changed})
        query = {one.name: value for one in fields(wanted) if (value := getattr(wanted, one.name))}
        return f"{path}?{urlencode(query)}" if query else path
