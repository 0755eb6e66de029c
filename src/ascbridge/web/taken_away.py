"""A table that somebody takes away as CSV: asked why, bounded, written down, and saying who took it and when.

What leaves this system is beyond its walls, so the file carries its own history in its first lines.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

from fastapi import Form
from pydantic import BaseModel
from starlette.responses import Response

from ascbridge.access import TITLES
from ascbridge.web import wording
from ascbridge.web.doorbook import write_down

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fastapi import Request

    from ascbridge.web.parts import WebParts
    from ascbridge.web.visitors import Visitor

MOST_ROWS = 2_000
WITHHELD = "withheld"
"""What stands for a number that is not shown."""
WHYS = (
    "Managing the work of our team",
    "A return or report that has to be made",
    "The person, or somebody who may, asked",
    "Checking how the system is used",
)
_FORMULA = ("=", "+", "-", "@", "\t", "\r")

Cell = str | int | float | None


class TakeForm(BaseModel):
    """What the form for taking a table sends: which, and why."""

    what: str = ""
    why: str = ""
    other: str = ""

    @property
    def purpose(self) -> str:
        """Why, in one line; empty where nothing was said."""
        said = self.other if self.why == "other" else self.why if self.why in WHYS else ""
        return " ".join(said.split())[:120]

    @property
    def fault(self) -> tuple[str, Literal["other", "why"]] | None:
        """What is wrong with the form, and at which field; None where nothing is."""
        if self.purpose:
            return None
        if self.why == "other":
            return "Say why in your own words", "other"
        return "Choose why you take this away", "why"


Taking = Annotated[TakeForm, Form()]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table to be taken: what it is called as a file, what it shows, how it is worked out, and its cells.

    A cell of None is a number that is withheld. `more` says that there were rows beyond the bound.
    """

    name: str
    title: str
    notes: Sequence[str]
    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    more: bool = False


def paragraphs(text: str) -> tuple[str, ...]:
    """Part a text by its empty lines into notes of one line each."""
    return tuple(" ".join(one.split()) for one in text.split("\n\n"))


async def take(request: Request, visitor: Visitor, sheet: Sheet, why: str) -> Response:
    """Write down who takes a table and why, and give it as a file of UTF-8 with a mark that spreadsheets know."""
    parts: WebParts = request.app.state.parts
    rows = sheet.rows[:MOST_ROWS]
    await write_down(request, visitor, f"taken as CSV: {sheet.name}", why=why, result=f"{len(rows)} rows")
    now_ms = parts.clock.now_ms()
    head: list[Sequence[Cell]] = [
        ("Table", sheet.title),
        ("Taken by", f"{visitor.name or 'not named'}, {TITLES[visitor.role]}"),
        ("Taken at", wording.moment(now_ms)),
        ("Why", why),
        *(("Note", note) for note in sheet.notes),
    ]
    if parts.settings.invented_people:
        head.append(("Note", "Invented people: nobody here is real."))
    if sheet.more or len(sheet.rows) > MOST_ROWS:
        head.append(("Note", f"These are the first {len(rows):,} rows; there are more."))
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerows(_plain(row) for row in (*head, (), sheet.columns, *rows))
    name = f"{sheet.name}-{wording.iso(now_ms)[:10]}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response("\ufeff" + text.getvalue(), media_type="text/csv; charset=utf-8", headers=headers)


def _plain(row: Sequence[Cell]) -> list[str]:
    """Write cells so that no spreadsheet takes one for a formula."""
    cells = (WITHHELD if cell is None else str(cell) for cell in row)
    return [f"'{cell}" if cell.startswith(_FORMULA) else cell for cell in cells]
