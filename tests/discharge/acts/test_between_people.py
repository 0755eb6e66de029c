"""What people at the desk do with one another and with the ward."""

from typing import Any

import orjson
import pytest
from sqlalchemy import select

from ascbridge.discharge.acts import between_people as between
from ascbridge.discharge.acts import desk, stage_acts
from ascbridge.discharge.acts.desk import NotAChoice, NotNow, Sitting, SpeakFirst, StaleTask
from ascbridge.discharge.lists import colleagues
from ascbridge.events.facts.catalogue import TaskFact
from ascbridge.people.actor import Actor
from ascbridge.people.opening import SealedValue, open_bytes
from ascbridge.storage.tables import audit, desk_act, task
from tests.discharge.builders import Bench, admitted, at, details, discharged, not_ready, ready

SAM, ALEX = Actor("sam", "discharge-team", "work"), Actor("alex", "discharge-team", "work")
NOON = "2026-03-06T12:00"
TEAM = "Brokerage Team"


def do(bench: Bench, act: Any, version: int, *more: Any, actor: Actor = SAM, when: str = NOON) -> int:
    id = bench.task().task
    return bench.write(lambda c: act(c, Sitting(bench.desk, actor, version, at(when)), id, *more))


def texts(bench: Bench) -> list[str]:
    rows = bench.ask(select(desk_act).where(desk_act.c.sealed.is_not(None)).order_by(desk_act.c.version))
    values = [SealedValue(row.sealed, row.key_id, row.act_id) for row in rows]
    opened = bench.write(lambda c: open_bytes(c, bench.data_keys, values))
    return [text.decode() for text in opened]


@pytest.fixture
def at_work(bench: Bench) -> Bench:
    bench.say(details("2026-03-02T10:00"), admitted("2026-03-02T10:00"), ready("2026-03-06T11:30"))
    for who in ("sam", "alex"):
        bench.write(lambda c, who=who: colleagues.seen(c, who, "discharge-team", at("2026-03-05T08:00")))
    return bench


def test_a_task_is_assigned_to_a_colleague_who_has_it_then(at_work: Bench) -> None:
    do(at_work, between.assign, 0, "person:alex", "You know the family")
    assert at_work.ask(select(task.c.claimed_by)) == ["alex"]
    assert at_work.task().status == "accepted"
    assert texts(at_work) == ["You know the family"]
    with pytest.raises(NotNow, match="alex has this task already"):
        do(at_work, between.assign, 1, "person:alex")
    # out of hours only what is urgent is handed over, and that the clock does
    for nobody in ("person:stranger", "alex", "team:Nobody", "team:Emergency Out of Hours", "", "team:"):
        with pytest.raises(NotAChoice):
            do(at_work, between.assign, 1, nobody)


def test_a_task_is_assigned_to_a_team_and_stands_on_its_list(at_work: Bench) -> None:
    do(at_work, desk.claim, 0)
    do(at_work, between.assign, 1, f"team:{TEAM}")
    assert at_work.ask(select(task.c.owner_team, task.c.claimed_by)) == [(TEAM, "")]
    assert at_work.task().status == "requested"


def test_a_task_is_handed_over_with_what_the_other_team_must_know(at_work: Bench) -> None:
    do(at_work, desk.claim, 0)
    do(at_work, stage_acts.move_stage, 1, "triaged")
    do(at_work, between.hand_over, 2, TEAM, "Carer is ill tonight")
    fact = at_work.task()
    assert (fact.owner_team, fact.stage, fact.status) == (TEAM, "triaged", "in-progress")
    assert at_work.ask(select(task.c.claimed_by)) == [""]
    (detail,) = at_work.ask(select(desk_act.c.detail).where(desk_act.c.act == "hand_over"))
    assert orjson.loads(detail) == {"team": TEAM, "from": "Community Discharge Team"}
    assert texts(at_work) == ["Carer is ill tonight"]
    with pytest.raises(NotNow, match="has this task already"):
        do(at_work, between.hand_over, 3, TEAM, "again")
    do(at_work, between.hand_over, 3, "Community Discharge Team", "Morning: back to you")
    assert at_work.task().owner_team == "Community Discharge Team"


def test_who_left_by_themselves_is_the_duty_teams_whoever_had_the_task_before(at_work: Bench) -> None:
    do(at_work, between.assign, 0, f"team:{TEAM}")
    at_work.say(discharged("2026-03-06T13:00", "2", "19"))
    assert at_work.task().owner_team == "Community Discharge Team"


def test_a_pause_holds_until_somebody_goes_on(at_work: Bench) -> None:
    do(at_work, between.pause, 0, "funding")
    fact = at_work.task()
    assert (fact.status, fact.reason, fact.due_ms) == ("on-hold", "funding", None)
    assert at_work.task_events()[-1] == "DischargeTaskPaused"
    (detail,) = at_work.ask(select(desk_act.c.detail))
    assert orjson.loads(detail) == {"why": "funding", "list": "reasons@1", "signal": "ready"}
    with pytest.raises(NotNow, match="paused already"):
        do(at_work, between.pause, 1, "assessment")
    with pytest.raises(NotNow, match="paused by the team"):
        do(at_work, desk.complete, 1, "no-support")
    do(at_work, between.resume, 1)
    assert (at_work.task().status, at_work.task().reason) == ("requested", "ready")
    with pytest.raises(NotNow, match="Nobody at the desk paused"):
        do(at_work, between.resume, 2)
    with pytest.raises(NotAChoice):
        do(at_work, between.pause, 2, "bored")


def test_nobody_leaves_hospital_while_their_task_stays_paused(at_work: Bench) -> None:
    do(at_work, between.pause, 0, "family-or-carer")
    at_work.say(discharged("2026-03-06T14:00"))
    assert (at_work.task().status, at_work.task().signal) == ("requested", "discharged")
    assert at_work.task().due_ms is not None


def test_what_the_hospital_paused_stays_so_whatever_the_desk_does(at_work: Bench) -> None:
    at_work.say(not_ready("2026-03-06T12:30"))
    do(at_work, between.pause, 0, "funding", when="2026-03-06T13:00")
    do(at_work, between.resume, 1, when="2026-03-06T13:10")
    assert at_work.task().status == "on-hold"
    at_work.say(ready("2026-03-06T15:00"))
    assert at_work.task().status == "requested"


def test_a_question_to_the_ward_waits_for_its_answer(at_work: Bench) -> None:
    do(at_work, between.ask_ward, 0, "Sister on W21", "Is he safe on stairs?")
    assert at_work.task().asked_ms == at(NOON)
    do(at_work, between.ask_ward, 1, "Ward clerk", "Are the medicines packed?", when="2026-03-06T12:10")
    with pytest.raises(NotNow, match="never asked"):
        do(at_work, between.answer, 2, 7, "yes")
    do(at_work, between.answer, 2, 1, "With one rail, yes", when="2026-03-06T12:20")
    assert at_work.task().asked_ms == at("2026-03-06T12:10")
    do(at_work, between.answer, 3, 2, "At four", when="2026-03-06T12:30")
    assert at_work.task().asked_ms is None
    with pytest.raises(NotNow, match="answered"):
        do(at_work, between.answer, 4, 2, "At five")
    assert texts(at_work)[0] == "Asked Sister on W21: Is he safe on stairs?"
    assert b"stairs" not in b"".join(at_work.ask(select(desk_act.c.detail)))


def test_an_answer_is_written_down_after_the_task_was_closed(at_work: Bench) -> None:
    do(at_work, between.ask_ward, 0, "Ward clerk", "When?")
    do(at_work, desk.drop, 1, "duplicate")
    do(at_work, between.answer, 2, 1, "At four")
    assert at_work.task().asked_ms is None


def test_what_is_given_back_is_published_with_its_reason(at_work: Bench) -> None:
    do(at_work, between.reject, 0, "not-enough-told", "No home address")
    last = at_work.emitted()[-1]
    assert isinstance(last, TaskFact)
    assert (type(last).__name__, last.status, last.stage, last.reason) == (
        "DischargeTaskCancelled", "cancelled", "rejected", "not-enough-told",
    )  # fmt: skip
    assert "home address" not in last.model_dump_json()
    with pytest.raises(NotNow, match="closed"):
        do(at_work, between.ask_ward, 1, "Ward clerk", "When?")
    at_work.write(lambda c: desk.open_by_hand(c, Sitting(at_work.desk, SAM, 1, at(NOON)), "s1"))
    assert at_work.task().stage == "new"


def test_nobody_completes_past_a_hold_without_saying_when_they_spoke(at_work: Bench) -> None:
    do(at_work, between.hold, 0, "Pat Long", "024 7600 0000", actor=Actor("pat", "safeguarding", "work"))
    last = at_work.emitted()[-1]
    assert isinstance(last, TaskFact)
    assert last.speak_first
    assert b"Pat" not in b"".join(at_work.ask(select(task.c.body)))
    for spoken in (None, at("2026-03-06T12:01")):
        with pytest.raises(SpeakFirst):
            do(at_work, desk.complete, 1, "no-support", "", spoken)
    do(at_work, desk.complete, 1, "no-support", "", at("2026-03-06T11:40"))
    (detail,) = at_work.ask(select(desk_act.c.detail).where(desk_act.c.act == "complete"))
    assert orjson.loads(detail)["spoken_ms"] == at("2026-03-06T11:40")
    assert at_work.task().status == "completed"


def test_a_hold_is_lifted(at_work: Bench) -> None:
    with pytest.raises(NotNow, match="no hold"):
        do(at_work, between.lift_hold, 0)
    do(at_work, between.hold, 0, "Pat Long", "024 7600 0000")
    do(at_work, between.lift_hold, 1)
    assert not at_work.task().speak_first
    do(at_work, desk.complete, 2, "no-support")


def test_every_act_has_its_audit_row_and_its_version(at_work: Bench) -> None:
    steps: list[tuple[Any, tuple[Any, ...]]] = [
        (between.assign, ("person:alex",)),
        (between.hand_over, (TEAM, "note")),
        (between.pause, ("funding",)),
        (between.resume, ()),
        (between.ask_ward, ("ward", "when?")),
        (between.answer, (5, "now")),
        (between.hold, ("Pat", "1")),
        (between.lift_hold, ()),
        (between.reject, ("other-area",)),
    ]
    for version, (act, more) in enumerate(steps):
        with pytest.raises(StaleTask):
            do(at_work, act, version + 5, *more)
        assert do(at_work, act, version, *more) == version + 1
    assert at_work.ask(select(audit.c.what).order_by(audit.c.position)) == [
        "task assign", "task hand_over", "task pause", "task resume", "task ask", "task answer", "task hold",
        "task lift_hold", "task reject",
    ]  # fmt: skip


def test_each_of_them_can_be_taken_back(at_work: Bench) -> None:
    before = at_work.task().model_dump(exclude={"revision"})
    for number, (act, more) in enumerate(
        [(between.assign, (f"team:{TEAM}",)), (between.pause, ("funding",)), (between.hold, ("Pat", "1")),
         (between.ask_ward, ("ward", "when?")), (between.reject, ("other-area",))]
    ):  # fmt: skip
        do(at_work, act, 2 * number, *more)
        do(at_work, desk.undo, 2 * number + 1)
        assert at_work.task().model_dump(exclude={"revision"}) == before


def test_who_cannot_take_back_is_told_whom_to_ring(at_work: Bench) -> None:
    do(at_work, between.assign, 0, f"team:{TEAM}")
    do(at_work, desk.note, 1, "Rang the ward", actor=ALEX)
    with pytest.raises(NotNow, match=r"alex acted last: ring them \(Brokerage Team\)"):
        do(at_work, desk.undo, 2)
    do(at_work, between.hold, 2, "Pat", "1", actor=ALEX)
    with pytest.raises(NotNow) as told:
        do(at_work, desk.undo, 3)
    assert "alex" not in str(told.value)
