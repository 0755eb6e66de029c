"""The page on which somebody says whether another stay is the one that was entered by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Depends, Form, HTTPException, Request
from fastapi.responses import RedirectResponse, Response

from ascbridge.access import Access
from ascbridge.discharge.acts.desk import Sitting
from ascbridge.discharge.acts.join_desk import join_stay, keep_apart
from ascbridge.discharge.lists.task_story import story
from ascbridge.discharge.lists.worklist import Lists
from ascbridge.people.actor import Actor
from ascbridge.people.links import DecisionRefused
from ascbridge.web.discharge.joining_shown import JoiningShown, joining_shown
from ascbridge.web.doorbook import where_from, write_down
from ascbridge.web.layout import Pages
from ascbridge.web.parts import WebParts
from ascbridge.web.people.people_shown import UNKNOWN, PersonShown, people_shown
from ascbridge.web.purpose import ground, reason_to_open
from ascbridge.web.refusals import LONGEST_TEXT, NothingChosen, tried
from ascbridge.web.visitors import Needs, Visitor

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from ascbridge.discharge.lists.task_story import Story
    from ascbridge.relationship.grounds import Ground
    from ascbridge.web.layout import Around

router = APIRouter(include_in_schema=False)
Acting = Annotated[Visitor, Depends(Needs("desk", least=Access.full))]


@router.get("/tasks/{task_id}/joining")
async def joining_page(request: Request, visitor: Acting, task_id: str) -> Response:
    """Show what could be the same stay, and what is joined."""
    return await _page(request, visitor, task_id)


@router.post("/tasks/{task_id}/joining")
async def do_joining(
    request: Request,
    visitor: Acting,
    task_id: str,
    version: Annotated[int, Form()],
    stay: Annotated[str, Form()] = "",
    same: Annotated[str, Form()] = "",
    text: Annotated[str, Form()] = "",
) -> Response:
    """Say that a stay is the same one, or that it is another."""
    choice = (stay, same, text.strip()[:LONGEST_TEXT])
    error, status = await tried(_decide(request, visitor, task_id, version, choice))
    if error:
        return await _page(request, visitor, task_id, error=error, status=status, choice=choice)
    return RedirectResponse(f"/tasks/{task_id}?done={'join' if same == 'yes' else 'part'}", 303)


async def _decide(
    request: Request, visitor: Visitor, task_id: str, version: int, choice: tuple[str, str, str]
) -> None:
    parts: WebParts = request.app.state.parts
    stay, same, text = choice
    if same not in {"yes", "no"} or not stay:
        raise NothingChosen("Choose a stay, and whether it is the same")
    if not text:
        raise NothingChosen("Say how you know")
    actor = Actor(visitor.name, visitor.role, parts.writer, where_from(request, visitor), visitor.sign_in)

    def work(connection: Connection) -> None:
        sitting = Sitting(parts.desk, actor, version, parts.clock.now_ms())
        if same == "yes":
            join_stay(connection, sitting, parts.keyring, task_id, stay, text)
        else:
            keep_apart(connection, sitting, task_id, stay, text)

    try:
        await parts.database.write(work)
    except DecisionRefused as fault:
        raise NothingChosen(str(fault)) from None
    parts.wake()


async def _page(
    request: Request,
    visitor: Visitor,
    task_id: str,
    *,
    error: str = "",
    status: int = 200,
    choice: tuple[str, str, str] = ("", "", ""),
) -> Response:
    parts: WebParts = request.app.state.parts
    pages: Pages = request.app.state.pages

    def read(connection: Any) -> tuple[Around, Story | None, JoiningShown, PersonShown, Ground | None]:
        around = pages.around(connection)
        found = story(connection, task_id, Lists(around.now_ms, generation=parts.desk.generation))
        if found is None:
            return around, None, JoiningShown(), UNKNOWN, None
        row, access = found.row, visitor.may("worklist")
        people = people_shown(connection, parts.data_keys, [row.patient_key], access, around.now_ms)
        working = ground(connection, parts, visitor, row.person_id, around.now_ms)
        shown = joining_shown(connection, parts, found, visitor)
        return around, found, shown, people.get(row.patient_key, UNKNOWN), working

    around, found, shown, person, working = await parts.database.read(read)
    if found is None or not shown.by_hand:
        raise HTTPException(404)
    why = reason_to_open(request, visitor, found.row.person_id, ground=working)
    whom = " ".join(dict.fromkeys([found.row.person_id, *(one.person_id for one in shown.possible)]))
    await write_down(request, visitor, "task read", whom=whom, why=why)
    return pages.show(
        request, "joining.html", visitor=visitor, around=around, story=found, shown=shown, person=person, error=error,
        choice=choice, task_id=task_id, status=status,
    )  # fmt: skip
