"""A file that was read goes to where it is kept, never over another, and never unread."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ascbridge.intake.rows import putting_away

if TYPE_CHECKING:
    from pathlib import Path


def test_a_second_file_of_a_name_gets_a_number_and_so_do_its_reports(tmp_path: Path) -> None:
    for number, text in enumerate(("one", "two", "three"), 1):
        path = tmp_path / "a.csv"
        path.write_text(text)
        putting_away.part_of(path).write_text("refused\n" if number == 2 else "")
        to = putting_away.target(path, "done")
        reports = putting_away.report(path, to, {"file": "a.csv"})
        assert len(reports) == (2 if number == 2 else 1)
        putting_away.move(path, path.stat(), to)
    assert {one.name for one in (tmp_path / "done").iterdir()} == {
        "a.csv", "a.csv.receipt.json", "a.2.csv", "a.2.csv.receipt.json", "a.2.csv.rejected.jsonl", "a.3.csv",
        "a.3.csv.receipt.json",
    }  # fmt: skip
    assert (tmp_path / "done" / "a.3.csv").read_text() == "three"


def test_after_a_stop_before_the_move_the_reports_are_written_anew(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("one")
    for refused in ("refused\n", ""):
        putting_away.part_of(path).write_text(refused)
        to = putting_away.target(path, "done")
        putting_away.report(path, to, {"file": "a.csv"})
    putting_away.move(path, path.stat(), to)
    assert {one.name for one in (tmp_path / "done").iterdir()} == {"a.csv", "a.csv.receipt.json"}


def test_a_file_that_took_the_place_of_the_one_that_was_read_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("read")
    read = path.stat()
    (tmp_path / "a.tmp").write_text("not read")
    (tmp_path / "a.tmp").replace(path)
    assert not putting_away.same(path, read)
    putting_away.move(path, read, putting_away.target(path, "done"))
    assert path.read_text() == "not read"
    assert list((tmp_path / "done").iterdir()) == []


def test_a_file_that_is_gone_is_not_the_same(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("read")
    read = path.stat()
    path.unlink()
    assert not putting_away.same(path, read)
