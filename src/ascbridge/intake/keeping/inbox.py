"""Keep, then understand: every message is judged at the door, kept with its answer in one transaction, then answered.

The rules are those of `docs/how-it-works.md`: the same control id and content within the resend window is a repeat and
gets the stored answer; the same control id with other content is a new message, because senders restart their
counters; a fault that follows from the bytes and the profile is refused with its place; all else is kept.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal, NamedTuple

from ascbridge.events.logs.envelope import Ref
from ascbridge.intake.hl7v2.hl7_ack import ack_mode_for
from ascbridge.intake.hl7v2.hl7_batch import miscount, split_batch
from ascbridge.intake.hl7v2.hl7_errors import ErrorCode, UnreadableMessage
from ascbridge.intake.hl7v2.hl7_time import ImpossibleTime, parse_ts
from ascbridge.intake.hl7v2.mllp import FaultKind, FramingFault
from ascbridge.intake.keeping import answers
from ascbridge.intake.sources import SOURCES
from ascbridge.intake.sources.door import Door, SourceFault
from ascbridge.intake.sources.sifted import Sifted, all_of
from ascbridge.people.telling_words import tells

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ascbridge.events.logs.sealing import Keyring
    from ascbridge.intake.sources.profile import Profile
    from ascbridge.people.stray import Stray

MOST_IN_BATCH = 5_000
"""Messages in one frame. A megabyte of the shortest real ones has fewer."""


class Arrival(NamedTuple):
    """What a listener took from one sender: a whole payload, or the head of one that could not be framed.

    `refused`: why nothing can be made of it, where that was seen before it came to the door. `apart`: what it was made
    of, where that says more than the feed is for, and it is about safeguarding. `traceparent`: the trace (W3C
    trace context) that its sender began, where it says so.
    """

    payload: bytes
    peer: str = ""
    fault: FramingFault | None = None
    refused: str = ""
    apart: bytes = b""
    traceparent: str = ""


class Uncounted(list[bytes]):
    """Answers to something of which no count may tell."""


@dataclass(slots=True)
class Candidate:
    """One message on its way in: what the door said of it, and what makes it recognisable."""

    raw: bytes
    digest: str
    control_id: str = ""
    trigger: str = ""
    door: Door | None = None
    fault: SourceFault | None = None
    codes: answers.Codes = answers.ORIGINAL
    sent_ms: int = 0
    sequence: str = ""
    flags: list[str] = field(default_factory=list)
    stray: Stray | None = None

    @property
    def apart(self) -> bool:
        """Whether all of it goes behind the safeguarding wall, and nothing of it is kept here."""
        return self.stray is not None and self.stray.whole

    @property
    def lane(self) -> Ref | None:
        """What orders it; None for one that is refused."""
        return self.door.lane if self.door is not None else None

    @property
    def refs(self) -> tuple[Ref, ...]:
        """Everything that needs a key before it can be kept."""
        return (self.door.lane, *self.door.refs) if self.door is not None else ()


class Doorkeeper:
    """Judges what arrives on one feed. Pure but for its profile; the transaction is `kept.keep`."""

    def __init__(self, profile: Profile, keyring: Keyring) -> None:
        self.profile = profile
        self._keyring = keyring
        self._source = SOURCES[profile.feed.source]
        self._mode = answers.mode(profile)
        self._speaks_hl7 = profile.feed.source == "hospital_adt"

    def candidates(self, arrival: Arrival) -> list[Candidate]:
        """Return the messages in what arrived: several for a batch, none for bytes that nobody waits to hear about."""
        if arrival.fault is not None:
            return [self._misframed(arrival)] if arrival.fault.wants_answer else []
        if arrival.refused:
            return [self._refused_before(arrival)]
        if arrival.apart:
            return [self._row(arrival)]
        if not self._speaks_hl7:
            return [self.judge(arrival.payload)]
        # a batch without a message is judged whole: its sender waits, and a message may have lost its header in it
        messages = split_batch(arrival.payload) or [arrival.payload]
        if len(messages) > MOST_IN_BATCH:
            return [self._refused_whole(arrival.payload, len(messages))]
        return [self.judge(raw) for raw in messages]

    def miscount(self, arrival: Arrival) -> str:
        """Say in what the trailers of a batch count otherwise than the messages that were found in it, or nothing."""
        payload = arrival.payload
        if arrival.fault is not None or not self._speaks_hl7 or not (b"BTS" in payload or b"FTS" in payload):
            return ""
        return miscount(payload, len(split_batch(payload)))

    def judge(self, raw: bytes) -> Candidate:
        """Judge one message; what is wrong with it becomes its fault and never an exception.

        What of it is about safeguarding is told apart first, and the rest is judged as if it had come alone
        (docs/decisions/0056). Where the rest is nothing that the feed is for, all of it goes behind the wall.
        """
        sifted = self._source.sift(raw, self.profile)
        return self._judged(raw) if sifted is None else self._told_apart(raw, sifted)

    def _told_apart(self, raw: bytes, sifted: Sifted) -> Candidate:
        left = self._judged(sifted.rest) if sifted.rest is not None else None
        if left is not None and left.fault is None:
            left.stray = sifted.stray
            return left
        whole = self._whole(raw, answers.header_of(raw), None)
        whole.stray = replace(sifted.stray, whole=True)
        if self._speaks_hl7 and left is not None:
            whole.fault = left.fault  # its sender mends what it says of the stay, and sends that again
        return whole

    def _row(self, arrival: Arrival) -> Candidate:
        """Judge what was made of a row that says more than that; all of it goes where nothing was."""
        sifted = self._source.sift(arrival.apart, self.profile)
        stray = sifted.stray if sifted is not None else all_of(arrival.apart, self.profile)
        judged = self.judge(arrival.payload) if arrival.payload else None
        if judged is not None and judged.fault is None and judged.stray is None:
            judged.stray = replace(stray, about=judged.control_id)
            return judged
        whole = self._whole(arrival.apart, answers.header_of(arrival.apart), None)
        whole.stray = replace(stray, whole=True)
        return whole

    def _judged(self, raw: bytes) -> Candidate:
        seen = answers.header_of(raw)
        candidate = Candidate(raw, self.digest(raw), seen.control_id, seen.trigger)
        candidate.sent_ms = _sent_ms(seen.sent)
        candidate.sequence = seen.sequence
        candidate.codes = self._codes(seen)
        try:
            candidate.door = self._source.check(raw, self.profile)
        except UnreadableMessage as fault:
            answer: Literal["AE", "AR"] = "AR" if fault.segment in {"MSH", "FHS", "BHS"} else "AE"
            candidate.fault = SourceFault(
                fault.reason, segment=fault.segment, field=fault.field, code=fault.hl7_code, answer=answer
            )
        except SourceFault as fault:
            candidate.fault = fault
        else:
            candidate.flags += candidate.door.flags
            candidate.control_id = candidate.door.control_id or candidate.control_id
        return candidate

    def _codes(self, seen: answers.Header) -> answers.Codes:
        """How its sender wants to hear of a message; an acknowledgment is never answered, whatever is wrong with it."""
        if seen.is_acknowledgment or not self._speaks_hl7:
            return answers.SILENT
        return ack_mode_for(seen.accept_acknowledgment, self._mode)

    def digest(self, raw: bytes) -> str:
        """What makes a retransmission recognisable: the whole content but MSH-7, which some senders set anew."""
        same = _without_sending_time(raw)
        return self._keyring.lookup("resend", self.profile.feed.name, same.decode("latin-1"))

    def _refused_whole(self, payload: bytes, messages: int) -> Candidate:
        """Refuse a batch of so many messages that everybody else would wait while they are kept."""
        seen = answers.header_of(payload)
        text = f"batch of {messages} messages, more than {MOST_IN_BATCH}; send it in parts"
        fault = SourceFault(text, segment="MSH", field=0, code=ErrorCode.SEGMENT_SEQUENCE)
        return self._whole(payload, seen, fault)

    def _refused_before(self, arrival: Arrival) -> Candidate:
        """Keep what somebody before the door could make nothing of, with what they said is wrong with it."""
        fault = SourceFault(arrival.refused, segment="row", field=0, code=ErrorCode.DATA_TYPE)
        return self._whole(arrival.payload, answers.header_of(arrival.payload), fault)

    def _misframed(self, arrival: Arrival) -> Candidate:
        assert arrival.fault is not None
        seen = answers.header_of(arrival.payload)
        fault = SourceFault(
            arrival.fault.reason, segment="MSH", field=0, code=ErrorCode.INTERNAL, answer="AE"
        )
        if arrival.fault.kind is FaultKind.NO_START:
            fault = SourceFault(arrival.fault.reason, segment="MSH", field=0, code=ErrorCode.SEGMENT_SEQUENCE)
        return self._whole(arrival.payload, seen, fault)

    def _whole(self, payload: bytes, seen: answers.Header, fault: SourceFault | None) -> Candidate:
        """A candidate of which nobody reads more than its header."""
        codes = self._codes(seen)
        found = Candidate(
            payload, self.digest(payload), seen.control_id, seen.trigger, fault=fault, codes=codes
        )
        found.sequence = seen.sequence
        if tells(payload):
            found.stray = all_of(payload, self.profile)
        return found


def _without_sending_time(raw: bytes) -> bytes:
    """The message with an empty MSH-7; as it came where its header has none."""
    if len(raw) < 4 or not raw.startswith(b"MSH"):
        return raw
    separator = raw[3:4]
    fields = raw[4:].split(separator, 6)
    header = b"".join(fields[:6])
    if len(fields) < 7 or b"\r" in header or b"\n" in header:
        return raw
    fields[5] = b""  # MSH-7: the first of these is MSH-2
    return raw[:4] + separator.join(fields)


def _sent_ms(sent: str) -> int:
    """When a sender says it sent a message, in UTC milliseconds; 0 where that cannot be told."""
    try:
        return parse_ts(sent).utc_ms or 0
    except ImpossibleTime:
        return 0


def needed(candidates: Sequence[Candidate], refused: Ref) -> list[Ref]:
    """Every Ref that must have a key before these messages are kept; refused ones share one lane."""
    refs = [ref for candidate in candidates for ref in candidate.refs]
    if any(candidate.door is None and not candidate.apart for candidate in candidates):
        refs.append(refused)
    return list(dict.fromkeys(refs))
