"""The front door's lists: longest wait first, of one team or all, and one task with all that led to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ascbridge.discharge.lists.task_lists import Asked
from ascbridge.frontdoor.front_list import DOOR_VIEWS, door_counts, door_rows, door_story
from tests.discharge.builders import DAY
from tests.frontdoor.builders import DUTY, INITIAL, contact, package

if TYPE_CHECKING:
    from ascbridge.frontdoor.front_list import DoorRow, DoorView
    from tests.frontdoor.builders import DoorBench


def listed(bench: DoorBench, view: DoorView = "open", team: str = "", actor: str = "") -> list[str]:
    return [row.fact.about for row in rows(bench, view, team, actor)]


def rows(bench: DoorBench, view: DoorView, team: str = "", actor: str = "") -> list[DoorRow]:
    lists = Asked(bench.clock.now_ms(), team, actor)
    found = bench.write(lambda c: door_rows(c, view, lists))
    counts = bench.write(lambda c: door_counts(c, lists))
    assert counts[view] == len(found)
    return found


def fill(bench: DoorBench) -> None:
    bench.say(contact("2026-03-19T12:00", id="C2"))
    bench.say(contact("2026-03-16T12:00", id="C1"))
    bench.say(package("2026-03-18T10:00", started_on="2026-03-17"))
    bench.say(contact("2026-03-20T09:00", id="C3"))


def test_who_waits_longest_stands_first_and_a_team_sees_its_own(real_bench: DoorBench) -> None:
    fill(real_bench)
    assert listed(real_bench) == ["contact:C1", "contact:C2", "contact:C3"]
    assert listed(real_bench, team=INITIAL) == ["contact:C1"]
    assert listed(real_bench, team=DUTY) == ["contact:C2", "contact:C3"]
    assert listed(real_bench, "late", team=INITIAL) == ["contact:C1"]


def test_each_list_holds_what_its_name_says(bench: DoorBench) -> None:
    fill(bench)
    task = rows(bench, "open")[0].fact.task
    bench.act(task, "claim", 0)
    assert listed(bench, "mine", actor="Sam Lee") == ["contact:C1"]
    assert listed(bench, "mine", actor="Ann Day") == listed(bench, "mine") == []
    bench.act(task, "complete", 1, "resolved")
    assert "contact:C1" not in listed(bench)
    assert listed(bench, "closed-today") == listed(bench, "not-in-case-system") == ["contact:C1"]
    bench.clock.ms += DAY
    assert listed(bench, "closed-today") == []
    bench.say(contact("2026-03-16T13:00", id="C1", received_on="2026-03-16", outcome="resolved"))
    assert listed(bench, "not-in-case-system") == []


def test_a_list_is_read_in_pages(bench: DoorBench) -> None:
    fill(bench)
    lists = Asked(bench.clock.now_ms())
    one = bench.write(lambda c: door_rows(c, "open", lists, limit=1, after=1))
    assert [row.fact.about for row in one] == ["contact:C2"]
    assert set(bench.write(lambda c: door_counts(c, lists))) == set(DOOR_VIEWS)


def test_one_task_with_its_acts_and_reasons(bench: DoorBench) -> None:
    fill(bench)
    task = rows(bench, "open")[1].fact.task
    bench.act(task, "claim", 0)
    story = bench.write(lambda c: door_story(c, task, bench.clock.now_ms()))
    assert story is not None
    assert (story.row.claimed_by, story.row.version) == ("Sam Lee", 1)
    assert [one.act for one in story.acts] == ["claim"]
    assert [one["what"] for one in story.because] == ["came in", "had support"]
    assert {one["what"] for one in story.changes[1:]} == {"changed"}
    assert (story.changes[0]["what"], story.changes[0]["team"]) == ("opened", INITIAL)
    assert bench.write(lambda c: door_story(c, "t0", 0)) is None
