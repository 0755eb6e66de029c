"""What the council's word about a person comes to today: what is so, what has stopped, and what is due. Pure.

A death stops packages, placements and every reminder; nothing that was said is lost by it. Days are ISO dates.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Literal

from ascbridge.calendars import iso_day

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ascbridge.discharge.keeping.store import CareRow

CHECK_AFTER = timedelta(days=91)
"""After a discharge with short-term support it is asked where the person is (ASCOF; domain.md 3.4)."""
_LOOKS = frozenset({("review", "done"), ("support_plan", "agreed")})
WAITING = frozenset({"requested", "allocated", "in-progress"})

What = Literal["review", "check", "carer", "assessment", "equipment"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that the council said. `kind` is the slot's kind, `id` the council's own number of the thing.

    `stopped` says that it went on until the person died. `row` is where its sealed part is.
    """

    kind: str
    id: str
    value: Mapping[str, Any]
    patient_key: str
    row: CareRow
    stopped: bool = False

    def says(self, name: str) -> str:
        """Return a text of it, empty where nothing was said."""
        return str(self.value.get(name) or "")


@dataclass(frozen=True, slots=True)
class Reminder:
    """Something to be done about a person by a day; `on` is empty where it is due now."""

    what: What
    about: str
    on: str = ""


@dataclass(frozen=True, slots=True)
class Case:
    """The council's case of one person."""

    entries: tuple[Entry, ...] = ()
    reminders: tuple[Reminder, ...] = ()

    def of(self, kind: str) -> list[Entry]:
        """Return what was said of one kind of thing, the newest first."""
        return [one for one in self.entries if one.kind == kind]


def case_view(said: Mapping[str, Mapping[str, CareRow]], *, died: bool, review_years: int | None) -> Case:
    """Put a person's case together; `said` holds the slots of each of their patient keys.

    So many years after support was last looked at, it is to be looked at again (`front-door.toml`); None
    where nobody asks for that.
    """
    newest: dict[tuple[str, str], tuple[str, CareRow]] = {}
    for key, slots in sorted(said.items()):
        for slot, row in slots.items():
            kind, _, number = slot.partition(":")
            # two systems may give one number to two things; where a person has one of a kind, the last word holds
            about = (kind, f"{key}/{number}" if number else "")
            if about not in newest or row.stamp > newest[about][1].stamp:
                newest[about] = key, row
    entries = [
        Entry(kind, about.partition("/")[2], row.value, key, row)
        for (kind, about), (key, row) in newest.items()
    ]
    entries.sort(key=lambda one: (one.row.stamp, one.kind, one.id), reverse=True)
    if died:
        return Case(tuple(_stopped(one) for one in entries))
    return Case(tuple(entries), tuple(_reminders(entries, review_years)))


def _stopped(entry: Entry) -> Entry:
    goes_on = entry.kind in {"package", "placement", "short_term", "interim_support"}
    return replace(entry, stopped=goes_on and entry.says("status") != "ended")


def last_look(entries: Sequence[Entry]) -> Entry | None:
    """Return what last looked at somebody's support as a whole: a review that was done, or a plan that is agreed."""
    looks = [one for one in entries if (one.kind, one.says("status")) in _LOOKS]
    return max(looks, key=lambda one: (looked_on(one), one.kind, one.patient_key, one.id), default=None)


def looked_on(look: Entry) -> str:
    """Return the day of a look; where nobody said it, the day on which it was recorded."""
    return look.says("done_on") or look.says("agreed_on") or iso_day(int(look.value["since_ms"]))


def _reminders(entries: Sequence[Entry], review_years: int | None) -> list[Reminder]:
    found = _reviews(entries, review_years) if review_years is not None else []
    for one in entries:
        status = one.says("status")
        if one.kind == "short_term" and one.says("discharged_on") and not one.says("check"):
            found.append(Reminder("check", one.id, _later(one.says("discharged_on"), CHECK_AFTER)))
        elif one.kind == "carer" and status == "identified" and one.says("found_in") == "hospital":
            found.append(Reminder("carer", one.id))
        elif one.kind == "assessment" and status in WAITING:
            found.append(Reminder("assessment", one.id))
        elif one.value.get("needed_for_discharge") and status in {"ordered", "failed"}:
            found.append(Reminder("equipment", one.id))
    return sorted(found, key=lambda one: (one.on, one.what, one.about))


def _reviews(entries: Sequence[Entry], years: int) -> list[Reminder]:
    """What is said to be due; else, where somebody has support, so many years after it was last looked at, or began."""
    reviews = [one for one in entries if one.kind == "review"]
    due = [Reminder("review", one.id, one.says("due_on")) for one in reviews if one.says("status") == "due"]
    supported = [
        one for one in entries
        if (one.kind, one.says("status")) in {("package", "live"), ("package", "suspended"), ("support_plan", "agreed")}
    ]  # fmt: skip
    if due or not supported:
        return due
    look = last_look(entries)
    began = [one.says("started_on") for one in supported if one.says("started_on")]
    last = looked_on(look) if look is not None else min(began, default="")
    planned = [one.says("review_due_on") for one in supported if one.says("review_due_on")]
    if planned and max(planned) > last:
        return [Reminder("review", supported[0].id, max(planned))]
    return [Reminder("review", supported[0].id, _years_later(last, years))] if last else []


def _later(day: str, span: timedelta) -> str:
    """Return a day later, or nothing where the day is not known to the day."""
    return (date.fromisoformat(day) + span).isoformat() if len(day) == 10 else ""


def _years_later(day: str, years: int) -> str:
    """Return the day some years later; one that is known to the year or month only stays so, 29 February becomes 28."""
    later = f"{int(day[:4]) + years:04d}{day[4:]}"
    return later[:8] + "28" if later.endswith("-02-29") else later
