"""The tables of waits have as many cells as columns, and none that the page would withhold."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ascbridge.access import Access
from ascbridge.web.frontdoor.waits_shown import EXPLAINED, TABLES, sheet_of, waits_shown
from tests.web.door import people_the_door

if TYPE_CHECKING:
    from tests.web.city import City


@pytest.mark.parametrize("what", TABLES)
def test_each_table_has_a_cell_for_each_column(what: str, city: City) -> None:
    people_the_door(city)
    parts = city.parts()
    sheet = city.bridge.read_now(lambda c: sheet_of(c, parts, Access.full, what, 12))
    assert sheet.rows
    assert {len(row) for row in sheet.rows} == {len(sheet.columns)}
    assert None in sheet.rows[0] or what != "now", "three who wait are few"


def test_nobody_is_listed_for_who_sees_no_names(city: City) -> None:
    people_the_door(city)
    parts = city.parts()
    shown = city.bridge.read_now(lambda c: waits_shown(c, parts, Access.masked, months=6, limit=10))
    assert (shown.longest, shown.more) == ((), False)
    assert set(shown.ended) == {"care", "assessment"}


def test_each_note_is_one_line() -> None:
    assert len(EXPLAINED) == 6
    assert not [one for one in EXPLAINED if "\n" in one or "  " in one]
