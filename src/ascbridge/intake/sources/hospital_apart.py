"""Takes out of an HL7 v2 message what is about safeguarding: codes and words in flags, problems, notes. Thinks only.

A segment that says so goes whole, but for those that say who and which stay it is: of these the field goes. Only ADT
comes in here; any other message that says so is all of it about safeguarding, such as a referral or a document.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ascbridge.intake.hl7v2.hl7 import Message, parse
from ascbridge.intake.hl7v2.hl7_errors import UnreadableMessage
from ascbridge.intake.hl7v2.hl7_segment import Segment
from ascbridge.intake.sources.hospital_patient import sealed_of
from ascbridge.intake.sources.reading import Reading
from ascbridge.intake.sources.sifted import Sifted, all_of
from ascbridge.people.telling_words import NOTHING_FOUND, SNOMED, codes_in, says, tells

if TYPE_CHECKING:
    from ascbridge.intake.sources.profile import Profile
    from ascbridge.people.stray import Stray

_KEPT = frozenset({"MSH", "EVN", "PID", "PD1", "NK1", "PV1", "PV2", "MRG"})
"""Segments of which a field goes and never the whole."""
_NAMES = _KEPT - {"PV2"}
"""Segments in which a word may be somebody's name, or a number that of a patient."""


def sift(raw: bytes, profile: Profile) -> Sifted | None:
    """Return what of a message goes behind the wall and what is left of it; None where nothing does."""
    if not tells(raw):
        return None
    try:
        message = parse(raw)
    except UnreadableMessage:
        return Sifted(all_of(raw, profile), raw)  # its sender hears what is wrong with it
    told: list[str] = []
    left = [one for segment in message.segments if (one := _without(segment, told)) is not None]
    if not told:
        return None
    stray = _stray(message, profile, told)
    if message.message_type != "ADT" or any(line.startswith("MSH") for line in told):
        return Sifted(stray, None)
    rest = "".join(f"{text}\r" for text in left).encode(message.dialect.encoding)
    return Sifted(stray, rest)


def _without(segment: Segment, told: list[str]) -> str | None:
    """Return the text of a segment without what says so, or None where all of it goes; note what went, and where."""
    names = segment.name in _NAMES
    if not says(segment.text, names=names):
        return segment.text
    if segment.name not in _KEPT:
        told.append(_line(segment.name, segment.text))
        return None
    first = 2 if segment.name == "MSH" else 1
    fields = segment.text.split(segment.dialect.field)
    for number, field in enumerate(fields[1:], 1):
        if says(field, names=names):
            told.append(_line(f"{segment.name}-{number + first - 1}", field))
            fields[number] = ""
    return segment.dialect.field.join(fields)


def _line(place: str, text: str) -> str:
    """One part that says so, with the words of the codes in it beside them."""
    meant = ", ".join(f"{code} {SNOMED[code].words}" for code in codes_in(text))
    return f"{place}: {text}" + (f" ({meant})" if meant else "")


def _stray(message: Message, profile: Profile, told: list[str]) -> Stray:
    """What says so, with whom it is about and which stay, as far as that can be read."""
    reading = Reading(message, profile, message.trigger)
    person, visit = sealed_of(reading), reading.visit
    codes = codes_in(" ".join(told))
    return replace(
        all_of(message.raw, profile), told=tuple(told), whole=False,
        raises=set(codes) != {NOTHING_FOUND},
        abuse=tuple(dict.fromkeys(abuse for code in codes if (abuse := SNOMED[code].abuse))),
        about="|".join((person.local_id or person.nhs_number, visit.value if visit is not None else "")),
        nhs_number=person.nhs_number, family_name=person.family_name, given_names=" ".join(person.given_names),
        birth_date=person.birth_date,
    )  # fmt: skip
