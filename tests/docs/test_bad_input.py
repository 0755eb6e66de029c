"""The page on bad input: every row is whole, and names a test that exists."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "reference" / "bad-input.md"
ROWS = [
    line.strip("| ").split(" | ") for line in PAGE.read_text("utf-8").splitlines() if line.startswith("| ")
][1:]


def names_in(path: Path) -> set[str]:
    nodes = ast.walk(ast.parse(path.read_text("utf-8")))
    return {node.name for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_a_row_says_all_and_names_a_test_that_exists(row: list[str]) -> None:
    assert len(row) == 5
    assert all(cell.strip() for cell in row)
    named = re.findall(r"`(tests/[\w/]+\.py)::(test_\w+)`", row[4])
    assert named, "a row without a test"
    for file, name in named:
        assert (ROOT / file).is_file(), file
        assert name in names_in(ROOT / file), name


def test_the_page_has_all_that_was_gone_through() -> None:
    assert len(ROWS) > 30
