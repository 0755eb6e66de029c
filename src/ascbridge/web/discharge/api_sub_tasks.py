"""Split-off work for programs. The same rules, purposes and audit as on the pages; faults are problem+json."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Depends, HTTPException, Query, Request
from pydantic import Field

from ascbridge.access import Access
from ascbridge.discharge.acts.sub_desk import Split, SubActName, SubWish
from ascbridge.discharge.lists import task_story
from ascbridge.discharge.lists.worklist import Lists
from ascbridge.discharge.sub_tasks.sub_list import SubRow, SubView
from ascbridge.web.api_models import ActOut, Done, Model, PersonOut
from ascbridge.web.discharge.api import Purpose, person_out
from ascbridge.web.discharge.split_shown import SplitShown, split_shown
from ascbridge.web.discharge.sub_task_acts import do_sub_act, split
from ascbridge.web.discharge.sub_task_pages import SUB_TASKS
from ascbridge.web.discharge.sub_task_shown import sub_shown
from ascbridge.web.discharge.work_lists import Page, answer_list, open_one
from ascbridge.web.doorbook import write_down
from ascbridge.web.parts import WebParts
from ascbridge.web.people.people_shown import UNKNOWN, PersonShown, people_shown
from ascbridge.web.problems import ANSWERS
from ascbridge.web.purpose import ground, reason_to_open
from ascbridge.web.refusals import LONGEST_TEXT, answered
from ascbridge.web.visitors import Needs, Visitor

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from ascbridge.discharge.lists.worklist import WorklistRow
    from ascbridge.relationship.grounds import Ground

router = APIRouter(prefix="/api", responses=ANSWERS, tags=["split-off work"])
Seeing = Annotated[Visitor, Depends(Needs("worklist"))]
Acting = Annotated[Visitor, Depends(Needs("desk", least=Access.full))]
_OF_FACT = (
    "parent", "spell", "kind", "title", "what", "status", "state", "state_words", "signal", "reason", "list_version",
    "tell", "about", "before_discharge", "opened_ms", "due_ms", "finished_ms", "owner_team", "offers", "offers_lost",
    "revision",
)  # fmt: skip


class SubTaskOut(Model):
    """One piece of work that was split off a discharge task."""

    task_id: str
    parent: str = Field(description="The discharge task")
    spell: str
    person: PersonOut
    kind: str = Field(description="Code of the kind of work in the list of reference data")
    title: str
    what: str = Field(description="The thing that it is about, in words")
    status: str = Field(description="FHIR Task status")
    state: str = Field(description="How far it is, as its team says; a code of its kind")
    state_words: str
    signal: str = Field(description="wanted, paused, delivered, not-wanted, or why it is to stop")
    reason: str
    list_version: str
    tell: str = Field(description="What its team is to be told and has not said to have seen: stop, go-on")
    about: str = Field(description="The council's slot of the thing: equipment:E7")
    before_discharge: bool = Field(description="The person cannot leave without it")
    opened_ms: int
    due_ms: int | None
    finished_ms: int | None
    closed_ms: int | None
    late: bool
    owner_team: str
    claimed_by: str
    offers: int
    offers_lost: int
    version: int = Field(description="To be sent back with the next act")
    revision: int
    invented: bool = Field(description="Whether a simulator made it")


class SubTaskList(Model):
    """One list in due order; `counts` holds the size of every list."""

    sub_tasks: list[SubTaskOut]
    counts: dict[str, int]
    more: bool


class SubStoryOut(Model):
    """One sub-task with what people did."""

    sub_task: SubTaskOut
    acts: list[ActOut]


class SplitProposalOut(Model):
    """Work that a stated fact proposes; nothing is split off by itself."""

    kind: str
    title: str
    owner_team: str
    why: str
    event: str = Field(description="The event that stated it")
    since_ms: int
    about: str
    before_discharge: bool


class BlockOut(Model):
    """One thing that keeps the discharge task from being completed."""

    what: str
    words: str
    sub_task: str


class SplitOut(Model):
    """All work that was split off one task; `seen` goes back with the next splitting."""

    sub_tasks: list[SubTaskOut]
    proposals: list[SplitProposalOut]
    blocks: list[BlockOut]
    seen: int


class SplitIn(Model):
    """What to split off. `thing` is one of its kind's; `about` the council's slot of it."""

    seen: int = Field(description="How many sub-tasks the task had when it was read; 409 where it has more")
    kind: str
    thing: str = ""
    about: str = ""
    before_discharge: bool = False
    text: str = Field("", max_length=LONGEST_TEXT, description="Free text, kept sealed")


class SubActIn(Model):
    """What to do. `choice` is a state, a reason for stopping, or yes and no; `reason` goes with a state."""

    version: int = Field(description="The version that was shown; 409 where somebody was quicker")
    choice: str = ""
    reason: str = ""
    text: str = Field("", max_length=LONGEST_TEXT, description="Free text, kept sealed")


class SplitDone(Model):
    """The new sub-task."""

    task_id: str


@router.get("/sub-tasks", summary="A list of split-off work in due order")
async def lists(
    request: Request,
    visitor: Seeing,
    view: SubView = "open",
    team: str = "",
    limit: Annotated[int, Query(ge=1, le=200)] = 100,
    after: Annotated[int, Query(ge=0)] = 0,
    purpose: Purpose = "",
) -> SubTaskList:
    """Work of one list, of one team or of all, with the names that the role may see."""
    page = Page(view, team, after, limit)
    shown, counts, more = await answer_list(request, visitor, SUB_TASKS, page, purpose, _out)
    return SubTaskList(sub_tasks=shown, counts=counts, more=more)


@router.get("/sub-tasks/{sub_id}", summary="One piece of split-off work with its story")
async def one(request: Request, visitor: Seeing, sub_id: str, purpose: Purpose = "") -> SubStoryOut:
    """One sub-task with what people did."""
    _, shown, why = await open_one(
        request, visitor, sub_shown, sub_id, purpose=purpose, not_there="There is no such sub-task."
    )
    row = shown.story.row
    await write_down(request, visitor, "split-off work read", whom=row.person_id, why=why)
    return SubStoryOut(sub_task=_out(row, shown.person), acts=[ActOut(**asdict(each)) for each in shown.acts])


@router.post("/sub-tasks/{sub_id}/{act}", summary="Act on split-off work")
async def act(request: Request, visitor: Acting, sub_id: str, act: SubActName, wish: SubActIn) -> Done:
    """Claim, release, say how far it is, note, stop, open again, say whether it is needed before discharge, say that
    one has seen what to do, or take back one's own last act.
    """
    wanted = SubWish(act, wish.choice, wish.reason, wish.text)
    version = await answered(do_sub_act(request, visitor, sub_id, wish.version, wanted))
    return Done(task_id=sub_id, version=version)


@router.get("/tasks/{task_id}/sub-tasks", summary="The work that was split off a task")
async def of_task(request: Request, visitor: Seeing, task_id: str, purpose: Purpose = "") -> SplitOut:
    """What was split off, what is proposed and by which fact, and what keeps the task from being completed."""
    parts: WebParts = request.app.state.parts
    now_ms = parts.clock.now_ms()

    def read(connection: Connection) -> tuple[WorklistRow, SplitShown, PersonShown, Ground | None] | None:
        story = task_story.story(connection, task_id, Lists(now_ms, actor=visitor.name))
        if story is None:
            return None
        row = story.row
        found = split_shown(connection, parts, row.fact.spell, row.patient_key, now_ms)
        people = people_shown(connection, parts.data_keys, [row.patient_key], visitor.may("worklist"), now_ms)
        working = ground(connection, parts, visitor, row.person_id, now_ms)
        return row, found, people.get(row.patient_key, UNKNOWN), working

    read_now = await parts.database.read(read)
    if read_now is None:
        raise HTTPException(404, "There is no such task.")
    row, found, person, working = read_now
    why = reason_to_open(request, visitor, row.person_id, ground=working, stated=purpose)
    await write_down(request, visitor, "task read", whom=row.person_id, why=why)
    return SplitOut(
        sub_tasks=[_out(each, person) for each in found.rows],
        proposals=[
            SplitProposalOut(
                kind=each.kind, title=each.words, owner_team=each.team, why=each.why, event=each.event,
                since_ms=each.since_ms, about=each.about, before_discharge=each.before_discharge,
            )
            for each in found.proposals
        ],
        blocks=[BlockOut(**asdict(each)) for each in found.blocks],
        seen=len(found.rows),
    )  # fmt: skip


@router.post("/tasks/{task_id}/sub-tasks", summary="Split work off a task")
async def split_off(request: Request, visitor: Acting, task_id: str, wish: SplitIn) -> SplitDone:
    """Split work off a discharge task for the team that its kind belongs to."""
    wanted = Split(wish.kind, wish.thing, wish.about, wish.before_discharge, wish.text)
    return SplitDone(task_id=await answered(split(request, visitor, task_id, wish.seen, wanted)))


def _out(row: SubRow, shown: PersonShown) -> SubTaskOut:
    return SubTaskOut(
        task_id=row.fact.task,
        person=person_out(row.person_id, shown),
        closed_ms=row.closed_ms,
        late=row.late,
        claimed_by=row.claimed_by,
        version=row.version,
        invented=row.invented,
        **{name: getattr(row.fact, name) for name in _OF_FACT},
    )
