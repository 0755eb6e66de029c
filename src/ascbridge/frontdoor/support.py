"""What support a person had on a day, and what came of one request for support. Pure.

Days are ISO text, as short as they were said: a beginning counts from the first day that it may mean, an end to the
last. What the council links by number (an assessment by its request, a package by its plan) came of that request.
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ascbridge.calendars import iso_day

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ascbridge.discharge.stay.case_view import Entry

_BEGUN = frozenset({"live", "suspended", "agreed", "ended"})
_OF_SUPPORT = ("package", "placement", "short_term", "interim_support", "support_plan")


@dataclass(frozen=True, slots=True)
class Support:
    """Support that somebody has or had: from `began` (empty: nobody said since when) to `ended` (empty: it goes on)."""

    entry: Entry
    began: str
    ended: str

    def on(self, day: str) -> bool:
        """Whether it was there on that day."""
        return self.began <= day and (not self.ended or day <= self.ended)


@dataclass(frozen=True, slots=True)
class Following:
    """What followed from one request: referrals, assessments and support that say so, the oldest first."""

    referrals: tuple[Entry, ...]
    assessments: tuple[Entry, ...]
    support: tuple[Entry, ...]

    @property
    def things(self) -> frozenset[tuple[str, str, str]]:
        """All of it, by patient key, kind and number."""
        return frozenset(map(name_of, (*self.referrals, *self.assessments, *self.support)))


def name_of(entry: Entry) -> tuple[str, str, str]:
    """Return what tells one thing from every other."""
    return entry.patient_key, entry.kind, entry.id


def first_day(text: str) -> str:
    """Return the first day that ISO text may mean; empty where it says nothing."""
    return f"{text}-01-01"[:10] if len(text) == 4 else f"{text}-01"[:10] if len(text) == 7 else text[:10]


def last_day(text: str) -> str:
    """Return the last day that ISO text may mean; empty where it says nothing."""
    if len(text) == 4:
        return f"{text}-12-31"
    if len(text) == 7:
        return f"{text}-{monthrange(int(text[:4]), int(text[5:7]))[1]:02d}"
    return text[:10]


def supports(entries: Iterable[Entry]) -> list[Support]:
    """Return all support that was ever in place, what began first coming first."""
    found = []
    for one in entries:
        if one.kind not in _OF_SUPPORT or one.says("status") not in _BEGUN:
            continue
        began = first_day(one.says("started_on") or one.says("agreed_on"))
        ended = last_day(one.says("ended_on"))
        if one.says("status") == "ended" and not ended:
            ended = iso_day(int(one.value["since_ms"]))
        found.append(Support(one, began, ended))
    return sorted(found, key=lambda one: (one.began, name_of(one.entry)))


def support_on(
    all_support: Sequence[Support], day: str, apart: frozenset[tuple[str, str, str]]
) -> Support | None:
    """Return the support that a person had longest on a day, leaving `apart` what came of the request itself."""
    return next((one for one in all_support if one.on(day) and name_of(one.entry) not in apart), None)


def following(entries: Sequence[Entry], request: Entry) -> Following:
    """Return what followed from a contact or referral, in its own system."""
    mine = [one for one in entries if one.patient_key == request.patient_key]
    referrals = [
        one
        for one in mine
        if request.kind == "contact" and one.kind == "referral" and one.says("after_contact") == request.id
    ]
    referrals = [one for one in referrals if not one.value.get("retracted")]
    numbers = {request.id, *(one.id for one in referrals)}
    assessments = [
        one
        for one in mine
        if one.kind == "assessment" and one.says("request") in numbers and one.says("status") != "cancelled"
    ]
    assessed = {one.id for one in assessments}
    plans = [one for one in mine if one.kind == "support_plan" and one.says("assessment") in assessed]
    planned = {one.id for one in plans}
    support = [
        *plans,
        *(
            one
            for one in mine
            if one.kind in {"short_term", "interim_support"} and one.says("request") in numbers
        ),
        *(one for one in mine if one.kind == "package" and one.says("plan") in planned),
    ]
    return Following(_oldest(referrals), _oldest(assessments), _oldest(support))


def _oldest(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    return tuple(sorted(entries, key=lambda one: (one.says("received_on"), one.says("requested_on"), one.id)))
