"""The pages of dead letters by cause, and of sending many again: how it would go, begin, watch, hold still, end.

Never any content.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Depends, Form, HTTPException, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import ValidationError

from ascbridge.access import Access
from ascbridge.events.handlers import replay_runs
from ascbridge.events.handlers.replay_runs import About, CannotReplay
from ascbridge.events.handlers.run_states import ACTS
from ascbridge.operations.flowing import held_and_dead
from ascbridge.operations.mending.replay_sample import Rehearsed, rehearse
from ascbridge.web.doorbook import acting
from ascbridge.web.layout import Pages, mark_of, unchanged
from ascbridge.web.operations import api_replays
from ascbridge.web.operations.api_replays import FASTEST, ReplayIn
from ascbridge.web.parts import WebParts
from ascbridge.web.visitors import Needs, Visitor

if TYPE_CHECKING:
    from sqlalchemy import Connection

router = APIRouter(prefix="/operations", include_in_schema=False)
Looking = Annotated[Visitor, Depends(Needs("operations"))]
Mending = Annotated[Visitor, Depends(Needs("repair", least=Access.full))]
Text = Annotated[str, Form()]
HERE = "/operations/replays"
STATES = ("open", "replayed", "mended", "dismissed")
MOST_SHOWN = 200


@router.get("/dead-letters")
async def letters(
    request: Request,
    visitor: Looking,
    consumer: str = "",
    cause: str = "",
    feed: str = "",
    state: str = "open",
) -> Response:
    """Dead letters by cause; and one by one, all or those of one cause."""
    parts: WebParts = request.app.state.parts
    pages: Pages = request.app.state.pages
    state = state if state in STATES else "open"

    def read(connection: Connection) -> tuple[Any, ...]:
        found = held_and_dead.dead_letters(
            connection, state=state, consumer=consumer, cause=cause, feed=feed, limit=MOST_SHOWN
        )
        whole = state == "open" and not (consumer or cause or feed)
        return pages.around(connection), found, held_and_dead.dead_groups(connection) if whole else ()

    around, found, groups = await parts.database.read(read)
    return pages.show(
        request, "dead_letters.html", visitor=visitor, around=around, letters=found, consumer=consumer, feed=feed,
        cause=cause, state=state, states=STATES, groups=groups, most=MOST_SHOWN, place=held_and_dead.place_in(cause),
        what_to_do=held_and_dead.what_to_do,
    )  # fmt: skip


@router.get("/replays")
async def runs(request: Request, visitor: Looking, done: str = "") -> Response:
    """What is being sent again, and how far it is."""
    return await _page(request, visitor, done=done)


@router.get("/replays/new")
async def ask(
    request: Request,
    visitor: Mending,
    consumer: str = "",
    cause: str = "",
    feed: str = "",
    messages: str = "",
) -> Response:
    """Say how many that is and how the oldest of some people would go, and ask for the rate and the reason."""
    return await _ask(request, visitor, _about(consumer, cause, feed, messages), {})


@router.post("/replays")
async def begin(
    request: Request, visitor: Mending, consumer: Text = "", cause: Text = "", feed: Text = "", messages: Text = "",
    per_second: Text = "50", why: Text = "",
) -> Response:  # fmt: skip
    """Begin a run."""
    about, stated = _about(consumer, cause, feed, messages), {"per_second": per_second, "why": why}
    said = {"consumer": consumer, "cause": cause, "feed": feed, "messages": list(about.messages)}
    try:
        wanted = ReplayIn.model_validate({**said, **stated, "dry_run": False})
    except ValidationError as fault:
        wrong = {str(one["loc"][0]) for one in fault.errors() if one["loc"]}
        rate = "per_second" in wrong
        error = f"Enter 1 to {FASTEST:,} letters a second" if rate else "Say why they are sent again"
        return await _ask(request, visitor, about, stated, error, "#per_second" if rate else "#why")
    try:
        await api_replays.begin(request, visitor, wanted)
    except HTTPException as fault:
        return await _ask(request, visitor, about, stated, str(fault.detail).capitalize(), "#why")
    return RedirectResponse(f"{HERE}?done=begun", 303)


@router.post("/replays/{run_id}/{act}")
async def act_on(request: Request, visitor: Mending, run_id: str, act: str) -> Response:
    """Hold a run still, let it go on, or end it."""
    parts: WebParts = request.app.state.parts
    wanted = next((one for one in ACTS if one == act), None)
    if wanted is None:
        raise HTTPException(404)
    who, now_ms = acting(request, visitor), parts.clock.now_ms()
    try:
        await parts.database.write(lambda c: replay_runs.act(c, run_id, wanted, who, now_ms))
    except CannotReplay as fault:
        return await _page(request, visitor, error=str(fault).capitalize())
    return RedirectResponse(f"{HERE}?done={wanted}", 303)


def _about(consumer: str, cause: str, feed: str, messages: str) -> About:
    return About(consumer, cause, feed, tuple(messages.split()[: replay_runs.MOST_NAMED]))


async def _page(request: Request, visitor: Visitor, *, done: str = "", error: str = "") -> Response:
    parts: WebParts = request.app.state.parts
    pages: Pages = request.app.state.pages
    around, found = await parts.database.read(
        lambda c: (
            pages.around(c),
            replay_runs.with_those_given_up_again(c, replay_runs.runs(c)),
        )
    )
    mark = mark_of(around, found)
    same = unchanged(request, around, mark)
    if same and not error:
        return same
    return pages.show(
        request, "replays.html", visitor=visitor, around=around, mark=mark, runs=found, done=done, error=error,
        status=409 if error else 200,
    )  # fmt: skip


async def _ask(
    request: Request, visitor: Visitor, about: About, stated: dict[str, str], error: str = "", where: str = ""
) -> Response:
    parts: WebParts = request.app.state.parts
    pages: Pages = request.app.state.pages

    def read(connection: Connection) -> tuple[Any, Rehearsed]:
        nothing = Rehearsed(0, ())
        found = nothing if about.nothing else rehearse(connection, parts.mender.handlers, about, parts.clock)
        return pages.around(connection), found

    # With the writer, and undone: the readers act as they would.
    around, found = await parts.database.write(read)
    return pages.show(
        request, "replay_new.html", visitor=visitor, around=around, about=about, found=found, stated=stated,
        error=error, where=where, fastest=FASTEST, status=422 if error else 200,
    )  # fmt: skip
