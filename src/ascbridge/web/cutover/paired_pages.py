"""The events of two case systems in pairs, on pages: the trend by day, those that do not agree, and each by itself.

IT operations sees ids and names of fields; what fields say is shown to whom people to settle are shown, with a reason.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import Response

from ascbridge.access import Access
from ascbridge.cutover import strands, trend
from ascbridge.events.handlers.switches import EVENT_TYPES
from ascbridge.events.ledgers.said_events import Off
from ascbridge.operations.changing.switching import NO_CUTOVER
from ascbridge.web.cutover.api_paired import MOST_COUNTED, place_of
from ascbridge.web.cutover.cutover_shown import fields_shown
from ascbridge.web.doorbook import write_down
from ascbridge.web.layout import Pages
from ascbridge.web.parts import WebParts
from ascbridge.web.purpose import reason_to_read
from ascbridge.web.visitors import Needs, Visitor

if TYPE_CHECKING:
    from typing import Any

    from sqlalchemy import Connection

    from ascbridge.events.handlers.switches import Pair

PATH = "/operations/cutover/events"
router = APIRouter(prefix=PATH, include_in_schema=False)
Looking = Annotated[Visitor, Depends(Needs("operations"))]
MOST_SHOWN = 100
"""Rows of one page; the next ones are a link away."""
DAYS = (14, 30, 90)
VERDICTS = ("differs", "missing", "extra")


@router.get("")
async def overview(request: Request, visitor: Looking, days: int = DAYS[0], word: str = "") -> Response:
    """The trend by day and by event type, and how much is to be paired."""
    parts, pair = _parts(request)
    if word and word not in EVENT_TYPES:
        raise HTTPException(404)
    shown_days, now_ms = days if days in DAYS else DAYS[0], parts.clock.now_ms()

    def read(connection: Connection) -> tuple[list[trend.Tally], tuple[int, bool]]:
        made = trend.tallies(connection, pair, now_ms, shown_days)
        return made, strands.to_do(connection, pair, MOST_COUNTED)

    made, (left, anew) = await parts.database.read(read)
    of_word = [one for one in made if word in ("", one.word)]
    return await _page(
        request, visitor, "cutover_events.html", pair=pair, days=shown_days, choices=DAYS, word=word,
        by_day=trend.summed(of_word, by="day"), by_word=trend.summed(made, by="word"), left=left, anew=anew,
        most=MOST_COUNTED, rules=parts.rules,
    )  # fmt: skip


@router.get("/off")
async def off(
    request: Request, visitor: Looking, word: str = "", day: str = "", verdict: str = "",
    put_right: str = "", after: str = "",
) -> Response:  # fmt: skip
    """Events that do not agree, the newest day first."""
    parts, pair = _parts(request)
    if (word and word not in EVENT_TYPES) or verdict not in ("", *VERDICTS):
        raise HTTPException(404)
    values, why = _may_see_values(request, visitor)
    wanted = Off(EVENT_TYPES[word] if word else "", day, verdict, put_right == "too")
    found = await parts.database.read(lambda c: trend.off(c, pair, wanted, place_of(after), MOST_SHOWN + 1))
    shown = found[:MOST_SHOWN]
    await write_down(request, visitor, "events in pairs looked at", why=why, result=f"{len(shown)} events")
    query = {"word": word, "day": day, "verdict": verdict, "put_right": put_right}
    further = f"{shown[-1].day} {shown[-1].event_id}" if len(found) > MOST_SHOWN else ""
    return await _page(
        request, visitor, "cutover_events_off.html", pair=pair, values=values, query=query, further=further,
        verdicts=VERDICTS, shown=[(one, fields_shown(one.thing, values=values)) for one in shown],
    )  # fmt: skip


@router.get("/{event_id}")
async def one_event(request: Request, visitor: Looking, event_id: str) -> Response:
    """One event, its partner, the rule by which they were paired, and the messages that told them."""
    parts, pair = _parts(request)
    values, why = _may_see_values(request, visitor)
    found = await parts.database.read(lambda c: trend.one_event(c, pair, event_id))
    if found is None:
        raise HTTPException(404)
    whom = found.thing.person_id
    await write_down(request, visitor, "events in pairs looked at", whom=whom, why=why, result=event_id)
    return await _page(
        request, visitor, "cutover_event.html", pair=pair, values=values, one=found,
        fields=fields_shown(found.thing, values=values), rule=parts.rules.rule[found.thing.word],
    )  # fmt: skip


async def _page(request: Request, visitor: Visitor, template: str, **values: Any) -> Response:
    parts: WebParts = request.app.state.parts
    pages: Pages = request.app.state.pages
    around = await parts.database.read(pages.around)
    return pages.show(request, template, visitor=visitor, around=around, **values)


def _parts(request: Request) -> tuple[WebParts, Pair]:
    parts: WebParts = request.app.state.parts
    if parts.pair is None:
        raise HTTPException(409, NO_CUTOVER)
    return parts, parts.pair


def _may_see_values(request: Request, visitor: Visitor) -> tuple[bool, str]:
    """Whether somebody sees what fields say, and why they look; who does not, sees nothing about people."""
    if visitor.may("settle") is not Access.full:
        return False, ""
    return True, reason_to_read(request, visitor)
