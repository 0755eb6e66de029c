"""What somebody else's record says of a person, read when it is asked for and not kept: a hospital's, a GP's, the ICR.

A person is asked for by NHS number and is only the same where the birth date agrees. What is marked there as restricted
is not shared, nor is anything beside it. Nothing that is an address, a telephone or a place is taken out of an answer.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from ascbridge.record.fhir_server import FhirServer, Unavailable
from ascbridge.uk_core import NHS_NUMBER

if TYPE_CHECKING:
    from ascbridge.config_sections import ElsewhereSettings
    from ascbridge.uk_core import Json

WITHIN_S = 2.0
"""How long a page waits for all that one source says."""
MOST = 20
_RESTRICTED = frozenset({"R", "V"})
_WORDS = ("code", "medicationCodeableConcept", "class", "description", "title", "category")
_DATES = (
    "onsetDateTime",
    "recordedDate",
    "effectiveDateTime",
    "dateAsserted",
    "authoredOn",
    "start",
    "created",
    "date",
)
_STATES = ("clinicalStatus", "status")
State = Literal["shown", "none recorded", "not shared", "late", "another person"]


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that a source says: which FHIR type, in words, how it stands, and a date as the source wrote it."""

    kind: str
    words: str
    state: str
    date: str


@dataclass(frozen=True, slots=True)
class Told:
    """What one source says now. *late*: it did not answer in time, or not so that it could be read."""

    title: str
    state: State
    lines: tuple[Line, ...] = ()


async def read_elsewhere(
    source: ElsewhereSettings, nhs_number: str, birth_date: str, *, within_s: float | None = None
) -> Told:
    """Ask a source what it says of a person; whatever happens there, the answer comes within the time."""
    within_s = WITHIN_S if within_s is None else within_s
    server = FhirServer(source.url, token_file=source.token_file, timeout_s=within_s)
    try:
        async with asyncio.timeout(within_s):
            return await _ask(server, source, nhs_number, birth_date)
    except (TimeoutError, OSError, AttributeError, KeyError, TypeError, ValueError):
        return Told(source.title, "late")  # slow, down, or no FHIR
    finally:
        await server.close()


async def _ask(server: FhirServer, source: ElsewhereSettings, nhs_number: str, birth_date: str) -> Told:
    people = await server.search("Patient", {"identifier": f"{NHS_NUMBER}|{nhs_number}", "_count": "3"})
    if isinstance(people, Unavailable):
        return Told(source.title, "late")
    if not people:
        return Told(source.title, "none recorded")
    if len(people) > 1 or not birth_date or people[0].get("birthDate") != birth_date:
        return Told(source.title, "another person")
    if _restricted(people[0]):
        return Told(source.title, "not shared")
    asked = {"patient": str(people[0]["id"]), "_count": str(MOST)}
    answers = await asyncio.gather(*(server.search(kind, asked) for kind in source.shows))
    found: list[Json] = []
    for answer in answers:
        if isinstance(answer, Unavailable):
            return Told(source.title, "late")  # a part of the answer may be the part without the allergy
        found += answer
    if any(map(_restricted, found)):
        return Told(source.title, "not shared")
    lines = tuple(_line(each) for each in found)
    return Told(source.title, "shown" if lines else "none recorded", lines)


def _restricted(resource: Json) -> bool:
    labels = resource.get("meta", {}).get("security", ())
    return any(one.get("code") in _RESTRICTED for one in labels)


def _line(resource: Json) -> Line:
    said = (_text(resource.get(name)) for name in _WORDS)
    state = next(filter(None, (_text(resource.get(name)) for name in _STATES)), "")
    dates = (str(resource.get(name) or "") for name in _DATES)
    date = next(filter(None, dates), "") or str(resource.get("period", {}).get("start", ""))
    return Line(resource["resourceType"], next(filter(None, said), ""), state, date[:10])


def _text(value: Any) -> str:
    """Say a code, a concept or a text in words; of several the first."""
    if isinstance(value, list):
        return _text(value[0]) if value else ""
    if isinstance(value, dict):
        codings = value.get("coding") or [value]
        return str(value.get("text") or codings[0].get("display") or codings[0].get("code") or "")
    return str(value or "")
