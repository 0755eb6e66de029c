"""The front door hears what the council says: work opens, moves and closes by it, in any order, once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text

from ascbridge.events.facts.catalogue import Fact, PatientsLinked, PatientsUnlinked
from ascbridge.events.ledgers import history
from ascbridge.frontdoor import door_store
from ascbridge.storage.tables import door_clock, event_log
from tests.discharge.builders import DAY, HOUR, at, death, details, ready, stamp
from tests.frontdoor.builders import (
    DUTY,
    INITIAL,
    REVIEWS,
    DoorBench,
    assessment,
    contact,
    door_in_memory,
    episode,
    package,
    plan,
    referred,
    review,
)

if TYPE_CHECKING:
    from ascbridge.events.facts.front_door import FrontDoorTask


def only(bench: DoorBench) -> FrontDoorTask:
    (task,) = bench.door_tasks().values()
    return task


def test_a_contact_opens_triage_for_initial_contact(real_bench: DoorBench) -> None:
    real_bench.say(contact("2026-03-19T16:00", reason="Help with washing"))
    task = only(real_bench)
    assert (task.kind, task.status, task.owner_team, task.owner_because) == (
        "triage", "requested", INITIAL, "no-support",
    )  # fmt: skip
    assert (task.since_on, task.last_contact_on, task.channel) == ("2026-03-19", "2026-03-19", "phone")
    # 510 minutes of office hours from Thursday 16:00: one hour on Thursday, 7 and a half on Friday
    assert task.due_ms == at("2026-03-20T16:00")
    assert real_bench.door_events() == ["FrontDoorTaskOpened"]


def test_who_has_support_goes_to_duty_and_late_word_of_it_moves_the_work(bench: DoorBench) -> None:
    bench.say(contact("2026-03-19T10:00"))
    bench.say(package("2026-03-20T09:00", started_on="2026-03-20"))
    assert only(bench).owner_team == INITIAL, "support that began later is no support at the time"
    bench.say(package("2026-03-20T10:00", started_on="2025-01-05"))
    task = only(bench)
    assert (task.owner_team, task.owner_because) == (DUTY, "package")
    told = [one for one in bench.why(task.task)["because"] if one["what"] == "had support"]
    assert [(one["kind"], one["id"], one["on"]) for one in told] == [("package", "K1", "2025-01-05")]
    bench.say(package("2026-03-20T11:00", status="ended", started_on="2025-01-05", ended_on="2026-03-18"))
    assert only(bench).owner_team == INITIAL
    assert [one["team"] for one in bench.why(task.task)["story"]] == [INITIAL, DUTY, INITIAL]


def test_an_outcome_opens_none_and_closes_what_is_open(bench: DoorBench) -> None:
    bench.say(contact("2026-03-19T10:00", outcome="resolved"))
    assert bench.door_tasks() == {}
    bench.say(contact("2026-03-19T10:00", id="C2"))
    bench.say(contact("2026-03-19T12:00", id="C2", outcome="signposted"))
    task = only(bench)
    assert (task.status, task.signal, task.stated_outcome, task.outcome) == (
        "completed", "decided", "signposted", "",
    )  # fmt: skip
    bench.say(contact("2026-03-19T13:00", id="C2"))
    assert only(bench).status == "requested"
    assert bench.door_events() == ["FrontDoorTaskOpened", "FrontDoorTaskCompleted", "FrontDoorTaskResumed"]


@pytest.mark.parametrize(
    "onward",
    [
        referred("2026-03-20T10:00", after_contact="C1"),
        assessment("2026-03-20T10:00", request="C1"),
        episode("2026-03-20T10:00", request="C1", started_on="2026-03-20"),
    ],
)
def test_what_follows_closes_triage_by_itself_with_its_evidence(onward: Fact, bench: DoorBench) -> None:
    bench.say(contact("2026-03-19T10:00"))
    (heard,) = bench.say(onward)
    task = only(bench) if len(bench.door_tasks()) == 1 else bench.door_tasks()["p1 contact:C1"]
    assert (task.status, task.signal) == ("completed", "moved-on")
    assert bench.open_tasks() == {}
    assert heard.event_id in [one["event"] for one in bench.why(task.task)["because"]]


def test_what_did_not_come_of_it_closes_nothing(bench: DoorBench) -> None:
    bench.say(contact("2026-03-19T10:00"))
    bench.say(assessment("2026-03-20T10:00", request="C9"))
    bench.say(assessment("2026-03-20T10:00", id="A2", status="cancelled", request="C1"))
    bench.say(referred("2026-03-20T10:00", after_contact="C1", retracted=True))
    assert list(bench.open_tasks()) == ["p1 contact:C1"]


def test_a_referral_by_itself_is_looked_into_and_one_after_a_contact_is_not(bench: DoorBench) -> None:
    bench.say(referred("2026-03-19T10:00", after_contact="C1"))
    assert list(bench.open_tasks()) == ["p1 referral:R1"], "the contact is not known yet"
    bench.say(contact("2026-03-18T10:00"))
    assert bench.open_tasks() == {}
    assert bench.door_tasks()["p1 referral:R1"].signal == "follows-contact"


def test_a_contact_that_never_was_is_cancelled(bench: DoorBench) -> None:
    bench.say(contact("2026-03-19T10:00"))
    bench.say(contact("2026-03-19T12:00", retracted=True))
    assert (only(bench).status, only(bench).signal) == ("entered-in-error", "retracted")
    assert bench.waits()["p1/contact:C1"]["received_on"] == ""


def test_a_death_by_anybodys_word_stops_everything_and_taken_back_gives_it_again(bench: DoorBench) -> None:
    bench.say(contact("2026-03-19T10:00"), package("2026-03-19T10:00", id="K2", started_on="2020-01-01"))
    assert len(bench.open_tasks()) == 2
    bench.say(death("2026-03-19T11:00", died_on="2026-03-18"))
    assert {one.signal for one in bench.door_tasks().values()} == {"died"}
    assert bench.waits()["p1/contact:C1"]["waits_for"] == ""
    bench.say(death("2026-03-19T12:00", died=False))
    assert len(bench.open_tasks()) == 2


def test_a_review_opens_some_weeks_before_two_years_are_over(real_bench: DoorBench) -> None:
    real_bench.say(plan("2024-05-20T10:00", agreed_on="2024-05-20"))
    assert real_bench.door_tasks() == {}
    assert real_bench.ask(select(door_clock.c.at_ms)) == [at("2026-04-08T00:00")]
    real_bench.clock.ms = at("2026-04-08T00:00") - 1
    assert real_bench.watch() == 0
    real_bench.clock.ms += 1
    assert real_bench.watch() == 1
    task = only(real_bench)
    assert (task.kind, task.owner_team, task.due_on, task.due_ms) == (
        "review", REVIEWS, "2026-05-20", at("2026-05-20T23:59"),
    )  # fmt: skip
    assert (task.opened_ms, task.last_contact_on) == (at("2026-04-08T00:00"), "2024-05-20")
    assert real_bench.watch() == 0
    assert real_bench.ask(select(door_clock.c.at_ms)) == [None]


def test_a_review_that_is_done_closes_its_task_and_sets_the_next(bench: DoorBench) -> None:
    bench.say(package("2023-01-01T10:00", started_on="2023-01-01"))
    assert only(bench).due_on == "2025-01-01"
    bench.say(review("2026-03-19T10:00", done_on="2026-03-18"))
    assert (only(bench).status, only(bench).signal) == ("completed", "reviewed")
    assert bench.ask(select(door_clock.c.at_ms)) == [at("2028-02-05T00:00")]
    bench.clock.ms = at("2028-02-05T00:00")
    assert bench.watch() == 1
    assert [one.about for one in bench.open_tasks().values()] == ["review:V1"]


def test_a_review_that_is_said_to_be_due_needs_no_clock(bench: DoorBench) -> None:
    bench.say(review("2026-03-01T10:00", status="due", due_on="2026-03-25"))
    assert (only(bench).status, only(bench).due_on) == ("requested", "2026-03-25")
    bench.say(review("2026-03-10T10:00", status="cancelled", due_on="2026-03-25"))
    assert (only(bench).status, only(bench).signal) == ("cancelled", "no-support")


def test_the_end_of_support_cancels_a_review(bench: DoorBench) -> None:
    bench.say(package("2023-01-01T10:00", started_on="2023-01-01"))
    bench.say(package("2026-03-19T10:00", status="ended", started_on="2023-01-01", ended_on="2026-03-18"))
    assert (only(bench).status, only(bench).signal) == ("cancelled", "no-support")
    assert bench.ask(select(door_clock.c.at_ms)) in ([], [None])


def test_a_plan_agreed_after_the_task_opened_puts_the_review_off(bench: DoorBench) -> None:
    bench.say(package("2023-01-01T10:00", started_on="2023-01-01"))
    bench.say(plan("2026-03-19T10:00", agreed_on="2026-03-18"))
    assert (only(bench).status, only(bench).signal) == ("completed", "reviewed")


def test_one_person_under_two_numbers_has_one_review(bench: DoorBench) -> None:
    bench.say(package("2023-01-01T10:00", started_on="2023-01-01"), patient="p2")
    bench.say(package("2023-02-01T10:00", started_on="2023-02-01"), patient="p1")
    assert len(bench.open_tasks()) == 2
    bench.say(PatientsLinked(other="p2", statement="merged", stamp=stamp("2026-03-19T10:00")), patient="p1")
    assert list(bench.open_tasks()) == ["p1 review"]
    assert bench.door_tasks()["p2 review"].signal == "elsewhere"
    bench.say(
        PatientsUnlinked(other="p2", statement="decided", stamp=stamp("2026-03-19T11:00")), patient="p1"
    )
    assert sorted(bench.open_tasks()) == ["p1 review", "p2 review"]


def test_support_under_one_number_counts_for_a_contact_under_another(bench: DoorBench) -> None:
    bench.say(contact("2026-03-19T10:00"), patient="p2")
    bench.say(package("2026-03-01T10:00", started_on="2026-01-01"), patient="p1")
    assert bench.open_tasks()["p2 contact:C1"].owner_team == INITIAL
    bench.say(PatientsLinked(other="p2", statement="merged", stamp=stamp("2026-03-19T11:00")), patient="p1")
    assert bench.open_tasks()["p2 contact:C1"].owner_team == DUTY
    assert len({row.person_id for row in map(bench.row, [t.task for t in bench.door_tasks().values()])}) == 1


def test_hearing_it_again_changes_nothing(real_bench: DoorBench) -> None:
    heard = real_bench.say(contact("2026-03-19T10:00"))
    heard += real_bench.say(package("2026-03-19T11:00", started_on="2020-01-01"))
    before = real_bench.door_tasks(), real_bench.ask(select(event_log.c.event_id))
    real_bench.hear(heard)
    real_bench.hear(heard[:1])
    assert (real_bench.door_tasks(), real_bench.ask(select(event_log.c.event_id))) == before


def test_what_nobody_signed_for_opens_nothing(bench: DoorBench) -> None:
    bench.say(contact("2026-03-19T10:00", marks=("shadow",)))
    assert bench.door_tasks() == {}


def test_a_hospitals_word_about_somebody_whom_the_council_does_not_know_opens_nothing(
    bench: DoorBench,
) -> None:
    bench.say(details("2026-03-19T10:00"), ready("2026-03-19T10:00"), death("2026-03-19T10:00"))
    assert (bench.door_tasks(), bench.waits()) == ({}, {})


def test_what_stood_there_before_the_front_door_is_taken_up_by_the_clock(bench: DoorBench) -> None:
    bench.say(contact("2026-03-19T10:00"))
    for table in ("door_task", "door_request", "event_log"):
        bench.write(lambda c, table=table: c.execute(text(f"DELETE FROM {table}")))
    bench.write(lambda c: door_store.save_clocks(c, {"p1": 0, "nobody": 0}))
    assert bench.watch() == 2
    assert list(bench.open_tasks()) == ["p1 contact:C1"]
    assert bench.watch() == 0


def test_the_clock_is_read_by_its_index(bench: DoorBench) -> None:
    bench.say(plan("2024-05-20T10:00", agreed_on="2024-05-20"))
    asked = "EXPLAIN QUERY PLAN " + door_store._DUE._text
    values = tuple(door_store._DUE._parameters({"now": 5, "most": 5}))
    plans = bench.write(lambda c: c.exec_driver_sql(asked, values).all())
    assert [row[3] for row in plans] == ["SEARCH door_clock USING INDEX door_clock_by_time (at_ms<?)"]


STORY: list[tuple[str, Fact]] = [
    ("p1", contact("2026-03-10T10:00")),
    ("p1", contact("2026-03-12T10:00", made_by="carer")),
    ("p1", package("2026-03-11T10:00", started_on="2025-01-01")),
    ("p1", package("2026-03-13T10:00", status="ended", started_on="2025-01-01", ended_on="2026-03-09")),
    ("p1", contact("2026-03-14T10:00", id="C2", received_on="2026-02-01")),
    ("p1", assessment("2026-03-15T10:00", request="C2", requested_on="2026-03-15", last_contact_on="2026-03-16")),
    ("p2", referred("2026-03-16T10:00", after_contact="C7")),
    ("p2", plan("2024-03-16T10:00", agreed_on="2024-03-16")),
    ("p2", review("2026-03-17T10:00", status="due", due_on="2026-03-30")),
    ("p2", contact("2026-03-17T10:00", id="C7", received_on="2026-03-15")),
    ("p1", PatientsLinked(other="p2", statement="merged", stamp=stamp("2026-03-18T10:00"))),
    ("p1", contact("2026-03-18T10:00", id="C3")),
    ("p1", contact("2026-03-18T11:00", id="C3", retracted=True)),
]  # fmt: skip


def end_of(order: list[int], batches: list[int]) -> tuple[object, object, object]:
    """What is open in the end, the waits and the times set, after the story was heard in that order and so cut up."""
    with door_in_memory() as bench:
        records = [
            bench.only_released(STORY[number][1], message=f"m{number}", patient=STORY[number][0])
            for number in order
        ]
        together: list[list[object]] = [[]]
        for number, one in enumerate(records):
            if number in batches:
                together.append([])
            together[-1] += one
        for batch in together:
            bench.hear(batch)  # type: ignore[arg-type]
        opened = {name: one.model_copy(update={"revision": 0}) for name, one in bench.open_tasks().items()}
        times = [(row.patient_key, row.at_ms) for row in bench.ask(select(door_clock)) if row.at_ms]
        return opened, bench.waits(), sorted(times)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.permutations(list(range(len(STORY)))), st.lists(st.integers(1, len(STORY) - 1), max_size=5))
def test_the_order_in_which_facts_arrive_does_not_change_the_end(
    order: list[int], batches: list[int]
) -> None:
    assert end_of(order, batches) == end_of(list(range(len(STORY))), [])


def test_that_story_ends_with_work_to_do() -> None:
    opened, waits, _ = end_of(list(range(len(STORY))), [])
    assert sorted(opened) == ["p1 contact:C1", "p2 support_plan:S1"]  # type: ignore[call-overload]
    assert DAY > HOUR
    assert len(waits) == 5  # type: ignore[arg-type]


def test_history_that_is_not_whole_opens_nothing_old(bench: DoorBench) -> None:
    bench.write(lambda c: history.tell(c, [("p1", at("2026-03-25T10:00"))]))
    bench.say(contact("2025-03-19T10:00"), package("2024-01-05T10:00", started_on="2024-01-05"))
    assert bench.door_tasks() == {}
    bench.say(contact("2026-03-25T09:00", id="C2"))  # of today: somebody asks for help now
    assert [task.about for task in bench.door_tasks().values()] == ["contact:C2"]
    bench.say(contact("2025-03-20T10:00", outcome="resolved"))
    assert [task.about for task in bench.door_tasks().values()] == ["contact:C2"]


def test_when_history_is_whole_what_is_still_open_opens_once(bench: DoorBench) -> None:
    bench.write(lambda c: history.tell(c, [("p1", at("2026-03-25T10:00"))]))
    bench.say(contact("2025-03-19T10:00"), contact("2025-04-19T10:00", id="C2"))
    bench.say(contact("2025-04-20T10:00", id="C2", outcome="resolved"))
    assert bench.write(bench.reception.take_up_history) == 1
    assert bench.write(bench.reception.watch) == 1
    assert [task.about for task in bench.door_tasks().values()] == ["contact:C1"]
    assert bench.door_events() == ["FrontDoorTaskOpened"]
    assert bench.write(bench.reception.take_up_history) == 0


def test_history_closes_what_is_open(bench: DoorBench) -> None:
    bench.say(contact("2026-03-19T10:00"))
    bench.write(lambda c: history.tell(c, [("p1", at("2026-03-25T10:00"))]))
    bench.say(contact("2026-03-20T10:00", outcome="resolved"))
    assert only(bench).status == "completed"
