"""What safeguarding learns, as a page and for programs: counts alone, behind the wall, with small numbers withheld.

A number from one to four is withheld, and so is what it could be worked out from. Concerns that somebody is kept from
are counted in nothing that they see.
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from ascbridge.access import Access
from ascbridge.reports.small_numbers import LEAST, alone, counted
from ascbridge.safeguarding.learning import Table
from ascbridge.web.layout import Pages
from ascbridge.web.parts import WebParts
from ascbridge.web.problems import ANSWERS
from ascbridge.web.safeguarding import safeguarding_acts as acts
from ascbridge.web.safeguarding.safeguarding_words import ABUSE_WORDS
from ascbridge.web.visitors import Needs, Visitor

router = APIRouter(responses=ANSWERS)
Seeing = Annotated[Visitor, Depends(Needs("concerns", least=Access.full))]
MONTHS = (3, 12, 24)


class LearnedGroup(BaseModel):
    """How many of a group, and of a hundred in all; none where the number is withheld or groups do not add up."""

    model_config = ConfigDict(frozen=True)

    name: str
    number: int | None
    percent: float | None = None


class LearnedTable(BaseModel):
    """One table of counts. `total` is none where it is withheld, or where the groups do not add up."""

    model_config = ConfigDict(frozen=True)

    code: str
    title: str
    about: str
    groups: list[LearnedGroup]
    total: int | None
    withheld: bool = Field(
        description="Whether any number is: one to four, and what it could be worked out from"
    )


def learned(table: Table) -> LearnedTable:
    """Return what may be shown of a table."""
    total: int | None = None
    if table.kind == "shares":
        found = counted(table.groups)
        shown, total = dict(found.groups), found.total
        if total is not None and alone(table.cases - total if table.cases else 0) is None:
            total, shown = None, _without_smallest(shown)
    else:
        shown = {name: alone(many) for name, many in table.groups.items()}
    groups = [
        LearnedGroup(name=ABUSE_WORDS.get(name, name), number=many, percent=_percent(many, total))
        for name, many in shown.items()
    ]
    withheld = any(one.number is None for one in groups)
    return LearnedTable(
        code=table.code, title=table.title, about=table.about, groups=groups, total=total, withheld=withheld
    )  # fmt: skip


def _without_smallest(shown: dict[str, int | None]) -> dict[str, int | None]:
    """Withhold the smallest group too where none is, so that groups do not add up to a sum that is withheld."""
    if None in shown.values():
        return shown
    smallest = min((name for name in shown if shown[name]), key=lambda name: shown[name] or 0)
    return shown | {smallest: None}


def _percent(many: int | None, total: int | None) -> float | None:
    """Of what is shown alone, so that it tells nothing more."""
    return round(100 * many / total, 1) if many is not None and total else None


@router.get("/api/concerns/learning", tags=["safeguarding"], summary="What safeguarding learns, in counts")
async def learning_api(
    request: Request, visitor: Seeing, months: Annotated[int, Query(ge=1, le=24)] = 12
) -> list[LearnedTable]:
    """Tables of the concerns of the last months, in the shapes of the Safeguarding Adults Collection."""
    return [learned(one) for one in await acts.read_learning(request, visitor, months)]


@router.get("/safeguarding/learning", include_in_schema=False)
async def learning_page(request: Request, visitor: Seeing, months: int = 12) -> Response:
    """The same as a page."""
    months = months if months in MONTHS else 12
    tables = [learned(one) for one in await acts.read_learning(request, visitor, months)]
    parts: WebParts = request.app.state.parts
    pages: Pages = request.app.state.pages
    values: dict[str, Any] = {"tables": tables, "months": months, "spans": MONTHS, "least": LEAST}
    around = await parts.database.read(pages.around)
    return pages.show(request, "safeguarding_learning.html", visitor=visitor, around=around, **values)
