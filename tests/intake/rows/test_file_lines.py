"""Files in any encoding and of any size, line by line; a bad line is told with its number and the next is read."""

from __future__ import annotations

import csv
import io
import json
import tracemalloc
from typing import TYPE_CHECKING

import pytest

from ascbridge.intake.agreed.profiles import read
from ascbridge.intake.rows.file_lines import LONGEST_LINE, BadFile, CouncilFile, Line
from ascbridge.intake.sources.profile import FilesSection
from tests.intake.rows.test_csv_rows import ROW

if TYPE_CHECKING:
    from pathlib import Path

EXTRACT = read("council-extract").files


def table(*rows: dict[str, str]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, list((rows or (ROW,))[0]))
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def read_all(path: Path, files: FilesSection) -> list[Line]:
    return list(CouncilFile(path, files).lines())


def surname(line: Line) -> str:
    return str(json.loads(line.fact)["person"]["family_name"])


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le-mark", "windows-1252"])
def test_rows_are_read_in_the_encoding_of_the_profile_and_a_mark_wins_over_it(
    tmp_path: Path, encoding: str
) -> None:
    text, path = table(ROW | {"Surname": "Brontë"}), tmp_path / "packages.csv"
    mark, name = ("\ufeff", "utf-16-le") if encoding == "utf-16-le-mark" else ("", encoding)
    path.write_bytes((mark + text).encode(name))
    (line,) = read_all(path, EXTRACT)
    assert (line.number, surname(line)) == (2, "Brontë")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "windows-1252", "utf-16"])
def test_json_lines_become_utf_8(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "facts.jsonl"
    path.write_bytes('{"n": "Brontë"}\n\n{"n": 2}'.encode(encoding))
    name = "windows-1252" if encoding == "windows-1252" else "utf-8"
    lines = read_all(path, FilesSection(encoding=name))
    assert [(line.number, json.loads(line.fact)["n"]) for line in lines] == [(1, "Brontë"), (3, 2)]


def test_bytes_that_are_no_text_refuse_their_line_alone(tmp_path: Path) -> None:
    path = tmp_path / "packages.csv"
    good, bad = (
        table(ROW).encode(),
        table(ROW | {"Surname": "Bront\xeb"}).encode("windows-1252").splitlines()[1],
    )
    path.write_bytes(good + bad + b"\n" + good.splitlines()[1] + b"\n")
    lines = read_all(path, EXTRACT.model_copy(update={"encoding": "utf-8"}))
    assert [line.number for line in lines if line.fact] == [2, 4]
    assert [line.fault for line in lines if line.fault] == [
        "Surname: bytes that are no text in the file's encoding"
    ]


def test_a_line_that_goes_on_and_on_is_refused_and_the_next_is_read(tmp_path: Path) -> None:
    long = "x" * (3 * LONGEST_LINE)
    for path, text in (
        (tmp_path / "packages.csv", table(ROW, ROW | {"Service": long}, ROW)),
        (tmp_path / "facts.jsonl", f'{{}}\n{{}}\n{{"a": "{long}"}}\n{{}}\n'),
    ):
        path.write_text(text)
        lines = read_all(path, EXTRACT)
        assert [bool(line.fault) for line in lines][-2:] == [True, False]
        assert "longer than" in next(line.fault for line in lines if line.fault)
        assert [line.number for line in lines][-2:] == [3, 4]


def test_a_quote_that_never_closes_takes_no_more_than_it_must(tmp_path: Path) -> None:
    path = tmp_path / "packages.csv"
    rows = table(*[ROW] * 3_000).splitlines(keepends=True)
    rows[3] = '"' + rows[3]
    path.write_text("".join(rows))
    lines = read_all(path, EXTRACT)
    (fault, *_) = (line for line in lines if line.fault)
    assert fault.number == 4
    assert "nothing was taken up to line" in fault.fault
    assert len([line for line in lines if line.fact]) > 1_500


@pytest.mark.parametrize("end", ["\n", "\r"])
def test_what_is_cut_out_behind_a_line_that_goes_on_and_on_is_the_right_one(tmp_path: Path, end: str) -> None:
    path, left = tmp_path / "packages.csv", tmp_path / "packages-left.csv"
    rows = [
        ROW | {"Service": "x" * (3 * LONGEST_LINE)},
        *(ROW | {"Surname": name} for name in ("Ash", "Birch", "Cole")),
    ]
    path.write_text(table(*rows).replace("\r\n", end), newline="")
    file = CouncilFile(path, EXTRACT)
    (birch,) = (line for line in file.lines() if line.fact and surname(line) == "Birch")
    file.without(set(birch.numbers), left)
    assert [surname(line) for line in read_all(left, EXTRACT) if line.fact] == ["Ash", "Cole"]


def test_of_a_file_in_no_encoding_that_it_should_be_in_what_goes_apart_is_found(tmp_path: Path) -> None:
    files = EXTRACT.model_copy(update={"encoding": "utf-16"})
    path, left = tmp_path / "packages.csv", tmp_path / "left.csv"
    for coded in ("utf-8", "utf-16-le"):  # the second lacks the mark that says which of two it is
        path.write_bytes("Name,Service\nAsh,Day centre\nCole,Safeguarding\nElm,Day centre\n".encode(coded))
        file = CouncilFile(path, files)
        with pytest.raises(BadFile):
            list(file.lines())
        (line,) = file.about_safeguarding()
        assert b"Cole" in line.apart
        file.without(set(line.numbers), left)
        assert left.read_bytes().decode(coded) == "Name,Service\nAsh,Day centre\nElm,Day centre\n"


@pytest.mark.parametrize(
    "name, text, said",
    [
        ("packages.csv", "Person ID\nC100\n", "columns are missing: Extracted, NHS Number"),
        ("packages.csv", "", "columns are missing"),
        ("visits.csv", table(ROW), "does not say what a CSV file of this name holds"),
    ],
)
def test_a_file_of_other_columns_is_refused_whole(tmp_path: Path, name: str, text: str, said: str) -> None:
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(BadFile, match=said):
        read_all(path, EXTRACT)


@pytest.mark.parametrize("name", ["packages.csv", "facts.jsonl"])
def test_memory_does_not_grow_with_the_file(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    head, row = table(ROW).splitlines(keepends=True)
    one = row if name == "packages.csv" else json.dumps(ROW) + "\n"

    def peak(rows: int) -> int:
        with path.open("w") as file:
            file.write(head)
            for _ in range(rows):
                file.write(one)
        tracemalloc.start()
        assert sum(1 for _ in CouncilFile(path, EXTRACT).lines()) >= rows
        _, highest = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return highest

    small, large = peak(300), peak(4_000)
    assert large < small + 200_000, (small, large, path.stat().st_size)
