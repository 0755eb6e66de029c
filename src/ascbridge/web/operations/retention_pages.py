"""What is removed when, by state, and what the last round of each kind came to: the page, and the same under /api."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from pydantic import Field

from ascbridge.events.logs import retention_rounds
from ascbridge.events.logs.retention_rounds import Round
from ascbridge.web.api_models import Model
from ascbridge.web.layout import Pages
from ascbridge.web.parts import WebParts
from ascbridge.web.problems import ANSWERS
from ascbridge.web.visitors import Needs, Visitor

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ascbridge.config import Settings

router = APIRouter(include_in_schema=False)
api = APIRouter(prefix="/api/operations", tags=["operations"], responses=ANSWERS)
Looking = Annotated[Visitor, Depends(Needs("operations"))]
TITLES = {
    "messages": "What understood messages said", "refused": "What refused messages said",
    "changes": "Changes to messages that were emptied", "letters": "Dead letters that were dealt with",
    "alerts": "Alerts that are over", "events": "Events of this machine's log",
    "counts": "Counts of processes that are gone, added to one",
}  # fmt: skip


class RetentionOut(Model):
    """One kind of what is removed once it is resolved, and what its last round came to."""

    kind: str = Field(
        description="messages, refused, changes, letters, alerts, counts, or events (on one machine)"
    )
    days: int | None = Field(
        description="Days since it was resolved; 0: kept for as long as the record; null: by another rule"
    )
    ended_ms: int | None = Field(description="When a round last came to its end")
    removed: int = Field(description="In that round")
    unresolved: int = Field(description="Old enough and not resolved, so kept")
    on_hold: int = Field(description="Old enough and on a legal hold, so kept")
    in_touch: int = Field(description="Old enough, with something newer of the person, so kept")
    removed_ever: int
    fault: str = Field(description="Why the last try failed; empty: it did not")
    fault_ms: int | None


def kinds(settings: Settings, rounds: Mapping[str, Round]) -> list[RetentionOut]:
    """Return every kind: how long it is kept, and its last round."""
    wanted = settings.retention
    days: dict[str, int | None] = {
        "messages": wanted.messages_days, "refused": wanted.refused_days, "changes": None,
        "letters": wanted.letters_days, "alerts": wanted.alerts_days, "counts": None,
    }  # fmt: skip
    if not settings.on_postgres:
        days["events"] = None
    return [_out(kind, n, rounds.get(kind) or Round(kind, 0)) for kind, n in days.items()]


def _out(kind: str, days: int | None, one: Round) -> RetentionOut:
    return RetentionOut(
        kind=kind, days=days, ended_ms=one.ended_ms, removed=one.removed, unresolved=one.unresolved,
        on_hold=one.on_hold, in_touch=one.in_touch, removed_ever=one.removed_ever, fault=one.fault,
        fault_ms=one.fault_ms,
    )  # fmt: skip


@router.get("/operations/retention")
async def what_is_removed(request: Request, visitor: Looking) -> Response:
    """Each kind, how long it is kept, and what its last round came to."""
    parts: WebParts = request.app.state.parts
    pages: Pages = request.app.state.pages
    around, rounds = await parts.database.read(lambda c: (pages.around(c), retention_rounds.rounds(c)))
    return pages.show(
        request, "retention.html", visitor=visitor, around=around, kinds=kinds(parts.settings, rounds), titles=TITLES
    )  # fmt: skip


@api.get("/retention", summary="What is removed once it is resolved")
async def removed(request: Request, _: Looking) -> list[RetentionOut]:
    """Each kind, how long it is kept, and what its last round came to: what is not resolved is never removed."""
    parts: WebParts = request.app.state.parts
    return kinds(parts.settings, await parts.database.read(retention_rounds.rounds))
