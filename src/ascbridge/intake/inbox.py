"""Keep, then understand: every message is judged at the door, kept with its answer in one transaction, then answered.

The rules are those of `docs/how-it-works.md`: the same control id and content within the resend window is a repeat and
gets the stored answer; the same control id with other content is a new message, because senders restart their
counters; a fault that follows from the bytes and the profile is refused with its place; all else is kept.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from ascbridge.events.envelope import Ref
from ascbridge.intake import answers
from ascbridge.intake.hl7_ack import ack_mode_for
from ascbridge.intake.hl7_batch import split_batch
from ascbridge.intake.hl7_errors import ErrorCode, UnreadableMessage
from ascbridge.intake.mllp import FaultKind, FramingFault
from ascbridge.intake.sources import SOURCES
from ascbridge.intake.sources.door import Door, SourceFault

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ascbridge.events.sealing import Keyring
    from ascbridge.intake.sources.profile import Profile

_MSH_7 = re.compile(rb"\A(MSH(.)(?:[^\r\n]*?\2){5})[^\r\n]*?\2", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Arrival:
    """What a listener took from one sender: a whole payload, or the head of one that could not be framed."""

    payload: bytes
    peer: str = ""
    fault: FramingFault | None = None


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
    flags: list[str] = field(default_factory=list)

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
        self._speaks_hl7 = profile.feed.source == "hospital_adt"

    def candidates(self, arrival: Arrival) -> list[Candidate]:
        """Return the messages in what arrived: several for a batch, none for bytes that nobody waits to hear about."""
        if arrival.fault is not None:
            return [self._misframed(arrival)] if arrival.fault.wants_answer else []
        if not self._speaks_hl7:
            return [self.judge(arrival.payload)]
        return [self.judge(raw) for raw in split_batch(arrival.payload)]

    def judge(self, raw: bytes) -> Candidate:
        """Judge one message; what is wrong with it becomes its fault and never an exception."""
        seen = answers.header_of(raw)
        candidate = Candidate(raw, self.digest(raw), seen.control_id, seen.trigger)
        candidate.codes = ack_mode_for(seen.accept_acknowledgment, answers.mode(self.profile))
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
        if seen.is_acknowledgment or not self._speaks_hl7:
            candidate.codes = answers.SILENT
        return candidate

    def digest(self, raw: bytes) -> str:
        """What makes a retransmission recognisable: the whole content but MSH-7, which some senders set anew."""
        same = _MSH_7.sub(rb"\1\2", raw, count=1)
        return self._keyring.lookup("resend", self.profile.feed.name, same.decode("latin-1"))

    def _misframed(self, arrival: Arrival) -> Candidate:
        assert arrival.fault is not None
        seen = answers.header_of(arrival.payload)
        fault = SourceFault(
            arrival.fault.reason, segment="MSH", field=0, code=ErrorCode.INTERNAL, answer="AE"
        )
        if arrival.fault.kind is FaultKind.NO_START:
            fault = SourceFault(arrival.fault.reason, segment="MSH", field=0, code=ErrorCode.SEGMENT_SEQUENCE)
        return Candidate(
            arrival.payload, self.digest(arrival.payload), seen.control_id, seen.trigger, fault=fault
        )


def needed(candidates: Sequence[Candidate], refused: Ref) -> list[Ref]:
    """Every Ref that must have a key before these messages are kept; refused ones share one lane."""
    refs = [ref for candidate in candidates for ref in candidate.refs]
    if any(candidate.door is None for candidate in candidates):
        refs.append(refused)
    return list(dict.fromkeys(refs))
