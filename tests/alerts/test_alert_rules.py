"""Which alerts are told, when, to whom, in which words."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ascbridge.alerts.alert_rules import (
    EVERYTHING,
    GROUP_MS,
    Alert,
    Terms,
    Trouble,
    Window,
    may_be_told,
    over,
    quiet,
    subject,
    to_tell,
    words,
)
from tests.discharge.builders import MINUTE, at

NOON, NIGHT = at("2026-11-23T12:00"), at("2026-11-23T03:00")
TERMS = Terms(steps=3, link="https://bridge.example", docs="https://docs.example/")
DOWN = Alert(7, "sink-down", "sink:icr", "Shared record takes nothing: HTTP 503", NOON, NOON)


def test_many_of_one_cause_are_told_together() -> None:
    other = replace(DOWN, number=8, about="sink:other", since_ms=NOON + 1_000)
    alone = replace(DOWN, number=9, cause="disk-full", about="machine:disk")
    assert to_tell([DOWN, other, alone], [], TERMS, NOON + GROUP_MS - 1) == []
    letters = to_tell([DOWN, other, alone], [], TERMS, NOON + GROUP_MS)
    assert [(one.cause, one.step, len(one.alerts)) for one in letters] == [
        ("sink-down", 0, 2),
        ("disk-full", 0, 1),
    ]


def test_what_nobody_acknowledges_goes_to_the_next_in_the_row() -> None:
    told = replace(DOWN, step=1, told_ms=NOON)
    assert to_tell([told], [], TERMS, NOON + 15 * MINUTE - 1) == []
    (letter,) = to_tell([told], [], TERMS, NOON + 15 * MINUTE)
    assert (letter.kind, letter.step) == ("escalated", 1)
    assert "Nobody has answered yet" in subject(letter)
    has_it = replace(told, acknowledged_ms=NOON + MINUTE, acknowledged_by="Ola Green")
    assert to_tell([has_it], [], TERMS, NOON + 60 * MINUTE) == []
    last = replace(told, step=3)
    assert to_tell([last], [], TERMS, NOON + 60 * MINUTE) == []


def test_planned_work_is_silent_and_what_is_still_wrong_after_it_is_told() -> None:
    window = Window(1, "sink:icr", NOON, NOON + 60 * MINUTE, "a release", "Ola Green")
    later = NOON + 30 * MINUTE
    assert to_tell([DOWN], [window], TERMS, later) == []
    assert to_tell([DOWN], [replace(window, about=EVERYTHING)], TERMS, later) == []
    assert to_tell([DOWN], [replace(window, about="sink:other")], TERMS, later)
    (letter,) = to_tell([DOWN], [window], TERMS, window.until_ms)
    assert letter.kind == "new"


def test_in_the_quiet_hours_only_emergencies_are_told() -> None:
    ticket = replace(DOWN, cause="certificate-ends", since_ms=NIGHT)
    page = replace(DOWN, since_ms=NIGHT)
    assert quiet(NIGHT, TERMS)
    assert not quiet(NOON, TERMS)
    assert [one.cause for one in to_tell([ticket, page], [], TERMS, NIGHT + GROUP_MS)] == ["sink-down"]
    assert [one.cause for one in to_tell([ticket], [], TERMS, at("2026-11-23T08:00"))] == ["certificate-ends"]


def test_that_it_is_over_is_told_to_each_who_heard() -> None:
    ended = replace(
        DOWN, step=2, told_ms=NOON, over_ms=NOON + 20 * MINUTE, late="News came late. CDT: 3 people"
    )
    letters = over([ended, replace(ended, number=8, step=0)])
    assert [(one.step, len(one.alerts)) for one in letters] == [(0, 1), (1, 1)]
    text = words(letters[0], TERMS)
    assert "over at 23 Nov, 12:20:00" in text
    assert "CDT: 3 people" in text


def test_the_words_say_what_since_when_what_to_do_and_where() -> None:
    (letter,) = to_tell([DOWN], [], TERMS, NOON + GROUP_MS)
    text = words(letter, TERMS)
    for said in (
        "Shared record takes nothing: HTTP 503", "since 23 Nov, 12:00:00", "https://bridge.example/operations/alerts/7",
        "First: Look at the server", "https://docs.example/how-to/recover.md#a-sink-is-down", "names no person",
    ):  # fmt: skip
        assert said in text
    assert subject(letter) == "ascbridge: Alert: Nothing can be sent (icr)"


@pytest.mark.parametrize("name", ["safeguarding", "safeguarding-webhook", "Safeguarding folder"])
def test_nothing_behind_the_wall_becomes_an_alert(name: str) -> None:
    assert not may_be_told(Trouble("way-in", f"way:{name}", "waits"))
    assert not may_be_told(Trouble("way-in", "way:folder", f"{name} waits"))
    assert may_be_told(Trouble("way-in", "way:folder council-facts", "waits"))
