"""Split-off work follows its discharge task and the council's word, and comes back when those are taken back."""

import pytest
from sqlalchemy import select

from ascbridge.discharge.acts import desk
from ascbridge.discharge.acts.desk import NotNow, Sitting
from ascbridge.storage.tables import sub_task
from tests.discharge.builders import (
    Bench,
    admitted,
    at,
    death,
    details,
    discharged,
    not_ready,
    ready,
    stay,
    words,
)
from tests.discharge.split import NOON, SAM, act, equipment, split, sub_events, sub_fact


@pytest.fixture
def ready_bench(bench: Bench) -> Bench:
    bench.say(details("2026-03-02T10:00"), admitted("2026-03-02T10:00"), ready("2026-03-06T11:30"))
    return bench


def test_it_pauses_with_its_task_and_goes_on_where_it_was(ready_bench: Bench) -> None:
    id = split(ready_bench, "brokerage")
    act(ready_bench, id, "state", "requested")
    due_ms = sub_fact(ready_bench, id).due_ms
    assert due_ms is not None
    ready_bench.say(not_ready("2026-03-06T13:00"))
    paused = sub_fact(ready_bench, id)
    assert (paused.status, paused.state, paused.signal, paused.due_ms) == (
        "on-hold",
        "requested",
        "paused",
        None,
    )
    with pytest.raises(NotNow, match="waits with its discharge task"):
        act(ready_bench, id, "state", "offered", when="2026-03-06T14:00")
    ready_bench.say(ready("2026-03-06T15:00"))
    assert (sub_fact(ready_bench, id).status, sub_fact(ready_bench, id).due_ms) == ("in-progress", due_ms)
    assert sub_events(ready_bench)[-2:] == ["SubTaskPaused", "SubTaskResumed"]


def test_a_death_tells_what_was_begun_to_stop_and_is_undone_when_it_is_withdrawn(ready_bench: Bench) -> None:
    placed, begun, fresh = (split(ready_bench, kind) for kind in ("brokerage", "transport", "therapy"))
    act(ready_bench, placed, "state", "placed")
    act(ready_bench, begun, "state", "booked")
    ready_bench.say(death("2026-03-07T09:00"))
    seen = {
        id: (sub_fact(ready_bench, id).status, sub_fact(ready_bench, id).tell)
        for id in (placed, begun, fresh)
    }
    assert seen == {placed: ("completed", "stop"), begun: ("cancelled", "stop"), fresh: ("cancelled", "")}
    assert sub_fact(ready_bench, begun).reason == "died"
    assert [sub_fact(ready_bench, id).due_ms for id in (placed, begun, fresh)] == [
        None,
        None,
        None,
    ]  # nothing nags
    act(ready_bench, begun, "seen", when="2026-03-07T10:00")
    assert sub_fact(ready_bench, begun).tell == ""
    with pytest.raises(NotNow, match="opens again when that changes"):
        act(ready_bench, begun, "reopen", when="2026-03-07T10:00")
    ready_bench.say(death("2026-03-07T11:00", died=False))
    seen = {
        id: (sub_fact(ready_bench, id).status, sub_fact(ready_bench, id).tell)
        for id in (placed, begun, fresh)
    }
    assert seen == {placed: ("completed", ""), begun: ("in-progress", "go-on"), fresh: ("requested", "")}
    act(ready_bench, begun, "seen", when="2026-03-07T12:00")
    assert sub_fact(ready_bench, begun).tell == ""
    with pytest.raises(NotNow, match="nothing to be told"):
        act(ready_bench, begun, "seen", when="2026-03-07T12:00")


def test_after_the_desk_has_finished_a_death_still_stops_the_visit(ready_bench: Bench) -> None:
    id = split(ready_bench, "therapy")
    act(ready_bench, id, "state", "visit-booked")
    parent = ready_bench.task().task
    sitting = Sitting(ready_bench.desk, SAM, 0, at(NOON))
    ready_bench.write(lambda c: desk.complete(c, sitting, parent, "no-support"))
    ready_bench.say(discharged("2026-03-06T16:00"))
    assert sub_fact(ready_bench, id).status == "in-progress"
    ready_bench.say(death("2026-03-07T09:00"))
    assert ready_bench.task().status == "completed"
    assert (sub_fact(ready_bench, id).status, sub_fact(ready_bench, id).tell) == ("cancelled", "stop")


def test_a_task_that_is_dropped_takes_its_split_off_work_with_it(ready_bench: Bench) -> None:
    id = split(ready_bench, "brokerage")
    parent = ready_bench.task().task
    sitting = Sitting(ready_bench.desk, SAM, 0, at(NOON))
    ready_bench.write(lambda c: desk.drop(c, sitting, parent, "not-for-us"))
    assert (sub_fact(ready_bench, id).status, sub_fact(ready_bench, id).signal) == ("cancelled", "dropped")
    undoing = Sitting(ready_bench.desk, SAM, 1, at("2026-03-06T12:05"))
    ready_bench.write(lambda c: desk.undo(c, undoing, parent))
    assert sub_fact(ready_bench, id).status == "requested"


def test_the_councils_word_closes_what_is_about_its_thing(ready_bench: Bench) -> None:
    ready_bench.say(equipment("2026-03-06T11:40", "ordered", needed_for_discharge=True))
    about, other = (
        split(ready_bench, "equipment", about="equipment:E7", before=True),
        split(ready_bench, "equipment", thing="hoist"),
    )
    ready_bench.say(equipment("2026-03-07T10:00", "delivered", item="E8"))
    assert sub_fact(ready_bench, about).status == "requested"
    ready_bench.say(equipment("2026-03-07T11:00", "delivered"))
    done = sub_fact(ready_bench, about)
    assert (done.status, done.signal, sub_fact(ready_bench, other).status) == (
        "completed",
        "delivered",
        "requested",
    )
    assert ready_bench.ask(select(sub_task.c.blocks).where(sub_task.c.task_id == about)) == [0]
    ready_bench.say(equipment("2026-03-07T10:30", "ordered"))  # recorded before it came: changes nothing
    assert sub_fact(ready_bench, about).status == "completed"
    ready_bench.say(equipment("2026-03-08T10:00", "returned"))
    assert (sub_fact(ready_bench, about).status, sub_fact(ready_bench, about).signal) == (
        "cancelled",
        "not-wanted",
    )


def test_hearing_it_all_again_says_nothing_new(ready_bench: Bench) -> None:
    split(ready_bench, "brokerage")
    heard = ready_bench.say(death("2026-03-07T09:00"))
    events = sub_events(ready_bench)
    ready_bench.hear(heard)
    assert sub_events(ready_bench) == events


def test_it_goes_with_its_stay_to_another_patient(ready_bench: Bench) -> None:
    id = split(ready_bench, "brokerage")
    ready_bench.say(details("2026-03-06T12:30"), patient="p2")
    moved = words.VisitMoved(
        spell="s1", from_patient="p1", stamp=stay(words.PatientAdmitted, "2026-03-06T13:00").stamp
    )
    ready_bench.say(moved, patient="p2")
    assert ready_bench.ask(select(sub_task.c.patient_key).where(sub_task.c.task_id == id)) == ["p2"]
