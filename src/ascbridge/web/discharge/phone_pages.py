"""People to check by phone: whose news came late because the bridge or a feed was down, team by team."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy import select

from ascbridge.access import Access
from ascbridge.alerts import alert_store
from ascbridge.discharge.keeping import late_news
from ascbridge.discharge.lists import worklist
from ascbridge.discharge.lists.worklist import Lists
from ascbridge.people.actor import Actor
from ascbridge.storage.tables import task
from ascbridge.web.doorbook import where_from, write_down
from ascbridge.web.layout import Pages, mark_of, refreshing, unchanged
from ascbridge.web.parts import WebParts
from ascbridge.web.people.alike import alike
from ascbridge.web.people.people_shown import people_shown
from ascbridge.web.purpose import reason_to_read
from ascbridge.web.visitors import Needs, Visitor

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from ascbridge.alerts.alert_rules import Alert
    from ascbridge.discharge.keeping.late_news import ToCheck
    from ascbridge.discharge.lists.worklist import WorklistRow
    from ascbridge.web.layout import Around

    Shown = tuple[list[ToCheck], Alert | None, list[Alert]]

router = APIRouter(include_in_schema=False)
Seeing = Annotated[Visitor, Depends(Needs("worklist"))]
Acting = Annotated[Visitor, Depends(Needs("desk", least=Access.full))]


def of_alert(
    connection: Connection, number: int, now_ms: int, team: str, generation: int
) -> tuple[Alert, list[ToCheck]]:
    """Return an alert and whose news came late by what it tells of. Raises 404 where there is none."""
    found = alert_store.one_alert(connection, number)
    if found is None:
        raise HTTPException(404, "there is no such alert")
    over_ms = found.over_ms if found.over_ms is not None else now_ms
    return found, late_news.of_outage(connection, found.since_ms, over_ms, team=team, generation=generation)


def outages(connection: Connection, now_ms: int) -> list[Alert]:
    """Return what is over since some days at the most and made news late, the latest first."""
    since_ms = now_ms - late_news.SHOWN_FOR_MS
    return [one for one in alert_store.past(connection) if one.late and (one.over_ms or 0) >= since_ms]


@router.get("/check-by-phone")
async def to_check(request: Request, visitor: Seeing, team: str = "", alert: int = 0) -> Response:
    """Whom to ring after an outage, who is latest first; with `alert` all whose news came late by it, rung or not."""
    parts: WebParts = request.app.state.parts
    pages: Pages = request.app.state.pages
    why = reason_to_read(request, visitor)
    teams = parts.reference.working_teams(parts.clock.now_ms())
    team = team if team in teams else ""

    def read(connection: Connection) -> tuple[Around, Shown, dict[str, WorklistRow]]:
        around = pages.around(connection)
        about, past = None, outages(connection, around.now_ms)
        if alert:
            about, found = of_alert(connection, alert, around.now_ms, team, parts.desk.generation)
        else:
            found = late_news.to_check(connection, around.now_ms, team=team)
        rows = worklist.rows_of(connection, [one.task_id for one in found], Lists(around.now_ms))
        return around, (found, about, past), {row.fact.task: row for row in rows}

    around, (found, about, past), rows = await parts.database.read(read)
    mark = mark_of(around, found, about, past, rows)
    same = unchanged(request, around, mark)
    if same:
        return same
    if not refreshing(request):
        await write_down(
            request, visitor, "people to check by phone read", why=why, result=f"{len(found)} shown"
        )
    people = await parts.database.read(
        lambda connection: people_shown(
            connection, parts.data_keys, [row.patient_key for row in rows.values()], visitor.may("worklist"),
            around.now_ms,
        )
    )  # fmt: skip
    return pages.show(
        request, "check_by_phone.html", visitor=visitor, around=around, mark=mark, team=team, teams=teams, found=found,
        rows=rows, people=people, about=about, past=past, most=late_news.MOST, words=parts.reference.words,
        alike=alike(people, [(row.patient_key, row.person_id) for row in rows.values()]),
    )  # fmt: skip


@router.post("/check-by-phone/{task_id}")
async def rang(request: Request, visitor: Acting, task_id: str, team: str = "", alert: int = 0) -> Response:
    """Note that this visitor rang about somebody; whoever comes second is shown the list as it is."""
    parts: WebParts = request.app.state.parts
    acting = Actor(visitor.name, visitor.role, parts.writer, where_from(request, visitor))

    def work(connection: Connection) -> bool:
        wanted = select(task.c.spell_key, task.c.person_id).where(
            task.c.generation == parts.desk.generation, task.c.task_id == task_id
        )
        found = connection.execute(wanted).first()
        if found is None:
            return False
        late_news.checked(connection, found.spell_key, found.person_id, acting, parts.clock.now_ms())
        return True

    if not await parts.database.write(work):
        raise HTTPException(404)
    back = ({"team": team} if team else {}) | ({"alert": str(alert)} if alert else {})
    return RedirectResponse("/check-by-phone" + (f"?{urlencode(back)}" if back else ""), 303)
