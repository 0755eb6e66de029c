"""Which answer a message gets: the code for its outcome, the place of a fault, and the words beside it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from ascbridge.intake.hl7v2.hl7_ack import (
    ORIGINAL,
    SILENT,
    AckCode,
    AckError,
    AckMode,
    AnswerCodes,
    ack_mode_for,
    build_ack,
)
from ascbridge.intake.hl7v2.hl7_errors import ErrorCode

if TYPE_CHECKING:
    from ascbridge.intake.sources.door import SourceFault
    from ascbridge.intake.sources.profile import Profile

__all__ = ["ORIGINAL", "SILENT", "Codes", "accepted", "header_of", "mode", "not_now", "refused"]

Codes = AnswerCodes
LONGEST_TRIGGER = 20
"""A trigger event has three characters (table 0003); what is longer is shown by its beginning."""
FEWEST_REPEATS_FOR_AE = 3
"""The fourth identical message that we cannot take gets AE, which ends the sender's retries."""


_HEADER_LINE = re.compile(rb"MSH[^\r\n]*")


class Header(NamedTuple):
    """What can be seen of a header without reading the message."""

    control_id: str = ""
    trigger: str = ""
    accept_acknowledgment: str = ""
    is_acknowledgment: bool = False
    sent: str = ""
    sequence: str = ""


def header_of(raw: bytes) -> Header:
    """Return what the first MSH line shows, or an empty header: this never fails."""
    found = _HEADER_LINE.search(raw)
    line = found[0].decode("latin-1") if found else ""
    if len(line) < 5 or line[3].isalnum() or line[3].isspace():
        return Header()
    fields = line.split(line[3])
    fields += [""] * (15 - len(fields))
    kind = _shown(fields[8]).split(fields[1][:1] or "^")
    trigger = kind[1][:LONGEST_TRIGGER] if len(kind) > 1 else ""
    return Header(
        _shown(fields[9])[:200],
        trigger,
        _shown(fields[14]),
        kind[0] == "ACK",
        _shown(fields[6]),
        _shown(fields[12])[:15],
    )


def _shown(field: str) -> str:
    """A field without blanks around it, and without NUL, which PostgreSQL does not take in a text."""
    return field.strip().replace("\x00", "")


def mode(profile: Profile) -> AckMode:
    """The profile's acknowledgment mode."""
    return AckMode(profile.acknowledgment.mode)


def accepted(raw: bytes, codes: Codes, profile: Profile, now_ms: int, our_id: str) -> tuple[str, bytes]:
    """Return the code and the bytes that say a message is kept; both empty where the sender asked for silence."""
    if codes.accept is None:
        return "", b""
    return codes.accept.value, _build(raw, codes.accept, profile, now_ms, our_id)


def refused(
    raw: bytes, codes: Codes, fault: SourceFault, repeats: int, profile: Profile, now_ms: int, our_id: str
) -> tuple[str, bytes]:
    """Return the code and the bytes that refuse a message, saying where and why."""
    final = fault.answer == "AE" or repeats >= FEWEST_REPEATS_FOR_AE
    code = codes.error if final else codes.reject
    if code is None:
        return "", b""
    error = AckError(fault.code, fault.segment, 1, fault.field)
    return code.value, _build(raw, code, profile, now_ms, our_id, text=fault.text, error=error)


def not_now(raw: bytes, profile: Profile, now_ms: int) -> list[bytes]:
    """What a sender hears when we could not keep its message for a reason of ours: AR or CR 207, or nothing."""
    seen = header_of(raw)
    code = ack_mode_for(seen.accept_acknowledgment, mode(profile)).reject
    if profile.acknowledgment.temporary == "close" or code is None or seen.is_acknowledgment:
        return []
    error = AckError(ErrorCode.INTERNAL)
    text = "not kept, please send again"
    return [_build(raw, code, profile, now_ms, f"T{now_ms}", text=text, error=error)]


def _build(
    raw: bytes,
    code: AckCode,
    profile: Profile,
    now_ms: int,
    our_id: str,
    *,
    text: str = "",
    error: AckError | None = None,
) -> bytes:
    ours = profile.acknowledgment
    return build_ack(
        raw,
        code,
        text=text,
        error=error,
        now_ms=now_ms,
        our_app=ours.our_application,
        our_facility=ours.our_facility,
        control_id=our_id,
    )
