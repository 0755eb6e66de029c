"""Reads an export of a table or view, as its owner sends one to try: CSV, its first line the names of the columns.

What is read here is what would be read from the database itself, but for the kinds of values: all are texts here.
"""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

from ascbridge.intake.rows.csv_rows import BadHeader, read_header
from ascbridge.intake.rows.database_rows import row_said
from ascbridge.intake.rows.file_lines import BadFile, Line

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ascbridge.intake.sources.profile import Profile, TableSection


class TableExport:
    """One export on its way in. `new_columns` are known once its lines are read."""

    def __init__(self, path: Path, profile: Profile, *, read_ms: int) -> None:
        """Find the table by the file's name, ``packages-march.csv`` for ``reporting.packages``. Raises `BadFile`.

        `read_ms`: when its rows count as read (UTC epoch ms).
        """
        tables = [
            one for one in profile.database.tables if path.stem.startswith(one.table.rpartition(".")[2])
        ]
        if not tables:
            raise BadFile("the profile has no table with whose name the file's begins")
        self._path, self._read_ms = path, read_ms
        self._section: TableSection = max(tables, key=lambda one: len(one.table))
        self.new_columns: tuple[str, ...] = ()

    def lines(self) -> Iterator[Line]:
        """Give every row. Raises `BadFile`, and `OSError`."""
        section = self._section
        with self._path.open(encoding="utf-8-sig", newline="") as text:
            reader = csv.reader(text, strict=True)
            try:
                header = read_header(next(reader, []), section)
                self.new_columns = tuple(name for name in header.new if name not in section.key)
                places = [header.names.index(name) for name in section.columns]
                for row in reader:
                    yield _line(
                        reader.line_num,
                        section,
                        [row[n] if n < len(row) else None for n in places],
                        self._read_ms,
                    )
            except BadHeader as fault:
                raise BadFile(str(fault)) from None
            except (csv.Error, UnicodeError):
                raise BadFile("not CSV in UTF-8") from None


def _line(number: int, section: TableSection, values: list[str | None], read_ms: int) -> Line:
    said = row_said(section, values)
    if said.fault:
        return Line(number, fault=said.fault)
    return Line(number, said.payload(recorded_ms=read_ms if section.recorded == "when-read" else None))
