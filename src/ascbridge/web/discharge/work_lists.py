"""Lists of work beside the discharge tasks, and one piece of it: read, named, written down and shown alike, for people
and for programs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from fastapi import HTTPException

from ascbridge.discharge.lists.task_lists import Asked
from ascbridge.web.doorbook import write_down
from ascbridge.web.layout import mark_of, refreshing, unchanged
from ascbridge.web.people.alike import alike
from ascbridge.web.people.people_shown import UNKNOWN, people_shown
from ascbridge.web.purpose import ground, reason_to_open, reason_to_read

if TYPE_CHECKING:
    from fastapi import Request
    from fastapi.responses import Response
    from sqlalchemy import Connection

    from ascbridge.access import Section
    from ascbridge.discharge.lists.task_lists import TaskRow
    from ascbridge.relationship.grounds import Ground
    from ascbridge.web.layout import Around, Pages
    from ascbridge.web.parts import WebParts
    from ascbridge.web.people.people_shown import PersonShown
    from ascbridge.web.visitors import Visitor

PAGE = 100
V = TypeVar("V", bound=str)
R = TypeVar("R", bound="TaskRow[Any]")
Out = TypeVar("Out")


class Reader(Protocol[V, R]):  # type: ignore[misc]  # both are given and taken as they are
    """What reads the rows of a list."""

    def __call__(self, connection: Connection, view: V, asked: Asked, *, limit: int, after: int) -> list[R]:
        """Return `limit` rows of a list from row `after`."""


@dataclass(frozen=True, slots=True)
class WorkList(Generic[V, R]):
    """One kind of work: whose section it is, how its lists are read and counted, and what the audit calls that."""

    section: Section
    audited: str
    rows: Reader[V, R]
    counts: Callable[[Connection, Asked], dict[str, int]]


@dataclass(frozen=True, slots=True)
class Page(Generic[V]):
    """Which page of which list, of one team or of all (empty)."""

    view: V
    team: str
    after: int
    limit: int = PAGE


async def show_list(
    request: Request,
    visitor: Visitor,
    work: WorkList[V, R],
    page: Page[V],
    template: str,
    more: Callable[[Sequence[R], Mapping[str, PersonShown], Around], Mapping[str, Any]],
) -> Response:
    """Show a page of a list; `more` gives what its template needs beside it."""
    parts: WebParts = request.app.state.parts
    pages: Pages = request.app.state.pages
    why = reason_to_read(request, visitor)
    areas = parts.areas_for(visitor.may("contact"))

    def read(connection: Connection) -> tuple[Around, str, list[R], dict[str, int], dict[str, PersonShown]]:
        around = pages.around(connection)
        asked = Asked(around.now_ms, page.team, visitor.name)
        rows = work.rows(connection, page.view, asked, limit=page.limit + 1, after=page.after)
        counts = work.counts(connection, asked)
        mark = mark_of(around, rows, counts)
        named = rows[: page.limit] if unchanged(request, around, mark) is None else []
        keys = [row.patient_key for row in named]
        access = visitor.may(work.section)
        people = people_shown(connection, parts.data_keys, keys, access, around.now_ms, areas)
        return around, mark, rows, counts, people

    around, mark, found, counts, people = await parts.database.read(read)
    same = unchanged(request, around, mark)
    if same:
        return same
    rows = found[: page.limit]
    if not refreshing(request):
        result = f"{len(rows)} shown"
        await write_down(request, visitor, f"{work.audited} read: {page.view}", why=why, result=result)
    return pages.show(
        request, template, visitor=visitor, around=around, mark=mark, view=page.view, team=page.team, after=page.after,
        rows=rows, more=len(found) > page.limit, page=page.limit, people=people, counts=counts,
        alike=alike(people, [(row.patient_key, row.person_id) for row in rows]), **more(rows, people, around),
    )  # fmt: skip


async def answer_list(
    request: Request,
    visitor: Visitor,
    work: WorkList[V, R],
    page: Page[V],
    purpose: str,
    out: Callable[[R, PersonShown], Out],
) -> tuple[list[Out], dict[str, int], bool]:
    """Return a page of a list for a program, how much each list holds, and whether there is more."""
    parts: WebParts = request.app.state.parts
    why = reason_to_read(request, visitor, purpose)
    asked = Asked(parts.clock.now_ms(), page.team, visitor.name)

    def read(connection: Connection) -> tuple[list[Out], dict[str, int], bool]:
        rows = work.rows(connection, page.view, asked, limit=page.limit + 1, after=page.after)
        keys = [row.patient_key for row in rows[: page.limit]]
        people = people_shown(connection, parts.data_keys, keys, visitor.may(work.section), asked.now_ms)
        shown = [out(row, people.get(row.patient_key, UNKNOWN)) for row in rows[: page.limit]]
        return shown, work.counts(connection, asked), len(rows) > page.limit

    found = await parts.database.read(read)
    result = f"{len(found[0])} shown"
    await write_down(request, visitor, f"{work.audited} read: {page.view}", why=why, result=result)
    return found


class Story(Protocol):
    """What a page of one piece of work has: whose it is."""

    @property
    def row(self) -> TaskRow[Any]:
        """The work as a list shows it."""


class Shown(Protocol):
    """One piece of work opened for a reader."""

    @property
    def story(self) -> Story:
        """The work with what was done."""


S = TypeVar("S", bound=Shown)


async def open_one(
    request: Request,
    visitor: Visitor,
    opened: Callable[[Connection, WebParts, str, int, Visitor], S | None],
    id: str,
    *,
    purpose: str = "",
    not_there: str | None = None,
) -> tuple[Around, S, str]:
    """Open one piece of work for this visitor, and say why they may. Raises 404 (with `not_there`), `NeedsReason`."""
    parts: WebParts = request.app.state.parts
    pages: Pages = request.app.state.pages

    def read(connection: Connection) -> tuple[Around, S | None, Ground | None]:
        around = pages.around(connection)
        shown = opened(connection, parts, id, around.now_ms, visitor)
        person = shown.story.row.person_id if shown is not None else ""
        return around, shown, ground(connection, parts, visitor, person, around.now_ms) if person else None

    around, shown, working = await parts.database.read(read)
    if shown is None:
        raise HTTPException(404, not_there)
    person = shown.story.row.person_id
    return around, shown, reason_to_open(request, visitor, person, ground=working, stated=purpose)
