"""The page that says what safeguarding must do, line by line: every row names where, and tests that exist."""

from __future__ import annotations

import re

import pytest

from tests.docs.test_bad_input import ROOT, names_in

PAGE = ROOT / "docs" / "safety" / "safeguarding-line-by-line.md"
ROWS = [
    line.strip("| ").split(" | ")
    for line in PAGE.read_text("utf-8").splitlines()
    if line.startswith("| ") and not line.startswith("| what must hold")
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0][:40])
def test_a_row_names_where_and_tests_that_exist(row: list[str]) -> None:
    assert len(row) == 3
    assert all(cell.strip() for cell in row)
    for path in re.findall(r"`([\w/.]+)`", row[1]):
        assert (ROOT / "src" / "ascbridge" / path).is_file() or (ROOT / path).is_file(), path
    named = re.findall(r"`(tests/[\w/]+\.py)::(test_\w+)`", row[2])
    assert named, "a row without a test"
    for file, name in named:
        assert name in names_in(ROOT / file), name


def test_the_page_goes_through_all_of_it() -> None:
    assert len(ROWS) > 50
