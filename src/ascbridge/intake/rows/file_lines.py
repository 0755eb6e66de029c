"""Reads a council file line by line, whatever its size: JSON lines as they are, rows of CSV as the facts they state.

At no time is more of a file in memory than one line. A line that cannot be read is given with what is wrong with it;
only a file whose columns are not those of the profile is refused whole.
"""

from __future__ import annotations

import codecs
import csv
import fnmatch
import os
from dataclasses import dataclass
from functools import partial
from typing import IO, TYPE_CHECKING, Any, AnyStr, BinaryIO, TextIO

from ascbridge.intake.rows.csv_rows import BadHeader, BadRow, Header, fact_of, read_header, told_apart
from ascbridge.people.telling_words import tells

if TYPE_CHECKING:
    from collections.abc import Container, Iterator
    from pathlib import Path

    from ascbridge.intake.sources.profile import CsvSection, FilesSection

SUFFIXES = (".jsonl", ".csv")
LONGEST_LINE = 256_000
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


class BadFile(ValueError):
    """A file of which nothing can be taken; the text says why and quotes nothing of its rows."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a file, by its number in it: the fact that it holds, or why it holds none.

    `apart`: all that the line says, where some of it is about safeguarding. `last`: the number of its last line, where
    a row has several.
    """

    number: int
    fact: bytes = b""
    fault: str = ""
    apart: bytes = b""
    last: int = 0

    @property
    def numbers(self) -> range:
        """The numbers of all lines that it is written on."""
        return range(self.number, max(self.number, self.last) + 1)


class CouncilFile:
    """One file on its way in. Once it is read `new_columns` are known, and `unnamed`: what stood there."""

    def __init__(self, path: Path, files: FilesSection) -> None:
        self._path, self._files = path, files
        self.new_columns: tuple[str, ...] = ()
        self.unnamed: dict[str, tuple[str, int]] = {}
        """Of each column that the profile does not name: the first cell with something in it, and how many have."""

    def lines(self) -> Iterator[Line]:
        """Give every line that is not empty. Raises `BadFile`, and `OSError`."""
        encoding = self._encoding()
        if self._path.suffix == ".csv":
            yield from self._rows(encoding)
        elif encoding in {"utf-8", "utf-8-sig"}:
            with self._path.open("rb") as file:
                yield from _json_lines(file)
        else:
            with self._path.open(encoding=encoding, errors="surrogateescape", newline="\n") as text:
                yield from _text_lines(text, encoding)

    def without(self, gone: Container[int], to: Path) -> None:
        """Write the file anew without some of its lines, by their numbers. Raises `OSError`."""
        encoding = self._can_be_read_in()
        if self._path.suffix != ".csv" and encoding in {"utf-8", "utf-8-sig"}:
            with self._path.open("rb") as file, to.open("wb") as left:
                left.writelines(piece for number, piece in _pieces(file, (b"\n",)) if number not in gone)
                _sure(left)
            return
        read = partial(open, encoding=encoding, errors="surrogateescape", newline=self._newline)
        with read(self._path) as text, read(to, "w") as left_text:
            left_text.writelines(piece for number, piece in _pieces(text, self._ends) if number not in gone)
            _sure(left_text)

    def about_safeguarding(self, *, by_head: bool = False) -> Iterator[Line]:
        """Give every line that is about safeguarding; `by_head`: and all of a table whose first line is."""
        head = b""
        encoding = self._can_be_read_in()
        with self._path.open(encoding=encoding, errors="surrogateescape", newline=self._newline) as text:
            for number, line in _pieces(text, self._ends):
                raw = line.replace("\x00", "").encode("utf-8", "surrogateescape")
                if self._path.suffix == ".csv" and number == 1:
                    head = raw
                elif raw.strip() and (tells(raw) or (by_head and tells(head))):
                    yield Line(number, apart=head + raw)

    @property
    def _newline(self) -> str:
        """What ends a line: of a table whatever may, and nothing is made of another."""
        return "" if self._path.suffix == ".csv" else "\n"

    @property
    def _ends(self) -> tuple[str, ...]:
        return ("\n", "\r") if self._path.suffix == ".csv" else ("\n",)

    def _can_be_read_in(self) -> str:
        """The file's encoding; where it is not in that, one in which every byte is a letter: nothing is lost."""
        encoding = self._encoding()
        if encoding != "utf-16":
            return encoding  # the others have no bytes that cannot be escaped
        try:
            with self._path.open(encoding=encoding, errors="surrogateescape") as text:
                while text.read(LONGEST_LINE):
                    continue
        except UnicodeError:
            return "iso-8859-1"
        return encoding

    def _encoding(self) -> str:
        with self._path.open("rb") as file:
            head = file.read(4)
        return next((name for mark, name in _MARKS if head.startswith(mark)), self._files.encoding)

    def _rows(self, encoding: str) -> Iterator[Line]:
        section = self._section()
        with self._path.open(encoding=encoding, errors="surrogateescape", newline="") as text:
            lines = _ShortLines(text, self._ends)
            reader = csv.reader(lines, delimiter=section.delimiter, strict=True)
            header = self._header(reader, section)
            while True:
                at = lines.number + 1
                lines.taken.clear()
                try:
                    cells = next(reader)
                except StopIteration:
                    return
                except (csv.Error, _TooLong) as fault:
                    said = (
                        str(fault) if isinstance(fault, _TooLong) else "quotes that do not close, or the like"
                    )
                    told = f"{said}; nothing was taken up to line {lines.number}"
                    yield Line(at, fault=told, apart=_apart("".join(lines.taken)), last=lines.number)
                    continue
                except UnicodeError:
                    raise BadFile(f"the file is not {encoding}") from None
                if any(cell.strip() for cell in cells):
                    yield self._row(at, lines.number, header, cells)

    def _header(self, reader: Iterator[list[str]], section: CsvSection) -> Header:
        try:
            header = read_header(next(reader, []), section)
        except (BadHeader, _TooLong) as fault:
            raise BadFile(str(fault)) from None
        except (csv.Error, UnicodeError):
            raise BadFile("the first line cannot be read in the encoding of the profile") from None
        self.new_columns = header.new
        return header

    def _row(self, number: int, last: int, header: Header, cells: list[str]) -> Line:
        apart, rest = told_apart(header, cells)
        if header.new:
            self._see(header, rest)
        try:
            return Line(number, fact_of(header, rest), apart=apart, last=last)
        except BadRow as fault:
            return Line(number, fault=str(fault), apart=apart, last=last)

    def _see(self, header: Header, cells: list[str]) -> None:
        """Count what stands in the columns that the profile does not name; what went behind the wall is gone."""
        for name, cell in zip(header.names, cells, strict=False):
            if name and cell.strip() and name not in header.section.columns:
                first, n = self.unnamed.get(name, (cell.strip(), 0))
                self.unnamed[name] = first, n + 1

    def unnamed_columns(self) -> list[tuple[str, str, int]]:
        """The same in a list: the column and of which files, a cell, how many."""
        kind = self._section().files if self.unnamed else ""
        return [(f"{kind}: {name}", first, n) for name, (first, n) in self.unnamed.items()]

    def kind_of_table(self) -> str:
        """The pattern of names under which the profile knows it; empty where it is no table that it knows."""
        try:
            return self._section().files if self._path.suffix == ".csv" else ""
        except BadFile:
            return ""

    def _section(self) -> CsvSection:
        for section in self._files.csv:
            if fnmatch.fnmatchcase(self._path.name, section.files):
                return section
        raise BadFile("the profile does not say what a CSV file of this name holds")


class _TooLong(ValueError):
    """A line that goes on and on."""


def _apart(text: str) -> bytes:
    raw = text.encode("utf-8", "surrogateescape")
    return raw if tells(raw) else b""


def _pieces(lines: IO[AnyStr], ends: tuple[AnyStr, ...]) -> Iterator[tuple[int, AnyStr]]:
    """Give a file's lines with their numbers, in pieces where one goes on and on."""
    number, begins = 0, True
    while piece := lines.readline(LONGEST_LINE):
        number += begins
        begins = piece.endswith(ends)
        yield number, piece


def _sure(file: IO[Any]) -> None:
    file.flush()
    os.fsync(file.fileno())


class _ShortLines:
    """The lines of a text, of which one that goes on and on raises `_TooLong`, and the next comes after it."""

    def __init__(self, text: TextIO, ends: tuple[str, ...]) -> None:
        self._text, self._ends = text, ends
        self.number = 0
        """How many were read, those that go on and on too, which a reader of CSV does not count."""
        self.taken: list[str] = []
        """What was given since somebody cleared it."""

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._text.readline(LONGEST_LINE)
        if not line:
            raise StopIteration
        self.number += 1
        self.taken.append(line)
        if len(line) == LONGEST_LINE and not line.endswith(self._ends):
            while (rest := self._text.readline(LONGEST_LINE)) and not rest.endswith(self._ends):
                continue
            raise _TooLong(f"longer than {LONGEST_LINE} characters")
        return line


def _json_lines(file: BinaryIO) -> Iterator[Line]:
    number = 0
    while line := file.readline(LONGEST_LINE):
        number += 1
        if number == 1:
            line = line.removeprefix(codecs.BOM_UTF8)
        if len(line) == LONGEST_LINE and not line.endswith(b"\n"):
            while (rest := file.readline(LONGEST_LINE)) and not rest.endswith(b"\n"):
                continue
            said = line if tells(line) else b""
            yield Line(number, fault=f"longer than {LONGEST_LINE} bytes", apart=said)
        elif line.strip():
            yield Line(number, line.strip())


def _text_lines(text: TextIO, encoding: str) -> Iterator[Line]:
    lines = _ShortLines(text, ("\n",))
    while True:
        lines.taken.clear()
        try:
            line = next(lines).strip()
        except StopIteration:
            return
        except _TooLong as fault:
            yield Line(lines.number, fault=str(fault), apart=_apart("".join(lines.taken)))
            continue
        except UnicodeError:
            raise BadFile(f"the file is not {encoding}") from None
        if line:
            yield _encoded(lines.number, line)


def _encoded(number: int, line: str) -> Line:
    try:
        return Line(number, line.encode())
    except UnicodeEncodeError:
        return Line(number, fault="bytes that are no text in the file's encoding")
