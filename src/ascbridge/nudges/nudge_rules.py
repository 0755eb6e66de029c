"""When a team is nudged, and in which words. Pure.

Each task is told of once, when it comes within the time ahead; what comes together is told together, and no sooner than
some minutes after the last message. Nothing is sent in the quiet hours: the first message after them says how the day
begins.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time
from typing import Literal

from ascbridge.calendars import LONDON, iso_day

Kind = Literal["morning", "soon"]


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How a council wants it. `quiet_from` to `quiet_to` on the clocks of London, over midnight or not."""

    ahead_ms: int
    apart_ms: int
    quiet_from: time
    quiet_to: time


@dataclass(frozen=True, slots=True)
class TeamWork:
    """The work of one team that is late, that will soon be, and how much else is due today."""

    overdue: frozenset[str] = frozenset()
    soon: frozenset[str] = frozenset()
    today: int = 0


@dataclass(frozen=True, slots=True)
class Told:
    """What a team was told: of which tasks, when last (UTC epoch milliseconds), and of which day's beginning."""

    tasks: frozenset[str] = frozenset()
    at_ms: int = 0
    day: str = ""


def quiet(at_ms: int, rhythm: Rhythm) -> bool:
    """Whether nobody is written to now."""
    now = datetime.fromtimestamp(at_ms / 1000, LONDON).time()
    start, end = rhythm.quiet_from, rhythm.quiet_to
    return start <= now < end if start <= end else now >= start or now < end


def nudge(work: TeamWork, told: Told, now_ms: int, rhythm: Rhythm) -> Kind | None:
    """Say what a team is to be told now, or nothing."""
    if quiet(now_ms, rhythm):
        return None
    if told.day != iso_day(now_ms):
        return "morning" if work.overdue or work.soon or work.today else None
    if work.soon <= told.tasks or now_ms - told.at_ms < rhythm.apart_ms:
        return None
    return "soon"


def after(work: TeamWork, told: Told, kind: Kind | None, now_ms: int, rhythm: Rhythm) -> Told:
    """Return what the team has been told once this is sent (or where there was nothing to send)."""
    open_yet = told.tasks & (work.soon | work.overdue)
    if kind is not None:
        return Told(open_yet | work.soon, now_ms, iso_day(now_ms))
    if quiet(now_ms, rhythm):
        return Told(open_yet, told.at_ms, told.day)
    return Told(open_yet, told.at_ms, iso_day(now_ms))


def subject(work: TeamWork, kind: Kind, rhythm: Rhythm) -> str:
    """Return the subject: numbers, and nothing of anybody."""
    if kind == "morning":
        return f"Today: {_tasks(len(work.overdue))} overdue, {len(work.soon) + work.today} due"
    return f"{_tasks(len(work.soon))} {_breach(len(work.soon))} in {rhythm.ahead_ms // 60_000} minutes"


def text(team: str, work: TeamWork, kind: Kind, rhythm: Rhythm, link: str) -> str:
    """Return the message: numbers, the team and where to look."""
    minutes = rhythm.ahead_ms // 60_000
    lines = [
        f"{team}:",
        f"- {_tasks(len(work.overdue))} overdue",
        f"- {_tasks(len(work.soon))} {_breach(len(work.soon))} within {minutes} minutes",
        *([f"- {_tasks(work.today)} more due today"] if kind == "morning" else []),
        "",
        f"{link}/worklist?view=breaching",
        "",
        "This message names nobody, on purpose. Do not answer it: nobody reads the answers.",
    ]
    return "\n".join(lines) + "\n"


def _tasks(count: int) -> str:
    return f"{count} task" if count == 1 else f"{count} tasks"


def _breach(count: int) -> str:
    return "breaches" if count == 1 else "breach"
