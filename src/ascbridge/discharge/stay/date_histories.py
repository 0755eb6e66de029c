"""How the four dates of a stay came to be what they are: each thing that was said of each, oldest first. Pure.

Estimated, planned, ready and actual are four histories, and none ever stands for another.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Literal

from ascbridge.calendars import iso_day

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ascbridge.discharge.lists.task_story import EvidenceRow

Which = Literal["ready", "estimated", "planned", "left"]
_STATED: tuple[tuple[Which, str], ...] = (
    ("ready", "ready_on"), ("estimated", "expected_discharge"), ("planned", "planned_discharge"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Dated:
    """What was said of one date, and when it was recorded (UTC ms). `said` is empty where it was taken back."""

    said: str
    recorded_ms: int


def histories(evidence: Iterable[EvidenceRow]) -> dict[Which, tuple[Dated, ...]]:
    """Return the history of each date of which something was said; the same said again is no entry."""
    found: dict[Which, list[Dated]] = {}
    for row in sorted(_standing(evidence), key=lambda one: (_recorded(one), one.event_id)):
        for which, said in _says(row.type, row.data):
            kept = found.setdefault(which, [])
            if (kept[-1].said if kept else "") != said:
                kept.append(Dated(said, _recorded(row)))
    return {which: tuple(kept) for which, kept in found.items() if kept}


def days_ready(ready_on: str, discharged_ms: int | None, now_ms: int) -> int | None:
    """Return for how many days somebody has been ready and still there; None where that is not so, or not known."""
    if discharged_ms is not None or len(ready_on) < len("2026-03-06"):
        return None
    waited = (date.fromisoformat(iso_day(now_ms)) - date.fromisoformat(ready_on[:10])).days
    return waited if waited >= 0 else None


def _standing(evidence: Iterable[EvidenceRow]) -> list[EvidenceRow]:
    """Leave out what was only told in a dry run, and what an earlier translation of a message had said."""
    return [one for one in evidence if one.effect != "shadow" and not one.replaced]


def _says(kind: str, data: dict[str, Any]) -> Iterator[tuple[Which, str]]:
    cleared = set(data.get("clears") or ())
    for which, name in _STATED:
        if data.get(name):
            yield which, str(data[name])
        elif name in cleared:
            yield which, ""
    if ".patient-discharged." in kind and data.get("discharged_ms") is not None:
        yield "left", iso_day(int(data["discharged_ms"]))
    elif ".discharge-cancelled." in kind:
        yield "left", ""


def _recorded(row: EvidenceRow) -> int:
    stamp = row.data.get("stamp") or {}
    return int(stamp.get("recorded_ms") or row.recorded_ms)
