"""One batch's work: only differences make events, and why a task stands so is kept with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from ascbridge.frontdoor.front_work import LONGEST_STORY
from ascbridge.storage.tables import door_clock, event_log
from tests.discharge.builders import at
from tests.frontdoor.builders import contact, package, plan, review

if TYPE_CHECKING:
    from tests.frontdoor.builders import DoorBench


def test_word_that_changes_nothing_here_makes_no_event(bench: DoorBench) -> None:
    bench.say(contact("2026-03-19T10:00"))
    before = bench.ask(select(event_log.c.event_id))
    bench.say(package("2026-03-19T11:00", started_on="2026-03-25"))
    bench.say(contact("2026-03-19T12:00"))
    assert bench.ask(select(event_log.c.event_id)) == before


def test_a_later_word_of_a_contact_does_not_start_its_clock_again_and_an_earlier_one_does(
    bench: DoorBench,
) -> None:
    bench.say(contact("2026-03-19T12:00", made_by="family"))
    bench.say(contact("2026-03-20T12:00", made_by="carer"))
    (task,) = bench.door_tasks().values()
    assert (task.opened_ms, task.made_by) == (at("2026-03-19T12:00"), "carer")
    bench.say(contact("2026-03-19T09:00"))
    (task,) = bench.door_tasks().values()
    assert (task.opened_ms, task.made_by) == (at("2026-03-19T09:00"), "carer")


def test_the_story_of_a_task_is_bounded(bench: DoorBench) -> None:
    for number in range(LONGEST_STORY + 5):
        day = f"2026-0{1 + number // 28}-{1 + number % 28:02d}"
        bench.say(contact(f"{day}T10:00", received_on="2026-01-01", reason=f"reason {number}"))
    (task,) = bench.door_tasks().values()
    story = bench.why(task.task)["story"]
    assert (len(story), story[-1]["what"]) == (LONGEST_STORY, "changed")


def test_an_invented_city_marks_its_tasks(bench: DoorBench) -> None:
    bench.say(contact("2026-03-19T10:00"))
    (task,) = bench.door_tasks().values()
    assert bench.row(task.task).invented == ""


def test_one_key_of_a_person_carries_their_time(bench: DoorBench) -> None:
    bench.say(plan("2025-05-20T10:00", agreed_on="2025-05-20"))
    assert bench.ask(select(door_clock.c.at_ms)) == [at("2027-04-08T00:00")]
    bench.say(review("2026-03-19T10:00", done_on="2026-03-19"))
    assert bench.ask(select(door_clock.c.at_ms)) == [at("2028-02-06T00:00")]
