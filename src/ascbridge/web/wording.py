"""How things are said on the pages: times, ages, numbers, statuses and marks, in words a ward would use.

Times come in as UTC epoch milliseconds and go out in Europe/London. This module thinks; it does no input or
output.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from collections.abc import Collection

    from ascbridge.operations.flowing.pausing import Stopped

LONDON = ZoneInfo("Europe/London")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

STATUSES = {
    "requested": "New",
    "accepted": "Accepted",
    "in-progress": "In progress",
    "on-hold": "Paused by the hospital",
    "completed": "Completed",
    "cancelled": "Cancelled",
    "entered-in-error": "Entered in error",
}
STATUS_COLOURS = {
    "requested": "blue",
    "accepted": "aqua-green",
    "in-progress": "green",
    "on-hold": "yellow",
    "completed": "grey",
    "cancelled": "grey",
    "entered-in-error": "grey",
}
STAY_STATUSES = {
    "planned": "Planned",
    "in-progress": "In hospital",
    "onleave": "On leave from the ward",
    "finished": "Left hospital",
    "cancelled": "Cancelled",
    "entered-in-error": "Entered in error",
    "unknown": "Not known",
}
GENDERS = {"male": "Male", "female": "Female", "other": "Other", "unknown": "Not known"}


def slug(words: str) -> str:
    """Return words as a place on a page: ``no-fixed-address``."""
    return "-".join(words.lower().split())


def clock_time(at_ms: int) -> str:
    """Say the time of day: ``16:10``."""
    return _said_time(_local(at_ms))


def day(at_ms: int) -> str:
    """Say the day: ``22 Nov 2026``."""
    return _said_date(_local(at_ms).date())


def moment(at_ms: int) -> str:
    """Say day and time: ``22 Nov 2026, 16:10``."""
    return f"{day(at_ms)}, {clock_time(at_ms)}"


def moment_near(at_ms: int, now_ms: int) -> str:
    """Say a time as short as it can be and still be clear: ``16:10``, ``yesterday 16:10``, ``20 Nov,
    16:10``.
    """
    then, today = _local(at_ms), _local(now_ms).date()
    time, days = _said_time(then), then.toordinal() - today.toordinal()
    if -1 <= days <= 1:
        return (time, f"tomorrow {time}", f"yesterday {time}")[days]
    year = f" {then.year}" if then.year != today.year else ""
    return f"{then.day} {_MONTHS[then.month - 1]}{year}, {time}"


def exact(at_ms: int) -> str:
    """Say a time to the millisecond, for IT staff: ``2026-11-22 16:10:03.042``."""
    return _local(at_ms).isoformat(sep=" ", timespec="milliseconds")[:23]


def iso(at_ms: int) -> str:
    """Say a time for machines, in UTC: ``2026-11-22T16:10:03Z``."""
    return datetime.fromtimestamp(at_ms / 1000, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def lasting(span_ms: int) -> str:
    """Say how long: ``less than a minute``, ``1 minute``, ``3 hours 5 minutes``, ``2 days 4 hours``."""
    minutes = abs(span_ms) // 60_000
    if minutes < 1:
        return "less than a minute"
    days, rest = divmod(minutes, 1440)
    hours, minutes = divmod(rest, 60)
    parts = [(days, "day"), (hours, "hour"), (minutes, "minute")]
    said = [f"{n} {unit}{'' if n == 1 else 's'}" for n, unit in parts if n]
    return " ".join(said[:2])


def seconds(span_ms: int) -> str:
    """Say how long something waits: in seconds up to two minutes, then as `lasting` does."""
    return f"{max(0, span_ms) // 1000} s" if span_ms < 120_000 else lasting(span_ms)


def due(due_ms: int | None, now_ms: int) -> str:
    """Say when work is due, and how late it is: ``Overdue by 2 hours 5 minutes``, ``Due in 40 minutes``."""
    if due_ms is None:
        return "No due time"
    if abs(due_ms - now_ms) < 60_000:
        return "Due now"
    if due_ms < now_ms:
        return f"Overdue by {lasting(now_ms - due_ms)}"
    return f"Due in {lasting(due_ms - now_ms)}"


def waited(since_on: str, today: str) -> str:
    """Say how long somebody has waited, by ISO days: ``12 days``, ``since today``; empty where no day was said."""
    try:
        days = (date.fromisoformat(today) - date.fromisoformat(since_on)).days
    except ValueError:
        return ""
    return "" if days < 0 else count(days, "day") if days else "since today"


def written_date(text: str) -> str:
    """Say a date that a source gave, as exact as it was: ``14 Mar 1941``, ``March 1941``, ``1941``."""
    try:
        if len(text) == 4:
            return str(int(text))
        if len(text) == 7:
            return date.fromisoformat(f"{text}-01").strftime("%B %Y")
        if len(text) == 10:
            return _said_date(date.fromisoformat(text))
        return moment(round(datetime.fromisoformat(text).replace(tzinfo=LONDON).timestamp() * 1000))
    except ValueError:
        return text


def short_date(text: str) -> str:
    """Say a day that is near, for a narrow column: ``17 Oct``; a dash where none was said."""
    try:
        on = date.fromisoformat(text[:10])
    except ValueError:
        return "-"
    return f"{on.day} {on:%b}"


def meant(text: str) -> int | None:
    """Return the time that somebody gave in a form, on Coventry's clock (``2026-11-22T16:10``); None for no time."""
    try:
        return round(datetime.fromisoformat(text.strip()).replace(tzinfo=LONDON).timestamp() * 1000)
    except ValueError:
        return None


def age(birth_date: str, now_ms: int) -> str:
    """Say an age in whole years from a birth date: ``85``; ``about 85`` where only the year or month is
    known.
    """
    try:
        if len(birth_date) >= 10:
            born, today = date.fromisoformat(birth_date[:10]), _local(now_ms).date()
            return str(today.year - born.year - ((today.month, today.day) < (born.month, born.day)))
        if len(birth_date) >= 4:
            return f"about {_local(now_ms).year - int(birth_date[:4])}"
    except ValueError:
        return ""
    return ""


def given_name(text: str) -> str:
    """Write a given name that came all in capitals as names are written: ``MARY-ANN`` is ``Mary-Ann``."""
    return re.sub(r"[^\W\d_]+", lambda word: word[0].capitalize(), text) if text.isupper() else text


def nhs_number(digits: str) -> str:
    """Space an NHS number as people read it, 3 3 4: ``999 300 1015``."""
    return f"{digits[:3]} {digits[3:6]} {digits[6:]}" if len(digits) == 10 else digits


def count(n: int, one: str, many: str = "") -> str:
    """Say a number with its noun: ``1 task``, ``2 tasks``."""
    return f"{n:,} {one if n == 1 else many or one + 's'}"


def named(label: str, said: str) -> str:
    """Return what is wrong, in a line that names its field by the field's own label; without one as it is."""
    plain = label.removesuffix(" (optional)").strip()
    return f"{plain}{' ' if plain.endswith('?') else ': '}{said}" if plain else said


def stopped(one: Stopped, now_ms: int) -> str:
    """Say what somebody stopped, since when, who, how many people's news waits, why, and whom to ring."""
    pause = one.pause
    by = f"since {moment_near(pause.since_ms, now_ms)} by {pause.who or 'IT operations'}"
    waits = f"{one.many} {'person' if one.people == 1 else 'people'}'s news is waiting"
    if pause.mode == "drain":
        said = f"Nothing new is taken from {one.title} {by}: the sender keeps it"
    elif pause.kind == "feed":
        said = f"News from {one.title} is paused {by}: {waits}"
    elif pause.kind == "sink":
        said = (
            f"{one.title} is paused {by}: {waits} to go there"
            if one.people
            else f"{one.title} is paused {by}"
        )
    else:
        said = f"News of this kind is paused {by}: {one.title.lower()}; {waits}"
    ring = f" Ring {pause.ring}." if pause.ring else ""
    return f"{said}. {pause.why.rstrip('.')}.{ring}"


def _local(at_ms: int) -> datetime:
    return datetime.fromtimestamp(at_ms / 1000, LONDON)


def _said_date(on: date) -> str:
    return f"{on.day} {_MONTHS[on.month - 1]} {on.year}"


def _said_time(at: datetime) -> str:
    return f"{at.hour:02}:{at.minute:02}"


def may_link(url: str, hosts: Collection[str]) -> bool:
    """Whether a page may link to this address: on the web, at one of these hosts."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and parts.hostname in hosts
