"""A message's trace as lines of text, from what the interface answers: what `ascbridge trace` prints."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


def lines(found: Mapping[str, Any]) -> Iterator[str]:
    """Give one message's trace: a heading, then a line for each hop with its moment and what it changed."""
    one = found["message"]
    yield f"{one['control_id'] or 'without control id'}\t{one['feed']}\t{one['trigger']}\t{one['state']}"
    yield f"message {one['message_id']}\ttrace {found['trace_id']}"
    for hop in found["hops"]:
        at = datetime.fromtimestamp(hop["at_ms"] / 1000, UTC).isoformat(timespec="milliseconds")
        words = f": {hop['words']}" if hop["words"] else ""
        yield f"{at}\t+{hop['since_ms']} ms\t{hop['kind']}\t{hop['title']}{words}"
        yield from (f"\t\t\t{line}" for line in _beside(hop))
    for task in found["tasks"]:
        yield f"task {task['task_id']} is now {task['status']}, {task['stage']}"


def _beside(hop: Mapping[str, Any]) -> Iterator[str]:
    if rule := hop["codes"].get("rule"):
        yield f"rule {rule}"
    for value in hop["values"]:
        if value["changed"]:
            yield f"{value['name']}: {value['before']} -> {value['now']}"
        elif hop["kind"] == "task":
            yield f"{value['name']}: {value['now']}"
    if readers := ", ".join(f"{one['reader']} {one['state']}" for one in hop["readers"]):
        yield f"read by: {readers}"
