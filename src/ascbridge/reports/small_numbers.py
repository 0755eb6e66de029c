"""Small numbers are not shown where a group could mark a person, and cannot be worked out from what is. Pure.

One to four people are withheld. Where the groups add up to a total that is shown, more are withheld until what is left
over could be shared among the withheld ones in more than one way: primary and secondary suppression. A nought is shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Mapping

LEAST = 5
"""The smallest number of people that is shown."""

Group = TypeVar("Group")


@dataclass(frozen=True, slots=True)
class Counted(Generic[Group]):
    """How many people each group has, and all together; None is withheld."""

    groups: Mapping[Group, int | None]
    total: int | None

    def shows(self, group: Group) -> bool:
        """Whether anything may be said of a group: how many there are, or what they have in the middle."""
        return self.groups.get(group) is not None

    @property
    def withheld(self) -> bool:
        """Whether anything is withheld."""
        return self.total is None or None in self.groups.values()


def counted(groups: Mapping[Group, int]) -> Counted[Group]:
    """Return what may be shown of groups that share nobody, and of their sum."""
    total = sum(groups.values())
    if 0 < total < LEAST:
        return Counted(dict.fromkeys(groups, None), None)
    some = sorted((group for group in groups if groups[group]), key=lambda one: groups[one])
    hidden = [one for one in some if groups[one] < LEAST]
    others = [one for one in some if groups[one] >= LEAST]
    while hidden and others and _told(hidden, groups):
        hidden.append(others.pop(0))
    gone = bool(hidden) and _told(hidden, groups)
    shown = {group: None if group in hidden else many for group, many in groups.items()}
    return Counted(shown, None if gone else total)


def alone(many: int) -> int | None:
    """Return what may be shown of a number that no other one adds up with."""
    return None if 0 < many < LEAST else many


def part(many: int | None, whole: int | None) -> int | None:
    """Return what may be shown of a part of a shown group: neither it nor the rest may be small."""
    if many is None or whole is None or 0 < many < LEAST or 0 < whole - many < LEAST:
        return None
    return many


def _told(hidden: list[Group], groups: Mapping[Group, int]) -> bool:
    """Whether what is left over tells the numbers that are withheld: of one group, or too few to be shared unseen."""
    return len(hidden) == 1 or sum(groups[one] for one in hidden) < LEAST
