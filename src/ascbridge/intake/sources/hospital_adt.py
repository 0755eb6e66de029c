"""A hospital's HL7 v2 ADT feed, read as its profile says: `check` at the door, then into our words.

What each feed does differently stands in its profile, so that a new hospital is a file and not a module.
"""

from __future__ import annotations

import contextlib
from functools import partial
from typing import TYPE_CHECKING

from ascbridge.events.facts.catalogue import PatientDetailsRecorded, PatientsLinked, VisitMoved
from ascbridge.events.logs.envelope import Draft, Ref
from ascbridge.intake.hl7v2.hl7 import Message, parse
from ascbridge.intake.hl7v2.hl7_errors import ErrorCode
from ascbridge.intake.hl7v2.hl7_text import Flag
from ascbridge.intake.sources import hospital_apart, hospital_patient, hospital_stay, hospital_unread
from ascbridge.intake.sources.door import Door, SourceFault, Translation
from ascbridge.intake.sources.reading import Reading

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from ascbridge.intake.sources.profile import Profile
    from ascbridge.intake.sources.unread import Thing

PERSON_ONLY = frozenset({"A28", "A31", "A04"})
MERGES = frozenset({"A34", "A40", "A47"})
MOVES = frozenset({"A35", "A44", "A45"})
NOTED = {
    "A29": "deleting a person's details at the source changes nothing here: we keep what we were told",
    "A15": "a pending transfer is not a transfer",
    "A26": "a pending transfer was cancelled",
    "A07": "an inpatient became an outpatient: the discharge itself is a message of its own",
}
"""Triggers that we understand and that change nothing, each with the reason."""

_ACTED_ON = frozenset(hospital_stay.STAYS) | PERSON_ONLY | MERGES | MOVES
SEVERAL = MERGES | MOVES | {"A17"}
"""Triggers that may speak of several patients: two swap beds, some are merged or their visits moved."""
LONGEST_SEGMENT = 30_000
"""Characters of a segment that we read: the real ones have hundreds, and every event must fit into a log of 1 MB."""

_PID, _PV1 = "PID", "PV1"
_READ = {"MSH", "EVN", "PID", "PD1", "NK1", "PV1", "PV2", "MRG"}
_LONGEST_NOTED = 20


def check(raw: bytes, profile: Profile) -> Door:
    """Judge one message by its bytes and its profile. Raises `UnreadableMessage` or `SourceFault`."""
    message = parse(raw)
    flags = tuple(map(str, message.flags))
    if len(raw) > LONGEST_SEGMENT:
        _not_too_long(message, profile)
    trigger = _header(message, profile)
    if not trigger or trigger in NOTED or not _known(trigger):
        told = partial(_tell_trigger, trigger)
        return Door(
            _whose(message, profile, trigger), partial(_without_effect, trigger), flags=flags, unread=told
        )
    readings = _readings(message, profile, trigger)
    refs: list[Ref] = []
    for reading in readings:
        refs += _refs(reading)
    unread = partial(_tell_unread, message, profile, readings)
    return Door(
        readings[0].patient, partial(_translation, readings), tuple(dict.fromkeys(refs)), flags, unread=unread
    )


sift = hospital_apart.sift


def _without_effect(trigger: str, _keys: Mapping[Ref, str]) -> Translation:
    if not trigger:
        return Translation(note="an acknowledgment: kept, never answered")
    if trigger in NOTED:
        return Translation(note=f"{trigger}: {NOTED[trigger]}")
    return Translation(note=f"trigger {trigger[:_LONGEST_NOTED]} is not one that the bridge acts on")


def _translation(readings: Sequence[Reading], keys: Mapping[Ref, str]) -> Translation:
    drafts: list[Draft] = []
    not_ours = ""
    for number, reading in enumerate(readings):
        if reading.elsewhere:
            not_ours = f"facility {reading.facility[:_LONGEST_NOTED]} is not on the profile"
            continue
        drafts += _drafts(reading, keys, number)
    note = not_ours if not drafts else ""
    return Translation(tuple(drafts), note, _not_mapped(drafts))


def _tell_trigger(trigger: str, tell: Callable[[Thing, str], None]) -> None:
    if trigger and trigger not in NOTED:
        tell(("trigger", trigger), trigger)


def _tell_unread(
    message: Message, profile: Profile, readings: Sequence[Reading], tell: Callable[[Thing, str], None]
) -> None:
    """Tell what nobody reads of a message; of one that is about people elsewhere nothing is read on purpose."""
    if not all(reading.elsewhere for reading in readings):
        hospital_unread.tell_unread(message, hospital_unread.plan_of(profile, places_read), readings, tell)


def places_read(profile: Profile) -> hospital_unread.Read:
    """Return every place of a message that is read under a profile."""

    def read(message: hospital_unread.Watched, trigger: str) -> None:
        reading = Reading(message, profile, trigger)
        _refs(reading)
        _drafts(reading, hospital_unread.AnyKey(), 0)

    return hospital_unread.places_read(profile, _ACTED_ON, read)


def _known(trigger: str) -> bool:
    return trigger in _ACTED_ON


def _not_too_long(message: Message, profile: Profile) -> None:
    """Raise `SourceFault` for a segment that we read and that no real message has."""
    places = [place for places in profile.where.model_dump().values() for place in places]
    read = _READ | {place[:3] for place in places}
    for segment in message.segments:
        if segment.name in read and len(segment.text) > LONGEST_SEGMENT:
            raise SourceFault(
                f"longer than {LONGEST_SEGMENT} characters", segment=segment.name, field=0,
                code=ErrorCode.DATA_TYPE,
            )  # fmt: skip


def _header(message: Message, profile: Profile) -> str:
    """Return the trigger, or an empty text for an acknowledgment. Raises `SourceFault` for what we never take."""
    kind = message.message_type
    if kind == "ACK":
        return ""
    if not message.control_id:
        raise SourceFault(
            "no message control id",
            segment="MSH",
            field=10,
            code=ErrorCode.REQUIRED_FIELD_MISSING,
            answer="AR",
        )
    if kind != "ADT":
        raise SourceFault(
            "only ADT messages come in here", segment="MSH", field=9, code=ErrorCode.UNSUPPORTED_MESSAGE_TYPE,
            answer="AR",
        )  # fmt: skip
    if Flag.LF_TERMINATED in message.flags and profile.meaning.segment_end == "cr":
        raise SourceFault(
            "segments end in LF; this feed's profile wants CR", segment="MSH", field=0,
            code=ErrorCode.SEGMENT_SEQUENCE,
        )  # fmt: skip
    trigger = message.trigger
    if not trigger:
        raise SourceFault(
            "no trigger event in MSH-9 or EVN-1", segment="MSH", field=9, code=ErrorCode.REQUIRED_FIELD_MISSING,
            answer="AR",
        )  # fmt: skip
    taken = _known(trigger) or trigger in NOTED
    if not taken and profile.acknowledgment.unsupported_trigger == "reject":
        raise SourceFault(
            "this trigger event is not taken", segment="MSH", field=9, code=ErrorCode.UNSUPPORTED_EVENT,
            answer="AR",
        )  # fmt: skip
    return trigger


def _whose(message: Message, profile: Profile, trigger: str) -> Ref:
    """Return the one patient whom a message names of which nothing is made, or a lane of its own where none is named.

    It is sealed under that patient's key, so that it is found under their name, held with all that is theirs, and gone
    when they are erased.
    """
    groups = _groups(message) if trigger else []
    if len(groups) == 1:
        with contextlib.suppress(SourceFault):
            return Reading(groups[0], profile, trigger).patient
    return Ref("lane", message.sending_facility or "unknown", message.control_id or "none")


def _readings(message: Message, profile: Profile, trigger: str) -> list[Reading]:
    """One reading for each patient: a swap (A17) and a batch of merges (A40) name several, each with its segments."""
    groups = _groups(message)
    if not groups:
        raise SourceFault("no PID segment", segment="PID", field=0, code=ErrorCode.SEGMENT_SEQUENCE)
    if (
        len(groups) > 1 and trigger not in SEVERAL
    ):  # a message that lost its header, stuck to the one before it
        raise SourceFault(
            "more than one PID in a message about one patient", segment="PID", field=0,
            code=ErrorCode.SEGMENT_SEQUENCE,
        )  # fmt: skip
    return [Reading(group, profile, trigger) for group in groups]


def _groups(message: Message) -> list[Message]:
    starts = [n for n, segment in enumerate(message.segments) if segment.name == _PID]
    if len(starts) < 2:
        return [message] if starts else []
    header = message.segments[: starts[0]]
    ends = [*starts[1:], len(message.segments)]
    return [
        Message(message.raw, (*header, *message.segments[start:end]), message.dialect, message.flags)
        for start, end in zip(starts, ends, strict=True)
    ]


def _refs(reading: Reading) -> list[Ref]:
    """Everybody and every stay a reading names, after checking that what its trigger needs is there."""
    refs = [reading.patient]
    reading.check_times()  # an impossible time is refused here, at the door, also another trust's
    if reading.trigger in hospital_stay.STAYS:
        reading.not_ahead(reading.occurred_ms, "EVN", 6)
        if not reading.elsewhere:
            hospital_stay.check(reading)
    if reading.visit is not None:
        refs.append(reading.visit)
    if reading.trigger in MERGES | MOVES:
        refs += _merge_refs(reading)
    return refs


def _merge_refs(reading: Reading) -> list[Ref]:
    if not reading.message.segments_named("MRG"):
        raise SourceFault("no MRG segment", segment="MRG", field=0, code=ErrorCode.SEGMENT_SEQUENCE)
    other = reading.merged_away()
    if other is None:
        raise SourceFault(
            "no prior patient identifier", segment="MRG", field=1, code=ErrorCode.REQUIRED_FIELD_MISSING
        )
    moved = _moved_visit(reading)
    if reading.trigger in MOVES and moved is None:
        raise SourceFault(
            "no prior visit number", segment="MRG", field=5, code=ErrorCode.REQUIRED_FIELD_MISSING
        )
    return [other, *([moved] if moved is not None else [])]


def _moved_visit(reading: Reading) -> Ref | None:
    """The stay that MRG-5 names, else the one the message is about (A44 and A45)."""
    number = reading.message.value("MRG-5.1")
    if not number:
        return reading.visit
    return Ref("spell", reading.message.value("MRG-5.4") or reading.profile.feed.authority, number)


def _drafts(reading: Reading, keys: Mapping[Ref, str], number: int) -> list[Draft]:
    drafts = [
        Draft(d.about, f"{d.slot}.{number}" if number else d.slot, d.happened_ms, d.fact, d.sealed)
        for d in hospital_patient.drafts(reading)
    ]
    if reading.trigger in MERGES | MOVES:
        if not _with_itself(reading):
            drafts.append(_link(reading, keys, number))
    elif reading.visit is not None and hospital_stay.speaks_of_stay(reading):
        slot = f"stay.{number}" if number else "stay"
        drafts.append(hospital_stay.draft(reading, keys[reading.visit], slot))
    return drafts


def _with_itself(reading: Reading) -> bool:
    """Whether PID and MRG name one patient: then the merge says nothing of anybody."""
    return reading.trigger in MERGES and reading.merged_away() == reading.patient


def _link(reading: Reading, keys: Mapping[Ref, str], number: int) -> Draft:
    other = reading.merged_away()
    assert other is not None  # check() refused the message otherwise
    slot = f"link.{number}"
    if reading.trigger in MERGES:
        fact = PatientsLinked(other=keys[other], statement="merged", stamp=reading.stamp())
        return Draft(reading.patient, slot, reading.recorded_ms, fact)
    moved = _moved_visit(reading)
    assert moved is not None
    visit = VisitMoved(spell=keys[moved], from_patient=keys[other], stamp=reading.stamp())
    return Draft(reading.patient, slot, reading.recorded_ms, visit)


def _not_mapped(drafts: list[Draft]) -> tuple[str, ...]:
    """Name each code that nobody has mapped, as ``discharge_method 4``."""
    names = ("admission_method", "admission_source", "discharge_method", "discharge_destination")
    found = []
    for draft in drafts:
        for name in names:
            coded = getattr(draft.fact, name, None)
            if coded is not None and coded.code is None:
                found.append(f"{name} {coded.source_code}")
        if isinstance(draft.fact, PatientDetailsRecorded) and draft.fact.authority_code:
            found.append(f"council {draft.fact.authority_code}")
    return tuple(found)
