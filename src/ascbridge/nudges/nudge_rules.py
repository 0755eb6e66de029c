"""When a team, or one worker, is nudged, and in which words. Pure.

Each task is told of once, when it comes within the time ahead, and once at each stage to the team that hears of it when
it is late; each admission once to the team that looks after the person; each record that was opened without a
relationship once to those who look at that, and once more when nobody has in time. What comes together is told
together, and no sooner than some minutes after the last message. Nothing is sent in the quiet hours: the first message
after them says how the day begins.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, time
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlencode

from ascbridge.calendars import LONDON, day_bounds, iso_day

if TYPE_CHECKING:
    from collections.abc import Iterable

Kind = Literal["morning", "soon"]


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How a council wants it. `quiet_from` to `quiet_to` on the clocks of London, over midnight or not."""

    ahead_ms: int
    apart_ms: int
    quiet_from: time
    quiet_to: time


@dataclass(frozen=True, slots=True)
class Reader:
    """Who is written to: a team, or (`worker`) one person about what they took and whom they look after."""

    name: str
    worker: bool = False

    @property
    def key(self) -> str:
        """Under which it is kept what they were told; a team has its name, which is one line."""
        return f"worker\n{self.name}" if self.worker else self.name


@dataclass(frozen=True, slots=True)
class TeamWork:
    """The work of one team that is late, that will soon be, and how much else is due today.

    `escalated` is late work that is told to this team, whosever it is: each mark is of a task at one of its stages.
    `admitted` are stays of people whom this team looks after. `opened` are records opened without a relationship that
    wait to be looked at, `unlooked` those of them that wait for too long.
    """

    overdue: frozenset[str] = frozenset()
    soon: frozenset[str] = frozenset()
    today: int = 0
    escalated: frozenset[str] = frozenset()
    admitted: frozenset[str] = frozenset()
    opened: frozenset[str] = frozenset()
    unlooked: frozenset[str] = frozenset()

    @property
    def news(self) -> frozenset[str]:
        """What a team is told of as it comes."""
        return self.soon | self.escalated | self.admitted | self.opened | self.unlooked

    @property
    def has_tasks(self) -> bool:
        """Whether there is work of the team's own to tell of."""
        return bool(self.overdue or self.soon or self.today)


@dataclass(frozen=True, slots=True)
class Told:
    """What a team was told: of which tasks and marks, when last (UTC epoch ms), and of which day's beginning."""

    tasks: frozenset[str] = frozenset()
    at_ms: int = 0
    day: str = ""


def until_when(now_ms: int, ahead_ms: int) -> int:
    """Return before which moment (UTC ms) work is due that anybody hears of: today, or within the time ahead."""
    return max(now_ms + ahead_ms, day_bounds(now_ms)[1])


def by_due(due: Iterable[tuple[str, int]], now_ms: int, ahead_ms: int) -> TeamWork:
    """Tell tasks and their due times (UTC ms, before `until_when`) apart: what is late, what soon is, and the rest."""
    tasks = list(due)
    return TeamWork(
        overdue=frozenset(id for id, due_ms in tasks if due_ms < now_ms),
        soon=frozenset(id for id, due_ms in tasks if now_ms <= due_ms < now_ms + ahead_ms),
        today=sum(due_ms >= now_ms + ahead_ms for _, due_ms in tasks),
    )


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
        return "morning" if work.has_tasks or work.news else None
    if work.news <= told.tasks or now_ms - told.at_ms < rhythm.apart_ms:
        return None
    return "soon"


def after(work: TeamWork, told: Told, kind: Kind | None, now_ms: int, rhythm: Rhythm) -> Told:
    """Return what the team has been told once this is sent (or where there was nothing to send)."""
    open_yet = told.tasks & (work.news | work.overdue)
    if kind is not None:
        return Told(open_yet | work.news, now_ms, iso_day(now_ms))
    if quiet(now_ms, rhythm):
        return Told(open_yet, told.at_ms, told.day)
    return Told(open_yet, told.at_ms, iso_day(now_ms))


def to_say(work: TeamWork, told: Told, kind: Kind) -> TeamWork:
    """Return what a message speaks of: who was told that somebody came in hears it again in the morning only."""
    return work if kind == "morning" else replace(work, admitted=work.admitted - told.tasks)


def subject(work: TeamWork, kind: Kind, rhythm: Rhythm) -> str:
    """Return the subject: numbers, and nothing of anybody."""
    late = [f"{_tasks(len(work.escalated))} escalated to you"] if work.escalated else []
    late += [f"{_openings(work)} to look at"] if work.opened else []
    here = [f"{len(work.admitted)} of your people in hospital"] if work.admitted else []
    if kind == "morning":
        due = f"{_tasks(len(work.overdue))} overdue, {len(work.soon) + work.today} due"
        return "Today: " + ", ".join([*([due] if work.has_tasks else []), *late, *here])
    count = len(work.soon)
    soon = [f"{_tasks(count)} {_breach(count)} in {rhythm.ahead_ms // 60_000} minutes"] if count else []
    return ", ".join([*late, *soon, *here])


def text(reader: Reader, work: TeamWork, kind: Kind, rhythm: Rhythm, link: str) -> str:
    """Return the message: numbers, who is written to and where to look."""
    lines = [
        f"{reader.name}:",
        *(_own(reader, work, kind, rhythm, link) if work.has_tasks else ()),
        *_escalated(reader.name, work, link),
        *_admitted(reader, work, kind, link),
        *_opened(work, link),
        "This message names nobody, on purpose. Do not answer it: nobody reads the answers.",
    ]
    return "\n".join(lines) + "\n"


def _own(reader: Reader, work: TeamWork, kind: Kind, rhythm: Rhythm, link: str) -> list[str]:
    minutes = rhythm.ahead_ms // 60_000
    return [
        f"- {_tasks(len(work.overdue))} overdue",
        f"- {_tasks(len(work.soon))} {_breach(len(work.soon))} within {minutes} minutes",
        *([f"- {_tasks(work.today)} more due today"] if kind == "morning" else []),
        "",
        f"{link}/worklist?view={'mine' if reader.worker else 'breaching'}",
        "",
    ]


def _admitted(reader: Reader, work: TeamWork, kind: Kind, link: str) -> list[str]:
    if not work.admitted:
        return []
    count = len(work.admitted)
    people = "1 person" if count == 1 else f"{count} people"
    what = (
        ("is in hospital" if count == 1 else "are in hospital") if kind == "morning" else "came into hospital"
    )
    whose = "allocated to you" if reader.worker else "whom your team looks after"
    return [f"- {people} {whose} {what} (a ward or A&E)", "", f"{link}/my-people", ""]


def _escalated(team: str, work: TeamWork, link: str) -> list[str]:
    if not work.escalated:
        return []
    count = len(work.escalated)
    said = (
        "is late and told to you: see who takes it"
        if count == 1
        else "are late and told to you: see who takes them"
    )
    query = urlencode({"view": "escalated", "told": team})
    return [f"- {_tasks(count)} {said}", "", f"{link}/worklist?{query}", ""]


def _opened(work: TeamWork, link: str) -> list[str]:
    if not work.opened:
        return []
    late = f", {len(work.unlooked)} of them for too long" if work.unlooked else ""
    wait = "waits" if len(work.opened) == 1 else "wait"
    said = f"- {_openings(work)} opened without a relationship {wait} to be looked at{late}"
    return [said, "", f"{link}/opened-without-relationship", ""]


def _openings(work: TeamWork) -> str:
    return "1 record" if len(work.opened) == 1 else f"{len(work.opened)} records"


def _tasks(count: int) -> str:
    return f"{count} task" if count == 1 else f"{count} tasks"


def _breach(count: int) -> str:
    return "breaches" if count == 1 else "breach"
