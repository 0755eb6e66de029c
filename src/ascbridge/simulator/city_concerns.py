"""Safeguarding concerns on one day of the invented city: what its case system lays into the folder behind the wall.

A few people whom the council knows, each worried about once; of the first it is told later what was decided. Each
account ends in its own number, by which one sees that it stands where it must, once, and nowhere else.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import orjson

from ascbridge.simulator.council import FactsFile
from ascbridge.simulator.wards import at

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from ascbridge.simulator.city import Citizen
    from ascbridge.simulator.journeys import Journey

HIDDEN = "hidden address"
"""The story of somebody restricted: no concern is about them, so that what hides them is seen by itself."""


@dataclass(frozen=True, slots=True)
class ConcernsFile(FactsFile):
    """A file for the safeguarding folder; `raised` are the numbers of the concerns that are new in it."""

    raised: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Worry:
    """Somebody's worry: at which hour it reaches the case system, from where, and what it is about."""

    hour: float
    origin: str
    kind: str
    account: str
    place: str = "community"


_WORRIES = (
    _Worry(
        7.6, "ambulance", "neglect-and-acts-of-omission", "The crew found the house cold and no food in it."
    ),
    _Worry(9.4, "gp", "financial-or-material", "A neighbour has the bank card and draws the pension."),
    _Worry(10.7, "ward", "physical", "Bruises on both arms that nobody can explain.", "hospital"),
    _Worry(12.2, "provider", "self-neglect", "Does not open to the carers and sleeps in a chair."),
    _Worry(14.9, "asc-direct", "psychological", "A niece says that her uncle is shouted at every day."),
)
DECIDED_AFTER = timedelta(hours=1, minutes=20)


def concerns_on(day: date, journeys: Sequence[Journey]) -> list[ConcernsFile]:
    """Return the files of a day, in order: a concern each, and what was decided about the first."""
    people = [one.citizen for one in journeys if one.known and one.story != HIDDEN]
    files = []
    for count, (worry, citizen) in enumerate(zip(_WORRIES, people, strict=False), 1):
        number, moment = f"S{day:%y%m%d}-{count}", at(day, worry.hour)
        files.append(
            _file(moment, number, {"id": number, "concern": _concern(worry, citizen, number)}, number)
        )
    if files:
        files.append(_decided(files[0]))
    return sorted(files, key=lambda file: file.at_ms)


def _decided(first: ConcernsFile) -> ConcernsFile:
    """What the case system tells of a concern somewhat later: that an enquiry follows."""
    (about,) = first.raised
    when = datetime.fromtimestamp(first.at_ms / 1000, UTC) + DECIDED_AFTER
    decision = {
        "outcome": "s42-enquiry",
        "why": "Has care needs, is at risk of neglect, and cannot keep safe alone.",
        "by": "Invented worker",
        "at": when.isoformat(),
    }
    line = {"id": f"{about}-decided", "about": about, "decision": decision}
    return _file(int(when.timestamp() * 1000), f"{about}-decided", line)


def _file(at_ms: int, name: str, line: dict[str, Any], *raised: str) -> ConcernsFile:
    return ConcernsFile(at_ms, f"concerns-{name}", (orjson.dumps(line),), raised=raised)


def _concern(worry: _Worry, citizen: Citizen, number: str) -> dict[str, Any]:
    return {
        "origin": worry.origin,
        "place": worry.place,
        "abuse_types": [worry.kind],
        "account": f"{worry.account} {mark_of(number)}",
        "adult": {
            "family_name": citizen.family_name,
            "given_names": " ".join(citizen.given_names),
            "birth_date": citizen.birth_date.isoformat(),
            "nhs_number": citizen.nhs_number,
            "council_id": citizen.council_id,
        },
        "raised_by": {"name": "Invented sender"},
    }


def mark_of(number: str) -> str:
    """Return the words by which the account of a concern is known."""
    return f"(invented, {number})"
