"""A table leaves as a file that no spreadsheet runs, that is bounded, and that tells its own history."""

from __future__ import annotations

import csv
import io
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from ascbridge.operations.finding import audit_search
from ascbridge.web.taken_away import MOST_ROWS, WHYS, Sheet, TakeForm, paragraphs, take
from ascbridge.web.visitors import Visitor

if TYPE_CHECKING:
    from tests.web.city import City

WHO = Visitor("=1+1", "front-door", "session", employer="council")


async def taken(city: City, sheet: Sheet) -> list[list[str]]:
    request: Any = SimpleNamespace(
        app=SimpleNamespace(state=SimpleNamespace(parts=city.parts())), client=None
    )
    answer = await take(request, WHO, sheet, WHYS[0])
    return list(csv.reader(io.StringIO(bytes(answer.body).decode().removeprefix("\ufeff"))))


async def test_no_cell_is_a_formula_and_a_withheld_number_says_so(city: City) -> None:
    rows = await taken(city, Sheet("x", "X", (), ("A", "B", "C"), [("=cmd()", None, -3), ("@x", 1.5, "")]))
    assert rows[-2:] == [["'=cmd()", "withheld", "'-3"], ["'@x", "1.5", ""]]
    assert (
        rows[1] == ["Taken by", "'=1+1, Front door: Initial Contact, Duty and reviews"]
        or rows[1][1][0] == "'"
    )


async def test_it_is_bounded_and_says_where_it_ends(city: City) -> None:
    rows = await taken(city, Sheet("x", "X", ("How",), ("N",), [(n,) for n in range(MOST_ROWS + 5)]))
    assert rows[-1] == [str(MOST_ROWS - 1)]
    assert ["Note", "These are the first 2,000 rows; there are more."] in rows
    (entry,) = city.bridge.read_now(audit_search.entries)[:1]
    assert (entry.what, entry.why, entry.result) == ("taken as CSV: x", WHYS[0], "2000 rows")


@pytest.mark.parametrize(
    "sent, purpose, field",
    [
        ({"why": WHYS[0]}, WHYS[0], None),
        ({"why": "other", "other": " Board  paper "}, "Board paper", None),
        ({"why": "other", "other": " "}, "", "other"),
        ({"why": "because", "other": "x"}, "", "why"),
        ({}, "", "why"),
    ],
)
def test_a_purpose_must_be_said(sent: dict[str, str], purpose: str, field: str | None) -> None:
    form = TakeForm(what="x", **sent)
    assert form.purpose == purpose
    assert (form.fault[1] if form.fault else None) == field


def test_paragraphs_are_parted_by_empty_lines() -> None:
    assert paragraphs("\n  One\n  goes on.\n\n  Two.\n") == ("One goes on.", "Two.")
