"""Support that rests on a provider who takes no new work: what to say of it. What the council says stands all the same.

Pure. Judged by the list of providers that is in force now, and by the one that was on the day the support began.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from ascbridge.calendars import london_day, moment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ascbridge.discharge.stay.case_view import Case, Entry
    from ascbridge.reference.in_force import ReferenceLists

NAMES_ONE = ("package", "placement")
"""What the council names a provider of."""


@dataclass(frozen=True, slots=True)
class Stopped:
    """A package or placement whose provider is stopped, now or when it began. `began_on` is an ISO day, or empty.

    `why` and `by` (a list with its version) are of now, or of that day where the provider takes new work again.
    """

    what: str
    provider: str
    why: str
    by: str
    now: bool
    began_on: str = ""


def any_stopped(lists: ReferenceLists) -> bool:
    """Whether any provider of any version takes no new work: if none, nothing need be read."""
    return any(one.stops_any for one in lists.every_providers())


def stopped_providers(case: Case, lists: ReferenceLists, now_ms: int) -> tuple[Stopped, ...]:
    """Return the packages and placements, planned or going on, of which it is to be said."""
    return tuple(
        found for kind in NAMES_ONE for entry in case.of(kind) for found in _judged(entry, lists, now_ms)
    )


def _judged(entry: Entry, lists: ReferenceLists, now_ms: int) -> Iterator[Stopped]:
    if entry.stopped or entry.says("status") == "ended":
        return
    name, why, by = _word(entry, lists, now_ms, london_day(now_ms))
    began, then, then_by = entry.says("started_on"), "", ""
    if len(began) == len("2026-03-14") and (day := date.fromisoformat(began)) <= london_day(now_ms):
        then_name, then, then_by = _word(entry, lists, moment(day), day)
        name = name or then_name
    if why or then:
        yield Stopped(entry.kind, name, why or then, by if why else then_by, bool(why), began if then else "")


def _word(entry: Entry, lists: ReferenceLists, at_ms: int, day: date) -> tuple[str, str, str]:
    """Return the provider's name, why they took no new work, and by which list; empty where they did."""
    providers = lists.providers(at_ms)
    found = providers.find(entry.says("provider"), entry.says("provider_location"), day)
    why = providers.stopped(found) if found is not None else ""
    return (found.name, why, providers.ident) if found is not None and why else ("", "", "")
