"""What both systems told, event by event: put down, put down anew, taken to be paired, and read in pages."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from ascbridge.events.ledgers import said_events
from ascbridge.events.ledgers.said_events import Off, SaidEvent
from ascbridge.storage import migration
from ascbridge.storage.database import SqliteDatabase

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

FEEDS = ("old", "new")
TOLD = SaidEvent("e1", "m1", "old", "care.review-stated.v1", "p1", "review:R1", 5, 6, "0005", b"{}", "")


@pytest.fixture
async def bridge(tmp_path: Path) -> AsyncIterator[SqliteDatabase]:
    migration.upgrade_sqlite(tmp_path)
    made = SqliteDatabase(tmp_path / "bridge.db")
    yield made
    await made.close()


def put(bridge: SqliteDatabase, *told: SaidEvent, again: tuple[str, ...] = ()) -> None:
    bridge.write_now(lambda c: said_events.put(c, told, again))


def waiting(bridge: SqliteDatabase) -> list[SaidEvent]:
    return bridge.read_now(lambda c: said_events.waiting(c, FEEDS, 9))


async def test_what_is_told_waits_person_by_person(bridge: SqliteDatabase) -> None:
    put(bridge, replace(TOLD, event_id="e2", patient_key="p2"), replace(TOLD, event_id="e3"), TOLD)
    assert [one.event_id for one in waiting(bridge)] == ["e1", "e3", "e2"]
    assert bridge.read_now(lambda c: said_events.count_waiting(c, FEEDS, 2)) == 2
    assert bridge.read_now(lambda c: said_events.count_waiting(c, ("other",), 2)) == 0


async def test_a_message_understood_anew_lets_go_of_what_it_does_not_tell_any_more(
    bridge: SqliteDatabase,
) -> None:
    judged = replace(TOLD, state="paired", strand="s", verdict="missing", day="2026-06-19", due_ms=9)
    put(bridge, TOLD, replace(TOLD, event_id="e2"))
    bridge.write_now(lambda c: said_events.keep_results(c, [judged, replace(judged, event_id="e2")]))
    assert waiting(bridge) == []
    put(bridge, replace(TOLD, value=b'{"a":1}'), again=("m1",))
    assert waiting(bridge) == [
        replace(judged, state="waiting", value=b'{"a":1}'), replace(judged, event_id="e2", state="gone"),
    ]  # fmt: skip
    bridge.write_now(lambda c: said_events.keep_results(c, waiting(bridge)))
    assert [one.event_id for one in bridge.read_now(lambda c: said_events.of_strands(c, ["s"]))] == ["e1"]


async def test_a_round_goes_from_one_to_the_next(bridge: SqliteDatabase) -> None:
    put(bridge, replace(TOLD, event_id="e2", patient_key="p2"), replace(TOLD, event_id="e3"), TOLD)
    found, place = [], ("", "")
    while more := bridge.read_now(lambda c: said_events.following(c, FEEDS, *place, 1)):  # noqa: B023  # used at once
        place = (more[0].patient_key, more[0].event_id)
        found.append(place)
    assert found == [("p1", "e1"), ("p1", "e3"), ("p2", "e2")]


async def test_what_does_not_agree_comes_in_pages(bridge: SqliteDatabase) -> None:
    judged = replace(TOLD, state="paired", verdict="missing", day="2026-06-19", due_ms=50)
    others = [
        replace(judged, event_id="e2", day="2026-06-20"), replace(judged, event_id="e3", verdict="agree"),
        replace(judged, event_id="e4", put_right=1), replace(judged, event_id="e5", verdict="differs", feed="x"),
    ]  # fmt: skip
    put(bridge, TOLD, *(replace(TOLD, event_id=one.event_id, feed=one.feed) for one in others))
    bridge.write_now(lambda c: said_events.keep_results(c, [judged, *others]))

    def off(before: tuple[str, str] | None = None, most: int = 9, **wanted: object) -> list[str]:
        asked = Off(**wanted)  # type: ignore[arg-type]  # by name
        found = bridge.read_now(lambda c: said_events.off(c, FEEDS, asked, before, most))
        return [one.event_id for one in found]

    assert (off(), off(most=1), off(("2026-06-20", "e2"))) == (["e2", "e1"], ["e2"], ["e1"])
    assert (off(put_right=True), off(day="2026-06-19"), off(verdict="differs")) == (
        ["e2", "e4", "e1"],
        ["e1"],
        [],
    )
    due = bridge.read_now(lambda c: said_events.count_due(c, FEEDS, 49))
    assert due == {(day, TOLD.event_type, "missing"): 1 for day in ("2026-06-19", "2026-06-20")}
    assert bridge.read_now(lambda c: said_events.count_due(c, FEEDS, 50)) == {}


async def test_of_whom_was_erased_what_was_told_before_goes(bridge: SqliteDatabase) -> None:
    later, other = replace(TOLD, event_id="e2", kept_ms=8), replace(TOLD, event_id="e3", patient_key="p2")
    put(bridge, TOLD, later, other)
    bridge.write_now(lambda c: said_events.forget(c, ["p1", "p9"], 7))
    assert {one.event_id for one in waiting(bridge)} == {"e2", "e3"}


async def test_what_is_old_goes_thing_by_thing_and_never_half(bridge: SqliteDatabase) -> None:
    """Of a thing of which something was told lately all stays: else what is said again would be taken for new."""
    told = [
        replace(TOLD, event_id=f"e{n}", strand=strand, state="paired" if strand else "waiting", kept_ms=at)
        for n, (strand, at) in enumerate(
            [
                ("silent", 10),
                ("spoken", 11),
                ("silent", 12),
                ("", 13),
                ("spoken", 90),
                ("lately", 91),
                ("", 92),
            ]
        )
    ]
    put(bridge, *told)
    bridge.write_now(lambda c: said_events.keep_results(c, told))
    place: said_events.Place | None = (0, "")
    turns = 0
    while place is not None:
        place = bridge.write_now(lambda c, place=place: said_events.prune(c, 50, place, 2))
        turns += 1
    assert turns == 2
    left = bridge.read_now(lambda c: said_events.by_id(c, [one.event_id for one in told]))
    assert sorted(left) == ["e1", "e4", "e5", "e6"]
