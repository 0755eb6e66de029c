"""Routes out of hospital: each a national pathway (0 to 3) in one setting. Home First: home is the one that is offered
first, and another needs a reason. Pure.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from ascbridge.reference.agreement import Agreeable, ListFile, Thing, twice

if TYPE_CHECKING:
    from collections.abc import Iterator


class Setting(Agreeable):
    """A setting in which somebody is supported after hospital."""

    code: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    words: str = Field(min_length=1)


class Route(Agreeable):
    """One route. `needs_reason`: whoever chooses it says why not home, by a reason of the list `reasons`."""

    code: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    words: str = Field(min_length=1)
    pathway: int = Field(ge=0, le=3)
    setting: str
    needs_reason: bool = True


class Routes(ListFile):
    """Every route; `default` is the one that is offered first."""

    kind: Literal["routes"]
    default: str
    reasons: str = Field(min_length=1)
    setting: tuple[Setting, ...] = Field(min_length=1)
    route: tuple[Route, ...] = Field(min_length=1)

    @cached_property
    def of(self) -> dict[str, Route]:
        """Each route by its code, in order."""
        return {one.code: one for one in self.route}

    @cached_property
    def settings(self) -> dict[str, str]:
        """The words for each setting."""
        return {one.code: one.words for one in self.setting}

    def things(self) -> tuple[Thing, ...]:
        """Return settings and routes in words."""
        return (
            *(self.thing(f"Setting {one.code}", one, words=one.words) for one in self.setting),
            *(self.thing(f"Route {one.code}", one, **self._in_words(one)) for one in self.route),
        )

    def faults(self) -> Iterator[str]:
        """Give what stands there twice, routes to settings that there are not, and a default that needs a reason."""
        yield from twice([one.code for one in self.setting], "setting")
        yield from twice([one.code for one in self.route], "route")
        for one in self.route:
            if one.setting not in self.settings:
                yield f"route {one.code}: there is no setting {one.setting}"
        default = self.of.get(self.default)
        if default is None:
            yield f"default: there is no route {self.default}"
        elif default.needs_reason:
            yield f"default: route {self.default} needs a reason, so it cannot be the one that is offered first"

    def _in_words(self, one: Route) -> dict[str, str]:
        return {
            "words": one.words,
            "pathway": str(one.pathway),
            "setting": self.settings.get(one.setting, one.setting),
            "offered_first": "yes" if one.code == self.default else "",
            "needs_a_reason": "yes" if one.needs_reason else "",
        }
