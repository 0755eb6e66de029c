"""A message's hops as OpenTelemetry spans, in the JSON encoding of OTLP: ids, codes and moments, nothing of anybody.

https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding. Only codes that the allow list names become
attributes, and only where they look like codes. Thinks only.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from ascbridge.events.logs import trace_context

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from ascbridge.operations.tracing.hop_values import Hop
    from ascbridge.operations.tracing.hops import Traced

ALLOWED = frozenset(
    {
        "feed", "trigger", "outcome", "answer", "state", "event_type", "topic", "status", "stage", "signal", "rule",
        "then", "resource", "version", "sink", "receiver", "progress", "consumer", "paused",
    }
)  # fmt: skip
"""Which codes of a hop become attributes of its span."""
_CODE = re.compile(r"[A-Za-z0-9_.:@/-]{1,120}", re.ASCII)
_LONGEST_TRIGGER = 20
_INTERNAL, _SERVER, _CLIENT = 1, 2, 3
_ERROR = 2


def request_of(traces: Iterable[Traced], service: str, version: str) -> dict[str, Any]:
    """Return the body of one export of these messages."""
    spans = [span for one in traces for span in spans_of(one)]
    resource = {"service.name": service, "service.version": version}
    return {
        "resourceSpans": [
            {
                "resource": {"attributes": _attributes(resource)},
                "scopeSpans": [{"scope": {"name": "ascbridge", "version": version}, "spans": spans}],
            }
        ]
    }


def spans_of(traced: Traced) -> Iterator[dict[str, Any]]:
    """Give the span of a message, and one for each hop after its receipt, which lasts since the hop before."""
    if not traced.hops:
        return
    first, message_id = traced.hops[0], traced.trail.seen.message_id
    root = traced.traceparent[36:52]
    joined = trace_context.joined(traced.trail.seen.flags)
    yield _span(traced, root, joined[36:52], "message", first.at_ms, traced.hops[-1].at_ms, first.codes, _SERVER,
                failed=first.codes.get("outcome") == "refused")  # fmt: skip
    known = {one.ident for one in traced.hops if one.kind in {"event", "task"}}
    for number, hop in enumerate(traced.hops[1:]):
        event = hop.kind in {"event", "task"}
        ident = trace_context.span_id(hop.ident if event else f"{message_id} {hop.kind} {hop.ident} {number}")
        parent = trace_context.span_id(hop.caused_by) if hop.caused_by in known else root
        kind = _CLIENT if hop.kind in {"sent", "reply"} else _INTERNAL
        yield _span(traced, ident, parent, _name(hop), hop.at_ms - hop.since_ms, hop.at_ms, hop.codes, kind,
                    failed=hop.kind == "stuck")  # fmt: skip


def _span(  # noqa: PLR0913  # each is a part of the span
    traced: Traced,
    ident: str,
    parent: str,
    name: str,
    from_ms: int,
    to_ms: int,
    codes: Mapping[str, str],
    kind: int,
    *,
    failed: bool,
) -> dict[str, Any]:
    chosen = {f"ascbridge.{key}": value for key, value in codes.items() if _tellable(key, value)}
    return {
        "traceId": traced.trace_id,
        "spanId": ident,
        **({"parentSpanId": parent} if parent else {}),
        "name": name,
        "kind": kind,
        "startTimeUnixNano": str(from_ms * 1_000_000),
        "endTimeUnixNano": str(to_ms * 1_000_000),
        "attributes": _attributes(chosen),
        **({"status": {"code": _ERROR}} if failed else {}),
    }


def _name(hop: Hop) -> str:
    kind = hop.codes.get("event_type", "").split(".")
    return f"{hop.kind} {kind[-2]}" if len(kind) > 1 else hop.kind


def _tellable(name: str, value: str) -> bool:
    if name == "trigger" and len(value) > _LONGEST_TRIGGER:
        return False
    return name in ALLOWED and _CODE.fullmatch(value) is not None


def _attributes(values: Mapping[str, str]) -> list[dict[str, Any]]:
    return [{"key": key, "value": {"stringValue": value}} for key, value in values.items()]
