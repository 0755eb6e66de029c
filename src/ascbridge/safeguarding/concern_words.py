"""What somebody says who raises a concern: by form, by interface, by the case system or from a desk. It thinks only.

Words are taken as they are written and nothing else is: no file, no picture, nothing encoded into a text.
"""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from ascbridge.events.facts.concerns import (  # pydantic builds its models of them
    AbuseType,
    Barred,
    Known,
)
from ascbridge.people import nhs_numbers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ascbridge.safeguarding.practice_rules import PracticeRules

LONGEST_ACCOUNT, LONGEST_LINE, MOST_NAMES = 8_000, 200, 20
Line = Annotated[str, StringConstraints(strip_whitespace=True, max_length=LONGEST_LINE)]
Text = Annotated[str, StringConstraints(strip_whitespace=True, max_length=LONGEST_ACCOUNT)]
Names = Annotated[tuple[Line, ...], Field(max_length=MOST_NAMES)]
COUNTED_BY = ("gender", "ethnicity", "support_reason")
"""By what the yearly collection counts adults beside their age: fields of an adult, and lists of the rules."""
_ENCODED = re.compile(r"data:[\w/+.-]*;base64|[A-Za-z0-9+/=]{400}|\{\\rtf|%PDF-")


class _Said(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class AdultSaid(_Said):
    """Whom it is about. One of name, NHS number or the council's own number is needed."""

    family_name: Line = ""
    given_names: Line = ""
    birth_date: Line = ""
    nhs_number: Line = ""
    council_id: Line = ""
    person_id: Line = ""
    gender: Line = ""
    ethnicity: Line = ""
    support_reason: Line = ""


class SenderSaid(_Said):
    """Who says it, and how they can be reached."""

    name: Line = ""
    role: Line = ""
    organisation: Line = ""
    phone: Line = ""


class ConcernSaid(_Said):
    """A concern in its sender's words. Origin, place, severity and source of risk are codes of the loaded lists."""

    origin: Line
    place: Line = "community"
    place_name: Line = ""
    council: Line = ""
    mental_health: bool = False
    occurred_on: Line = ""
    abuse_types: tuple[AbuseType, ...] = ()
    severity: Line = ""
    account: Text
    adult: AdultSaid
    raised_by: SenderSaid = SenderSaid()
    capacity: Known = "unknown"
    advocate: Known = "unknown"
    source_of_risk: Line = ""
    source_named: Names = ()
    excluded_accounts: Names = ()
    excluded_organisations: Names = ()
    barred: Barred = ""


def faults(rules: PracticeRules, said: ConcernSaid) -> dict[str, str]:
    """Return what is wrong by field, in words for the sender; nothing where it can be taken."""
    return dict(_faults(rules, said))


def _of_lists(rules: PracticeRules, said: ConcernSaid) -> Iterator[tuple[str, str]]:
    if said.origin not in rules.origin.words:
        yield "origin", "Choose where the concern comes from"
    if said.place not in rules.place.words:
        yield "place", "Choose where it happened"
    if said.source_of_risk and said.source_of_risk not in rules.source_of_risk.words:
        yield "source_of_risk", "Choose a source of risk of the list"
    if said.severity and said.severity not in rules.severity.words:
        yield "severity", "Choose a severity of the list"
    for name in COUNTED_BY:
        if getattr(said.adult, name) and getattr(said.adult, name) not in getattr(rules, name).words:
            yield name, "Choose one of the list, or leave it out"


def _faults(rules: PracticeRules, said: ConcernSaid) -> Iterator[tuple[str, str]]:
    yield from _of_lists(rules, said)
    adult = said.adult
    if not (adult.family_name or adult.nhs_number or adult.council_id or adult.person_id):
        yield "family_name", "Say who the adult is: a family name, an NHS number or the council's own number"
    if adult.nhs_number and not nhs_numbers.checks(adult.nhs_number):
        yield "nhs_number", "This is no NHS number: look at its ten digits again, or leave it out"
    if adult.birth_date and not _day(adult.birth_date):
        yield "birth_date", "Write the date of birth as 1941-03-14, or leave it out"
    if said.occurred_on and not _day(said.occurred_on):
        yield "occurred_on", "Write the day as 2026-03-14, or leave it out"
    if not said.account:
        yield "account", "Say what happened, or what you are worried about"
    texts = [said.account, said.place_name, *said.source_named, *adult.model_dump().values()]
    if any(_ENCODED.search(text) for text in texts):
        yield "account", "Attachments are not taken: say in words what they show, and who has them"


def _day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return len(text) == len("2026-03-14")
