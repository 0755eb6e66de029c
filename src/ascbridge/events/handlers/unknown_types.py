"""Events of types that this version does not know: left alone by rule, counted, and told once for each type.

A later version may publish them while a rolling upgrade is under way, or for readers that are not ours. Once the reader
knows the type, `ascbridge replay --consumer` lets it read from before they began.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ascbridge import telemetry

if TYPE_CHECKING:
    from ascbridge.events.logs.log import Record

MOST_TOLD = 1_000
_told: set[tuple[str, str]] = set()
_log = telemetry.log(__name__)


def leave_alone(consumer: str, record: Record) -> None:
    """Count an event whose type the consumer does not know, and say so when it is the first of its type."""
    telemetry.unknown_events.labels(consumer).inc()
    kind = (consumer, record.event_type)
    if kind in _told or len(_told) >= MOST_TOLD:
        return
    _told.add(kind)
    _log.warning(
        "events of this type are left alone: this version does not know it",
        consumer=consumer, topic=record.topic, event_type=record.event_type, event_id=record.event_id,
    )  # fmt: skip
