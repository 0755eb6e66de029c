"""Whose work is late, on both databases' own terms: paused, closed and far-off work is not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ascbridge.events.facts.catalogue import WorkerAllocated
from ascbridge.nudges import nudge_store
from ascbridge.nudges.nudge_rules import TeamWork, Told
from ascbridge.storage.tables import opening
from tests.discharge.builders import MINUTE, admitted, at, not_ready, ready, stamp

if TYPE_CHECKING:
    from tests.discharge.builders import Bench


def test_work_is_told_apart_by_when_it_is_due(real_bench: Bench) -> None:
    real_bench.say(admitted("2026-10-14T10:00"))
    real_bench.say(ready("2026-10-14T12:00"))
    due = real_bench.task().due_ms
    assert due is not None
    team, id = real_bench.task().owner_team, real_bench.task().task

    def work(now_ms: int) -> nudge_store.TeamWork:
        found = real_bench.write(lambda c: nudge_store.work_of(c, 1, now_ms, 30 * MINUTE))
        return found.get(team, nudge_store.TeamWork())

    assert work(due - MINUTE).soon == {id}
    assert work(due + MINUTE).overdue == {id}
    assert (work(due - 60 * MINUTE).today, work(due - 60 * MINUTE).soon) == (1, frozenset())
    assert work(at("2026-10-12T12:00")) == nudge_store.TeamWork()
    real_bench.say(not_ready("2026-10-14T12:05"))
    assert work(due + MINUTE) == nudge_store.TeamWork()


def test_late_work_is_found_for_the_team_that_is_told_of_it(real_bench: Bench) -> None:
    real_bench.say(admitted("2026-10-14T10:00"))
    real_bench.say(ready("2026-10-14T12:00"))
    fact = real_bench.task()
    told_ms = fact.escalates_ms
    assert told_ms is not None

    def told(now_ms: int) -> frozenset[str]:
        found = real_bench.write(lambda c: nudge_store.work_of(c, 1, now_ms, 30 * MINUTE))
        return found.get(fact.escalates_to, nudge_store.TeamWork()).escalated

    assert told(told_ms - 1) == frozenset()
    assert told(told_ms) == {f"{fact.task} {told_ms}"}
    real_bench.say(not_ready("2026-10-14T12:05"))
    assert told(told_ms) == frozenset()


def test_a_team_is_told_of_its_people_in_hospital(real_bench: Bench) -> None:
    real_bench.say(WorkerAllocated(stamp=stamp("2026-10-01T10:00"), team="North Base"))
    real_bench.say(admitted("2026-10-14T10:00"))
    now_ms = at("2026-10-14T12:00")
    work = real_bench.write(lambda c: nudge_store.work_of(c, 1, now_ms, 30 * MINUTE))
    assert len(work["North Base"].admitted) == 1
    assert not work["North Base"].has_tasks


def test_what_a_team_was_told_is_kept(real_bench: Bench) -> None:
    told = Told(frozenset({"a", "b"}), 7, "2026-10-18")
    real_bench.write(lambda c: nudge_store.keep(c, "T", told))
    real_bench.write(lambda c: nudge_store.keep(c, "T", told))
    assert real_bench.write(lambda c: nudge_store.told(c, ["T", "U"])) == {"T": told}


def test_what_nobody_has_looked_at_is_told_to_the_caldicott_queue(real_bench: Bench) -> None:
    now = at("2026-10-14T12:00")
    rows = [
        {"opening_id": id, "person_id": "n1", "at_ms": now - 90 * MINUTE, "until_ms": now, "due_ms": due, "outcome": outcome}
        for id, due, outcome in (("o1", now, ""), ("o2", now + MINUTE, ""), ("o3", now, "proper"))
    ]  # fmt: skip
    assert nudge_store.CALDICOTT not in real_bench.write(lambda c: nudge_store.work_of(c, 1, now, MINUTE))
    real_bench.write(lambda c: c.execute(opening.insert(), rows))
    found = real_bench.write(lambda c: nudge_store.work_of(c, 1, now, MINUTE))
    assert found[nudge_store.CALDICOTT] == TeamWork(
        opened=frozenset({"o1", "o2"}), unlooked=frozenset({"o1 late"})
    )
