"""CloudEvents 1.0 in binary mode: attributes as headers, the open part as JSON.

Attribute names and rules: CloudEvents 1.0.2 sections 2 and 3, and its Kafka protocol binding section 3.2
(``ce_`` headers). `recordedtime`, `correlationid`, `causationid`, `traceparent`, `keyid` and `readby` are extension
attributes. Headers carry ids, times and types only, nothing that names anybody: brokers, proxies and logs
see them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

import orjson

from ascbridge.events.logs.envelope import ReleasedEvent
from ascbridge.events.logs.log import INBOUND, Record

if TYPE_CHECKING:
    from collections.abc import Mapping

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
CONTENT_TYPE = "application/json"
GAP = "gap"
"""Header of a record whose lane went on without an earlier event: the id of that event, now a dead letter."""

_OPTIONAL = {
    "ce_correlationid": "correlation_id",
    "ce_causationid": "causation_id",
    "ce_traceparent": "traceparent",
    "ce_keyid": "key_id",
    "ce_readby": "read_by",
}


@lru_cache(maxsize=4096)  # the events of a message, and the messages of a batch, share their times
def rfc3339(time_ms: int) -> str:
    """Write UTC epoch milliseconds as an RFC 3339 time: ``2026-11-02T07:31:00.000Z``."""
    moment = EPOCH + timedelta(milliseconds=time_ms)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


@lru_cache(maxsize=4096)
def epoch_ms(text: str) -> int:
    """Read an RFC 3339 time as UTC epoch milliseconds. Raises `ValueError`."""
    return (datetime.fromisoformat(text) - EPOCH) // timedelta(milliseconds=1)


def source_of(prefix: str) -> str:
    """Return the `source` of every event we publish."""
    return f"{prefix}.ascbridge"


@lru_cache(maxsize=256)
def schema_of(event_type: str, prefix: str) -> str:
    """Return the `dataschema` of an event type: a name, not a place. The prefix read backwards is its
    domain.
    """
    domain = ".".join(reversed(prefix.split(".")))
    return f"https://{domain}/events/{event_type.removeprefix(prefix + '.')}.json"


def to_record(event: ReleasedEvent, *, prefix: str, partition: int = 0, now_ms: int = 0) -> Record:
    """Put a released event into its record; the log gives the offset. `now_ms` is the time of the append."""
    headers = {
        "ce_specversion": "1.0",
        "ce_id": event.id,
        "ce_source": source_of(prefix),
        "ce_subject": event.subject,
        "ce_dataschema": schema_of(event.type, prefix),
        "content-type": CONTENT_TYPE,
        **told_headers(event),
    }
    return Record(event.topic, partition, 0, event.subject, headers, orjson.dumps(event.data), now_ms)


def told_headers(event: ReleasedEvent) -> dict[str, str]:
    """Return those headers of an event that neither its id, nor its subject, nor its type decides."""
    headers = {
        "ce_type": event.type,
        "ce_time": rfc3339(event.time_ms),
        "ce_recordedtime": rfc3339(event.recorded_ms),
    }
    for header, name in _OPTIONAL.items():
        if value := getattr(event, name):
            headers[header] = value
    return headers


def from_record(record: Record) -> ReleasedEvent:
    """Read a record back as the event it carries. Raises `KeyError` or `ValueError` where it is no event
    of ours.
    """
    headers: Mapping[str, str] = record.headers
    return ReleasedEvent(
        id=headers["ce_id"],
        type=headers["ce_type"],
        topic=record.topic,
        subject=headers["ce_subject"],
        time_ms=epoch_ms(headers["ce_time"]),
        recorded_ms=epoch_ms(headers["ce_recordedtime"]),
        correlation_id=headers.get("ce_correlationid", ""),
        causation_id=headers.get("ce_causationid", ""),
        key_id=headers.get("ce_keyid", ""),
        traceparent=headers.get("ce_traceparent", ""),
        data=orjson.loads(record.value),
        read_by=headers.get("ce_readby", ""),
    )


POINTER_TYPE = ".inbound.message-kept.v1"
"""The type of every pointer to a kept message, behind the configured prefix."""


@dataclass(frozen=True, slots=True)
class Pointer:
    """A claim check for a kept message: everything of it that may travel, which is never its body."""

    message_id: str
    feed: str
    lane: str
    kept_ms: int
    translation: int = 0


def inbound_record(pointer: Pointer, *, prefix: str, partition: int = 0, offset: int = 0) -> Record:
    """Put a pointer into its record of topic `inbound`."""
    kind = prefix + POINTER_TYPE
    headers = {
        "ce_specversion": "1.0",
        "ce_id": pointer.message_id,
        "ce_source": source_of(prefix),
        "ce_type": kind,
        "ce_time": rfc3339(pointer.kept_ms),
        "ce_dataschema": schema_of(kind, prefix),
        "content-type": CONTENT_TYPE,
        "feed": pointer.feed,
        "kept_ms": str(pointer.kept_ms),
        "translation": str(pointer.translation),
    }
    value = orjson.dumps({"message_id": pointer.message_id, "feed": pointer.feed, "lane": pointer.lane})
    return Record(INBOUND, partition, offset, pointer.lane, headers, value, pointer.kept_ms)


def message_of(record: Record) -> str:
    """Return the id of the kept message (or desk act) that a record follows from."""
    if record.topic == INBOUND:
        return record.event_id
    return record.headers.get("ce_correlationid", "")
