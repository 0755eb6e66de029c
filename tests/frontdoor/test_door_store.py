"""The front door's rows as they are written and read again, on both databases."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from ascbridge.frontdoor import door_store
from ascbridge.frontdoor.request_waits import Wait
from ascbridge.storage.tables import door_clock, door_request
from tests.discharge.builders import at
from tests.frontdoor.builders import contact

if TYPE_CHECKING:
    from tests.frontdoor.builders import DoorBench


def test_a_task_is_read_as_it_was_written(real_bench: DoorBench) -> None:
    real_bench.say(contact("2026-03-19T10:00"))
    (fact,) = real_bench.door_tasks().values()
    real_bench.act(fact.task, "claim", 0)
    (work,) = real_bench.write(lambda c: door_store.read_works(c, ["p1", "p2"])).values()
    assert work.fact == next(iter(real_bench.door_tasks().values()))
    assert [(one.version, one.act) for one in work.acts] == [(1, "claim")]
    assert real_bench.write(lambda c: door_store.read_works(c, ["p2"])) == {}


def test_whose_time_has_come_is_given_the_longest_past_first(real_bench: DoorBench) -> None:
    real_bench.write(lambda c: door_store.save_clocks(c, {"a": 30, "b": 10, "c": None, "d": 20, "e": 99}))
    assert real_bench.write(lambda c: door_store.due(c, 30, 2)) == [("b", 10), ("d", 20)]
    real_bench.write(lambda c: door_store.save_clocks(c, {"b": None}))
    assert real_bench.write(lambda c: door_store.due(c, 30, 9)) == [("d", 20), ("a", 30)]
    assert real_bench.write(lambda c: door_store.read_clocks(c, ["a", "c", "x"])) == {"a": 30, "c": None}


def test_when_a_request_was_first_recorded_is_kept(real_bench: DoorBench) -> None:
    wait = Wait("p1", "contact:C/1", received_on="2026-03-19")
    first_ms = {("p1", "contact:C/1"): 7}
    real_bench.write(lambda c: door_store.save_waits(c, {"n1": [wait]}, first_ms, 9, {}))
    (found,) = real_bench.write(lambda c: door_store.read_requests(c, ["p1"])).values()
    assert (found["kind"], found["number"], found["first_ms"]) == ("contact", "C/1", 7)


def test_only_requests_that_differ_are_written(real_bench: DoorBench) -> None:
    waits = {"n1": [Wait("p1", f"contact:{n}", received_on="2026-03-19") for n in "12"]}
    first_ms = dict.fromkeys((("p1", "contact:1"), ("p1", "contact:2")), 7)
    real_bench.write(lambda c: door_store.save_waits(c, waits, first_ms, 9, {}))
    written = real_bench.write(lambda c: door_store.read_requests(c, ["p1"]))
    waits["n1"][1] = Wait("p1", "contact:2", received_on="2026-03-19", outcome="long-term")
    real_bench.write(lambda c: door_store.save_waits(c, waits, first_ms, 10, written))
    rows = real_bench.write(
        lambda c: c.execute(select(door_request.c.number, door_request.c.changed_ms)).all()
    )
    assert dict(rows) == {"1": 9, "2": 10}


def test_whoever_cannot_be_decided_about_is_put_off_and_holds_nobody_up(real_bench: DoorBench) -> None:
    real_bench.write(lambda c: door_store.save_clocks(c, {"p8": 1, "p9": 2}))
    assert real_bench.write(real_bench.reception.time_has_come)
    assert real_bench.write(real_bench.reception.put_off) == "p8"
    assert real_bench.watch() == 1
    assert not real_bench.write(real_bench.reception.time_has_come)
    rows = dict(
        real_bench.write(lambda c: c.execute(select(door_clock.c.patient_key, door_clock.c.at_ms)).all())
    )
    assert rows == {"p8": at("2026-03-20T13:00"), "p9": None}
