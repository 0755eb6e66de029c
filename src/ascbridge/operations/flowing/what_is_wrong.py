"""What is wrong now, as alerts name it: on the flow map, with parts, and with feeds that are quiet. Pure; no person."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from ascbridge.alerts.alert_rules import Trouble
from ascbridge.calendars import LONDON

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ascbridge.events.logs.retention_rounds import Round
    from ascbridge.intake.keeping.arrivals import Quiet
    from ascbridge.operations.flowing.flow_map import Box, FlowMap

DATABASE, BROKER = "machine:database", "machine:kafka"
_DATABASE_SAYS, _KAFKA_SAYS = "the database refuses", "Kafka:"
_CAUSE_OF_PART = {"reference data": "reference-data", "nudges": "nudges-not-sent"}
_SAID_BY_SINK = frozenset({"publisher"})
"""Parts that the map shows as what they send to."""


OVERDUE_MS = 2 * 86_400_000


def of_part(name: str, text: str) -> Trouble:
    """Say what is wrong with a part that stands still: what all parts stand on is named itself."""
    if text.startswith(_DATABASE_SAYS):
        return Trouble("database-down", DATABASE, f"The database cannot be used: {text}")
    if text.startswith(_KAFKA_SAYS):
        return Trouble("broker-down", BROKER, "Kafka cannot be used: its brokers do not answer")
    if name.startswith("replies to "):
        return Trouble("replies-not-taken", f"sink:{name}", f"{name.capitalize()}: {text}")
    if name.startswith(("folder ", "database ")) and "columns are missing" in text:
        return Trouble("extract-drift", f"way:{name}", f"{name.capitalize()}: {text}")
    if name.startswith(("sftp ", "folder ", "database ", "webhook", "mllp", "desk entries")):
        return Trouble("way-in", f"way:{name}", f"{name.capitalize()}: {text}")
    cause = _CAUSE_OF_PART.get(name, "reader-stopped")
    return Trouble(cause, f"service:{name}", f"{name.capitalize()}: {text}")


def of_parts(parts: Mapping[str, str]) -> Iterator[Trouble]:
    """Say what is wrong with parts that are on no map, by name."""
    for name, text in parts.items():
        if text and name not in _SAID_BY_SINK:
            yield of_part(name, text)


def of_map(flow: FlowMap, quiet: Sequence[Quiet]) -> Iterator[Trouble]:
    """Say what is wrong on the map: with feeds, services and sinks that nobody stopped."""
    told = {one.feed for one in quiet if not one.kind}
    for box in flow.feeds:
        if box.stopped is None and box.late and box.name not in told and box.last_ms is not None:
            said = f"Nothing from {box.title} since {_at(box.last_ms)}: longer than was agreed"
            yield Trouble("feed-silent", f"feed:{box.name}", said)
    for box in flow.readers:
        yield from _of_service(flow, box)
    for box in flow.sinks:
        yield from _of_sink(flow, box)


def _of_service(flow: FlowMap, box: Box) -> Iterator[Trouble]:
    about = f"service:{box.name}"
    if box.breaker:
        yield of_part(box.name, box.breaker)
    elif flow.is_slow(box):
        since = _at(box.waiting.oldest_ms)
        said = f"{box.waiting.crowd} people's news waits for {box.title}, the oldest since {since}"
        yield Trouble("reader-behind", about, said)
    if box.dead:
        yield Trouble(
            "dead-letter",
            about,
            f"{box.title} gave up on {box.dead:,} of what it read; each waits for a person",
        )
    if box.held:
        yield Trouble(
            "held",
            about,
            f"{box.title} holds {box.held:,} people's events back: one of each failed, and is tried again",
        )


def _of_sink(flow: FlowMap, box: Box) -> Iterator[Trouble]:
    about = f"sink:{box.name}"
    if box.stopped is not None:
        return
    if box.breaker:
        found = of_part(box.name, box.breaker)
        if found.cause in {"database-down", "broker-down"}:
            yield found
        elif box.name.startswith("replies-"):
            yield Trouble("replies-not-taken", about, f"{box.title}: {box.breaker}")
        elif box.name == "nudges":
            yield Trouble("nudges-not-sent", about, f"{box.title}: {box.breaker}")
        else:
            yield Trouble("sink-down", about, f"{box.title} takes nothing: {box.breaker}")
    elif flow.is_slow(box):
        since = _at(box.waiting.oldest_ms)
        said = f"{box.title} is slow: {box.waiting.crowd} people wait to be sent, the first since {since}"
        yield Trouble("sink-slow", about, said)
    if box.held:
        people = "one person" if box.held == 1 else f"{box.held:,} people"
        yield Trouble("record-refused", about, f"{box.title} refuses {people}; all others are sent")


def of_quiet(quiet: Sequence[Quiet], titles: Mapping[str, str]) -> Iterator[Trouble]:
    """Say which feeds, or kinds of their messages, are quiet as they never are at this time of the week."""
    for one in quiet:
        what = one.said(titles.get(one.feed, one.feed))
        said = f"{what} since {_at(one.since_ms)}, usually {one.usual:,} by now"
        yield Trouble("feed-quiet", f"feed:{one.feed}" + (f":{one.kind}" if one.kind else ""), said)


def of_services(said: Mapping[tuple[str, str], str], silent: frozenset[str]) -> Iterator[Trouble]:
    """Say what other processes say is wrong with their parts, and which of them say nothing any more."""
    for (_, part), text in said.items():
        yield from of_parts({part: text})
    for member in sorted(silent):
        yield Trouble("service-silent", f"service:{member}", f"{member} has said nothing for a minute")


def of_rounds(rounds: Mapping[str, Round], now_ms: int) -> Iterator[Trouble]:
    """Say which kind of retention failed, or has not come to its end for two days though it did before."""
    for kind, one in rounds.items():
        if one.fault:
            said = f"Retention of {kind} failed at {_at(one.fault_ms)}: {one.fault}"
        elif now_ms - (one.ended_ms or now_ms) > OVERDUE_MS:
            said = f"Retention of {kind} has not come to its end since {_at(one.ended_ms)}"
        else:
            continue
        yield Trouble("retention-fails", f"retention:{kind}", said)


def _at(ms: int | None) -> str:
    return datetime.fromtimestamp((ms or 0) / 1000, LONDON).strftime("%H:%M on %-d %b")
