"""Tasks and persons for programs. The same rules, purposes and audit as on the pages; faults are
problem+json.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import APIRouter, Depends, HTTPException, Query, Request

from ascbridge.access import Access
from ascbridge.discharge.deciding.decision import task_id as task_of
from ascbridge.discharge.lists import worklist
from ascbridge.discharge.lists.worklist import Lists, View, WorklistRow
from ascbridge.people import lookups, nhs_numbers
from ascbridge.people.membership import keys_of
from ascbridge.record.reader import read_person
from ascbridge.relationship import last_looks
from ascbridge.web.api_models import (
    ActIn,
    ActOut,
    ChangeOut,
    DelayOut,
    Done,
    EvidenceOut,
    Found,
    HoldOut,
    NumberIn,
    PersonOut,
    RecordOut,
    StoryOut,
    TaskList,
    TaskOut,
    WardOut,
)
from ascbridge.web.discharge import desk_acts
from ascbridge.web.discharge.desk_acts import Wish
from ascbridge.web.discharge.task_shown import show_task
from ascbridge.web.doorbook import write_down
from ascbridge.web.parts import WebParts
from ascbridge.web.people.people_shown import UNKNOWN, PersonShown, of_view, people_shown
from ascbridge.web.problems import ANSWERS
from ascbridge.web.purpose import ground, reader_of, reason_to_open, reason_to_read
from ascbridge.web.record.api_record import case_of, sections
from ascbridge.web.record.case_shown import read_case
from ascbridge.web.record.changed_shown import changed_shown
from ascbridge.web.refusals import answered
from ascbridge.web.visitors import Needs, Visitor

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from ascbridge.relationship.grounds import Ground
    from ascbridge.web.discharge.desk_acts import ActName

router = APIRouter(prefix="/api", responses=ANSWERS)
Seeing = Annotated[Visitor, Depends(Needs("worklist"))]
Acting = Annotated[Visitor, Depends(Needs("desk", least=Access.full))]
Reading = Annotated[Visitor, Depends(Needs("person"))]
Holding = Annotated[Visitor, Depends(Needs("hold", least=Access.full))]
TaskAct = Literal[
    "claim", "release", "accept", "note", "stage", "propose-pathway", "confirm-pathway", "source", "delay",
    "delay-over", "complete", "drop",
    "settle-look", "undo", "assign", "hand-over", "pause", "resume", "ask", "answer", "reject",
]  # fmt: skip
Purpose = Annotated[
    str, Query(max_length=120, description="Why; roles other than discharge-team and front-door must say it")
]


@router.get("/tasks", tags=["tasks"], summary="A list of tasks in due order")
async def tasks(
    request: Request,
    visitor: Seeing,
    view: View = "open",
    team: str = "",
    told_to: Annotated[str, Query(description="Late work that is told to this team")] = "",
    limit: Annotated[int, Query(ge=1, le=200)] = 100,
    after: Annotated[int, Query(ge=0)] = 0,
    purpose: Purpose = "",
) -> TaskList:
    """Tasks of one list, with the names that the role may see."""
    parts: WebParts = request.app.state.parts
    why = reason_to_read(request, visitor, purpose)
    lists = Lists(parts.clock.now_ms(), team, visitor.name, told_to=told_to)

    def read(connection: Connection) -> TaskList:
        rows = worklist.rows(connection, view, lists, limit=limit + 1, after=after)
        keys = [row.patient_key for row in rows[:limit]]
        people = people_shown(connection, parts.data_keys, keys, visitor.may("worklist"), lists.now_ms)
        shown = [_task(row, people.get(row.patient_key, UNKNOWN)) for row in rows[:limit]]
        return TaskList(tasks=shown, counts=worklist.counts(connection, lists), more=len(rows) > limit)

    found = await parts.database.read(read)
    await write_down(request, visitor, f"worklist read: {view}", why=why, result=f"{len(found.tasks)} shown")
    return found


@router.get("/tasks/{task_id}", tags=["tasks"], summary="One task with its story")
async def task(request: Request, visitor: Seeing, task_id: str, purpose: Purpose = "") -> StoryOut:
    """One task with its evidence, the desk's acts and the explanation of the rules."""
    parts: WebParts = request.app.state.parts
    lists = Lists(parts.clock.now_ms(), actor=visitor.name)

    def read(connection: Connection) -> tuple[Any, Ground | None]:
        shown = show_task(connection, parts, task_id, lists, visitor.may("worklist"))
        person = shown.story.row.person_id if shown is not None else ""
        return shown, ground(connection, parts, visitor, person, lists.now_ms) if person else None

    shown, working = await parts.database.read(read)
    if shown is None:
        raise HTTPException(404, "There is no such task.")
    row = shown.story.row
    why = reason_to_open(request, visitor, row.person_id, ground=working, stated=purpose)
    await write_down(request, visitor, "task read", whom=row.person_id, why=why)
    return StoryOut(
        task=_task(row, shown.person),
        evidence=[
            EvidenceOut(
                event_id=one.event_id,
                message_id=one.message_id,
                what=one.what,
                happened_ms=one.happened_ms,
                recorded_ms=one.recorded_ms,
                effect=one.effect,
                values=[asdict(value) for value in one.values],
                replaced=one.replaced,
            )
            for one in shown.evidence
        ],
        acts=[ActOut(**asdict(one)) for one in shown.acts],
        explanation=shown.story.explanation,
        speak_to=HoldOut(who=shown.hold.who, phone=shown.hold.phone, since_ms=shown.hold.since_ms)
        if shown.hold is not None
        else None,
        sides={code: [one.event_id for one in both] for code, both in shown.sides.items()},
    )


@router.post("/tasks/{task_id}/hold", tags=["tasks"], summary="Say whom to speak to before discharge")
async def hold(request: Request, visitor: Holding, task_id: str, wish: ActIn) -> Done:
    """Say whom (`who`, `phone`) to speak to before discharge; it replaces what was said before."""
    return Done(
        task_id=task_id, version=await answered(desk_acts.do(request, visitor, task_id, _wish("hold", wish)))
    )


@router.post("/tasks/{task_id}/lift-hold", tags=["tasks"], summary="Lift a hold")
async def lift_hold(request: Request, visitor: Holding, task_id: str, wish: ActIn) -> Done:
    """Take away that somebody must be spoken to before discharge."""
    return Done(
        task_id=task_id,
        version=await answered(desk_acts.do(request, visitor, task_id, _wish("lift-hold", wish))),
    )


@router.post("/tasks/{task_id}/{act}", tags=["tasks"], summary="Act on a task")
async def act(request: Request, visitor: Acting, task_id: str, act: TaskAct, wish: ActIn) -> Done:
    """Claim, release, accept, note, stage, propose or confirm the pathway, say how the search for support goes, say why
    somebody who is ready stays or that nothing delays any longer, complete, drop, settle a look, assign, hand over,
    pause, go on, ask the ward, write down the answer, give back to the hospital, or take back one's own last act.
    """
    return Done(
        task_id=task_id, version=await answered(desk_acts.do(request, visitor, task_id, _wish(act, wish)))
    )


@router.post("/stays/{spell}/open", tags=["tasks"], summary="Open a task by hand")
async def open_by_hand(request: Request, visitor: Acting, spell: str, wish: ActIn) -> Done:
    """Open a stay's one task whatever the rules decided. `version` is 0 where nobody ever acted on it."""
    version = await answered(
        desk_acts.do(request, visitor, spell, Wish("open-by-hand", wish.version, text=wish.text))
    )
    return Done(task_id=task_of(spell), version=version)


@router.post("/persons/search", tags=["persons"], summary="Find a person by NHS number")
async def find(request: Request, visitor: Reading, wanted: NumberIn, purpose: Purpose = "") -> Found:
    """Find who has an NHS number. Names cannot be searched: they are sealed."""
    parts: WebParts = request.app.state.parts
    why = reason_to_read(request, visitor, purpose)
    digits = "".join(wanted.nhs_number.split())
    if not nhs_numbers.checks(digits):
        raise HTTPException(422, "This is not an NHS number.")
    found = await parts.database.read(lambda c: lookups.find_by_number(c, parts.keyring, digits))
    people = sorted({one.person_id for one in found})
    await write_down(
        request, visitor, "person looked for", whom=" ".join(people), why=why, result=f"{len(people)} found"
    )
    return Found(person_ids=people)


@router.get("/persons/{person_id}", tags=["persons"], summary="One person's record")
async def person(request: Request, visitor: Reading, person_id: str, purpose: Purpose = "") -> RecordOut:
    """One person's record, each section with its source, its age and its feed's health, and the council's case."""
    parts: WebParts = request.app.state.parts
    now_ms = parts.clock.now_ms()

    reader = reader_of(visitor)
    access, contact = visitor.may("person"), visitor.may("contact")

    def read(connection: Connection) -> tuple[Any, Any, bool, Ground | None, Any]:
        keys = keys_of(connection, [person_id]).get(person_id, ())
        record = read_person(connection, parts.data_keys, person_id, now_ms=now_ms, sources=parts.sources)
        working = ground(connection, parts, visitor, person_id, now_ms)
        case = read_case(connection, keys, parts.door.rules.review_years)
        looked_ms = last_looks.since(connection, reader, [person_id], now_ms).get(person_id)
        seen = (access, contact)
        changed = changed_shown(connection, keys, case, looked_ms, seen) if looked_ms is not None else ()
        return record, case, bool(keys), working, (looked_ms, changed)

    record, case, known, working, (looked_ms, changed) = await parts.database.read(read)
    if not known and not record.successor:
        raise HTTPException(404, "There is no such person.")
    why = reason_to_open(request, visitor, person_id, ground=working, stated=purpose)
    await write_down(
        request, visitor, "person's record read", whom=person_id, why=why,
        also=lambda connection: last_looks.look(connection, reader, person_id, now_ms),
    )  # fmt: skip
    things, reminders = case_of(case, hidden=record.restricted)
    return RecordOut(
        case=things,
        reminders=reminders,
        person=person_out(person_id, of_view(record.who.items, access, now_ms)),
        state=record.state,
        sections=sections(record, access, contact),
        looked_ms=looked_ms,
        changed=[ChangeOut(at_ms=one.at_ms, kind=one.kind) for one in changed],
    )


def _wish(act: ActName, wish: ActIn) -> Wish:
    return Wish(
        act,
        wish.version,
        wish.revision,
        wish.choice,
        wish.text,
        wish.who,
        wish.phone,
        wish.spoken_ms,
        wish.reason,
    )


def person_out(person_id: str, shown: PersonShown) -> PersonOut:
    """Return a person as every answer says who they are."""
    return PersonOut(
        person_id=person_id, name=shown.name, born=shown.born, nhs_number=shown.number.replace(" ", ""),
        number_note=shown.number_note, restricted=shown.restricted, erased=shown.erased, died=shown.died,
    )  # fmt: skip


def _task(row: WorklistRow, shown: PersonShown) -> TaskOut:
    fact = row.fact
    names = (
        "spell",
        "status",
        "stage",
        "signal",
        "reason",
        "rule",
        "opened_ms",
        "due_ms",
        "owner_team",
        "ready_on",
        "expected_discharge",
        "planned_discharge",
        "discharged_ms",
        "outcome",
        "asked_ms",
        "speak_first",
        "revision",
        "stage_since_ms",
        "milestones",
        "pathway",
        "setting",
        "sourcing",
        "sought",
        "escalates_ms",
        "escalates_to",
    )
    return TaskOut(
        task_id=fact.task,
        person=person_out(row.person_id, shown),
        closed_ms=row.closed_ms,
        late=row.late,
        claimed_by=row.claimed_by,
        ward=WardOut(**fact.ward.model_dump()) if fact.ward and not shown.restricted else None,
        blocks=list(fact.blocks),
        delays=[DelayOut(**one.model_dump()) for one in fact.delays],
        needs_a_look=list(fact.needs_a_look),
        not_confirmed=list(fact.not_confirmed),
        not_understood=list(fact.not_understood),
        version=row.version,
        invented=row.invented,
        **{name: getattr(fact, name) for name in names},
    )
