"""A row becomes the fact that it states; what is not as the profile says is refused and not guessed."""

from __future__ import annotations

import json

import pytest

from ascbridge.intake.agreed.profiles import read
from ascbridge.intake.rows.csv_rows import BadHeader, BadRow, fact_of, read_header
from ascbridge.intake.sources import council_facts

PROFILE = read("council-extract")
(PACKAGES,) = PROFILE.files.csv
ROW = {
    "Extracted": "02/07/2026 06:00:00", "Person ID": "C100", "NHS Number": "9993000019", "NHS Status": "Verified",
    "Surname": "Marlowe", "Forenames": "Ada Jane", "DOB": "07/03/1941", "Gender": "F", "Service ID": "S-1",
    "Service": "Home support", "Status": "Open", "Start": "01/06/2025", "End": "",
}  # fmt: skip


def made(**cells: str) -> dict[str, object]:
    row = ROW | {name.replace("_", " "): cell for name, cell in cells.items()}
    return json.loads(fact_of(read_header(list(row), PACKAGES), list(row.values())))


def test_a_row_is_a_fact_that_the_door_takes() -> None:
    fact = made()
    assert fact["package"] == {
        "id": "S-1", "kind": "Home support", "status": "live", "started_on": "2025-06-01",
    }  # fmt: skip
    assert fact["person"]["given_names"] == ["Ada", "Jane"]  # type: ignore[index]
    assert fact["recorded"] == "2026-07-02T06:00:00+01:00"
    council_facts.check(json.dumps(fact).encode(), PROFILE)


def test_the_same_row_is_the_same_fact_and_a_changed_one_is_another() -> None:
    assert made()["id"] == made()["id"]
    assert made()["id"] != made(Status="Closed")["id"]


@pytest.mark.parametrize(
    "cells, column",
    [
        ({"Status": "Paused"}, "Status"),
        ({"DOB": "1941-03-07"}, "DOB"),
        ({"Start": "31/02/2026"}, "Start"),
        ({"Surname": "Marl\udce9we"}, "Surname"),
    ],
)
def test_what_is_not_as_the_profile_says_is_refused_with_its_column(
    cells: dict[str, str], column: str
) -> None:
    with pytest.raises(BadRow, match=f"^{column}: ") as caught:
        made(**cells)
    assert next(iter(cells.values())) not in str(caught.value)


def test_a_row_has_as_many_cells_as_there_are_columns() -> None:
    header = read_header(list(ROW), PACKAGES)
    with pytest.raises(BadRow, match="12 cells under 13 columns"):
        fact_of(header, list(ROW.values())[:-1])


def test_a_hour_that_comes_twice_is_the_first_and_one_that_never_was_is_refused() -> None:
    assert made(Extracted="25/10/2026 01:30:00")["recorded"] == "2026-10-25T01:30:00+01:00"
    with pytest.raises(BadRow, match="Extracted"):
        made(Extracted="29/03/2026 01:30:00")


def test_columns_may_move_and_new_ones_are_told() -> None:
    names = [*reversed(ROW), "Colour"]
    header = read_header(names, PACKAGES)
    assert header.new == ("Colour",)
    assert json.loads(fact_of(header, [*reversed(ROW.values()), "blue"])) == made()


@pytest.mark.parametrize(
    "names, said",
    [
        ([*ROW][1:], "missing: Extracted"),
        ([*ROW, "DOB"], "twice: DOB"),
        ([], "missing: Extracted, Person ID"),
    ],
)
def test_a_file_that_lacks_columns_is_not_read(names: list[str], said: str) -> None:
    with pytest.raises(BadHeader, match=said):
        read_header(names, PACKAGES)
