"""What is asked of each kind of database stands as text beside this test; only PostgreSQL's is run.

`UPDATE_ASKED=1` writes the texts anew: then read the difference.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy.dialects import mssql, oracle, postgresql

from ascbridge.intake.agreed.profiles import read
from ascbridge.intake.databases.database_queries import (
    KINDS,
    After,
    any_time,
    as_column,
    as_moment,
    columns,
    now_and_floor,
    page,
)
from ascbridge.intake.sources.profile import ChangeSection, TableSection

if TYPE_CHECKING:
    from sqlalchemy import Executable
    from sqlalchemy.engine import Dialect

ASKED = Path(__file__).parent / "asked"
DIALECTS: dict[str, Dialect] = {
    "postgresql": postgresql.asyncpg.dialect(),
    "mssql": mssql.dialect(),
    "oracle": oracle.dialect(),
}
NOT_RUN = "-- not run here: made by SQLAlchemy for a database that nobody has tried this on\n"
CHANGES = {
    "time": ("changed_at", datetime(2026, 6, 1, 9, 0, tzinfo=UTC)),
    "transaction": ("written_by", 7_000_000_000),
    "xmin": ("xmin", 7_000_000_000),
    "row-version": ("row_version", 2001),
}
CASES = [(d, k) for d in DIALECTS for k in CHANGES if KINDS.get(k, d) == d]


def table_of(kind: str) -> TableSection:
    (section,) = read("council-views").database.tables
    shown = {name: section.columns[name] for name in ("service_id", "surname", "changed_at")}
    values = {
        "change": ChangeSection(kind=kind, column=CHANGES[kind][0]),
        "columns": shown,
        "key": ("service_id", "part"),
    }  # type: ignore[arg-type]  # one of the kinds
    return TableSection(**(section.model_dump() | values))


@pytest.mark.parametrize("dialect,kind", CASES)
def test_what_is_asked_is_what_was_approved(dialect: str, kind: str) -> None:
    section, (_, value) = table_of(kind), CHANGES[kind]
    after = After(value, (41, "a"))
    asked: dict[str, Executable] = {
        "which columns": columns(section),
        "how late it is, and what is finished": now_and_floor(section, dialect),
        "the first page of what changed": page(section, 201, lower=value),
        "the next page of what changed": page(section, 201, lower=value, after=after),
        "the first page of all": page(section, 201),
        "the next page of all": page(section, 201, after=after),
    }
    if kind == "time":
        asked["of what kind the times are"] = any_time(section)
    said = "" if dialect == "postgresql" else NOT_RUN
    for what, question in asked.items():
        text = question.compile(dialect=DIALECTS[dialect], compile_kwargs={"render_postcompile": True})  # type: ignore[attr-defined]  # every one here has it
        said += f"\n-- {what}\n{text}\n"
    approved = ASKED / f"{dialect}-{kind}.sql"
    if os.environ.get("UPDATE_ASKED"):
        approved.write_text(said, "utf-8")
    assert said == approved.read_text("utf-8")


def test_nobody_is_asked_to_count_past_rows_and_only_mapped_columns_are_read() -> None:
    for path in ASKED.glob("*.sql"):
        text = path.read_text("utf-8").upper()
        assert "OFFSET" not in text
        assert text.count("*") == text.count("SELECT *") + text.count("WHERE 1 = 0") - 1
        assert path.name.startswith("postgresql") or text.startswith(NOT_RUN.upper())


@pytest.mark.parametrize(
    "value,cast",
    [(2**40, "BIGINT"), (Decimal("1.5"), "NUMERIC"), ("a", "VARCHAR"), (datetime(2026, 1, 1), "TIMESTAMP WITHOUT TIME ZONE")],  # noqa: DTZ001  # a column without a zone
)  # fmt: skip
def test_a_key_is_compared_as_what_it_is(value: object, cast: str) -> None:
    section = table_of("xmin").model_copy(update={"key": ("service_id",)})
    text = str(page(section, 10, after=After(None, (value,))).compile(dialect=DIALECTS["postgresql"]))
    assert f"service_id > $1::{cast}" in text


def test_a_moment_is_compared_as_the_column_has_it() -> None:
    moment = datetime(2026, 7, 1, 12, 0, tzinfo=UTC)
    assert as_column(moment, "Europe/London", aware=True) == moment
    assert as_column(moment, "Europe/London", aware=False) == datetime(2026, 7, 1, 13, 0)  # noqa: DTZ001  # has none
    assert as_moment(datetime(2026, 7, 1, 12, 0)) == moment  # noqa: DTZ001  # has none
    assert as_moment(moment) == moment
