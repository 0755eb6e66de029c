"""Which alerts begin, go on and end; which of them is told now, to whom, and in which words. Pure.

Many of one cause are told in one message. What somebody works on (maintenance) is written down and not told. What is no
emergency waits for the end of the quiet hours. What nobody acknowledges goes to the next in the row. No word names
a person.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time
from typing import TYPE_CHECKING, Literal

from ascbridge.alerts.causes import CAUSES, runbook
from ascbridge.calendars import LONDON

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

GROUP_MS = 5_000
"""So long the first of a cause waits for others of it, before all are told together."""
SETTLED_MS = 20_000
"""What is not seen for so long is over: a fault that comes and goes is one."""
EVERYTHING = "all"
WALLED = "safeguarding"
"""Whatever bears this word stands behind the wall, and is told there alone."""
Kind = Literal["new", "escalated", "over"]
State = Literal["new", "acknowledged", "escalated", "over"]


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something that is wrong now: a word of `causes`, what it is about (``sink:icr``), and plain words."""

    cause: str
    about: str
    text: str


@dataclass(frozen=True, slots=True)
class Alert:
    """A trouble since it was first seen. Times are UTC epoch milliseconds. `step`: how many in the row were told."""

    number: int
    cause: str
    about: str
    text: str
    since_ms: int
    seen_ms: int
    step: int = 0
    told_ms: int | None = None
    acknowledged_ms: int | None = None
    acknowledged_by: str = ""
    acknowledged_why: str = ""
    over_ms: int | None = None
    late: str = ""

    @property
    def state(self) -> State:
        """What is to be done about it."""
        if self.over_ms is not None:
            return "over"
        if self.acknowledged_ms is not None:
            return "acknowledged"
        return "escalated" if self.step > 1 else "new"

    @property
    def mark(self) -> str:
        """Changes with whatever is shown of it."""
        return f"{self.number} {self.text} {self.state} {self.step} {self.acknowledged_by}"


@dataclass(frozen=True, slots=True)
class Window:
    """Planned work: from when to when, on what (``sink:icr``, or ``all``), why, and by whom."""

    number: int
    about: str
    from_ms: int
    until_ms: int
    why: str
    who: str

    def covers(self, about: str, now_ms: int) -> bool:
        """Whether nobody is told of this now."""
        return self.from_ms <= now_ms < self.until_ms and self.about in (EVERYTHING, about)


@dataclass(frozen=True, slots=True)
class Terms:
    """How a council wants to hear: how many there are in the row, when the next hears, quiet hours (London), links."""

    steps: int = 1
    escalate_ms: int = 15 * 60_000
    quiet_from: time = time(20)
    quiet_to: time = time(8)
    link: str = ""
    docs: str = "docs"


@dataclass(frozen=True, slots=True)
class Letter:
    """One message of several alerts of one cause; `step`: to which in the row, counted from 0."""

    kind: Kind
    cause: str
    alerts: tuple[Alert, ...]
    step: int


def may_be_told(trouble: Trouble) -> bool:
    """Whether it may be told before the wall at all."""
    return WALLED not in trouble.about.lower() and WALLED not in trouble.text.lower()


def quiet(now_ms: int, terms: Terms) -> bool:
    """Whether it is in the hours in which only emergencies are told."""
    at = datetime.fromtimestamp(now_ms / 1000, LONDON).time()
    if terms.quiet_from <= terms.quiet_to:
        return terms.quiet_from <= at < terms.quiet_to
    return at >= terms.quiet_from or at < terms.quiet_to


def to_tell(alerts: Sequence[Alert], windows: Iterable[Window], terms: Terms, now_ms: int) -> list[Letter]:
    """Return what is to be told now of alerts that go on: new ones, and those that the next in the row must hear of."""
    windows, night = tuple(windows), quiet(now_ms, terms)
    first: dict[str, list[Alert]] = {}
    next_: dict[tuple[str, int], list[Alert]] = {}
    for one in alerts:
        waits = night and CAUSES[one.cause].severity == "ticket"
        if waits or any(window.covers(one.about, now_ms) for window in windows):
            continue
        if one.told_ms is None:
            first.setdefault(one.cause, []).append(one)
        elif (
            one.acknowledged_ms is None
            and 0 < one.step < terms.steps
            and now_ms - one.told_ms >= terms.escalate_ms
        ):
            next_.setdefault((one.cause, one.step), []).append(one)
    letters = [
        Letter("new", cause, tuple(found), 0)
        for cause, found in first.items()
        if now_ms - min(one.since_ms for one in found) >= GROUP_MS
        or any(now_ms < one.since_ms for one in found)
    ]
    return letters + [
        Letter("escalated", cause, tuple(found), step) for (cause, step), found in next_.items()
    ]


def over(alerts: Iterable[Alert]) -> list[Letter]:
    """Return what is to be told of alerts that ended: to each who heard of it."""
    found: dict[tuple[str, int], list[Alert]] = {}
    for one in alerts:
        for step in range(one.step):
            found.setdefault((one.cause, step), []).append(one)
    return [Letter("over", cause, tuple(of), step) for (cause, step), of in found.items()]


_HEADS: Mapping[Kind, str] = {"new": "Alert", "escalated": "Nobody has answered yet", "over": "Over"}


def subject(letter: Letter) -> str:
    """Return the line by which the message is known in a list."""
    title, n = CAUSES[letter.cause].title, len(letter.alerts)
    which = letter.alerts[0].about.partition(":")[2] if n == 1 else f"{n} of them"
    return f"ascbridge: {_HEADS[letter.kind]}: {title}" + (f" ({which})" if which else "")


def words(letter: Letter, terms: Terms) -> str:
    """Return the message: what is wrong in plain words, since when, what to do first, and where to look."""
    cause = CAUSES[letter.cause]
    lines = [f"{_HEADS[letter.kind]}: {cause.title}.", ""]
    for one in letter.alerts:
        lines.append(f"- {one.text}")
        lines.append(
            f"  since {_at(one.since_ms)}" + (f", over at {_at(one.over_ms)}" if one.over_ms else "")
        )
        if one.late:
            lines.append(f"  {one.late}")
        if terms.link and one.number:
            lines.append(f"  {terms.link}/operations/alerts/{one.number}")
    if letter.kind != "over":
        lines += ["", f"First: {cause.do}"]
        if letter.kind == "new" and terms.steps > 1:
            minutes = terms.escalate_ms // 60_000
            lines.append(
                f"Say within {minutes} minutes on the page above that you have seen it, or the next in the row hears."
            )
    lines += ["", f"Runbook: {runbook(letter.cause, terms.docs)}", "", "This message names no person."]
    return "\n".join(lines) + "\n"


def _at(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, LONDON).strftime("%-d %b, %H:%M:%S")
