"""The information that goes with a person: what is there, waived or missing, and whether its receipt was said. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ascbridge.discharge.deciding.desk_state import Act
    from ascbridge.reference.pack_items import Packs


@dataclass(frozen=True, slots=True)
class PackEntry:
    """One item that somebody spoke of, at a time (UTC ms), by the act of that `version`, whose text goes with it."""

    state: Literal["present", "waived"]
    by: str
    at_ms: int
    version: int
    reason: str = ""
    list_version: str = ""


@dataclass(frozen=True, slots=True)
class PackState:
    """A pack by all that people did. `asked` and `received` are the versions of acts, whose texts say of whom."""

    entries: Mapping[str, PackEntry] = field(default_factory=dict)
    asked_ms: int | None = None
    asked_by: str = ""
    asked: int = 0
    received_ms: int | None = None
    received_by: str = ""
    received: int = 0
    version: int = 0

    def missing(self, required: Sequence[str]) -> tuple[str, ...]:
        """Return the items that are asked for and neither there nor waived."""
        return tuple(code for code in required if code not in self.entries)


def pack_state(acts: Sequence[Act]) -> PackState:
    """Fold the acts on one pack, in any order. Of two about one item the later holds."""
    state = PackState()
    for act in sorted(acts, key=lambda one: one.version):
        state = replace(_after(state, act), version=act.version)
    return state


def _after(state: PackState, act: Act) -> PackState:
    said, at_ms, who, version = act.detail, act.at_ms, act.actor, act.version
    match act.act:
        case "present":
            there = {code: PackEntry("present", who, at_ms, version) for code in said["items"]}
            return replace(state, entries={**state.entries, **there})
        case "waive":
            entry = PackEntry("waived", who, at_ms, version, said["reason"], said["list"])
            return replace(state, entries={**state.entries, said["item"]: entry})
        case "missing":
            return replace(
                state, entries={code: one for code, one in state.entries.items() if code != said["item"]}
            )
        case "ask_receipt":
            return replace(
                state,
                asked_ms=at_ms,
                asked_by=who,
                asked=version,
                received_ms=None,
                received_by="",
                received=0,
            )
        case "receipt":
            return replace(state, received_ms=said["received_ms"], received_by=who, received=version)
        case _:
            return state


def receipt_due(state: PackState, packs: Packs) -> int | None:
    """Return by when the receipt is expected (UTC ms, by the clock); None where none is waited for."""
    if state.asked_ms is None or state.received_ms is not None:
        return None
    return state.asked_ms + packs.receipt.minutes * 60_000
