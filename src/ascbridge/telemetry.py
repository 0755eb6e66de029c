"""Logs and metrics. Both take allow-listed fields only, so that no name, number, address or body can slip out."""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING, cast

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

if TYPE_CHECKING:
    from collections.abc import MutableMapping

ALLOWED = frozenset(
    {
        "event", "level", "timestamp", "part", "service", "feed", "consumer", "topic", "partition", "offset",
        "message_id", "event_id", "event_type", "task_id", "dead_id", "count", "ms", "code", "cause", "address",
        "sink", "status", "lane", "epoch", "owner", "tries", "setting", "path", "port", "pid", "version", "role",
        "reason", "trigger", "exception", "seed", "profile", "bytes", "trace_id",
    }
)  # fmt: skip
"""The only fields a log line may carry; anything else is dropped and counted."""

registry = CollectorRegistry()
dropped_fields = Counter(
    "ascbridge_log_fields_dropped", "Log fields refused by the allow list", registry=registry
)
OUTCOMES = ("kept", "refused", "duplicate")
messages = Counter(
    "ascbridge_messages", "Messages that arrived, by feed and outcome", ["feed", "outcome"], registry=registry
)
webhook_refused = Counter(
    "ascbridge_webhook_refused",
    "Requests of the webhook of which nothing was kept, by feed and HTTP status",
    ["feed", "status"],
    registry=registry,
)
polled_rows = Counter(
    "ascbridge_polled_rows",
    "Rows read in a council's database, by feed and what was found: changed, unchanged, gone",
    ["feed", "outcome"],
    registry=registry,
)
poll_age = Gauge(
    "ascbridge_poll_age_seconds",
    "Since every table of a council's database was last read",
    ["feed"],
    registry=registry,
)
misframed = Counter(
    "ascbridge_misframed", "Bytes that were no frame, by feed and kind", ["feed", "kind"], registry=registry
)
answer_seconds = Histogram(
    "ascbridge_answer_seconds",
    "From frame received to acknowledgment written",
    ["feed"],
    buckets=(0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1, 5),
    registry=registry,
)
lag = Gauge("ascbridge_lag_records", "Records not yet handled", ["consumer", "topic"], registry=registry)
backlog_age = Gauge(
    "ascbridge_backlog_age_seconds", "Age of the oldest record not handled", ["consumer"], registry=registry
)
handled = Counter("ascbridge_events_handled", "Events handled", ["consumer"], registry=registry)
held_lanes = Gauge(
    "ascbridge_held_lanes", "People whose events wait behind a fault", ["consumer"], registry=registry
)
unknown_events = Counter(
    "ascbridge_events_unknown",
    "Events left alone because this version does not know their type",
    ["consumer"],
    registry=registry,
)
dead_letters = Counter("ascbridge_dead_letters", "Events given up on", ["consumer"], registry=registry)
published = Counter(
    "ascbridge_resources_published", "Resources sent to a sink", ["sink", "result"], registry=registry
)
miscounted_batches = Counter(
    "ascbridge_batches_miscounted",
    "Batches whose trailer counts otherwise than we read",
    ["feed"],
    registry=registry,
)
clock_ahead = Counter(
    "ascbridge_sender_clock_ahead",
    "Messages whose sender's clock is ahead of ours",
    ["feed"],
    registry=registry,
)
well = Gauge(
    "ascbridge_well",
    "Whether a part of this process works (1), or stands still (0)",
    ["part"],
    registry=registry,
)
council_feed = Gauge(
    "ascbridge_council_feed",
    "1 for a feed of the council's, which may be silent for hours",
    ["feed"],
    registry=registry,
)
feed_quiet = Gauge(
    "ascbridge_feed_unusually_quiet",
    "How many messages a feed, or one kind of its messages, usually has sent by now, where none came; else 0",
    ["feed", "trigger"],
    registry=registry,
)
unmapped = Counter(
    "ascbridge_unmapped",
    "Things in messages, files and databases that nothing here uses, by feed and kind",
    ["feed", "kind"],
    registry=registry,
)
unmapped_codes = Counter(
    "ascbridge_unmapped_codes",
    "Codes that came and that the feed's profile does not know, by feed and list",
    ["feed", "list"],
    registry=registry,
)
paused = Gauge(
    "ascbridge_paused",
    "Whether somebody stopped a feed, a sink or a family of events: 1 paused, 2 a feed that takes nothing new",
    ["kind", "name"],
    registry=registry,
)
way_in_well = Gauge(
    "ascbridge_way_in_well",
    "Whether one of the council's ways in works (1), or has something that somebody must look at (0)",
    ["way"],
    registry=registry,
)
answers = Gauge(
    "ascbridge_answers", "Whether the other process of this machine answers (1)", ["other"], registry=registry
)


replies = Counter(
    "ascbridge_replies", "What hospitals were to be told, by receiver and how it ended", ["receiver", "result"],
    registry=registry,
)  # fmt: skip
replies_overdue = Gauge(
    "ascbridge_replies_overdue",
    "What a hospital should have been told by now",
    ["receiver"],
    registry=registry,
)


openings_overdue = Gauge(
    "ascbridge_openings_overdue",
    "Records opened without a relationship that nobody has looked at in time",
    registry=registry,
)

traces = Counter(
    "ascbridge_traces",
    "Messages whose trace was sent to a collector, or left out: exported, dropped",
    ["result"],
    registry=registry,
)


ledger_missing = Gauge(
    "ascbridge_ledger_missing",
    "What the ledger found missing between two hops, and has not come right",
    registry=registry,
)
ledger_looked = Gauge(
    "ascbridge_ledger_looked_timestamp_seconds",
    "When the ledger was last compared with the store, Unix time",
    registry=registry,
)


alerts = Gauge(
    "ascbridge_alerts",
    "What is wrong now, by the words of the alerts page",
    ["cause", "severity"],
    registry=registry,
)
alerts_looked = Gauge(
    "ascbridge_alerts_looked_timestamp_seconds",
    "When the bridge last looked what is wrong with it, Unix time",
    registry=registry,
)
retention_removed = Counter(
    "ascbridge_retention_removed", "What was past its time and was removed", ["kind"], registry=registry
)
retention_ended = Gauge(
    "ascbridge_retention_ended_timestamp_seconds",
    "When what is past its time was last removed to the end, Unix time",
    ["kind"],
    registry=registry,
)
retention_failing = Gauge(
    "ascbridge_retention_failing",
    "Whether the last round of removing failed (1)",
    ["kind"],
    registry=registry,
)


def count_messages_from_zero(feed: str) -> None:
    """Show the count of a feed's messages from the start: only then can a silent feed be seen to be silent."""
    for outcome in OUTCOMES:
        messages.labels(feed, outcome)


def _trace(_logger: object, _method: str, fields: MutableMapping[str, object]) -> MutableMapping[str, object]:
    """Name the trace of a message beside the message: its id without dashes (`events.trace_context`)."""
    named = fields.get("message_id")
    if isinstance(named, str) and named:
        fields.setdefault("trace_id", named.replace("-", ""))
    return fields


def _allow(_logger: object, _method: str, fields: MutableMapping[str, object]) -> MutableMapping[str, object]:
    for name in [name for name in fields if name not in ALLOWED]:
        del fields[name]
        dropped_fields.inc()
    return fields


def configure_logs(level: str = "info", service: str = "") -> None:
    """Send JSON lines to standard error, each field allow-listed, standard library loggers included."""
    processors: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _trace,
        _allow,
        structlog.processors.JSONRenderer(),
    ]
    structlog.configure(
        processors=processors,
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    structlog.contextvars.bind_contextvars(service=service)
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(name)s %(levelname)s")


def log(name: str) -> structlog.typing.FilteringBoundLogger:
    """Return a logger that says where it speaks from."""
    return cast("structlog.typing.FilteringBoundLogger", structlog.get_logger(part=name))
