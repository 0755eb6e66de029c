"""Entering a stay of which no hospital sent anything, for programs: what is wrong, who may be meant already, and what
task came of it. The same rules, purposes and audit as on the page; faults are problem+json.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from fastapi import APIRouter, Depends, HTTPException, Path, Request
from pydantic import Field

from ascbridge.access import Access
from ascbridge.intake.doors.desk_door import NOT_NOW, NotKept
from ascbridge.web.api_models import Model
from ascbridge.web.discharge.api import Purpose
from ascbridge.web.discharge.stay_entry import EnterForm, enter, faults, task_entered, there_already, tidy
from ascbridge.web.doorbook import write_down
from ascbridge.web.parts import WebParts
from ascbridge.web.problems import ANSWERS, UNAVAILABLE
from ascbridge.web.purpose import reason_to_read
from ascbridge.web.visitors import Needs, Visitor

if TYPE_CHECKING:
    from collections.abc import Iterable

router = APIRouter(prefix="/api", responses=ANSWERS, tags=["tasks"])
Entering = Annotated[Visitor, Depends(Needs("desk", least=Access.full))]
_ID = r"^[A-Za-z0-9_-]{16,64}$"


class EntryIn(Model):
    """A stay that nobody sent a message about. Days are ISO text, empty where they are not known."""

    id: str = Field(
        pattern=_ID, description="The sender's own number of this entry: sent again, it is entered once"
    )
    nhs_number: str = ""
    number_checked: bool = Field(
        False,
        description="Whether name and date of birth were checked in a record that vouches for the number",
    )
    family_name: str = ""
    given_names: str = ""
    birth_date: str = ""
    local_number: str = Field("", description="The hospital's own number of the person")
    postcode: str = ""
    lives: Literal["", "here", "elsewhere", "no-fixed-address"] = ""
    council: str = Field("", description="Which other council is responsible, where that is known")
    site: str = Field(description="Which hospital, by its site in the list of hospitals")
    ward: str = ""
    admitted_on: str = ""
    ready: bool = Field(description="Whether they are ready to leave now")
    expected_on: str = ""
    other: bool = Field(
        False, description="Somebody looked at the stays that may be meant: it is none of them"
    )


class EntryOut(Model):
    """What came of an entry. `task_id` is empty until the task is there: ask again."""

    id: str
    task_id: str


@router.post(
    "/entries",
    status_code=202,
    responses=UNAVAILABLE,
    summary="Enter a stay of which no hospital sent anything",
)
async def take(request: Request, visitor: Entering, entry: EntryIn, purpose: Purpose = "") -> EntryOut:
    """Keep it, once for each `id`. 409 where they may be here already: look at the tasks named, then send `other`."""
    parts: WebParts = request.app.state.parts
    why = reason_to_read(request, visitor, purpose)
    known = await parts.database.read(lambda connection: task_entered(connection, parts, entry.id))
    if known is not None:
        return EntryOut(id=entry.id, task_id=known)
    form = tidy(_form(entry, parts.clock.now_ms()), parts.clock.now_ms())
    wrong = faults(form, parts)
    if wrong:
        raise HTTPException(422, "; ".join(f"{name}: {said}" for name, said in wrong.items()))
    if not form.other and (found := await there_already(parts, visitor, form)):
        whom = " ".join(dict.fromkeys(one.person_id for one in found))
        await write_down(request, visitor, "stay to enter looked for", whom=whom, why=why)
        raise HTTPException(
            409, f"They may be here already: {_named(one.task or one.spell for one in found)}."
        )
    try:
        await enter(request, visitor, form, why)
    except NotKept as fault:
        if str(fault) != NOT_NOW:
            raise HTTPException(422, f"It is not kept: {fault}.") from None
        raise HTTPException(503, "It is not kept now. Send it again.") from None
    task_id = await parts.database.read(lambda connection: task_entered(connection, parts, entry.id))
    return EntryOut(id=entry.id, task_id=task_id or "")


@router.get("/entries/{id}", summary="What came of an entry")
async def entered(
    request: Request, visitor: Entering, id: Annotated[str, Path(pattern=_ID)], purpose: Purpose = ""
) -> EntryOut:
    """Say which task it became."""
    parts: WebParts = request.app.state.parts
    reason_to_read(request, visitor, purpose)
    task_id = await parts.database.read(lambda connection: task_entered(connection, parts, id))
    if task_id is None:
        raise HTTPException(404, "Nothing was entered under this number.")
    return EntryOut(id=id, task_id=task_id)


def _form(entry: EntryIn, now_ms: int) -> EnterForm:
    said = entry.model_dump(exclude={"id", "number_checked", "ready"})
    checked = "yes" if entry.number_checked else "no"
    ready = "yes" if entry.ready else "no"
    return EnterForm(**said, once=entry.id, at=now_ms, checked=checked, ready=ready)


def _named(ids: Iterable[str]) -> str:
    return ", ".join(dict.fromkeys(ids))
