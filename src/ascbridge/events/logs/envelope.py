"""The envelope of every event: its identity, its cause, and what of it may be read by whom.

An event is CloudEvents 1.0 with an *open part* (codes, times, keys: nothing that names anyone) and, where a
fact names somebody, a *sealed part* that only `ascbridge.people.open` can read. This module thinks; it does no
input or output.
"""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from pydantic import BaseModel

    from ascbridge.events.facts.catalogue import Fact

_MILLISECONDS = (1 << 48) - 1
TIME_DIGITS, KEY_DIGITS = 12, 32
"""Of the hexadecimal digits of a key, how many tell its millisecond, and how many there are."""
_VARIANT = {f"{digit:x}": f"{digit & 0x3 | 0x8:x}" for digit in range(16)}
"""The first hexadecimal digit of the fourth group, whose two leading bits are always 10."""

RefKind = Literal["patient", "spell", "lane"]


class Ref(NamedTuple):
    """A name that the outside world uses: `value` is unique only within `authority` and `kind`.

    `authority` is an assigning authority (HL7 CX.4) such as an ODS code. Refs stay inside the bridge; what
    travels is the opaque key that the identity table gave for one (`people.identities`).
    """

    kind: RefKind
    authority: str
    value: str


DESK = "ASCBRIDGE-DESK"
"""The authority of patients and stays that are entered by hand. A number that was typed is the hospital's."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A fact that a source read out of one message, before identity, restriction and sealing are settled.

    `slot` names the draft within its message (``person``, ``stay``, ``death``...), and with the message id and
    the translation number it decides the event's id. `happened_ms` is UTC epoch milliseconds.
    """

    about: Ref
    slot: str
    happened_ms: int
    fact: Fact
    sealed: BaseModel | None = None


@dataclass(frozen=True, slots=True)
class Cause:
    """What an event follows from: the kept message (or desk act) and how often that was translated.

    `message_id` becomes the correlation id of everything derived from it, `event_id` the causation id.
    """

    message_id: str
    event_id: str
    kept_ms: int
    translation: int = 0
    traceparent: str = ""
    read_by: str = ""
    """The feed profile, and its code map, by which the message was understood (`intake.map_versions.stamp`)."""


@dataclass(frozen=True, slots=True)
class ReleasedEvent:
    """An event that passed `people.release`, which alone may make one; the outbox takes nothing else.

    `data` is the open part as JSON-ready values and may hold ``sealed`` (base64 text). `subject` is the patient
    key and the partition key. Times are UTC epoch milliseconds.
    """

    id: str
    type: str
    topic: str
    subject: str
    time_ms: int
    recorded_ms: int
    correlation_id: str
    causation_id: str
    key_id: str
    traceparent: str
    data: dict[str, object]
    read_by: str = ""


def derived_id(kept_ms: int, *parts: str | int) -> str:
    """Give the UUIDv8 that follows from a cause: 48 bits of its millisecond, the rest SHA-256 of `parts`.

    The same cause always gives the same id, so handling a message again cannot make a second event, and ids of
    later messages sort later, which keeps database pages that are written together close together (RFC 9562
    section 5.8).
    """
    rest = hashlib.sha256("\x1f".join(map(str, parts)).encode()).hexdigest()
    led = time_led(kept_ms)
    return f"{led[:8]}-{led[8:]}-8{rest[1:4]}-{_VARIANT[rest[4]]}{rest[5:8]}-{rest[8:20]}"


def time_led(at_ms: int) -> str:
    """Return the 12 hexadecimal digits with which an id of a UTC epoch millisecond begins."""
    return f"{at_ms & _MILLISECONDS:012x}"


def following_id(letter: str, key: str, *parts: str) -> str:
    """Give the id that follows from a key: a letter, the key's time, then SHA-256 of `parts`; 33 characters in all."""
    rest = hashlib.sha256("\x1f".join(parts).encode()).hexdigest()
    return letter + (key[1 : 1 + TIME_DIGITS] + rest)[:KEY_DIGITS]


def id_millisecond(event_id: str) -> int:
    """Return the UTC epoch millisecond that a derived id leads with."""
    return int(event_id[:8] + event_id[9:13], 16)


def first_id(at_ms: int) -> str:
    """Return the lowest id that a message or event of this millisecond (UTC epoch) or later can have."""
    return str(uuid.UUID(int=at_ms << 80))


def partition_of(key: str, partitions: int) -> int:
    """Return the partition of a key: the same on every log, in every language (SHA-256, first four bytes)."""
    if partitions == 1:
        return 0
    return int.from_bytes(hashlib.sha256(key.encode()).digest()[:4], "big") % partitions
