"""What one feed profile says otherwise than another, place by place, for whoever signs it. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ascbridge.intake.sources.profile import Profile

LEFT_OUT = frozenset({"text_sha256"})
"""Follows from everything else."""


def differences(before: Profile, after: Profile) -> tuple[str, ...]:
    """Return a line for each place: what `after` adds, removes or says otherwise, code by code."""
    old, new = dict(_places(before.model_dump(mode="json"))), dict(_places(after.model_dump(mode="json")))
    found = [f"removed: {place}: {old[place]}" for place in old if place not in new]
    for place, value in new.items():
        if place not in old:
            found.append(f"added: {place}: {value}")
        elif old[place] != value:
            found.append(f"changed: {place}: {value}, was {old[place]}")
    return tuple(found)


def _places(value: object, at: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for name, each in value.items():
            if at or name not in LEFT_OUT:
                yield from _places(each, f"{at}.{name}" if at else str(name))
    elif isinstance(value, list):
        for number, each in enumerate(value, 1):
            # What is in no order of its own is known by what it is, so that one more does not shift all the others.
            named = isinstance(each, str | int)
            yield from _places(each, f"{at}[{each if named else number}]")
    else:
        yield at, "nothing" if value is None else str(value)
