"""Which of two statements is the later one, as text that sorts."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ascbridge.events.facts.catalogue import Stamp

_SHIFT = 10**18  # so that times before 1970 sort too


def sortable(stamp: Stamp, message_id: str, translation: int = 0) -> str:
    """Return text that sorts as the statement does: recorded, sequence, sent, rank, message, translation."""
    numbers = (stamp.recorded_ms, stamp.sequence, stamp.sent_ms, stamp.rank)
    return ".".join([*(f"{number + _SHIFT:019d}" for number in numbers), message_id, f"{translation:06d}"])


def origin(text: str) -> tuple[str, int]:
    """Return the message id and translation number in what `sortable` gave."""
    message_id, _, translation = text.split(".", 4)[4].rpartition(".")
    return message_id, int(translation)


def rank(text: str) -> int:
    """Return the rank in what `sortable` gave."""
    return int(text.split(".", 4)[3]) - _SHIFT


def recorded_ms(text: str) -> int:
    """Return when what `sortable` gave was recorded, in UTC epoch milliseconds."""
    return int(text.partition(".")[0]) - _SHIFT
