"""Reports as pages show them: figures with their charts, the tables behind these, and how each is worked out."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING

from ascbridge.calendars import iso_day, moment
from ascbridge.reports.at_home import at_home
from ascbridge.reports.discharge_figures import (
    Times,
    Until,
    by_group,
    daily,
    delays_by_pathway,
    delays_by_reason,
    times_by_month,
)
from ascbridge.reports.equality import UNKNOWN, traits
from ascbridge.reports.task_journeys import MOST, facilities, journeys, months_back
from ascbridge.uk_core import DISPLAYS, ETHNIC_CATEGORY
from ascbridge.web.languages import language
from ascbridge.web.taken_away import Cell, Sheet, paragraphs
from ascbridge.web.wording import written_date

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sqlalchemy import Connection

    from ascbridge.reports.at_home import AtHome
    from ascbridge.reports.discharge_figures import DelayDays, Equal
    from ascbridge.reports.task_journeys import Journey
    from ascbridge.web.parts import WebParts

MONTHS = (3, 6, 12)
SITREP_DAYS, SITREP_MONTHS = 14, 6
HOUR, DAY = 60, 1440
NOTHING = "none"
_TOLD_AT_A_GLANCE = {"accepted", "triaged", "discharged", "first-visit", "delay-reason", "at-home"}
_UNTIL: dict[Until, tuple[str, str, int]] = {
    "accepted": ("From ready to accepted", "hours", HOUR),
    "triaged": ("From ready to triaged", "hours", HOUR),
    "discharged": ("From ready to discharged", "days", DAY),
    "first-visit": ("From ready to first visit", "days", DAY),
}
_AT_HOME = {
    "at-home": "At home", "not-at-home": "Not at home", "died": "Died", "not-known": "Not known", "": "Not asked yet",
}  # fmt: skip
_TIMES = paragraphs("""
    Tasks are counted in the month in which they were opened. Time runs from when the hospital says that the person is
    ready to leave; where it says only the day, from the opening of the task on that day, or from the beginning of an
    earlier day. What came before the person was ready is left out; a stage that was gone back behind counts when it was
    reached again.
""")
_OF_AT_HOME = paragraphs("""
    People who had short-term support after a discharge and whose 91st day has come, as the council's case system says;
    so the months end three months ago.
""")
_OF_SITREP = paragraphs("""
    The columns and metric groups are those of the published file; level, region, integrated care board and names of
    organisations are left empty, because nobody has told us theirs. It is no return: only people for whom there is work
    here are counted, of tasks that were opened in the last six months.
""")
_OF_DELAYS = paragraphs("""
    Days are those of people whose tasks were opened in these months, until they left, or until now.

    A person may have been delayed for several reasons, one after the other. Reasons behind a wall read *other*.
""")
_WITHHELD = (
    "Everybody is counted, restricted people too. Numbers from one to four are withheld, and others with them where a "
    "small one could be worked out."
)


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of a chart: how long it is of 100, and its value in words. `withheld`: its value is not told."""

    name: str
    share: int
    said: str
    withheld: bool = False


@dataclass(frozen=True, slots=True)
class Figure:
    """One report: a chart, the table behind it (None in a cell: withheld), and how it is worked out."""

    code: str
    title: str
    chart: str
    bars: Sequence[Bar]
    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    notes: Sequence[str] = field(default=())
    in_order_of_time: bool = False

    @property
    def glance(self) -> Bar | None:
        """The one bar that says most: the newest of a row of months that says anything, the longest of others."""
        if self.code in _TOLD_AT_A_GLANCE:
            bars = reversed(self.bars) if self.in_order_of_time else iter(self.bars)
            return next((one for one in bars if one.said != NOTHING), None)
        return None

    def sheet(self) -> Sheet:
        """Return its table, to be taken away."""
        return Sheet(f"report-{self.code}", self.title, self.notes, self.columns, self.rows)


def figures(connection: Connection, parts: WebParts, months: int) -> list[Figure]:
    """Work out every report of the last so many months."""
    now_ms, generation = parts.clock.now_ms(), parts.desk.generation
    wanted = months_back(now_ms, months)
    every = journeys(connection, _begin(wanted[-1]), now_ms + 1, generation)
    found = [_times(until, one) for until, one in times_by_month(every, wanted).items()]
    found += _delays(parts, every, now_ms)
    found.append(_at_home(at_home(connection, months_back(now_ms, months + 3)[3:], iso_day(now_ms))))
    found += _equality(connection, every)
    found.append(_sitrep(connection, parts, now_ms))
    return [_cut(one) if len(every) >= MOST else one for one in found]


def _begin(month: str) -> int:
    return moment(date.fromisoformat(f"{month}-01"))


def _cut(one: Figure) -> Figure:
    notes = (*one.notes, f"Only the {MOST:,} newest tasks of the time are counted.")
    return replace(one, notes=notes)


def _times(until: Until, by_month: dict[str, Times]) -> Figure:
    title, unit, minutes = _UNTIL[until]
    columns = (
        "Month", "People", f"Median {unit}", f"Mean {unit}", f"90th percentile, {unit}", f"Longest, {unit}",
    )  # fmt: skip
    rows = [(written_date(month), one.many, *_taken(one, minutes)) for month, one in by_month.items()]
    medians = {written_date(month): _taken(one, minutes)[0] for month, one in reversed(by_month.items())}
    return Figure(
        until, title, f"Median {unit}, by month", bars_of(medians, unit), columns, rows, (*_TIMES, _WITHHELD),
        in_order_of_time=True,
    )  # fmt: skip


def _taken(one: Times, minutes: int) -> tuple[Cell, ...]:
    if one.many is None:
        return (None,) * 4
    if one.taken is None:
        return ("",) * 4
    said = (one.taken.median, one.taken.mean, one.taken.ninetieth, one.taken.longest)
    return tuple(_in(length, minutes) for length in said)


def _in(length: float, minutes: int) -> float:
    return round(length / minutes, 1)


def _delays(parts: WebParts, every: Sequence[Journey], now_ms: int) -> list[Figure]:
    reasons = delays_by_reason(every, now_ms, parts.reference.lists.reasons(now_ms).words_of)
    pathways = {
        f"Pathway {name}" if name else "None yet": one
        for name, one in delays_by_pathway(every, now_ms).items()
    }
    return [
        _delay("delay-reason", "Delay days by reason", "Reason", reasons, (*_OF_DELAYS, _WITHHELD)),
        _delay(
            "delay-pathway", "Days from ready to leaving, by pathway", "Pathway", pathways,
            (_OF_DELAYS[0], "The pathway is the confirmed one, or else the proposed one.", _WITHHELD),
        ),
    ]  # fmt: skip


def _delay(code: str, title: str, group: str, found: dict[str, DelayDays], notes: Sequence[str]) -> Figure:
    longest = sorted(found.items(), key=lambda one: -(one[1].days or 0))
    rows = [(name, one.people, one.days) for name, one in longest]
    bars = bars_of({name: one.days for name, one in longest}, "days")
    return Figure(code, title, "Days in all", bars, (group, "People", "Days"), rows, notes)


def _at_home(found: Sequence[AtHome]) -> Figure:
    rows = [
        (written_date(one.month), one.due, *(one.found[answer] for answer in _AT_HOME))
        for one in reversed(found)
    ]
    shares = {
        written_date(one.month): None
        if one.due is None or one.found["at-home"] is None
        else round(100 * (one.found["at-home"] or 0) / one.due)
        if one.due
        else ""
        for one in reversed(found)
    }
    return Figure(
        "at-home", "At home 91 days after discharge", "Of 100 people who were due, at home; by month of discharge",
        bars_of(shares, "of 100"), ("Month of discharge", "Due", *_AT_HOME.values()), rows,
        (*_OF_AT_HOME, _WITHHELD), in_order_of_time=True,
    )  # fmt: skip


def _equality(connection: Connection, every: Sequence[Journey]) -> list[Figure]:
    known = traits(connection, {one.patient_key for one in every})
    ethnic = DISPLAYS[ETHNIC_CATEGORY]

    def ethnicity(one: Journey) -> str:
        code = known.get(one.patient_key, UNKNOWN).ethnic_category
        return ethnic.get(code, code) or "Nothing said"

    def spoken(one: Journey) -> str:
        return language(known.get(one.patient_key, UNKNOWN).language) or "Nothing said"

    groups: tuple[tuple[str, str, Callable[[Journey], str]], ...] = (
        ("ethnicity", "Ethnic category", ethnicity),
        ("language", "Language", spoken),
        ("locality", "Locality", lambda one: one.locality or "Not known or not shown"),
    )
    return [_equal(code, name, by_group(every, of)) for code, name, of in groups]


def _equal(code: str, name: str, found: Sequence[Equal]) -> Figure:
    rows = [(one.name, one.many, *_taken(Times(one.many, one.taken), DAY)) for one in found]
    columns = (name, "People", "Median days", "Mean days", "90th percentile, days", "Longest, days")
    return Figure(
        code, f"Who they are: {name[:1].lower()}{name[1:]}", "People",
        bars_of({one.name: one.many for one in found}, "people"), columns, rows,
        ("Days run from ready to leaving.", *_TIMES, "A restricted person's locality is not known here.", _WITHHELD),
    )  # fmt: skip


def _sitrep(connection: Connection, parts: WebParts, now_ms: int) -> Figure:
    generation = parts.desk.generation
    trusts = [trust for profile in parts.profiles.values() for trust in profile.feed.facilities]

    def trust_of(site: str) -> str:
        """Whose a site is: the organisation of a profile with which its code begins, else the code itself."""
        return next((trust for trust in trusts if site.startswith(trust)), site)

    every = journeys(connection, _begin(months_back(now_ms, SITREP_MONTHS)[-1]), now_ms + 1, generation)
    sites = facilities(connection, [one.spell for one in every], generation)
    found = daily(every, {stay: trust_of(site) for stay, site in sites.items()}, now_ms, SITREP_DAYS)
    rows: list[Sequence[Cell]] = [
        (one.day, "", "", "", one.facility, "", metric, "Daily count", metric, many)
        for one in found
        for metric, many in (
            ("NCTR", one.ready),
            ("Discharges", one.left),
            ("NCTR not discharged", one.remaining),
        )
    ]
    names = {f"{written_date(one.day)} {one.facility}".strip(): one.remaining for one in reversed(found)}
    columns = (
        "Period", "Level", "Region", "ICB", "Org Code", "Org Name", "Metric", "Metric Type", "Metric Group", "Value",
    )  # fmt: skip
    return Figure(
        "sitrep", "Daily counts, in the shape of the national SitRep", "Remaining at the end of each day",
        bars_of(names, "people"), columns, rows,
        (*_OF_SITREP, _WITHHELD),
    )  # fmt: skip


def bars_of(values: Mapping[str, Cell], unit: str) -> list[Bar]:
    """Return a bar for each value, the longest of them 100; None is withheld, and an empty text is no value."""
    numbers = [float(value) for value in values.values() if isinstance(value, int | float)]
    most = max(numbers, default=0)
    return [
        Bar(name, 0, "withheld" if value is None else NOTHING, withheld=value is None)
        if not isinstance(value, int | float)
        else Bar(name, round(100 * value / most) if most else 0, f"{value:,} {unit}")
        for name, value in values.items()
    ]
