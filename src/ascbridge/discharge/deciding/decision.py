"""What is to be done about one stay: its task as stay, person, council and desk have it, and why. Pure.

The same stay, person, council and acts always give the same task. A spell has one task at most; where nothing
asks for one any longer, the task that was there is withdrawn, never lost.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import orjson

from ascbridge.discharge.deciding.blocks import blocks
from ascbridge.discharge.deciding.desk_state import DeskState
from ascbridge.discharge.deciding.pathway import (
    AFTER_LEAVING,
    CLOSED,
    OPEN,
    STATUS,
    TELL,
    Death,
    Signal,
    Stage,
    back_after_leaving,
    changed_after_done,
    contradictions,
    reached,
    signal,
)
from ascbridge.discharge.deciding.rules import Inputs, Told, Verdict, judge
from ascbridge.discharge.stay import whose_person
from ascbridge.discharge.stay.spell_view import Contradiction, SpellView, classes, ever_left, ever_ready
from ascbridge.events.facts.catalogue import Delay, TaskFact
from ascbridge.events.logs.envelope import following_id
from ascbridge.reference.reason_lists import Reasons

if TYPE_CHECKING:
    from ascbridge.discharge.deciding.pathway import TaskStatus
    from ascbridge.discharge.deciding.reference import Reference
    from ascbridge.discharge.stay.spell import SpellState

KIND = "d2a"
CARE_DESTINATIONS = frozenset({"54", "65", "85", "88"})
"""Care homes and hospices (NHS Data Dictionary discharge destination): going there is a need by itself."""


@dataclass(frozen=True, slots=True)
class Person:
    """What the decision needs of the person. `persons` says who each patient key of the stay is."""

    person_id: str
    death: Death = field(default_factory=Death)
    restricted: bool = False
    age: Told | None = None
    residence: Told | None = None
    authority: Told | None = None
    authority_code: Told | None = None
    fixed_address: Told | None = None
    persons: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Council:
    """What the council said of the person; None and empty where it said nothing."""

    known: Told | None = None
    packages: tuple[Told, ...] = ()
    allocated: Told | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """Everything a decision about one stay rests on. `before` is its task as it was, if there was one.

    `into` is the stay, entered by hand, under which all of this one is told; `joined` are those told under this one.
    """

    spell: str
    state: SpellState
    view: SpellView
    person: Person
    council: Council
    desk: DeskState
    before: TaskFact | None
    into: str = ""
    joined: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Decision:
    """The task to be (revision 0) or None, the verdict, every look, settled or not, and why, as JSON."""

    task: TaskFact | None
    verdict: Verdict
    looks: tuple[Contradiction, ...]
    explanation: bytes


def task_id(spell: str, kind: str = KIND) -> str:
    """Return the id of a spell's task of one kind: the same each time, so that no second one can be."""
    return following_id("t", spell, f"{kind}/{spell}")


def decide(case: Case, reference: Reference) -> Decision:
    """Decide about a stay's task."""
    view, desk, death = case.view, case.desk, case.person.death
    looks = [*contradictions(view, reference.codes, death), *_identity(view, case.person)]
    verdict = judge(reference.rules, _inputs(case, looks))
    opened = verdict.then == "open" or desk.opened_ms is not None
    if case.before is None and (case.into or (not opened and desk.version == 0)):
        return Decision(None, verdict, tuple(looks), _explained(verdict, None, looks, case, reference))
    now = _signal(case, reference, opened=opened)
    if now in TELL and desk.stage not in {"done", "dropped", "rejected"}:
        looks.append(Contradiction(TELL[now], view.since_ms))
    if changed_after_done(view, now, desk):
        looks.append(Contradiction("changed-after-done", view.since_ms))
    if back_after_leaving(now, desk):
        looks.append(Contradiction("back-after-leaving", view.since_ms))
    looks += whose_person.looks(case, now, _opened(verdict, case))
    task = _task(case, reference, verdict, now, looks)
    return Decision(task, verdict, tuple(looks), _explained(verdict, task, looks, case, reference))


def _signal(case: Case, reference: Reference, *, opened: bool) -> Signal:
    if case.into:
        return "joined"
    return signal(case.view, reference.codes, case.person.death) if opened else "withdrawn"


def _task(
    case: Case, reference: Reference, verdict: Verdict, now: Signal, looks: list[Contradiction]
) -> TaskFact:
    view, desk = case.view, case.desk
    opened_ms, stage = _opened(verdict, case), reached(now, desk)
    status, since = _status(now, stage, desk), _clock_from(case, opened_ms)
    team = _team(now, stage, case, reference, since)
    waiting = [look for look in looks if (look.code, look.since_ms) not in desk.settled]
    dues = [reference.deadlines.of_look(look.since_ms, team) for look in waiting]
    work_due = reference.deadlines.of_work(now, stage, status, since, team)
    late = reference.deadlines.escalation(now, stage, status, since, team)
    whose = whose_person.hand_over(case)
    return TaskFact(
        task=task_id(case.spell),
        spell=case.spell,
        kind=KIND,
        revision=0,
        status=status,
        stage=stage,
        signal=now,
        reason=_reason(verdict, desk, now),
        opened_ms=opened_ms,
        due_ms=min([*dues, *([work_due] if work_due is not None else [])], default=None),
        owner_team=team,
        ward=None if case.person.restricted else view.ward,
        ready_on=view.ready_on,
        expected_discharge=view.expected_discharge,
        planned_discharge=view.planned_discharge,
        discharged_ms=view.discharged_ms,
        outcome=desk.outcome,
        needs_a_look=tuple(dict.fromkeys(look.code for look in waiting)),
        not_confirmed=verdict.not_confirmed,
        not_understood=view.not_understood,
        rule=_rule(verdict, reference),
        asked_ms=desk.standing.asked_ms,
        speak_first=desk.standing.hold_version > 0,
        stage_since_ms=since,
        milestones=_milestones(case, now, stage),
        pathway=desk.pathway,
        setting=desk.setting,
        route_reason=desk.route_reason,
        sourcing=desk.sourcing,
        sourcing_reason=desk.sourcing_reason,
        sought={step: ms for step, ms in desk.sought.items() if step},
        escalates_ms=late.from_ms if late is not None else None,
        escalates_to=late.team if late is not None else "",
        delays=_delays(case, now, reference),
        blocks=blocks(desk) if status not in CLOSED else (),
        taken=bool(desk.claimed_by) and status not in CLOSED,
        hand_over=whose,
        hand_over_to=case.person.authority.value if whose == "named" and case.person.authority else "",
    )


def _status(now: Signal, stage: Stage, desk: DeskState) -> TaskStatus:
    status = STATUS[now][stage]
    return "on-hold" if status in OPEN and desk.standing.waits(now) else status


def _team(now: Signal, stage: Stage, case: Case, reference: Reference, since: int) -> str:
    """Return whose the task is: to whom somebody gave it, until a stage begins that is another team's; but who left by
    themselves is first of all the day's team's. Who has it tonight, the clock says (`duty`), not the task.
    """
    standing, since_ms = case.desk.standing, case.view.since_ms
    if now == "self-discharged" and standing.team_ms <= since_ms:
        return reference.duty_teams(since_ms)[0]
    of_stage = reference.lists.stage_team(stage, since)
    if of_stage and case.desk.since_ms > standing.team_ms:
        return of_stage
    return standing.team or of_stage or reference.owner_team


def _delays(case: Case, now: Signal, reference: Reference) -> tuple[Delay, ...]:
    """Return why they stayed, in words. Nobody is delayed but who is ready: what the hospital says else ends it, and a
    reason of an earlier time of readiness does not begin again with the next.
    """
    found, since_ms = [], case.view.since_ms
    back = case.state.head("not_ready")
    for one in case.desk.delays:
        ended = one.to_ms is None and (now != "ready" or one.from_ms < since_ms)
        ends_ms = back.recorded if back and one.from_ms <= back.recorded <= since_ms else since_ms
        listed = reference.lists.find(one.list)
        words = listed.data.words_of(one.reason) if listed and isinstance(listed.data, Reasons) else ""
        to_ms = max(one.from_ms, ends_ms) if ended else one.to_ms
        found.append(one.model_copy(update={"to_ms": to_ms, "words": words or one.reason}))
    return tuple(found)


def _milestones(case: Case, now: Signal, stage: Stage) -> dict[str, int]:
    """Return when each stage was entered. When somebody left is the hospital's word, where it says so."""
    found: dict[str, int] = dict[str, int](case.desk.reached.items())
    left = now in {"discharged", "discharged-unclear"} and stage in {*AFTER_LEAVING, "done"}
    if left and case.view.discharged_ms is not None:
        found["discharged"] = case.view.discharged_ms
    return found


def _clock_from(case: Case, opened_ms: int) -> int:
    """Return from when the time for the work of this stage runs."""
    return max(case.view.since_ms, opened_ms, case.desk.since_ms)


def _opened(verdict: Verdict, case: Case) -> int:
    times = [verdict.decided_ms] if verdict.then == "open" else []
    if case.desk.opened_ms is not None:
        times.append(case.desk.opened_ms)
    return min(times, default=case.before.opened_ms if case.before is not None else 0)


def _reason(verdict: Verdict, desk: DeskState, now: Signal) -> str:
    """Return the code of why the task stands as it does: the desk's, the hospital's, else the rule's."""
    if desk.stage in {"dropped", "rejected"}:
        return desk.why
    if "cancelled" in STATUS[now]["new"] or now == "entered-in-error":
        return f"dropped:{verdict.rule}" if now == "withdrawn" and verdict.then == "drop" else now
    if _status(now, reached(now, desk), desk) == "on-hold" and desk.standing.waits(now):
        return desk.standing.paused
    return verdict.rule if verdict.then == "open" else "by-hand"


def _rule(verdict: Verdict, reference: Reference) -> str:
    rules = reference.rules
    return f"{rules.id}@{rules.version}:{verdict.rule or 'none'}"


def _identity(view: SpellView, person: Person) -> list[Contradiction]:
    """One visit under two people is a contradiction, unless the hospital itself moved it."""
    people = {person.persons.get(key, key) for key in view.patients}
    return [Contradiction("two-patients", view.since_ms)] if len(people) > 1 and not view.moved else []


def _inputs(case: Case, looks: list[Contradiction]) -> Inputs:
    """Gather everything stated that a rule may ask about, each with its evidence."""
    state, person = case.state, case.person
    inputs: dict[str, list[Told]] = {}
    by_hand = state.head("entered")
    if by_hand is not None:
        inputs["entered"] = [Told("yes", by_hand.event, by_hand.fact, by_hand.recorded)]
    ready = ever_ready(state)
    if ready is not None:
        inputs["ready"] = [Told("yes", ready.event, ready.fact, ready.recorded)]
    for code, left in ever_left(state).items():
        told = Told("yes", left.event, left.fact, left.recorded)
        inputs.setdefault("discharged", []).append(told)
        if code:
            inputs.setdefault("destination", []).append(Told(code, told.event, told.fact, told.at_ms))
    for name, first in classes(state).items():
        stated = Told(name, first.event, first.fact, first.recorded)
        inputs.setdefault("patient_class", []).append(stated)
    if looks:
        inputs["contradiction"] = [Told("yes", fact=look.code, at_ms=look.since_ms) for look in looks]
    if person.death.died and case.view.status != "entered-in-error":
        inputs["died"] = [Told("yes", at_ms=person.death.recorded_ms)]
    _of_person(inputs, person, case.council)
    return inputs


def _of_person(inputs: dict[str, list[Told]], person: Person, council: Council) -> None:
    for name, told in (
        ("age", person.age),
        ("known_to_care", council.known),
        ("allocated", council.allocated),
    ):
        if told is not None:
            inputs[name] = [told]
    if council.packages:
        inputs["package"] = list(council.packages)
    known = council.known
    live = [told for told in council.packages if told.value == "live"]
    homes = [told for told in inputs.get("destination", ()) if told.value in CARE_DESTINATIONS]
    if known is not None and known.value == "yes":
        inputs["residence"] = [Told("local", known.event, known.fact, known.at_ms)]
        inputs["need"] = [known]
    elif person.residence is not None:
        inputs["residence"] = [person.residence]
    if live or homes:
        inputs["need"] = [Told("yes", told.event, told.fact, told.at_ms) for told in (*live, *homes)]
    elif known is not None and known.value == "no":
        inputs["need"] = [known]


def told_of(person: Person) -> dict[str, str]:
    """Return what the hospital told of a person that rules ask about."""
    stated = {
        "age": person.age,
        "residence": person.residence,
        "authority": person.authority,
        "authority_code": person.authority_code,
        "fixed_address": person.fixed_address,
    }
    return {name: told.value for name, told in stated.items() if told is not None}


def told_in(explanation: bytes) -> dict[str, str]:
    """Return what the person was told to be when that decision was taken."""
    told: dict[str, str] = orjson.loads(explanation).get("told", {})
    return told


def _explained(
    verdict: Verdict,
    task: TaskFact | None,
    looks: list[Contradiction],
    case: Case,
    reference: Reference,
) -> bytes:
    desk, told = case.desk, told_of(case.person)
    return orjson.dumps(
        {
            "rules": reference.rules.id,
            "version": reference.rules.version,
            "then": verdict.then,
            "rule": verdict.rule,
            "why": verdict.why,
            "would_open": verdict.would_open,
            "by_hand": desk.opened_ms is not None,
            "not_confirmed": verdict.not_confirmed,
            "because": [
                {
                    "input": one.input,
                    "value": one.told.value,
                    "event": one.told.event,
                    "fact": one.told.fact,
                    "at_ms": one.told.at_ms,
                }
                for one in verdict.because
            ],
            "signal": task.signal if task is not None else "",
            "lists": reference.deadlines.went_by(_clock_from(case, task.opened_ms))
            if task is not None
            else (),
            "told": told,
            **({"into": case.into} if case.into else {}),
            **({"joined": case.joined} if case.joined else {}),
            "looks": [
                {"code": x.code, "since_ms": x.since_ms, "settled": (x.code, x.since_ms) in desk.settled}
                for x in looks
            ],
        }
    )
