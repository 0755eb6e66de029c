"""By when a concern is to be decided and an enquiry concluded, and what about a concern needs somebody's eye. Pure.

Days and months are London's: two days after Saturday ten past one is Monday ten past one, whatever the clocks did.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Literal

from ascbridge.calendars import LONDON

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ascbridge.calendars import Calendar
    from ascbridge.events.facts.concerns import Concern
    from ascbridge.safeguarding.practice_rules import PracticeRules

Alert = Literal["decision-late", "conclusion-late", "audit-due", "repeated", "no-advocate"]
ALERT_WORDS: dict[Alert, str] = {
    "decision-late": "Not decided in time",
    "conclusion-late": "Enquiry not concluded in time",
    "audit-due": "Enquiry open so long that it is to be audited",
    "repeated": "More concerns than are looked past",
    "no-advocate": "Lacks capacity, and no advocate is recorded",
}
_WEEKEND = 5


def decide_by(rules: PracticeRules, calendar: Calendar, raised_ms: int) -> int:
    """Return by when a concern that was raised at `raised_ms` is to be decided (UTC ms)."""
    if rules.decision.counts == "calendar":
        return _ms(_local(raised_ms) + timedelta(days=rules.decision.days))
    return _ms(_after_working_days(calendar, _local(raised_ms), rules.decision.days))


def conclude_by(rules: PracticeRules, opened_ms: int) -> int:
    """Return by when an enquiry that was opened at `opened_ms` is to be concluded (UTC ms)."""
    return months_after(opened_ms, rules.conclusion.months)


def audit_from(rules: PracticeRules, opened_ms: int) -> int:
    """Return from when an enquiry that is still open is to be audited (UTC ms)."""
    return months_after(opened_ms, rules.audit.months)


def months_after(at_ms: int, months: int) -> int:
    """Return the same time of the same day so many months later, or earlier; of a shorter month its last day."""
    local = _local(at_ms)
    years, month = divmod(local.month - 1 + months, 12)
    year, month = local.year + years, month + 1
    day = min(local.day, monthrange(year, month)[1])
    return _ms(local.replace(year=year, month=month, day=day, fold=0))


def due_ms(concern: Concern) -> int | None:
    """Return what the concern waits for next: its decision, then its enquiry's conclusion; None once it is closed."""
    if concern.status == "closed":
        return None
    return concern.conclude_by_ms if concern.enquiry is not None else concern.decide_by_ms


def alerts(
    rules: PracticeRules, concern: Concern, raised_of_adult: Iterable[int], now_ms: int
) -> tuple[Alert, ...]:
    """Return what needs an eye; `raised_of_adult`: when each concern about this adult was raised, this one too."""
    found: list[Alert] = []
    if concern.decision is None and concern.status != "closed" and _past(concern.decide_by_ms, now_ms):
        found.append("decision-late")
    if concern.enquiry is not None and concern.conclusion is None:
        if _past(concern.conclude_by_ms, now_ms):
            found.append("conclusion-late")
        if _past(concern.audit_from_ms, now_ms):
            found.append("audit-due")
    if repeated(rules, raised_of_adult, concern.raised_ms):
        found.append("repeated")
    if concern.capacity == "no" and concern.advocate != "yes":
        found.append("no-advocate")
    return tuple(found)


def repeated(rules: PracticeRules, raised_of_adult: Iterable[int], at_ms: int) -> bool:
    """Whether an adult has had more concerns than are looked past in the months up to `at_ms`."""
    since_ms = months_after(at_ms, -rules.repeat.months)
    return sum(since_ms < one <= at_ms for one in raised_of_adult) > rules.repeat.more_than


def _past(at_ms: int | None, now_ms: int) -> bool:
    return at_ms is not None and now_ms >= at_ms


def _after_working_days(calendar: Calendar, local: datetime, days: int) -> datetime:
    """Let so many days pass of which only working days count; what comes on another day counts from the next one."""
    day, at = local.date(), local.timetz()
    if not _working(calendar, day):
        at = at.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
        day = _next_working(calendar, day)
    for _ in range(days):
        day = _next_working(calendar, day)
    return datetime.combine(day, at)


def _next_working(calendar: Calendar, day: date) -> date:
    day += timedelta(days=1)
    while not _working(calendar, day):
        day += timedelta(days=1)
    return day


def _working(calendar: Calendar, day: date) -> bool:
    return day.weekday() < _WEEKEND and not calendar.is_bank_holiday(day)


def _local(at_ms: int) -> datetime:
    return datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(LONDON)


def _ms(local: datetime) -> int:
    # Of an hour that the clocks leave out there is none: then it is the one that follows (PEP 495, fold 0).
    return round(local.timestamp() * 1000)
