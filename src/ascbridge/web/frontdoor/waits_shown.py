"""Waits at the front door as a page and a program are shown them, and as tables to be taken away."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ascbridge.access import Access
from ascbridge.calendars import iso_day
from ascbridge.frontdoor.door_status import door_task_id
from ascbridge.reports.front_door_waits import MEASURES, Measure, finished, longest_waits, waiting
from ascbridge.web.people.people_shown import UNKNOWN, PersonShown, people_shown
from ascbridge.web.taken_away import MOST_ROWS, Cell, Sheet, paragraphs

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection

    from ascbridge.reports.front_door_waits import LongWait, Month, Waiting, WaitingGroup
    from ascbridge.reports.spread import Spread
    from ascbridge.web.parts import WebParts

WAITS_FOR = {"decision": "A decision", "assessment": "An assessment", "care": "Care to begin"}
MEASURED = {"care": "From contact to care", "assessment": "From referral to assessment"}
MONTHS = (6, 12, 24, 36)
TABLES = {
    "now": "Waits that run now, by what for and whose",
    "care": "Waits that ended by month, from contact to care",
    "assessment": "Waits that ended by month, from referral to assessment",
    "people": "The people who wait, longest first",
}
WITH_NAMES = "people"
EXPLAINED = paragraphs("""
    A contact and the referrals that follow it are one request. Requests are counted, so whoever has two counts twice.
    Requests entered in error, and those of people who have died, are not among the waits that run.

    A running wait counts the days from the day of the request until today; for an assessment, from the day of the
    referral where there was one.

    A wait for care ended on the first day of care that came of the request: short-term support, a package, a
    placement or interim support. Where no number ties care to a request, and the person had none before, the dates do;
    how many those are stands beside the figures.

    A wait for an assessment ended on the day when the assessment began, counted from the day of the referral; an
    assessment without a referral is not counted. Care or an assessment that was there before the request is left out
    and counted apart.

    The median is the wait in the middle; nine of ten people waited as long as the 90th percentile, or less.

    Everybody is counted, people whose record is restricted too. Numbers from one to four are withheld, and others
    with them where a small one could be worked out.
""")
"""How a figure is computed, in words for those who read it."""
_AS_SPREAD = ("Median days", "Mean days", "90th percentile", "Longest")
_OF_PERSON = (
    "Waits for", "Days", "Since", "Whose", "Last contact", "Request", "Name", "Born", "NHS number",
)  # fmt: skip
_OF_GROUP = ("Group", "Waiting", *_AS_SPREAD, "Median days since last contact", "Not spoken to in time")
_OF_MONTH = ("Month", "Waits that ended", *_AS_SPREAD, "Told by dates alone", "There before they asked")


@dataclass(frozen=True, slots=True)
class Waiter:
    """Somebody who waits: their request, who they are, and the task about it."""

    wait: LongWait
    person: PersonShown
    task: str


@dataclass(frozen=True, slots=True)
class WaitsShown:
    """The waits that run, the first of those who wait (nobody where names are not shown), and those that ended."""

    now: Waiting
    longest: tuple[Waiter, ...]
    more: bool
    ended: Mapping[Measure, Sequence[Month]]


def waits_shown(
    connection: Connection, parts: WebParts, access: Access, *, months: int, limit: int, after: int = 0
) -> WaitsShown:
    """Read the waits as somebody with this access to the front door sees them."""
    now_ms = parts.clock.now_ms()
    today, within = iso_day(now_ms), parts.door.rules.spoken_to_within_days
    found: list[LongWait] = []
    if access is Access.full:
        found = longest_waits(connection, today, within, limit=limit + 1, after=after)
    people = people_shown(
        connection, parts.data_keys, [one.patient_key for one in found[:limit]], access, now_ms
    )
    waiters = (
        Waiter(
            one,
            people.get(one.patient_key, UNKNOWN),
            door_task_id("triage", one.patient_key, one.about),
        )
        for one in found[:limit]
    )
    return WaitsShown(
        now=waiting(connection, today, within),
        longest=tuple(waiters),
        more=len(found) > limit,
        ended={one: finished(connection, one, today, months) for one in MEASURES},
    )


def sheet_of(connection: Connection, parts: WebParts, access: Access, what: str, months: int) -> Sheet:
    """Return one of `TABLES` to be taken away."""
    limit = MOST_ROWS if what == WITH_NAMES else 0
    shown = waits_shown(connection, parts, access, months=months, limit=limit)
    name = f"front-door-waits-{what}"
    if what == WITH_NAMES:
        rows = [*map(_person, shown.longest)]
        return Sheet(name, TABLES[what], EXPLAINED[:2], _OF_PERSON, rows, shown.more)
    if what == "now":
        rows = [_group("Everybody", shown.now.every)]
        rows += [_group(f"For: {WAITS_FOR[kind]}", one) for kind, one in shown.now.by_kind.items()]
        rows += [_group(f"Team: {team or 'none'}", one) for team, one in shown.now.by_team.items()]
        return Sheet(name, TABLES[what], EXPLAINED, _OF_GROUP, rows)
    measure = next(one for one in MEASURES if one == what)
    return Sheet(name, TABLES[what], EXPLAINED, _OF_MONTH, [*map(_month, shown.ended[measure])])


def _person(one: Waiter) -> list[Cell]:
    wait, person = one.wait, one.person
    days = "" if wait.days is None else wait.days
    said = (
        WAITS_FOR[wait.waits_for],
        days,
        wait.received_on,
        wait.owner_team,
        wait.last_contact_on,
        wait.about,
    )
    return [*said, person.name, person.born, person.number]


def _group(name: str, one: WaitingGroup) -> list[Cell]:
    spoken = _withheld_or(one.many, one.spoken.median if one.spoken else "")
    return [name, one.many, *_spread(one.many, one.waited), spoken, one.not_spoken]


def _month(one: Month) -> list[Cell]:
    return [one.month, one.many, *_spread(one.many, one.waited), one.by_date, one.before]


def _spread(many: int | None, one: Spread | None) -> list[Cell]:
    said = (one.median, one.mean, one.ninetieth, one.longest) if one else ("", "", "", "")
    return [_withheld_or(many, cell) for cell in said]


def _withheld_or(many: int | None, cell: Cell) -> Cell:
    return None if many is None else cell
