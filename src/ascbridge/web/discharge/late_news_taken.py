"""The list of people whose news came late, taken away as CSV with names: by whoever may see them, asked why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, HTTPException, Query, Request
from fastapi.responses import Response

from ascbridge.access import Access
from ascbridge.discharge.keeping import late_news
from ascbridge.discharge.lists import worklist
from ascbridge.discharge.lists.worklist import Lists
from ascbridge.web.discharge.phone_pages import of_alert
from ascbridge.web.parts import WebParts
from ascbridge.web.people.people_shown import UNKNOWN, people_shown
from ascbridge.web.problems import ANSWERS
from ascbridge.web.purpose import reason_to_read
from ascbridge.web.taken_away import WHYS, Sheet, TakeForm, Taking, take
from ascbridge.web.visitors import Needs, Visitor
from ascbridge.web.wording import lasting, moment

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from ascbridge.discharge.keeping.late_news import ToCheck
    from ascbridge.discharge.lists.worklist import WorklistRow
    from ascbridge.web.layout import Pages
    from ascbridge.web.people.people_shown import PersonShown
    from ascbridge.web.taken_away import Cell

router = APIRouter(include_in_schema=False)
api = APIRouter(prefix="/api", responses=ANSWERS)
Naming = Annotated[Visitor, Depends(Needs("worklist", least=Access.full, also="take-away"))]
Number = Annotated[int, Query(ge=0, description="All whose news came late by this alert, rung about or not")]
MOST_SAID = 120

COLUMNS = (
    "Team", "How late", "Minutes late", "Person", "Born", "NHS number", "Ward", "Messages", "Oldest recorded",
    "Last heard", "Hospital says", "State", "Rung by",
)  # fmt: skip
NOTES = (
    "As things stood when it was taken: news may have changed again, and others may have rung meanwhile.",
    "Where a restricted person is stands nowhere. Destroy this list as any other list of names.",
)


@router.get("/check-by-phone/csv")
async def question(request: Request, visitor: Naming, team: str = "", alert: Number = 0) -> Response:
    """Ask why the list is to be taken away."""
    return await _page(request, visitor, TakeForm(), team, alert)


@router.post("/check-by-phone/csv")
async def taken(
    request: Request, visitor: Naming, form: Taking, team: str = "", alert: Number = 0
) -> Response:
    """Give it as a file, to whoever says why; ask again where nothing was said."""
    if form.fault:
        return await _page(request, visitor, form, team, alert, status=422)
    reason_to_read(request, visitor, form.purpose)
    return await take(request, visitor, await _sheet(request, visitor, team, alert), form.purpose)


@api.get(
    "/late-news/csv", tags=["tasks"], summary="People whose news came late, as CSV", response_class=Response,
    responses={200: {"content": {"text/csv": {"schema": {"type": "string"}}}}},
)  # fmt: skip
async def late_as_csv(
    request: Request,
    visitor: Naming,
    purpose: Annotated[str, Query(min_length=3, max_length=MOST_SAID, description="Why it is taken away")],
    team: str = "",
    alert: Number = 0,
) -> Response:
    """The same list as a file, with names. Who took it and why stands in it and in the audit."""
    why = " ".join(purpose.split())
    reason_to_read(request, visitor, why)
    return await take(request, visitor, await _sheet(request, visitor, team, alert), why)


def _back(team: str, alert: int) -> str:
    said = ({"team": team} if team else {}) | ({"alert": str(alert)} if alert else {})
    return f"?{urlencode(said)}" if said else ""


async def _page(
    request: Request, visitor: Visitor, form: TakeForm, team: str, alert: int, status: int = 200
) -> Response:
    parts: WebParts = request.app.state.parts
    pages: Pages = request.app.state.pages
    found = await parts.database.read(lambda connection: _found(connection, parts, team, alert))
    return pages.show(
        request, "late_news_taken.html", visitor=visitor, count=len(found), most=late_news.MOST, whys=WHYS, form=form,
        back=_back(team, alert), team=team, status=status,
    )  # fmt: skip


def _found(connection: Connection, parts: WebParts, team: str, alert: int) -> list[ToCheck]:
    now_ms, generation = parts.clock.now_ms(), parts.desk.generation
    if team and team not in parts.reference.working_teams(now_ms):
        raise HTTPException(404, "there is no such team")
    if alert:
        return of_alert(connection, alert, now_ms, team, generation)[1]
    return late_news.to_check(connection, now_ms, team=team, generation=generation)


async def _sheet(request: Request, visitor: Visitor, team: str, alert: int) -> Sheet:
    parts: WebParts = request.app.state.parts

    def read(connection: Connection) -> list[list[Cell]]:
        now_ms = parts.clock.now_ms()
        found = _found(connection, parts, team, alert)
        rows = {
            row.fact.task: row
            for row in worklist.rows_of(connection, [one.task_id for one in found], Lists(now_ms))
        }
        keys = [row.patient_key for row in rows.values()]
        people = people_shown(connection, parts.data_keys, keys, visitor.may("worklist"), now_ms)
        return [
            _cells(one, row, people.get(row.patient_key, UNKNOWN), parts)
            for one in sorted(found, key=lambda one: (one.owner_team, -one.late_ms, one.task_id))
            if (row := rows.get(one.task_id)) is not None
        ]

    cells = await parts.database.read(read)
    about = f"by alert {alert}" if alert else "whom to ring"
    return Sheet(
        "late-news", f"People whose news came late, {about}; {team or 'all teams'}", NOTES, COLUMNS, cells,
        more=len(cells) >= late_news.MOST,
    )  # fmt: skip


def _cells(one: ToCheck, row: WorklistRow, person: PersonShown, parts: WebParts) -> list[Cell]:
    words = parts.reference.words
    return [
        one.owner_team,
        lasting(one.late_ms),
        one.late_ms // 60_000,
        person.name,
        person.born,
        person.number,
        "restricted: not shown" if person.restricted else row.ward,
        one.messages,
        moment(one.recorded_ms),
        moment(one.heard_ms),
        words.signal.get(row.fact.signal, row.fact.signal),
        words.stage.get(row.fact.stage, row.fact.stage),
        one.rung_by,
    ]
