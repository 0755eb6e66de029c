"""How long people wait at the front door, and how long those waited whose wait is over; the figures name nobody.

A request is a contact with the referrals that follow it (`frontdoor.request_waits`). Requests are counted, so whoever
has two counts twice. Everybody is counted, whoever is restricted too; groups of fewer than five are withheld.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Literal, get_args

from sqlalchemy import func, literal_column, select

from ascbridge.reports.small_numbers import alone, counted, part
from ascbridge.reports.spread import Spread, days_between, spread_of
from ascbridge.storage.tables import door_request

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from sqlalchemy import ColumnElement, Connection

Measure = Literal["care", "assessment"]
"""*care*: from the day of the request to the day on which care began; *assessment*: from the day of the referral to the
day on which the assessment began.
"""
MEASURES: tuple[Measure, ...] = get_args(Measure)
MOST_MONTHS = 36
_r = door_request.c
_NOTHING: ColumnElement[str] = literal_column(
    "''"
)  # in the words of the indexes, which hold only what has a day
_BEGAN_AND_ENDED = {"care": (_r.received_on, _r.cared_on), "assessment": (_r.referred_on, _r.assessed_on)}


@dataclass(frozen=True, slots=True)
class WaitingGroup:
    """Some who wait, in days until today. `many` None: withheld, and all the rest with it.

    `waited` counts from the request; for an assessment, from the referral where there was one. `spoken` is how long ago
    somebody last spoke with them, where that is known; `not_spoken` how many heard nothing for longer than they should.
    """

    many: int | None
    waited: Spread | None = None
    spoken: Spread | None = None
    not_spoken: int | None = None


@dataclass(frozen=True, slots=True)
class Waiting:
    """Who waits now: all together, by what they wait for, and by whose they are."""

    every: WaitingGroup
    by_kind: Mapping[str, WaitingGroup]
    by_team: Mapping[str, WaitingGroup]


@dataclass(frozen=True, slots=True)
class Month:
    """The waits that ended in a month (``2026-10``). `many` None: withheld, and all the rest with it.

    `by_date` are those whose care no number ties to the request, only the dates do; `before` had it before they asked,
    and are not among the many.
    """

    month: str
    many: int | None
    waited: Spread | None = None
    by_date: int | None = 0
    before: int | None = 0


@dataclass(frozen=True, slots=True)
class LongWait:
    """One request that waits still; days are ISO text, `days` since it came in (None where no day was said)."""

    patient_key: str
    person_id: str
    about: str
    waits_for: str
    owner_team: str
    received_on: str
    last_contact_on: str
    days: int | None
    not_spoken: bool


@dataclass(frozen=True, slots=True)
class _Alike:
    """How many requests are alike in all that is counted."""

    waits_for: str
    team: str
    days: int | None
    spoken: int | None
    many: int


def waiting(connection: Connection, today: str, spoken_within: int) -> Waiting:
    """Return the waits that run today (an ISO day), who heard nothing for over `spoken_within` days among them."""
    columns = (_r.waits_for, _r.owner_team, _r.received_on, _r.referred_on, _r.last_contact_on)
    wanted = select(*columns, func.count()).where(_r.waits_for != _NOTHING).group_by(*columns)
    rows = []
    for waits_for, team, received, referred, spoken, many in connection.execute(wanted):
        since = (referred or received) if waits_for == "assessment" else received
        rows.append(_Alike(waits_for, team, days_between(since, today), days_between(spoken, today), many))
    return Waiting(
        every=_groups(rows, lambda _: "", spoken_within).get("", WaitingGroup(0)),
        by_kind=_groups(rows, lambda one: one.waits_for, spoken_within),
        by_team=_groups(rows, lambda one: one.team, spoken_within),
    )


def longest_waits(
    connection: Connection, today: str, spoken_within: int, *, limit: int, after: int = 0
) -> list[LongWait]:
    """Return those who wait longest, whoever came first before all others: `limit` of them, from number `after`."""
    wanted = (
        select(_r.patient_key, _r.person_id, _r.kind, _r.number, _r.waits_for, _r.owner_team, _r.received_on)
        .add_columns(_r.last_contact_on)
        .where(_r.waits_for != _NOTHING)
        .order_by(_r.received_on, _r.request_id)
        .limit(limit)
        .offset(after)
    )
    found = []
    for row in connection.execute(wanted):
        silent = days_between(row.last_contact_on, today)
        found.append(
            LongWait(
                patient_key=row.patient_key,
                person_id=row.person_id,
                about=f"{row.kind}:{row.number}",
                waits_for=row.waits_for,
                owner_team=row.owner_team,
                received_on=row.received_on,
                last_contact_on=row.last_contact_on,
                days=days_between(row.received_on, today),
                not_spoken=silent is None or silent > spoken_within,
            )
        )
    return found


def finished(connection: Connection, measure: Measure, today: str, months: int) -> list[Month]:
    """Return the waits that ended in each of the last `months` months, the running one first."""
    wanted = _last_months(today, min(months, MOST_MONTHS))
    began, ended = _BEGAN_AND_ENDED[measure]
    rows = connection.execute(
        select(began, ended, _r.by_date, func.count())
        .where(ended != _NOTHING, ended >= f"{wanted[-1]}-01", ended < _next_month(wanted[0]))
        .group_by(began, ended, _r.by_date)
    )
    lengths: dict[str, Counter[int]] = defaultdict(Counter)
    by_date, before = Counter[str](), Counter[str]()
    for start, end, loose, many in rows:
        days = days_between(start, end)
        if days is None:
            continue  # nobody said since when
        if days < 0:
            before[end[:7]] += many
            continue
        lengths[end[:7]][days] += many
        by_date[end[:7]] += many if loose and measure == "care" else 0
    return [_month(one, lengths[one], by_date[one], before[one]) for one in wanted]


def _month(month: str, lengths: Counter[int], by_date: int, before: int) -> Month:
    many = alone(lengths.total())
    if many is None:
        return Month(month, None, None, None, alone(before))
    return Month(month, many, spread_of(lengths), part(by_date, many), alone(before))


def _groups(
    rows: Sequence[_Alike], by: Callable[[_Alike], str], spoken_within: int
) -> dict[str, WaitingGroup]:
    some: dict[str, list[_Alike]] = defaultdict(list)
    for one in rows:
        some[by(one)].append(one)
    shown = counted({name: sum(one.many for one in of) for name, of in some.items()}).groups
    return {name: _group(shown[name], some[name], spoken_within) for name in sorted(some)}


def _group(many: int | None, rows: Sequence[_Alike], spoken_within: int) -> WaitingGroup:
    if many is None:
        return WaitingGroup(None)
    silent = sum(one.many for one in rows if one.spoken is None or one.spoken > spoken_within)
    waited = _spread((one.days, one.many) for one in rows)
    return WaitingGroup(many, waited, _spread((one.spoken, one.many) for one in rows), part(silent, many))


def _spread(rows: Iterable[tuple[int | None, int]]) -> Spread | None:
    """Return the spread of those whose days are known and not to come, where these are not few."""
    lengths = Counter[int]()
    for days, many in rows:
        if days is not None and days >= 0:
            lengths[days] += many
    return spread_of(lengths) if alone(lengths.total()) else None


def _last_months(today: str, months: int) -> list[str]:
    found, day = [], date.fromisoformat(today).replace(day=1)
    for _ in range(max(1, months)):
        found.append(day.isoformat()[:7])
        day = (day - timedelta(days=1)).replace(day=1)
    return found


def _next_month(month: str) -> str:
    return (date.fromisoformat(f"{month}-01") + timedelta(days=32)).replace(day=1).isoformat()
