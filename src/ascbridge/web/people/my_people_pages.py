"""My people: whom the council allocates to the reader or the reader's team, what is new of each, admissions first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response
from pydantic import Field

from ascbridge.people.renewed_parts import readable_parts
from ascbridge.relationship.my_people import my_people
from ascbridge.web.api_models import Model, PersonOut
from ascbridge.web.doorbook import write_down
from ascbridge.web.layout import Pages, mark_of, refreshing, unchanged
from ascbridge.web.parts import WebParts
from ascbridge.web.people.people_shown import UNKNOWN, people_shown
from ascbridge.web.problems import ANSWERS
from ascbridge.web.purpose import reader_of, reason_to_read
from ascbridge.web.visitors import Needs, Visitor

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from ascbridge.relationship.my_people import Mine
    from ascbridge.web.layout import Around
    from ascbridge.web.people.people_shown import PersonShown

router = APIRouter()
Reading = Annotated[Visitor, Depends(Needs("person"))]
Page = Annotated[int, Query(ge=1, le=1000)]
AT_ONCE = 50


@dataclass(frozen=True, slots=True)
class MyList:
    """One page of a reader's people, with who each is; how many there are in all, and how many of those in hospital."""

    shown: tuple[tuple[Mine, PersonShown], ...]
    people: int
    inside: int
    changed: int
    mine: int


class MineOut(Model):
    """One person of the reader's. Times are UTC epoch milliseconds."""

    person: PersonOut
    how: Literal["me", "team"] = Field(description="Allocated to the reader by name, or to a team of theirs")
    admitted_ms: int | None = Field(description="When a stay began that goes on; null: in no hospital")
    looked_ms: int | None = Field(description="Since when `changes` counts; null: the reader never looked")
    changes: int
    changed_ms: int | None = Field(description="The newest of them")


class MyPeopleOut(Model):
    """A page of the reader's people: those in hospital first, then those of whom something changed."""

    people: list[MineOut]
    total: int
    in_hospital: int


@router.get("/my-people", include_in_schema=False)
async def my_people_page(request: Request, visitor: Reading, page: Page = 1) -> Response:
    """The reader's people."""
    pages: Pages = request.app.state.pages
    why = reason_to_read(request, visitor)
    found, around = await _read(request, visitor, page)
    mark = mark_of(around, found)
    same = unchanged(request, around, mark)
    if same:
        return same
    await _write_down(request, visitor, why, found)
    return pages.show(
        request, "my_people.html", visitor=visitor, around=around, mark=mark, found=found, page=page,
        pages=-(-found.people // AT_ONCE), teams=reader_of(visitor).teams,
    )  # fmt: skip


@router.get("/api/my-people", tags=["persons"], summary="Those allocated to the reader", responses=ANSWERS)
async def my_people_list(
    request: Request, visitor: Reading, page: Page = 1, purpose: str = ""
) -> MyPeopleOut:
    """Those whom the council's last word allocates to the reader or to a team of theirs, fifty at once."""
    why = reason_to_read(request, visitor, purpose)
    found, _ = await _read(request, visitor, page)
    await _write_down(request, visitor, why, found)
    return MyPeopleOut(
        people=[_out(one, person) for one, person in found.shown],
        total=found.people,
        in_hospital=found.inside,
    )


async def _read(request: Request, visitor: Visitor, page: int) -> tuple[MyList, Around]:
    parts: WebParts = request.app.state.parts
    pages: Pages = request.app.state.pages

    def read(connection: Connection) -> tuple[MyList, Around]:
        around = pages.around(connection)
        told = readable_parts(visitor.may("person"), visitor.may("contact"))
        everybody = my_people(connection, parts.data_keys, reader_of(visitor), around.now_ms, told=told)
        some = everybody[(page - 1) * AT_ONCE : page * AT_ONCE]
        named = people_shown(
            connection,
            parts.data_keys,
            [one.patient_key for one in some],
            visitor.may("person"),
            around.now_ms,
        )
        shown = tuple((one, named.get(one.patient_key, UNKNOWN)) for one in some)
        return MyList(
            shown,
            len(everybody),
            sum(one.admitted_ms is not None for one in everybody),
            sum(one.changes > 0 for one in everybody),
            sum(one.how == "me" for one in everybody),
        ), around

    return await parts.database.read(read)


async def _write_down(request: Request, visitor: Visitor, why: str, found: MyList) -> None:
    what = "my people read again, live" if refreshing(request) else "my people read"
    await write_down(request, visitor, what, why=why, result=f"{len(found.shown)} shown")


def _out(one: Mine, person: PersonShown) -> MineOut:
    return MineOut(
        person=PersonOut(
            person_id=one.person_id, name=person.name, born=person.born,
            nhs_number=person.number.replace(" ", ""), number_note=person.number_note,
            restricted=person.restricted, erased=person.erased, died=person.died,
        ),
        how=one.how, admitted_ms=one.admitted_ms, looked_ms=one.looked_ms, changes=one.changes,
        changed_ms=one.changed_ms,
    )  # fmt: skip
