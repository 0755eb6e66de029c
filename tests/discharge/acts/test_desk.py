"""What people do at the desk: kept for good, checked by version, decided upon at once."""

import asyncio
from typing import Any

import orjson
import pytest
from sqlalchemy import select

from ascbridge.discharge.acts import desk, stage_acts
from ascbridge.discharge.acts.desk import NotAChoice, NotNow, PersonErased, Sitting, StaleTask, UnknownTask
from ascbridge.events.facts.catalogue import TaskFact
from ascbridge.people.actor import Actor
from ascbridge.people.opening import SealedValue, open_bytes
from ascbridge.storage.tables import audit, desk_act, task
from tests.discharge.builders import (
    Bench,
    admitted,
    at,
    death,
    details,
    discharge_cancelled,
    discharged,
    not_ready,
    ready,
    snapshot,
)
from tests.discharge.packing import HOME, pack
from tests.discharge.split import act as act_on_sub_task
from tests.discharge.split import split

SAM = Actor("sam", "discharge-team", "work")
ALEX = Actor("alex", "discharge-team", "work")


def sit(bench: Bench, version: int, actor: Actor = SAM, when: str = "2026-03-06T12:00") -> Sitting:
    return Sitting(bench.desk, actor, version, at(when))


def do(
    bench: Bench, act: Any, version: int, *more: Any, actor: Actor = SAM, when: str = "2026-03-06T12:00"
) -> int:
    """Act on the bench's one task; returns its new version."""
    id = bench.task().task
    return bench.write(lambda connection: act(connection, sit(bench, version, actor, when), id, *more))


@pytest.fixture
def ready_bench(bench: Bench) -> Bench:
    bench.say(details("2026-03-02T10:00"), admitted("2026-03-02T10:00"), ready("2026-03-06T11:30"))
    return bench


def test_work_goes_through_its_stages_to_an_outcome(ready_bench: Bench) -> None:
    pack(ready_bench, "present", *HOME)
    seen = []
    steps = [
        (desk.claim, ()),
        (stage_acts.move_stage, ("triaged",)),
        (stage_acts.confirm_pathway, ("home-with-support",)),
        (desk.complete, ("support-at-home",)),
    ]
    for version, (act, more) in enumerate(steps):
        assert do(ready_bench, act, version, *more) == version + 1
        seen.append((ready_bench.task().status, ready_bench.task().stage))
    assert seen == [
        ("accepted", "accepted"),
        ("in-progress", "triaged"),
        ("in-progress", "pathway-confirmed"),
        ("completed", "done"),
    ]
    assert ready_bench.task().outcome == "support-at-home"
    assert ready_bench.task_events()[-1] == "DischargeTaskCompleted"
    rows = ready_bench.ask(
        select(desk_act.c.version, desk_act.c.act, desk_act.c.actor).order_by(desk_act.c.version)
    )
    assert [tuple(row) for row in rows] == [
        (1, "claim", "sam"),
        (2, "stage", "sam"),
        (3, "confirm_pathway", "sam"),
        (4, "complete", "sam"),
    ]
    assert ready_bench.ask(select(task.c.desk_version)) == [4]


def test_a_discharge_taken_back_after_the_work_was_finished_is_shown_and_the_task_opened_again(
    ready_bench: Bench,
) -> None:
    ready_bench.say(discharged("2026-03-06T13:00"))
    pack(ready_bench, "present", *HOME, "infection-status")
    do(ready_bench, desk.complete, 0, "support-at-home", when="2026-03-06T14:00")
    assert ready_bench.task().needs_a_look == ()
    ready_bench.say(discharge_cancelled("2026-03-06T13:30"))  # written down before, and it came after
    task_now = ready_bench.task()
    assert (task_now.status, task_now.needs_a_look) == ("completed", ("changed-after-done",))
    key = task_now.spell
    sitting = sit(ready_bench, 1, when="2026-03-06T15:00")
    ready_bench.write(lambda connection: desk.open_by_hand(connection, sitting, key))
    assert (ready_bench.task().status, ready_bench.task().needs_a_look) == ("requested", ())


def test_every_act_is_audited_with_it(ready_bench: Bench) -> None:
    do(ready_bench, desk.claim, 0)
    assert [tuple(row) for row in ready_bench.ask(select(audit.c.who, audit.c.what, audit.c.whom))] == [
        ("sam", "task claim", ready_bench.stay()["person_id"])
    ]


def test_two_people_claim_at_one_version_and_the_second_is_told(ready_bench: Bench) -> None:
    do(ready_bench, desk.claim, 0)
    with pytest.raises(StaleTask):
        do(ready_bench, desk.claim, 0, actor=ALEX)
    assert ready_bench.ask(select(task.c.claimed_by)) == ["sam"]
    with pytest.raises(NotNow, match="sam has this task"):
        do(ready_bench, desk.claim, 1, actor=ALEX)


def test_two_claims_at_the_same_moment_give_one_claim_and_one_stale(real_bench: Bench) -> None:
    real_bench.say(details("2026-03-02T10:00"), ready("2026-03-06T11:30"))
    id = real_bench.task().task

    async def both() -> list[object]:
        claims = (
            real_bench.database.write(
                lambda connection, who=who: desk.claim(connection, sit(real_bench, 0, who), id)
            )
            for who in (SAM, ALEX)
        )
        return await asyncio.gather(*claims, return_exceptions=True)

    outcomes = real_bench.runner.run(both())
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["StaleTask", "int"]
    assert real_bench.ask(select(desk_act.c.version)) == [1]
    assert len(real_bench.ask(select(task.c.claimed_by))) == 1


def test_free_text_is_sealed_and_stands_nowhere_else(ready_bench: Bench) -> None:
    do(ready_bench, desk.note, 0, "Daughter holds the key")
    (row,) = ready_bench.ask(select(desk_act))
    assert b"Daughter" not in row.sealed
    assert b"Daughter" not in row.detail
    value = SealedValue(row.sealed, row.key_id, row.act_id)
    opened = ready_bench.write(lambda connection: open_bytes(connection, ready_bench.data_keys, [value]))
    assert opened == [b"Daughter holds the key"]
    assert ready_bench.task().stage == "new"


def test_nothing_can_be_written_about_an_erased_person(ready_bench: Bench) -> None:
    ready_bench.write(lambda connection: ready_bench.data_keys.erase(connection, ["p1"], 5))
    with pytest.raises(PersonErased):
        do(ready_bench, desk.note, 0, "Daughter holds the key")
    assert do(ready_bench, desk.claim, 0) == 1


def test_no_message_overwrites_what_the_desk_did(ready_bench: Bench) -> None:
    do(ready_bench, desk.claim, 0)
    do(ready_bench, stage_acts.move_stage, 1, "triaged")
    ready_bench.say(not_ready("2026-03-07T10:00"))
    assert (ready_bench.task().status, ready_bench.task().stage) == ("on-hold", "triaged")
    do(ready_bench, stage_acts.confirm_pathway, 2, "home-with-support", when="2026-03-07T11:00")
    assert ready_bench.task().status == "on-hold"
    ready_bench.say(ready("2026-03-10T09:00"))
    assert (ready_bench.task().status, ready_bench.task().stage) == ("in-progress", "pathway-confirmed")
    do(ready_bench, desk.complete, 3, "no-support", when="2026-03-10T10:00")
    ready_bench.say(discharged("2026-03-10T16:00", "2", "19"))
    assert (ready_bench.task().status, ready_bench.task().outcome) == ("completed", "no-support")
    assert ready_bench.ask(select(task.c.claimed_by)) == ["sam"]


def test_a_paused_task_is_not_completed_until_the_hospital_says_ready_again(ready_bench: Bench) -> None:
    do(ready_bench, desk.claim, 0)
    ready_bench.say(not_ready("2026-03-07T10:00"))
    with pytest.raises(NotNow, match="paused: the hospital says not ready"):
        do(ready_bench, desk.complete, 1, "no-support", when="2026-03-07T11:00")
    with pytest.raises(NotNow, match="paused"):
        ready_bench.write(lambda c: desk.open_by_hand(c, sit(ready_bench, 1), ready_bench.task().spell))
    assert (ready_bench.task().status, ready_bench.task().stage) == ("on-hold", "accepted")
    assert ready_bench.ask(select(desk_act.c.act)) == ["claim"]
    assert do(ready_bench, desk.note, 1, "Rang the ward", when="2026-03-07T11:05") == 2
    assert do(ready_bench, desk.release, 2, when="2026-03-07T11:10") == 3
    ready_bench.say(ready("2026-03-10T09:00"))
    do(ready_bench, desk.complete, 3, "no-support", when="2026-03-10T10:00")
    assert ready_bench.task().status == "completed"


def test_a_task_can_be_released_dropped_and_opened_again(ready_bench: Bench) -> None:
    do(ready_bench, desk.claim, 0)
    do(ready_bench, desk.release, 1)
    assert ready_bench.task().status == "requested"
    with pytest.raises(NotNow, match="Nobody has"):
        do(ready_bench, desk.release, 2)
    do(ready_bench, desk.drop, 2, "duplicate")
    assert (ready_bench.task().status, ready_bench.task().reason) == ("cancelled", "duplicate")
    (detail,) = ready_bench.ask(select(desk_act.c.detail).where(desk_act.c.act == "drop"))
    assert orjson.loads(detail)["list"] == "reasons@1"
    with pytest.raises(NotNow, match="closed"):
        do(ready_bench, desk.claim, 3)
    ready_bench.write(lambda connection: desk.open_by_hand(connection, sit(ready_bench, 3), "s1"))
    assert (ready_bench.task().status, ready_bench.task().stage) == ("requested", "new")
    with pytest.raises(NotNow, match="open already"):
        ready_bench.write(lambda connection: desk.open_by_hand(connection, sit(ready_bench, 4), "s1"))


def test_ones_own_last_act_is_taken_back_within_ten_minutes(ready_bench: Bench) -> None:
    do(ready_bench, desk.claim, 0)
    before = ready_bench.task()
    do(ready_bench, desk.complete, 1, "no-support", when="2026-03-06T12:05")
    assert ready_bench.task().status == "completed"
    assert do(ready_bench, desk.undo, 2, when="2026-03-06T12:14") == 3
    assert ready_bench.task().model_dump(exclude={"revision"}) == before.model_dump(exclude={"revision"})
    with pytest.raises(NotNow, match="only your own last act"):
        do(ready_bench, desk.undo, 3, when="2026-03-06T12:15")


def test_nothing_is_taken_back_later_or_after_somebody_acted_or_by_another(ready_bench: Bench) -> None:
    do(ready_bench, desk.claim, 0)
    with pytest.raises(NotNow, match="within ten minutes"):
        do(ready_bench, desk.undo, 1, when="2026-03-06T12:11")
    with pytest.raises(NotNow):
        do(ready_bench, desk.undo, 1, actor=ALEX)
    do(ready_bench, desk.note, 1, "Rang the ward", actor=ALEX)
    with pytest.raises(NotNow):
        do(ready_bench, desk.undo, 2)
    with pytest.raises(StaleTask):
        do(ready_bench, desk.undo, 1)


def test_what_the_hospital_says_meanwhile_stands_when_an_act_is_taken_back(ready_bench: Bench) -> None:
    do(ready_bench, desk.claim, 0)
    ready_bench.say(not_ready("2026-03-06T12:02"))
    do(ready_bench, desk.undo, 1, when="2026-03-06T12:05")
    assert (ready_bench.task().status, ready_bench.task().stage) == ("on-hold", "new")


def test_a_dropped_spell_is_opened_by_hand_into_its_one_task(bench: Bench) -> None:
    bench.say(details("2026-03-02T10:00", "0-17"), admitted("2026-03-02T10:00"), ready("2026-03-06T11:30"))
    assert bench.tasks() == []
    assert bench.stay()["decision"] == "drop"
    version = bench.write(
        lambda connection: desk.open_by_hand(connection, sit(bench, 0), "s1", "Ward asked for us")
    )
    assert version == 1
    assert (bench.task().status, bench.task().reason, bench.task().signal) == (
        "requested",
        "by-hand",
        "ready",
    )
    bench.say(snapshot("2026-03-07T09:00", expected_discharge="2026-03-09"))
    assert bench.task().status == "requested"


def test_a_look_is_settled_and_a_new_one_shows_again(bench: Bench) -> None:
    bench.say(death("2026-03-01T05:00", died_on="2026-03-01"))
    bench.say(admitted("2026-03-02T10:00"), ready("2026-03-06T11:30"))
    bench.say(snapshot("2026-03-06T11:30", ready=False))
    assert bench.task().needs_a_look == ("ready-tie", "admitted-after-death")
    do(bench, desk.settle_look, 0, "admitted-after-death", "Death was another patient's")
    assert bench.task().needs_a_look == ("ready-tie",)
    assert bench.ask(select(task.c.looks)) == [1]
    with pytest.raises(NotAChoice):
        do(bench, desk.settle_look, 1, "admitted-after-death")
    bench.say(death("2026-03-06T12:00", died_on="2026-03-01"))
    assert "admitted-after-death" in bench.task().needs_a_look


def test_what_is_no_choice_is_refused_before_anything_is_written(ready_bench: Bench) -> None:
    for act, wrong in ((desk.complete, "vanished"), (desk.drop, "bored"), (stage_acts.move_stage, "done")):
        with pytest.raises(NotAChoice, match="is not one of"):
            do(ready_bench, act, 0, wrong)
    with pytest.raises(UnknownTask):
        ready_bench.write(lambda connection: desk.claim(connection, sit(ready_bench, 0), "t-none"))
    with pytest.raises(UnknownTask):
        ready_bench.write(lambda connection: desk.open_by_hand(connection, sit(ready_bench, 0), "s-none"))
    assert ready_bench.ask(select(desk_act.c.act_id)) == []


def test_an_act_that_nobody_outside_sees_is_no_event(ready_bench: Bench) -> None:
    events = len(ready_bench.emitted())
    do(ready_bench, desk.note, 0, "rang the ward")
    assert len(ready_bench.emitted()) == events
    do(ready_bench, desk.claim, 1)
    last = ready_bench.emitted()[-1]
    assert isinstance(last, TaskFact)
    assert last.status == "accepted"


def test_a_task_is_not_completed_while_equipment_is_outstanding(ready_bench: Bench) -> None:
    bed = split(ready_bench, "equipment", thing="bed", before=True)
    with pytest.raises(NotNow, match="First: Bed or mattress: to be ordered"):
        do(ready_bench, desk.complete, 0, "no-support")
    assert ready_bench.task().status == "requested"
    act_on_sub_task(ready_bench, bed, "state", "delivered")
    assert do(ready_bench, desk.complete, 0, "no-support") == 1
