"""What reference data is in force, since when and by whom, what comes, and what nobody has agreed to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from ascbridge.operations.changing import reference_lists
from ascbridge.reference.differences import differences
from ascbridge.reference.list_files import KINDS, TITLES
from ascbridge.web.layout import Pages
from ascbridge.web.parts import WebParts
from ascbridge.web.visitors import AnyRole, Visitor

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from ascbridge.reference.in_force import ReferenceLists

router = APIRouter(include_in_schema=False)
Anybody = Annotated[Visitor, Depends(AnyRole())]
LABELS = {
    "teams": "Team",
    "service-hours": "Team",
    "bank-holidays": "Day",
    "due-times": "Work",
    "localities": "Locality",
    "providers": "Level or provider",
    "reasons": "List and code",
    "sub-tasks": "Work or reason",
    "stages": "Stage",
    "routes": "Setting or route",
    "packs": "Item or reason",
    "hospitals": "Hospital",
    "urgent": "Matter or who is rung",
}


@router.get("/reference")
async def overview(request: Request, visitor: Anybody) -> Response:
    """Every list as it holds now."""
    parts: WebParts = request.app.state.parts
    pages: Pages = request.app.state.pages

    def read(connection: Connection) -> tuple[Any, ReferenceLists]:
        return pages.around(connection), parts.desk.known_lists.read(connection)

    around, lists = await parts.database.read(read)
    now_ms = around.now_ms
    waiting = reference_lists.not_agreed(lists, now_ms)
    return pages.show(
        request,
        "reference.html",
        visitor=visitor,
        around=around,
        kinds=KINDS,
        titles=TITLES,
        labels=LABELS,
        in_force=lists.all_at(now_ms),
        silent=[name for name in lists.teams(now_ms).names if not parts.settings.nudges.to.get(name)],
        not_agreed=sum(not one.not_known for one in waiting),
        not_known=sum(one.not_known for one in waiting),
        coming={kind: _coming(lists, kind, now_ms) for kind in KINDS},
        history=[one for one in reference_lists.listed(lists, now_ms) if one.version.loaded_ms is not None],
    )


def _coming(lists: ReferenceLists, kind: str, now_ms: int) -> list[tuple[Any, Any]]:
    """What is to come of a kind, each with what it changes against what holds until then."""
    return [
        (one, differences(lists.at(kind, one.begins_ms - 1).data, one.data))
        for one in lists.coming(kind, now_ms)
    ]
