"""What there is to be done for one person at the front door, by what the council said of them. Pure.

The same facts at the same moment always need the same work, whatever their order. A need says also what does *not* need
doing, and why: a task that was opened for it closes by that.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

from ascbridge.calendars import end_of_iso, iso_day, london_day, moment
from ascbridge.discharge.stay.case_view import last_look, looked_on
from ascbridge.frontdoor.door_status import Kind, Signal, door_task_id
from ascbridge.frontdoor.support import following, last_day, name_of, support_on, supports

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ascbridge.discharge.stay.case_view import Case, Entry
    from ascbridge.frontdoor.door_rules import DoorRules
    from ascbridge.frontdoor.support import Following, Support

FIRST = "review"
"""The slot of a review before which there was none."""


@dataclass(frozen=True, slots=True)
class Because:
    """A statement that a need rests on: what it means here, of what kind and number it is, its day, and its event."""

    what: str
    kind: str
    id: str
    on: str
    event: str


@dataclass(frozen=True, slots=True)
class Need:
    """What the facts make of one piece of work. Times are UTC ms, days ISO text."""

    kind: Kind
    about: str
    patient_key: str
    signal: Signal
    team: str
    team_because: str
    opened_ms: int
    since_on: str
    due_on: str = ""
    last_contact_on: str = ""
    said: Mapping[str, str] = field(default_factory=dict)
    because: tuple[Because, ...] = ()

    @property
    def task(self) -> str:
        """The id of its task."""
        return door_task_id(self.kind, self.patient_key, self.about)


@dataclass(frozen=True)  # without slots, so that what follows from it is worked out once
class Person:
    """All that is known of one person here: their case, whether they died, when each request was first recorded (UTC
    ms), and the last day on which somebody here spoke with them about each piece of work; both by patient key and slot.
    """

    case: Case
    died: bool
    first_ms: Mapping[tuple[str, str], int]
    spoke_on: Mapping[tuple[str, str], str] = field(default_factory=dict)

    @cached_property
    def requests(self) -> tuple[Entry, ...]:
        """Their contacts and referrals."""
        return tuple(one for one in self.case.entries if one.kind in {"contact", "referral"})

    @cached_property
    def support(self) -> tuple[Support, ...]:
        """All support that they ever had, what began first coming first."""
        return tuple(supports(self.case.entries))

    @cached_property
    def came_of(self) -> Mapping[tuple[str, str, str], Following]:
        """What followed from each request, by the request's `name_of`."""
        return {name_of(one): following(self.case.entries, one) for one in self.requests}


def slot_of(entry: Entry) -> str:
    """Return the slot of a thing with a number."""
    return f"{entry.kind}:{entry.id}"


def triage_needs(person: Person, rules: DoorRules) -> list[Need]:
    """Return what each contact or referral needs."""
    contacts = {(one.patient_key, one.id) for one in person.requests if one.kind == "contact"}
    return [_triage(person, one, contacts, rules) for one in person.requests]


def _triage(person: Person, request: Entry, contacts: set[tuple[str, str]], rules: DoorRules) -> Need:
    came_of_it = person.came_of[name_of(request)]
    had = support_on(person.support, last_day(request.says("received_on")), came_of_it.things)
    signal, because = _signal(person, request, contacts, came_of_it)
    if had is not None:
        because += (_because("had support", had.entry, had.began),)
    since = request.says("received_on")
    return Need(
        kind="triage",
        about=slot_of(request),
        patient_key=request.patient_key,
        signal=signal,
        team=rules.triage_team if had is None else rules.triage_team_where_supported,
        team_because="no-support" if had is None else had.entry.kind,
        opened_ms=person.first_ms[request.patient_key, slot_of(request)],
        since_on=since,
        last_contact_on=last_contact(person, request, came_of_it, again=signal == "waiting"),
        said={
            "channel": request.says("channel"),
            "route": request.says("route"),
            "made_by": request.says("made_by"),
            "asked_for": request.says("reason"),
            "client": request.says("client"),
            "stated_outcome": request.says("outcome"),
            "allocated_team": _allocated(person.case),
        },
        because=(_because("came in", request, since), *because),
    )


def _signal(
    person: Person, request: Entry, contacts: set[tuple[str, str]], came_of_it: Following
) -> tuple[Signal, tuple[Because, ...]]:
    if request.value.get("retracted"):
        return "retracted", ()
    if person.died:
        return "died", ()
    if request.says("outcome"):
        return "decided", (_because("has an outcome", request, request.says("decided_on")),)
    if (request.patient_key, request.says("after_contact")) in contacts:
        return "follows-contact", ()
    onward = [
        *came_of_it.referrals,
        *came_of_it.assessments,
        *(one for one in came_of_it.support if one.kind == "short_term"),
    ]
    if onward:
        return "moved-on", tuple(_because("followed", one, _day_of(one)) for one in onward)
    return "waiting", ()


def last_contact(person: Person, request: Entry, came_of_it: Following, *, again: bool) -> str:
    """Return the last day on which somebody is known to have spoken with the person since they asked.

    Who still waits and asks `again` was spoken with by that.
    """
    since = request.says("received_on")
    asked = [one.says("received_on") for one in person.requests if again and not one.value.get("retracted")]
    kept = [one.says("last_contact_on") for one in came_of_it.assessments]
    kept += [person.spoke_on.get((request.patient_key, slot_of(request)), "")]
    return max([since, *(day for day in (*asked, *kept) if day > since)])


def review_need(person: Person, rules: DoorRules, now_ms: int) -> tuple[Need | None, int | None]:
    """Return the review that a person needs now, if any, and when (UTC ms) time alone will change that."""
    case = person.case
    reminders = [one for one in case.reminders if one.what == "review"]
    if not reminders:
        return None, None
    said_due = [one for one in case.of("review") if one.says("status") == "due"]
    supported = [one.entry for one in person.support if not one.ended]
    recorded = {one.id: iso_day(int(one.value["since_ms"])) for one in said_due}
    due_on = min(one.on or recorded.get(one.about, "") for one in reminders)
    due_ms = end_of_iso(due_on)
    if due_ms is None:
        return None, None
    opens_ms = moment(london_day(due_ms - 1) - timedelta(weeks=rules.review_weeks_before))
    if now_ms < opens_ms:
        return None, opens_ms
    look = last_look(case.entries)
    because = tuple(_because("is due", one, one.says("due_on")) for one in said_due)
    because += tuple(_because("has support", one, _day_of(one)) for one in supported)
    if look is not None:
        because += (_because("looked at last", look, looked_on(look)),)
    about = FIRST if look is None else slot_of(look)
    key = min(one.patient_key for one in (*supported, *said_due))
    looked = looked_on(look) if look is not None else ""
    need = Need(
        kind="review",
        about=about,
        patient_key=key,
        signal="due",
        team=rules.review_team,
        team_because="review",
        opened_ms=opens_ms,
        since_on=due_on,
        due_on=due_on,
        last_contact_on=max(looked, person.spoke_on.get((key, about), "")),
        said={"allocated_team": _allocated(case), "looked_on": looked},
        because=because,
    )
    return need, None


def ended_review(
    person: Person, about: str, looked_before: str, need: Need | None
) -> tuple[Signal, tuple[Because, ...]]:
    """Return why a review's task is no longer wanted.

    `looked_before` is the day of the last look when it opened; `need` the review that is wanted, if any.
    """
    look = last_look(person.case.entries)
    if person.died:
        return "died", ()
    if look is not None and slot_of(look) != about and looked_on(look) > looked_before:
        return "reviewed", (_because("looked at", look, looked_on(look)),)
    if need is not None:
        return "elsewhere", ()
    if any(one.what == "review" for one in person.case.reminders):
        return "not-yet", ()
    return "no-support", ()


def _allocated(case: Case) -> str:
    return next((one.says("team") for one in case.of("worker")), "")


def _because(what: str, entry: Entry, on: str) -> Because:
    return Because(what, entry.kind, entry.id, on, entry.says("event"))


def _day_of(entry: Entry) -> str:
    days = ("started_on", "agreed_on", "received_on", "requested_on")
    return next((entry.says(name) for name in days if entry.says(name)), "")


def as_json(because: Sequence[Because]) -> list[dict[str, Any]]:
    """Return statements as they are kept with a task."""
    return [
        {"what": one.what, "kind": one.kind, "id": one.id, "on": one.on, "event": one.event}
        for one in because
    ]
