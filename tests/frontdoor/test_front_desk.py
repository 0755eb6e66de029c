"""What people do at the front door: kept for good, checked by version, taken back within ten minutes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from ascbridge.discharge.acts.desk import NotAChoice, NotNow, StaleTask, UnknownTask
from ascbridge.storage.tables import audit, door_act
from tests.discharge.builders import DAY, MINUTE, at, death
from tests.frontdoor.builders import contact, package, review

if TYPE_CHECKING:
    from ascbridge.events.facts.front_door import FrontDoorTask
    from tests.frontdoor.builders import DoorBench


def opened(bench: DoorBench) -> str:
    bench.say(contact("2026-03-19T10:00"))
    return only(bench).task


def only(bench: DoorBench) -> FrontDoorTask:
    (task,) = bench.door_tasks().values()
    return task


def test_take_complete_and_take_back(real_bench: DoorBench) -> None:
    task = opened(real_bench)
    assert real_bench.act(task, "claim", 0) == 1
    assert (only(real_bench).status, real_bench.row(task).claimed_by) == ("accepted", "Sam Lee")
    assert real_bench.act(task, "complete", 1, "signposted", "Told about the lunch club") == 2
    done = only(real_bench)
    assert (done.status, done.stage, done.outcome, done.due_ms) == ("completed", "done", "signposted", None)
    assert real_bench.row(task).closed_ms == real_bench.clock.now_ms()
    assert real_bench.act(task, "undo", 2) == 3
    assert (only(real_bench).status, only(real_bench).outcome) == ("accepted", "")
    assert real_bench.row(task).closed_ms is None
    assert real_bench.door_events() == [
        "FrontDoorTaskOpened", "FrontDoorTaskChanged", "FrontDoorTaskCompleted", "FrontDoorTaskResumed",
    ]  # fmt: skip
    acts = real_bench.ask(select(door_act.c.sealed).order_by(door_act.c.version))
    assert [one is not None for one in acts] == [False, True, False]
    assert b"lunch" not in acts[1]
    told = real_bench.ask(select(audit.c.what).order_by(audit.c.position))
    assert told == ["front door claim", "front door complete", "front door undo"]


def test_somebody_quicker_wins_and_nothing_is_lost(bench: DoorBench) -> None:
    task = opened(bench)
    bench.act(task, "claim", 0)
    with pytest.raises(StaleTask):
        bench.act(task, "claim", 0, who="Ann Day")
    with pytest.raises(NotNow, match="Sam Lee has this task"):
        bench.act(task, "claim", 1, who="Ann Day")
    bench.act(task, "release", 1)
    with pytest.raises(NotNow, match="Nobody has this task"):
        bench.act(task, "release", 2)
    assert bench.act(task, "claim", 2, who="Ann Day") == 3


def test_what_is_not_on_the_list_is_no_outcome_and_what_is_not_there_no_task(bench: DoorBench) -> None:
    task = opened(bench)
    with pytest.raises(NotAChoice):
        bench.act(task, "complete", 0, "continues")
    with pytest.raises(UnknownTask):
        bench.act("t0", "claim", 0)


def test_only_ones_own_last_act_within_ten_minutes_is_taken_back(bench: DoorBench) -> None:
    task = opened(bench)
    bench.act(task, "claim", 0)
    with pytest.raises(NotNow):
        bench.act(task, "undo", 1, who="Ann Day")
    bench.clock.ms += 11 * MINUTE
    with pytest.raises(NotNow):
        bench.act(task, "undo", 1)


def test_having_spoken_to_the_person_is_kept_at_any_time(bench: DoorBench) -> None:
    task = opened(bench)
    bench.act(task, "spoke", 0)
    assert only(bench).last_contact_on == "2026-03-20"
    bench.act(task, "complete", 1, "resolved")
    bench.clock.ms += DAY
    bench.act(task, "spoke", 2, text="Rang back")
    assert only(bench).last_contact_on == "2026-03-21"
    bench.act(task, "undo", 3)
    assert only(bench).last_contact_on == "2026-03-20"


def test_what_the_desk_finished_is_marked_until_the_case_system_says_so(bench: DoorBench) -> None:
    task = opened(bench)
    bench.act(task, "complete", 0, "resolved")
    assert bench.row(task).unconfirmed == 1
    bench.say(contact("2026-03-20T11:00", outcome="resolved"))
    assert (bench.row(task).unconfirmed, only(bench).status) == (0, "completed")


def test_finished_by_hand_opens_again_by_hand_and_finished_by_the_facts_does_not(bench: DoorBench) -> None:
    task = opened(bench)
    with pytest.raises(NotNow, match="open already"):
        bench.act(task, "open_by_hand", 0)
    bench.act(task, "complete", 0, "resolved")
    with pytest.raises(NotNow, match="closed"):
        bench.act(task, "complete", 1, "resolved")
    bench.act(task, "open_by_hand", 1)
    assert only(bench).status == "requested"
    bench.say(contact("2026-03-20T11:00", outcome="nhs"))
    with pytest.raises(NotNow, match="what the case system says"):
        bench.act(task, "open_by_hand", 2)


def test_a_death_hides_what_was_done_and_keeps_it(bench: DoorBench) -> None:
    task = opened(bench)
    bench.act(task, "claim", 0)
    bench.say(death("2026-03-20T11:00"))
    assert (only(bench).status, only(bench).stage) == ("cancelled", "claimed")
    with pytest.raises(NotNow):
        bench.act(task, "complete", 1, "resolved")
    bench.say(death("2026-03-20T11:30", died=False))
    assert (only(bench).status, bench.row(task).claimed_by) == ("accepted", "Sam Lee")


def test_a_review_is_finished_with_its_own_outcomes(bench: DoorBench) -> None:
    bench.say(package("2023-01-01T10:00", started_on="2023-01-01"))
    task = only(bench).task
    bench.act(task, "complete", 0, "continues")
    assert (only(bench).status, only(bench).outcome, bench.row(task).unconfirmed) == (
        "completed",
        "continues",
        1,
    )
    bench.say(review("2026-03-20T13:00", done_on="2026-03-20"))
    assert (only(bench).signal, bench.row(task).unconfirmed) == ("reviewed", 0)
    bench.clock.ms = at("2028-03-01T00:00")
    bench.watch()
    assert [one.status for one in bench.door_tasks().values()] == ["completed", "requested"]
