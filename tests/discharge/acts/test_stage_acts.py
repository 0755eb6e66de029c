"""How work goes from stage to stage, and what is refused on the way."""

from dataclasses import replace
from typing import Any

import orjson
import pytest
from sqlalchemy import select

from ascbridge.discharge.acts import desk, stage_acts
from ascbridge.discharge.acts.desk import NotAChoice, NotNow, Sitting
from ascbridge.events.facts.catalogue import ChosenReason, TaskFact
from ascbridge.people.actor import Actor
from ascbridge.reference import known_lists
from ascbridge.reference.in_force import version_of
from ascbridge.storage.tables import desk_act, task
from tests.discharge.builders import (
    MINUTE,
    Bench,
    admitted,
    at,
    details,
    discharge_cancelled,
    discharged,
    ready,
)

SAM = Actor("sam", "discharge-team", "work")
START = at("2026-03-06T12:00")


@pytest.fixture
def ready_bench(bench: Bench) -> Bench:
    bench.say(details("2026-03-02T10:00"), admitted("2026-03-02T10:00"), ready("2026-03-06T11:30"))
    return bench


def do(bench: Bench, act: Any, *more: Any, when: int | None = None, **named: Any) -> TaskFact:
    """Act on the bench's one task at its present version, each act a minute after the one before."""
    (version,) = bench.ask(select(task.c.desk_version))
    sitting = Sitting(bench.desk, SAM, version, START + version * MINUTE if when is None else when)
    id = bench.task().task
    bench.write(lambda connection: act(connection, sitting, id, *more, **named))
    return bench.task()


def to_sourcing(bench: Bench) -> TaskFact:
    do(bench, stage_acts.accept)
    do(bench, stage_acts.move_stage, "triaged")
    do(bench, stage_acts.propose_pathway, "recovery-bed", why="home-not-safe")
    do(bench, stage_acts.confirm_pathway, "home-with-support")
    do(bench, stage_acts.move_stage, "needs-captured")
    return do(bench, stage_acts.move_stage, "sourcing")


def test_a_task_lives_from_referral_to_its_close_and_every_stage_says_when_it_was_entered(
    ready_bench: Bench,
) -> None:
    fact = to_sourcing(ready_bench)
    assert (fact.owner_team, fact.blocks) == ("Brokerage Team", ("support-not-placed",))
    do(ready_bench, stage_acts.source, "offered")
    fact = do(ready_bench, stage_acts.move_stage, "arranged")
    assert (fact.owner_team, fact.sourcing, fact.blocks) == ("Community Discharge Team", "placed", ())
    assert fact.sought == {
        "requested": START + 5 * MINUTE,
        "offered": START + 6 * MINUTE,
        "placed": START + 7 * MINUTE,
    }
    ready_bench.say(discharged("2026-03-06T16:00"))
    fact = ready_bench.task()
    assert (fact.stage, fact.status) == ("discharged", "in-progress")
    assert fact.due_ms == at("2026-03-08T16:00")  # a day of the team's hours, which are twelve a day
    later = at("2026-03-07T10:00")
    for number, stage in enumerate(("first-visit", "in-recovery", "assessment-due")):
        fact = do(ready_bench, stage_acts.move_stage, stage, when=later + number * MINUTE)
        assert fact.stage == stage
    assert fact.due_ms == later + 2 * MINUTE + 14 * 24 * 60 * MINUTE
    fact = do(ready_bench, desk.complete, "no-support", when=later + 3 * MINUTE)
    assert (fact.status, fact.stage, fact.outcome) == ("completed", "done", "no-support")
    assert fact.milestones == {
        "accepted": START, "triaged": START + MINUTE, "pathway-proposed": START + 2 * MINUTE,
        "pathway-confirmed": START + 3 * MINUTE, "needs-captured": START + 4 * MINUTE,
        "sourcing": START + 5 * MINUTE, "arranged": START + 7 * MINUTE, "discharged": at("2026-03-06T16:00"),
        "first-visit": later, "in-recovery": later + MINUTE, "assessment-due": later + 2 * MINUTE,
        "done": later + 3 * MINUTE,
    }  # fmt: skip
    assert ready_bench.task_events()[-1] == "DischargeTaskCompleted"


def test_a_discharge_taken_back_takes_back_that_they_left_and_nothing_that_was_arranged(
    ready_bench: Bench,
) -> None:
    to_sourcing(ready_bench)
    do(ready_bench, stage_acts.move_stage, "arranged")
    ready_bench.say(discharged("2026-03-06T16:00"))
    assert ready_bench.task().milestones["discharged"] == at("2026-03-06T16:00")
    ready_bench.say(discharge_cancelled("2026-03-06T17:00"))
    fact = ready_bench.task()
    assert (fact.stage, fact.signal, fact.needs_a_look) == ("arranged", "ready", ())
    assert "discharged" not in fact.milestones


def test_a_discharge_taken_back_when_visits_began_needs_a_look_and_work_goes_back(ready_bench: Bench) -> None:
    to_sourcing(ready_bench)
    do(ready_bench, stage_acts.move_stage, "arranged")
    ready_bench.say(discharged("2026-03-06T16:00"))
    do(ready_bench, stage_acts.move_stage, "first-visit", when=at("2026-03-06T18:00"))
    ready_bench.say(discharge_cancelled("2026-03-06T19:00"))
    fact = ready_bench.task()
    assert (fact.stage, fact.needs_a_look) == ("first-visit", ("back-after-leaving",))
    fact = do(
        ready_bench, stage_acts.move_stage, "arranged", why="hospital-changed", when=at("2026-03-06T19:30")
    )
    assert (fact.stage, fact.needs_a_look, "first-visit" in fact.milestones) == ("arranged", (), False)
    ready_bench.say(discharged("2026-03-07T11:00"))
    assert (ready_bench.task().stage, ready_bench.task().milestones["discharged"]) == (
        "discharged",
        at("2026-03-07T11:00"),
    )


def test_stages_go_in_their_order_and_back_for_a_reason(ready_bench: Bench) -> None:
    with pytest.raises(NotNow, match="From New work does not go to Triaged"):
        do(ready_bench, stage_acts.move_stage, "triaged")
    with pytest.raises(NotNow, match="not chosen at this stage: New"):
        do(ready_bench, stage_acts.confirm_pathway, "home-with-support")
    do(ready_bench, stage_acts.accept)
    with pytest.raises(NotNow, match="accepted already"):
        do(ready_bench, stage_acts.accept)
    do(ready_bench, stage_acts.move_stage, "triaged")
    with pytest.raises(NotNow, match="does not go to Left hospital"):
        do(ready_bench, stage_acts.move_stage, "discharged")
    with pytest.raises(NotNow, match="No package or bed is sought now"):
        do(ready_bench, stage_acts.source, "offered")
    for why in ("", "bored"):
        with pytest.raises(NotAChoice):
            do(ready_bench, stage_acts.move_stage, "accepted", why=why)
    assert ready_bench.task().stage == "triaged"
    do(ready_bench, stage_acts.move_stage, "accepted", why="set-in-error")
    last = orjson.loads(ready_bench.ask(select(desk_act.c.detail).order_by(desk_act.c.version))[-1])
    assert last == {
        "stage": "accepted", "signal": "ready", "back": True, "why": "set-in-error", "list": "reasons@1",
    }  # fmt: skip


def test_another_way_than_home_needs_a_reason_that_is_kept_with_its_list(ready_bench: Bench) -> None:
    do(ready_bench, stage_acts.accept)
    do(ready_bench, stage_acts.move_stage, "triaged")
    for why in ("", "bored"):
        with pytest.raises(NotAChoice):
            do(ready_bench, stage_acts.confirm_pathway, "care-home-placement", why=why)
    with pytest.raises(NotAChoice):
        do(ready_bench, stage_acts.confirm_pathway, "the-moon")
    fact = do(ready_bench, stage_acts.confirm_pathway, "care-home-placement", why="care-day-and-night")
    assert (fact.pathway, fact.setting) == (3, "residential")
    assert fact.route_reason == ChosenReason(code="care-day-and-night", list="reasons@1")
    assert ready_bench.ask(select(task.c.pathway)) == ["3"]


def test_who_needs_nothing_new_only_waits_to_leave(ready_bench: Bench) -> None:
    do(ready_bench, stage_acts.accept)
    do(ready_bench, stage_acts.move_stage, "triaged")
    do(ready_bench, stage_acts.confirm_pathway, "home-as-before")
    ready_bench.say(discharged("2026-03-06T16:00"))
    assert ready_bench.task().stage == "discharged"


def test_who_left_before_support_was_placed_stays_where_the_work_is(ready_bench: Bench) -> None:
    to_sourcing(ready_bench)
    fact = do(ready_bench, stage_acts.source, "failed", why="no-capacity")
    assert (fact.sourcing, fact.sourcing_reason) == (
        "failed",
        ChosenReason(code="no-capacity", list="reasons@1"),
    )
    with pytest.raises(NotAChoice):
        do(ready_bench, stage_acts.source, "failed")
    with pytest.raises(NotNow, match="First: A package or bed is sought and not placed yet"):
        do(ready_bench, stage_acts.move_stage, "discharged")
    ready_bench.say(discharged("2026-03-06T16:00"))
    fact = ready_bench.task()
    assert (fact.stage, fact.blocks, fact.due_ms) == (
        "sourcing",
        ("support-not-placed",),
        at("2026-03-06T18:00"),
    )


def test_what_may_not_close_at_a_stage_is_not_closed_there(ready_bench: Bench) -> None:
    shipped = ready_bench.desk.reference.lists.stages(0)
    strict = [replace_stage(one.model_dump()) for one in shipped.stage]
    loaded = type(shipped).model_validate({**shipped.model_dump(), "version": 2, "stage": strict})
    version = version_of(loaded, "somebody", at("2026-03-01T00:00"))
    listed = ready_bench.desk.known_lists.now.with_version(version)
    ready_bench.desk = replace(ready_bench.desk, known_lists=FixedLists(listed))
    with pytest.raises(NotNow, match="Work does not close here: New"):
        do(ready_bench, desk.complete, "no-support")
    do(ready_bench, stage_acts.accept)
    assert do(ready_bench, desk.complete, "no-support").status == "completed"


def replace_stage(one: dict[str, Any]) -> dict[str, Any]:
    return {**one, "may_close": one["stage"] != "new"}


class FixedLists(known_lists.KnownLists):
    """Lists that are what they are, whatever the database holds."""

    def __init__(self, lists: Any) -> None:
        super().__init__()
        self.now = lists

    def read(self, connection: Any) -> Any:
        return self.now


def test_work_that_is_late_says_to_whom_it_is_told_and_from_when(ready_bench: Bench) -> None:
    fact = ready_bench.task()
    assert (fact.due_ms, fact.escalates_ms) == (at("2026-03-06T11:45"), at("2026-03-06T12:15"))
    assert fact.escalates_to == "Hospital social work team"
    fact = to_sourcing(ready_bench)
    assert (fact.escalates_to, fact.stage_since_ms) == ("Community Discharge Team", START + 5 * MINUTE)
    ready_bench.say(discharged("2026-03-06T16:00", "2"))
    assert (ready_bench.task().escalates_ms, ready_bench.task().escalates_to) == (None, "")
