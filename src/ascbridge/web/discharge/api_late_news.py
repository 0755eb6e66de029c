"""People whose news came late, for programs: as `/check-by-phone` shows them, under the same rules and audit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Depends, Query, Request
from pydantic import Field

from ascbridge.discharge.keeping import late_news
from ascbridge.discharge.lists import worklist
from ascbridge.discharge.lists.worklist import Lists
from ascbridge.web.api_models import Model, PersonOut
from ascbridge.web.discharge.api import Purpose, person_out
from ascbridge.web.discharge.phone_pages import of_alert
from ascbridge.web.doorbook import write_down
from ascbridge.web.parts import WebParts
from ascbridge.web.people.people_shown import UNKNOWN, people_shown
from ascbridge.web.problems import ANSWERS
from ascbridge.web.purpose import reason_to_read
from ascbridge.web.visitors import Needs, Visitor

if TYPE_CHECKING:
    from sqlalchemy import Connection

router = APIRouter(prefix="/api", responses=ANSWERS)
Seeing = Annotated[Visitor, Depends(Needs("worklist"))]


class LateOut(Model):
    """One person's stay of which news came late. Times are UTC epoch milliseconds."""

    task_id: str
    person: PersonOut
    owner_team: str
    messages: int = Field(description="How many messages came late")
    recorded_ms: int = Field(description="When the oldest of them was recorded in the hospital")
    heard_ms: int = Field(description="When the last of them was heard here")
    late_ms: int = Field(description="How late the latest was")
    rung_by: str = Field(description="Who rang about all of it; only with `alert`")


@router.get("/late-news", tags=["tasks"], summary="People whose news came late, by team")
async def late(
    request: Request,
    visitor: Seeing,
    team: str = "",
    alert: Annotated[int, Query(ge=0, description="All whose news came late by this, rung about or not")] = 0,
    purpose: Purpose = "",
) -> list[LateOut]:
    """Whom to ring; with `alert` the list of that outage. 404 for an alert that there is not."""
    parts: WebParts = request.app.state.parts
    why, now_ms = reason_to_read(request, visitor, purpose), parts.clock.now_ms()

    def read(connection: Connection) -> list[LateOut]:
        if alert:
            _, found = of_alert(connection, alert, now_ms, team, parts.desk.generation)
        else:
            found = late_news.to_check(connection, now_ms, team=team)
        rows = {
            row.fact.task: row
            for row in worklist.rows_of(connection, [one.task_id for one in found], Lists(now_ms))
        }
        keys = [row.patient_key for row in rows.values()]
        people = people_shown(connection, parts.data_keys, keys, visitor.may("worklist"), now_ms)
        return [
            LateOut(
                task_id=one.task_id,
                person=person_out(row.person_id, people.get(row.patient_key, UNKNOWN)),
                owner_team=one.owner_team, messages=one.messages, recorded_ms=one.recorded_ms, heard_ms=one.heard_ms,
                late_ms=one.late_ms, rung_by=one.rung_by,
            )
            for one in found
            if (row := rows.get(one.task_id)) is not None
        ]  # fmt: skip

    found = await parts.database.read(read)
    await write_down(request, visitor, "people to check by phone read", why=why, result=f"{len(found)} shown")
    return found
