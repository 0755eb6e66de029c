"""What is wrong becomes the words of an alert, by its cause and what it is about."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ascbridge.events.handlers.pauses import Pause
from ascbridge.intake.keeping.arrivals import Quiet
from ascbridge.operations.flowing.flow_map import SLOW_MS, Box, FlowMap, Waiting
from ascbridge.operations.flowing.pausing import Stopped
from ascbridge.operations.flowing.what_is_wrong import of_map, of_part, of_parts, of_quiet, of_services
from tests.discharge.builders import at

NOON = at("2026-11-23T12:00")
FEED = Box("feed", "itk-v24", "UHCW", last_ms=NOON - 7_200_000, late=True)
SINK = Box("sink", "icr", "Shared record", breaker="HTTP 503")
PAUSED = Stopped(Pause("sink", "icr", "pause", NOON, "Ola", "it-operations", "why"), "Shared record", 0)
SLOW = Waiting(9, 7, NOON - SLOW_MS - 1)


def causes(
    *, feeds: tuple[Box, ...] = (), readers: tuple[Box, ...] = (), sinks: tuple[Box, ...] = ()
) -> list[str]:
    return [one.cause for one in of_map(FlowMap(feeds, (), readers, sinks, NOON), [])]


def test_what_the_map_says() -> None:
    reader = Box("service", "record", "Record")
    assert causes(feeds=(FEED, replace(FEED, stopped=PAUSED), replace(FEED, last_ms=None))) == ["feed-silent"]
    assert causes(readers=(replace(reader, breaker="12 people are held"),)) == ["reader-stopped"]
    assert causes(readers=(replace(reader, breaker="the database refuses: X"),)) == ["database-down"]
    assert causes(readers=(replace(reader, breaker="Kafka: gone"),)) == ["broker-down"]
    assert causes(readers=(replace(reader, waiting=SLOW, dead=1, held=2),)) == [
        "reader-behind",
        "dead-letter",
        "held",
    ]
    assert causes(sinks=(SINK, replace(SINK, stopped=PAUSED))) == ["sink-down"]
    assert causes(sinks=(replace(SINK, breaker="", waiting=SLOW, held=1),)) == ["sink-slow", "record-refused"]
    assert causes(sinks=(replace(SINK, name="replies-uhcw"), replace(SINK, name="nudges"))) == [
        "replies-not-taken", "nudges-not-sent",
    ]  # fmt: skip


def test_one_person_who_is_refused_is_one_person() -> None:
    (one,) = of_map(FlowMap((), (), (), (replace(SINK, breaker="", held=1),), NOON), [])
    assert one.text == "Shared record refuses one person; all others are sent"


def test_a_feed_that_is_quiet_is_told_in_figures() -> None:
    quiet = [
        Quiet("itk-v24", "A03", NOON, 6),
        Quiet("itk-v24", "A03 W12", NOON, 6),
        Quiet("itk-v24", "", NOON, 1_200),
    ]
    assert [(one.about, one.text) for one in of_quiet(quiet, {"itk-v24": "UHCW"})] == [
        ("feed:itk-v24:A03", "No A03 from UHCW since 12:00 on 23 Nov, usually 6 by now"),
        ("feed:itk-v24:A03 W12", "No A03 from W12 (UHCW) since 12:00 on 23 Nov, usually 6 by now"),
        ("feed:itk-v24", "Nothing from UHCW since 12:00 on 23 Nov, usually 1,200 by now"),
    ]


@pytest.mark.parametrize(
    "name, cause",
    [
        ("replies to uhcw", "replies-not-taken"),
        ("sftp x", "way-in"),
        ("reference data", "reference-data"),
        ("record", "reader-stopped"),
    ],
)
def test_a_part_by_its_name(name: str, cause: str) -> None:
    assert of_part(name, "stuck").cause == cause


def test_parts_that_are_well_and_what_the_map_shows_are_not_told() -> None:
    assert list(of_parts({"publisher": "HTTP 503", "relay": ""})) == []


def test_of_other_processes() -> None:
    found = of_services({("intake a", "sftp x"): "wrong host key"}, frozenset({"record b"}))
    assert [one.cause for one in found] == ["way-in", "service-silent"]
