"""What is wrong with the columns of a file stands until the next of its kind can be read."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest

from ascbridge.intake.keeping import extract_faults
from ascbridge.intake.keeping.extract_faults import FEWEST, ExtractFault, judged

if TYPE_CHECKING:
    from tests.intake.conftest import Intake


@pytest.mark.parametrize(
    "reasons, rows, because, found",
    [
        ({}, 100, "", ("", 0)),
        ({}, 0, "columns are missing: began", ("missing", 1)),
        ({}, 0, "the file is not the one that its manifest is of", ("", 0)),
        ({"a": FEWEST, "b": 3}, 2 * FEWEST, "", ("unreadable", FEWEST)),
        ({"a": FEWEST}, 2 * FEWEST + 1, "", ("", 0)),
        ({"a": FEWEST - 1}, FEWEST - 1, "", ("", 0)),
    ],
)
def test_a_fault_of_the_column_is_told_from_one_of_a_row(
    reasons: dict[str, int], rows: int, because: str, found: tuple[str, int]
) -> None:
    assert judged(reasons, rows, because) == found


def test_it_stands_until_the_next_file_of_its_kind(intake: Intake) -> None:
    for files, kind, n in (("a*.csv", "missing", 1), ("b*.csv", "unreadable", 12), ("a*.csv", "", 0)):
        intake.kept.write_now(
            partial(extract_faults.note, feed="council", files=files, kind=kind, n=n, now_ms=7)
        )
    assert intake.kept.read_now(extract_faults.standing) == [
        ExtractFault("council", "b*.csv", "unreadable", 12, 7)
    ]
