"""What a source says at the door, before a message is kept: let in, or refused with the place and the reason."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from ascbridge.events.logs.envelope import Draft, Ref
from ascbridge.intake.hl7v2.hl7_errors import ErrorCode

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ascbridge.intake.sources.unread import Thing

    Unread = Callable[[Callable[[Thing, str], None]], None]


def nothing_unread(_tell: Callable[[Thing, str], None]) -> None:
    """What a source tells that uses all of it."""


class SourceFault(Exception):
    """A fault that follows from the bytes and the profile, and will be the same however often it is sent.

    `accept` is the acknowledgment: AE for content, AR for what we never take. `text` is for the sender's engineer and
    quotes no patient data; `segment` and `field` say where.
    """

    def __init__(
        self, text: str, *, segment: str, field: int, code: ErrorCode, answer: Literal["AE", "AR"] = "AE"
    ) -> None:
        super().__init__(f"{segment}-{field}: {text}" if field else f"{segment}: {text}")
        self.text = text
        self.segment = segment
        self.field = field
        self.code = code
        self.answer = answer


@dataclass(frozen=True, slots=True)
class Translation:
    """What one message says in our words. With no drafts, `note` tells why it has no effect."""

    drafts: tuple[Draft, ...] = ()
    note: str = ""
    not_mapped: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Door:
    """A message that may come in: what orders it, and everybody and every stay that it names.

    `translate` says what it means, from what was read already, once every one of `refs` has its opaque key.
    `control_id` is the sender's own name for a message that has no HL7 header to say it. `unread` tells what of
    it was not used, once it was translated.
    """

    lane: Ref
    translate: Callable[[Mapping[Ref, str]], Translation] = field(compare=False, repr=False)
    refs: tuple[Ref, ...] = ()
    flags: tuple[str, ...] = ()
    control_id: str = ""
    unread: Unread = field(default=nothing_unread, compare=False, repr=False)
