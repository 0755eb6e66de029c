"""The front door's tasks for programs. The same rules, purposes and audit as on the pages; faults are problem+json."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from pydantic import Field

from ascbridge.access import Access
from ascbridge.frontdoor.front_list import DoorRow, DoorView
from ascbridge.web.api_models import ActOut, Done, Model, PersonOut
from ascbridge.web.discharge.api import Purpose, person_out
from ascbridge.web.discharge.work_lists import Page, answer_list, open_one
from ascbridge.web.doorbook import write_down
from ascbridge.web.frontdoor.door_acts import DoorAct, DoorWish, do_at_door
from ascbridge.web.frontdoor.door_shown import came_in, door_shown
from ascbridge.web.frontdoor.front_door_pages import FRONT_DOOR
from ascbridge.web.parts import WebParts
from ascbridge.web.people.people_shown import PersonShown
from ascbridge.web.problems import ANSWERS
from ascbridge.web.refusals import LONGEST_TEXT, answered
from ascbridge.web.visitors import Needs, Visitor

if TYPE_CHECKING:
    from ascbridge.frontdoor.door_rules import DoorRules

router = APIRouter(prefix="/api/front-door", responses=ANSWERS, tags=["front door"])
Seeing = Annotated[Visitor, Depends(Needs("front-door"))]
Acting = Annotated[Visitor, Depends(Needs("front-desk", least=Access.full))]
_OF_FACT = (
    "kind", "about", "status", "stage", "signal", "opened_ms", "due_ms", "owner_team", "owner_because", "since_on",
    "due_on", "last_contact_on", "outcome", "stated_outcome", "revision",
)  # fmt: skip


class DoorTaskOut(Model):
    """One task of the front door: triage of a contact or referral, or a review. Days are ISO text."""

    task_id: str
    person: PersonOut
    kind: str = Field(description="triage or review")
    about: str = Field(description="What it came from, with the council's own number: contact:CT-1")
    status: str = Field(description="FHIR Task status")
    stage: str = Field(description="Where the desk's own work is")
    signal: str = Field(description="What the council's word now makes of it")
    since_on: str = Field(description="Since when the person waits; of a review, the day it is due")
    due_on: str
    last_contact_on: str = Field(description="When somebody is known to have spoken with the person last")
    opened_ms: int
    due_ms: int | None
    due_agreed: bool = Field(description="Whether anybody confirmed what the due time rests on")
    closed_ms: int | None
    late: bool
    owner_team: str
    owner_because: str
    claimed_by: str
    channel: str
    made_by: str
    client: str
    route: str = Field(description="Empty where the person is restricted")
    asked_for: str = Field(
        description="Why they came; empty for a restricted person and for roles without names"
    )
    outcome: str = Field(description="The desk's")
    stated_outcome: str = Field(description="The council's")
    version: int = Field(description="To be sent back with the next act")
    revision: int
    invented: bool = Field(description="Whether a simulator made it")


class DoorTaskList(Model):
    """One list, who waits longest first; `counts` holds the size of every list."""

    tasks: list[DoorTaskOut]
    counts: dict[str, int]
    more: bool


class DoorStoryOut(Model):
    """A task with what people did, what it rests on, and what became of it, oldest first."""

    task: DoorTaskOut
    acts: list[ActOut]
    because: list[dict[str, Any]]
    changes: list[dict[str, Any]]


class DoorActIn(Model):
    """What to do to a task. `choice` is the outcome where the act completes it."""

    version: int = Field(description="The version that was shown; 409 where somebody was quicker")
    choice: str = ""
    text: str = Field("", max_length=LONGEST_TEXT, description="Free text, kept sealed")


@router.get("", summary="A list of the front door's tasks, longest wait first")
async def tasks(
    request: Request,
    visitor: Seeing,
    view: DoorView = "open",
    team: str = "",
    limit: Annotated[int, Query(ge=1, le=200)] = 100,
    after: Annotated[int, Query(ge=0)] = 0,
    purpose: Purpose = "",
) -> DoorTaskList:
    """Tasks of one list, of one team or of all, with the names that the role may see."""
    rules, page = request.app.state.parts.door.rules, Page(view, team, after, limit)
    shown, counts, more = await answer_list(
        request, visitor, FRONT_DOOR, page, purpose, lambda row, person: _task(row, person, rules)
    )
    return DoorTaskList(tasks=shown, counts=counts, more=more)


@router.get("/tasks/{task_id}", summary="One task of the front door with its story")
async def task(request: Request, visitor: Seeing, task_id: str, purpose: Purpose = "") -> DoorStoryOut:
    """One task with what people did, and why it is there and whose it is."""
    parts: WebParts = request.app.state.parts
    _, shown, why = await open_one(
        request, visitor, door_shown, task_id, purpose=purpose, not_there="There is no such task."
    )
    row = shown.story.row
    await write_down(request, visitor, "front door task read", whom=row.person_id, why=why)
    return DoorStoryOut(
        task=_task(row, shown.person, parts.door.rules),
        acts=[
            ActOut(
                version=one.version, actor=one.actor, what=one.what, choice=one.choice, text=one.text, at_ms=one.at_ms
            )
            for one in shown.acts
        ],
        because=list(shown.story.because),
        changes=list(shown.story.changes),
    )  # fmt: skip


@router.post("/tasks/{task_id}/{act}", summary="Act on a task of the front door")
async def act(request: Request, visitor: Acting, task_id: str, act: DoorAct, wish: DoorActIn) -> Done:
    """Claim, release, note, say that one spoke with the person today, complete, open again, or take back one's own last
    act.
    """
    wanted = DoorWish(act, wish.version, wish.choice, wish.text)
    return Done(task_id=task_id, version=await answered(do_at_door(request, visitor, task_id, wanted)))


def _task(row: DoorRow, shown: PersonShown, rules: DoorRules) -> DoorTaskOut:
    fact, came = row.fact, came_in(row.fact, shown)
    return DoorTaskOut(
        task_id=fact.task,
        person=person_out(row.person_id, shown),
        due_agreed=rules.due_agreed(fact.kind, fact.stage, fact.owner_team),
        closed_ms=row.closed_ms,
        late=row.late,
        claimed_by=row.claimed_by,
        channel=came.channel,
        made_by=came.made_by,
        client=came.client,
        route=came.route,
        asked_for=came.asked_for,
        version=row.version,
        invented=row.invented,
        **{name: getattr(fact, name) for name in _OF_FACT},
    )
