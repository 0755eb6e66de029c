"""The shape of a resource: which elements stand where and of what kind, with no value of anybody.

Two resources of one shape differ in their texts only. A model that takes one takes the other, as long as the schema
of the type has passed both, every date is one that the calendar has and every text can be printed.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ascbridge.uk_core import Json

Part = str | type
Shape = tuple[Part, ...]

_DATED = re.compile(r"\d{4}-\d\d-\d\d")


class Shapes:
    """The shapes that somebody has looked at and found well; at most so many, the oldest are forgotten."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._known: dict[Shape, None] = {}

    def knows(self, resource: Json) -> bool:
        """Whether one of this shape was found well before. Never so where a date is one that no calendar has."""
        shape = shape_of(resource)
        return shape is not None and shape in self._known

    def learn(self, resource: Json) -> None:
        """Remember the shape of one that was found well."""
        shape = shape_of(resource)
        if shape is None:
            return
        while len(self._known) >= self._most:
            del self._known[next(iter(self._known))]
        self._known[shape] = None


def shape_of(resource: Json) -> Shape | None:
    """Return the shape, or None where the models have to judge the texts themselves.

    That is where one begins like a date and is none, and where one has breaks or controls in it: schema and models
    mean different characters by a blank.
    """
    parts: list[Part] = [str(resource.get("resourceType"))]
    return tuple(parts) if _into(parts, resource) else None


def _into(parts: list[Part], value: Any) -> bool:
    kind = type(value)
    if kind is str:
        parts.append(str)
        return value.isprintable() and (not _DATED.match(value) or _in_calendar(value))
    if kind is dict:
        parts.append("{")
        for name, each in value.items():
            parts.append(name)
            if not _into(parts, each):
                return False
        parts.append("}")
    elif kind is list:
        parts.append("[")
        for each in value:
            if not _into(parts, each):
                return False
        parts.append("]")
    else:
        parts.append(f"{kind.__name__} {value!r}")  # numbers have bounds that the schema does not know
    return True


def _in_calendar(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True
