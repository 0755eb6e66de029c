"""The change of the case system on pages: which one is heard, how far both agree, what is to be put right, go or no-go.

IT operations sees ids and names of fields; what fields say is shown to whom people to settle are shown, with a reason.
Nothing is switched here: the page names the command.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Depends, Form, HTTPException, Request
from fastapi.responses import RedirectResponse, Response

from ascbridge.access import Access
from ascbridge.events.handlers import switches
from ascbridge.events.handlers.switches import EVENT_TYPES
from ascbridge.operations.changing import id_table, switching
from ascbridge.operations.changing.switching import NO_CUTOVER, CannotSwitch
from ascbridge.web.cutover.cutover_shown import Look, Looks, differences, fields_shown
from ascbridge.web.doorbook import acting, write_down
from ascbridge.web.layout import Pages
from ascbridge.web.parts import WebParts
from ascbridge.web.purpose import reason_to_read
from ascbridge.web.visitors import Needs, Visitor

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy import Connection

    from ascbridge.cutover.comparing import Thing
    from ascbridge.events.handlers.switches import Pair, Switches

PATH = "/operations/cutover"
router = APIRouter(prefix=PATH, include_in_schema=False)
Looking = Annotated[Visitor, Depends(Needs("operations"))]
Mending = Annotated[Visitor, Depends(Needs("repair", least=Access.full))]
MOST_SHOWN = 100
"""Rows of one page; the next ones are a link away."""
MOST_SWITCHES = 50


@router.get("")
async def overview(request: Request, visitor: Looking, compare: str = "") -> Response:
    """Which system is heard of each event type; how far they agree only where somebody asks, or asked lately."""
    parts: WebParts = request.app.state.parts
    looks: Looks = request.app.state.looks
    look = looks.last()
    if compare and parts.pair is not None:
        look = await _look(request, visitor, parts.pair, compare)
    made = await parts.database.read(lambda c: switches.load(c, parts.pair))
    heard = [(word, made.live(name), made.last(name)) for word, name in EVENT_TYPES.items() if made.pair]
    newest = made.made[: -MOST_SWITCHES - 1 : -1]
    return await _page(
        request, visitor, "cutover.html", pair=parts.pair, heard=heard, switches=newest,
        more=len(made.made) - len(newest), look=look, progress=looks.progress,
    )  # fmt: skip


@router.get("/comparison/{word}")
async def comparison(
    request: Request, visitor: Looking, word: str, verdict: str = "", start: int = 0
) -> Response:
    """What does not agree of one event type: found by the last look, and each shown as it is now."""
    if word not in EVENT_TYPES:
        raise HTTPException(404)
    parts, pair = _parts(request)
    values, why = _may_see_values(request, visitor)
    look = await _look(request, visitor, pair)
    if look is None:
        return _under_way()
    places = look.whole.off(word, verdict)
    page = _part(places, start)
    things = await parts.database.read(lambda c: differences(c, pair, parts.rules, word, page["shown"]))
    page["shown"] = [(one, fields_shown(one, values=values)) for one in things]
    counts = look.whole.of(word)
    many = sum(n for one, n in counts.items() if one != "agree" and verdict in ("", one))
    await write_down(
        request, visitor, "case systems compared", why=why, result=f"{many} differences of {word}"
    )
    return await _page(
        request, visitor, "cutover_kind.html", pair=pair, look=look, word=word, verdict=verdict, counts=counts,
        whole=sum(counts.values()) - counts["agree"], values=values, left_out=many - len(places), **page,
    )  # fmt: skip


@router.get("/quality")
async def faults(request: Request, visitor: Looking, what: str = "", start: int = 0) -> Response:
    """What is to be put right before a switch."""
    _, pair = _parts(request)
    look = await _look(request, visitor, pair)
    if look is None:
        return _under_way()
    wanted = [one for one in look.faults if what in ("", one.what)]
    return await _page(request, visitor, "cutover_quality.html", look=look, what=what, **_part(wanted, start))


@router.get("/proposals")
async def proposals(request: Request, visitor: Looking, start: int = 0, done: int | None = None) -> Response:
    """What the crosswalk may lack, for a person to decide."""
    return await _proposals(request, visitor, start=start, done=done)


@router.post("/proposals")
async def accept(
    request: Request,
    visitor: Mending,
    chosen: Annotated[list[str], Form(default_factory=list)],
    why: Annotated[str, Form()] = "",
    start: Annotated[int, Form()] = 0,
) -> Response:
    """Take the chosen ones into the crosswalk, as far as they are proposed still."""
    parts, pair = _parts(request)
    reason = _reason(why)
    if not chosen or not reason:
        errors = {} if chosen else {"chosen": "Choose what is one and the same"}
        errors |= {} if reason else {"why": "Say how you know"}
        return await _proposals(request, visitor, start=start, errors=errors, chosen=chosen, why=why)
    who = replace(acting(request, visitor), why=reason)
    wanted = {(kind, theirs) for kind, _, theirs in (one.partition(" ") for one in chosen)}
    try:
        done = await id_table.accept(parts.database, pair, parts.rules, wanted, who, parts.clock)
    except id_table.CannotLoad as fault:
        errors = {"chosen": str(fault)}
        return await _proposals(request, visitor, start=start, errors=errors, chosen=chosen, why=why)
    request.app.state.looks.forget()
    return RedirectResponse(f"{PATH}/proposals?done={done}", 303)


@router.get("/corrections")
async def corrections(request: Request, visitor: Looking, start: int = 0, done: str = "") -> Response:
    """What the system that is not heard any more still corrects; nothing of it has an effect."""
    values, why = _may_see_values(request, visitor)
    found, made = await _corrections(request)
    result = f"{len(found)} corrections"
    await write_down(request, visitor, "corrections looked at", why=why, result=result)
    return await _page(
        request, visitor, "cutover_corrections.html", pair=made.pair, made=made, done=done, values=values,
        message_of=switching.correcting_message,
        **_part(found, start, lambda one: (one, fields_shown(one, values=values))),
    )  # fmt: skip


@router.get("/corrections/{message_id}/{event_type}")
async def correction(request: Request, visitor: Mending, message_id: str, event_type: str) -> Response:
    """One correction, and the form to hear it."""
    return await _correction(request, visitor, message_id, event_type)


@router.post("/corrections/{message_id}/{event_type}")
async def apply(
    request: Request, visitor: Mending, message_id: str, event_type: str, why: Annotated[str, Form()] = ""
) -> Response:
    """Hear it, once, with a reason."""
    parts, pair = _parts(request)
    reason = _reason(why)
    if not reason:
        error = "Say why it is to be heard"
        return await _correction(request, visitor, message_id, event_type, error=error)
    who, now_ms = replace(acting(request, visitor), why=reason), parts.clock.now_ms()
    try:
        await parts.database.write(
            lambda c: switching.apply_correction(c, pair, parts.rules, message_id, event_type, who, now_ms)
        )
    except CannotSwitch as fault:
        raise HTTPException(409, str(fault)) from None
    request.app.state.looks.forget()
    await parts.completing.hear_applied()
    parts.wake()
    return RedirectResponse(f"{PATH}/corrections?done=heard", 303)


@router.get("/sheet")
async def sheet(request: Request, visitor: Looking, compare: str = "") -> Response:
    """The go/no-go sheet, which prints on one page."""
    parts, pair = _parts(request)
    look = await _look(request, visitor, pair, compare)
    if look is None:
        return _under_way()
    made = await parts.database.read(lambda c: switches.load(c, pair))
    live = {word: made.live(name) for word, name in EVENT_TYPES.items()}
    against = switching.stands_against(parts.profiles, pair.new)
    return await _page(
        request, visitor, "cutover_sheet.html", pair=pair, look=look, live=live, against=against
    )


async def _look(request: Request, visitor: Visitor, pair: Pair, compare: str = "") -> Look | None:
    """A look; None where its comparison is under way, or somebody changed meanwhile what is compared."""
    looks: Looks = request.app.state.looks
    look, begun = await looks.get(pair, afresh=bool(compare))
    if begun:
        off = sum(look.total(verdict) for verdict in ("differs", "missing", "extra")) if look else None
        result = "under way" if off is None else f"{off} differences"
        await write_down(request, visitor, "case systems compared", result=result)
    return look


def _under_way() -> Response:
    """To the page that tells how far the comparison is."""
    return RedirectResponse(PATH, 303)


async def _proposals(
    request: Request,
    visitor: Visitor,
    *,
    start: int = 0,
    done: int | None = None,
    errors: dict[str, str] | None = None,
    chosen: Sequence[str] = (),
    why: str = "",
) -> Response:
    _, pair = _parts(request)
    look = await _look(request, visitor, pair)
    if look is None:
        return _under_way()
    return await _page(
        request, visitor, "cutover_proposals.html", pair=pair, look=look, done=done, errors=errors or {},
        chosen=chosen, why=why, status=422 if errors else 200, **_part(look.proposals, start),
    )  # fmt: skip


async def _correction(
    request: Request, visitor: Visitor, message_id: str, event_type: str, *, error: str = ""
) -> Response:
    found, made = await _corrections(request)
    wanted = (message_id, event_type)
    one = next((c for c in found if (switching.correcting_message(c, made), c.event_type) == wanted), None)
    if one is None:
        raise HTTPException(404)
    return await _page(
        request, visitor, "cutover_correction.html", pair=made.pair, one=one, live=made.live(event_type),
        fields=fields_shown(one, values=False), message_id=message_id, error=error,
        status=422 if error else 200,
    )  # fmt: skip


async def _corrections(request: Request) -> tuple[list[Thing], Switches]:
    parts, pair = _parts(request)

    def read(connection: Connection) -> tuple[list[Thing], Switches]:
        made = switches.load(connection, pair)
        return switching.corrections(connection, parts.rules, made), made

    return await parts.database.read(read)


async def _page(
    request: Request, visitor: Visitor, template: str, *, status: int = 200, **values: Any
) -> Response:
    parts: WebParts = request.app.state.parts
    pages: Pages = request.app.state.pages
    around = await parts.database.read(pages.around)
    return pages.show(request, template, visitor=visitor, around=around, status=status, **values)


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


def _part(whole: Sequence[Any], start: int, shown: Callable[[Any], Any] = lambda one: one) -> dict[str, Any]:
    """What one page shows of many rows, from `start` on, and where the next page begins."""
    begin = max(start, 0)
    following = begin + MOST_SHOWN
    return {
        "shown": [shown(one) for one in whole[begin:following]],
        "count": len(whole),
        "start": begin,
        "next_start": following if following < len(whole) else None,
    }


def _reason(text: str) -> str:
    return " ".join(text.split())[:200]
