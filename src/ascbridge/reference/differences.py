"""What one version of a list changes against another, in people's words. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ascbridge.reference.agreement import ListFile, Thing


@dataclass(frozen=True, slots=True)
class Difference:
    """One entry that is added, removed or changed; `words` says what is said of it, or what is said otherwise."""

    how: Literal["added", "removed", "changed"]
    what: str
    words: str

    def __str__(self) -> str:
        return f"{self.how}: {self.what}" + (f" ({self.words})" if self.words else "")


def differences(before: ListFile, after: ListFile) -> tuple[Difference, ...]:
    """Return what `after` says otherwise: what is removed, then what is changed and added, in its own order."""
    old, new = _by_name(before), _by_name(after)
    found = [Difference("removed", name, _said(thing.said)) for name, thing in old.items() if name not in new]
    for name, thing in new.items():
        if name not in old:
            found.append(
                Difference("added", name, "; ".join((_said(thing.said), thing.agreement)).lstrip("; "))
            )
        elif words := _changed(old[name], thing):
            found.append(Difference("changed", name, words))
    return tuple(found)


def _by_name(of: ListFile) -> dict[str, Thing]:
    return {thing.name: thing for thing in of.things()}


def _said(said: Mapping[str, str]) -> str:
    return "; ".join(f"{label}: {text}" for label, text in said.items())


def _changed(old: Thing, new: Thing) -> str:
    was, now = {**old.said, "agreement": old.agreement}, {**new.said, "agreement": new.agreement}
    labels = dict.fromkeys((*was, *now))
    return "; ".join(
        f"{label}: {now.get(label, 'nothing')}, was {was.get(label, 'nothing')}"
        for label in labels
        if was.get(label) != now.get(label)
    )
