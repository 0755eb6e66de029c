"""An export of a view is tried as the view itself would be read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ascbridge.intake.rows.file_lines import BadFile
from ascbridge.intake.rows.table_export import TableExport
from tests.intake.case_system import PACKAGES, PROFILE, profile_of

SAMPLE = Path(__file__).resolve().parents[3] / "contracts/samples/council-views/packages-changed.csv"


def written(tmp_path: Path, text: str, name: str = "packages.csv") -> Path:
    path = tmp_path / name
    path.write_text(text, "utf-8")
    return path


def test_each_row_of_an_export_is_a_fact_or_says_why_not(tmp_path: Path) -> None:
    lines = SAMPLE.read_text("utf-8").splitlines()
    bad = lines[1].replace(",Open,", ",Perhaps,")
    path = written(tmp_path, "\n".join([lines[0] + ",also", lines[1] + ",1", bad + ",2"]) + "\n")
    export = TableExport(path, PROFILE, read_ms=0)
    good, refused = export.lines()
    assert json.loads(good.fact)["package"]["status"] == "live"
    assert (refused.number, refused.fault) == (3, "status: a code that the profile does not list")
    assert export.new_columns == ("also",)


def test_a_row_that_says_no_time_is_recorded_when_it_is_tried(tmp_path: Path) -> None:
    plain = {name: one for name, one in PACKAGES.columns.items() if one.to != "recorded"}
    profile = profile_of(None, columns=plain, recorded="when-read")
    (line, *_) = TableExport(SAMPLE, profile, read_ms=1_780_000_000_000).lines()
    assert json.loads(line.fact)["recorded"] == "2026-05-28T20:26:40.000+00:00"


@pytest.mark.parametrize(
    "text,name,said",
    [
        ("a,b\n1,2\n", "packages.csv", "columns are missing: "),
        ("a\n", "others.csv", "no table with whose name"),
        ('"a\n', "packages.csv", "not CSV"),
    ],
)
def test_what_is_no_export_of_a_table_is_told(tmp_path: Path, text: str, name: str, said: str) -> None:
    with pytest.raises(BadFile, match=said):
        list(TableExport(written(tmp_path, text, name), PROFILE, read_ms=0).lines())
