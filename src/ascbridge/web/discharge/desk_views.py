"""What every view of the desk does alike: ask why, read, write down who looked, name the people, and show the page."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from ascbridge.discharge.deciding.duty import closed_when_due
from ascbridge.discharge.lists import boards
from ascbridge.discharge.lists.worklist import WorklistRow
from ascbridge.web.discharge.asked_for import AskedFor
from ascbridge.web.discharge.holds_shown import holds_shown
from ascbridge.web.doorbook import write_down
from ascbridge.web.layout import mark_of, refreshing, unchanged
from ascbridge.web.people.alike import alike
from ascbridge.web.people.people_shown import people_shown
from ascbridge.web.purpose import reason_to_read
from ascbridge.web.record.provider_shown import provider_marks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from fastapi import Request
    from fastapi.responses import Response
    from sqlalchemy import Connection

    from ascbridge.discharge.lists.worklist import Lists
    from ascbridge.events.facts.catalogue import TaskFact
    from ascbridge.reference.in_force import ReferenceLists
    from ascbridge.web.layout import Around, Pages
    from ascbridge.web.parts import WebParts
    from ascbridge.web.visitors import Visitor

DESK_VIEWS: tuple[tuple[str, str], ...] = (
    ("/worklist", "Team queue"),
    ("/worklist?view=mine", "My work"),
    ("/worklist?view=breaching", "Breaches"),
    ("/worklist/wards", "Wards"),
    ("/worklist/pathways", "Pathways"),
    ("/worklist/changes", "Changed today"),
    ("/worklist/capacity", "Capacity"),
    ("/worklist/huddle", "Huddle sheet"),
    ("/worklist/handover", "Handover sheet"),
)
"""The views, as they stand on top of each."""
PATHWAY_WORDS = {"0": "Pathway 0", "1": "Pathway 1", "2": "Pathway 2", "3": "Pathway 3"}


@dataclass(frozen=True, slots=True)
class Look:
    """One look at a view: who looks at what, on which page. `audited` is what the audit calls it."""

    request: Request
    visitor: Visitor
    asked: AskedFor
    template: str
    audited: str

    @property
    def parts(self) -> WebParts:
        """What the pages are given."""
        parts: WebParts = self.request.app.state.parts
        return parts


def asked_for(request: Request, parts: WebParts) -> AskedFor:
    """Read what is asked for; a team that there is not asks for all."""
    asked = AskedFor.of(request.query_params)
    known = parts.reference.working_teams(parts.clock.now_ms())
    return asked if asked.team in known else replace(asked, team="")


async def show_view(look: Look, read: Callable[[Connection, Lists], Mapping[str, Any]]) -> Response:
    """Show a view. `read` gives what its template needs; its `rows`, and what it shows `also`, have each a patient
    key and a person id.
    """
    request, visitor, parts = look.request, look.visitor, look.parts
    pages: Pages = request.app.state.pages
    why = reason_to_read(request, visitor)

    def found(connection: Connection) -> tuple[Around, str, dict[str, Any]]:
        """All that the page needs, in one reading; nobody is opened for a page that shows it already."""
        around = pages.around(connection)
        lists = look.asked.lists(around.now_ms, visitor.name, parts.desk.generation)
        values = dict(read(connection, lists))
        mark = mark_of(around, look.asked, *values.values())
        if unchanged(request, around, mark) is None:
            shown = [*values["rows"], *values.pop("also", ())]
            values |= naming(connection, parts, visitor, shown, around)
            values["choices"] = choices(connection, parts, lists, asking=not refreshing(request))
        return around, mark, values

    around, mark, values = await parts.database.read(found)
    same = unchanged(request, around, mark)
    if same:
        return same
    if not refreshing(request):
        await write_down(request, visitor, look.audited, why=why, result=f"{len(values['rows'])} shown")
    return pages.show(
        request, look.template, visitor=visitor, around=around, mark=mark, asked=look.asked,
        words=parts.reference.words, desk_views=DESK_VIEWS, here=request.url.path, pathway_words=PATHWAY_WORDS,
        **values,
    )  # fmt: skip


def naming(
    connection: Connection, parts: WebParts, visitor: Visitor, rows: Sequence[Any], around: Around
) -> dict[str, Any]:
    """Return who the people of these rows are, whose names are alike, whose provider takes no new work, and whom to
    speak to before somebody leaves.
    """
    facts = [row.fact for row in rows if isinstance(row, WorklistRow)]
    persons = [(row.patient_key, row.person_id) for row in rows]
    areas = parts.areas_for(visitor.may("contact"))
    keys = [key for key, _ in persons]
    people = people_shown(connection, parts.data_keys, keys, visitor.may("worklist"), around.now_ms, areas)
    lists = parts.reference.lists
    return {
        "people": people,
        "alike": alike(people, persons),
        "holds": holds_shown(connection, parts.data_keys, facts, visitor.may("worklist")),
        "closed_when_due": closed_when_due_of(facts, lists),
        "providers": provider_marks(connection, {person for _, person in persons}, lists, around.now_ms),
    }


def closed_when_due_of(facts: Iterable[TaskFact], lists: ReferenceLists) -> dict[str, int]:
    """Return when the team opens again (UTC ms), for each task that falls due while it is closed."""
    found = {
        fact.task: closed_when_due(lists, fact.owner_team, fact.due_ms)
        for fact in facts
        if fact.due_ms is not None
    }
    return {task: opens for task, opens in found.items() if opens is not None}


def choices(
    connection: Connection, parts: WebParts, lists: Lists, *, asking: bool
) -> dict[str, dict[str, str]]:
    """Return what a list can be narrowed by: for each part of an address the values, with their words.

    A page that renews itself asks nobody by what (`asking`): then only those that need words are given.
    """

    def there(by: boards.Named) -> list[str]:
        return [name for name in boards.names(connection, by, lists.generation) if name] if asking else []

    def as_they_are(names: Iterable[str], none: str) -> dict[str, str]:
        return {"-": none, **{name: name for name in names}}

    words = parts.reference.words.stage
    return {
        "team": {name: name for name in parts.reference.working_teams(lists.now_ms)},
        "ward": as_they_are(there("ward"), "No ward shown"),
        "locality": as_they_are(there("locality"), "Not known"),
        "pathway": {"-": "Not decided", **PATHWAY_WORDS},
        "stage": {name: words.get(name, name) for name in stages(parts, lists.now_ms)},
        "who": as_they_are(there("claimed_by"), "Nobody yet"),
        "told": {name: name for name in parts.reference.lists.teams(lists.now_ms).names},
    }


def stages(parts: WebParts, now_ms: int) -> tuple[str, ...]:
    """Return the stages of a task on its way, in order."""
    return parts.reference.lists.stages(now_ms).names
