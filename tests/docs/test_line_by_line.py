"""The pages that say what must hold, line by line: every row names where, and tests that exist."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.docs.test_bad_input import ROOT, names_in

if TYPE_CHECKING:
    from pathlib import Path

PAGES = {
    ROOT / "docs" / "safety" / "safeguarding-line-by-line.md": 50,
    ROOT / "docs" / "shared-record-line-by-line.md": 50,
    ROOT / "docs" / "discharge-desk-line-by-line.md": 50,
}
"""Each page, and how many rows it has at least."""


def rows_of(page: Path) -> list[list[str]]:
    return [
        line.strip("| ").split(" | ")
        for line in page.read_text("utf-8").splitlines()
        if line.startswith("| ") and not line.startswith("| what must hold")
    ]


@pytest.mark.parametrize("row", [row for page in PAGES for row in rows_of(page)], ids=lambda row: row[0][:40])
def test_a_row_names_where_and_tests_that_exist(row: list[str]) -> None:
    assert len(row) == 3
    assert all(cell.strip() for cell in row)
    for path in re.findall(r"`([\w/.]+)`", row[1]):
        assert (ROOT / "src" / "ascbridge" / path).is_file() or (ROOT / path).is_file(), path
    named = re.findall(r"`(tests/[\w/]+\.py)::(test_\w+)`", row[2])
    assert named, "a row without a test"
    for file, name in named:
        assert name in names_in(ROOT / file), name


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_goes_through_all_of_it(page: Path) -> None:
    assert len(rows_of(page)) > PAGES[page]
