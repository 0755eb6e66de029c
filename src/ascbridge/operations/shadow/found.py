"""What a comparison found, in a small file of the shadow's folder: counted by cause, and looked at page by page."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

PAGE = 50
_TABLES = """
CREATE TABLE difference (
    number INTEGER PRIMARY KEY, kind TEXT NOT NULL, what TEXT NOT NULL, person_id TEXT NOT NULL, cause TEXT NOT NULL,
    body BLOB NOT NULL
);
CREATE INDEX difference_by_cause ON difference (kind, cause, number);
CREATE INDEX difference_by_person ON difference (person_id, number);
CREATE TABLE told (name TEXT PRIMARY KEY, value BLOB NOT NULL);
"""


@dataclass(frozen=True, slots=True)
class Field:
    """One member that is otherwise; `before` and `after` are empty where its value is not shown."""

    name: str
    before: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that would be otherwise, and why. `before` and `after`: how it stands in few words, empty: not at all.

    `kind` is task, stay, record or index; `sort` says which; `what` is its id. `cause` is short, for counting.
    """

    kind: str
    sort: str
    what: str
    person_id: str
    before: str
    after: str
    cause: str
    fields: tuple[Field, ...] = ()
    why: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Counted:
    """How many differences of one kind have one cause, and of how many people."""

    kind: str
    cause: str
    things: int
    people: int


@dataclass(frozen=True, slots=True)
class Told:
    """What was compared with what. `compared` counts things by kind, `left_out` those that were not, by why."""

    before: str
    after: str
    compared_ms: int
    compared: dict[str, int]
    left_out: dict[str, int]


def keep(path: Path, told: Told, differences: Iterable[Difference]) -> Told:
    """Write what was found, in place of what was found before; `told` is counted while they are given, and returned."""
    beside = path.with_name(".found.new")
    beside.unlink(missing_ok=True)
    os.close(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    with contextlib.closing(sqlite3.connect(beside)) as raw:
        raw.execute("PRAGMA synchronous=OFF")
        raw.executescript(_TABLES)
        raw.executemany(
            "INSERT INTO difference (kind, what, person_id, cause, body) VALUES (?, ?, ?, ?, ?)",
            (
                (one.kind, one.what, one.person_id, one.cause, orjson.dumps(asdict(one)))
                for one in differences
            ),
        )
        counted = {name: count for name, count in told.compared.items() if count}
        left = {name: count for name, count in told.left_out.items() if count}
        told = replace(told, compared=counted, left_out=left)
        raw.execute("INSERT INTO told VALUES ('told', ?)", (orjson.dumps(asdict(told)),))
        raw.commit()
    beside.replace(path)
    return told


def told(path: Path) -> Told | None:
    """Return what was compared; None where nothing was yet."""
    rows = _ask(path, "SELECT value FROM told", ())
    return Told(**orjson.loads(rows[0][0])) if rows else None


def counts(path: Path) -> list[Counted]:
    """Count what was found by kind and cause, most first."""
    wanted = (
        "SELECT kind, cause, count(*), count(DISTINCT person_id) FROM difference GROUP BY kind, cause "
        "ORDER BY count(*) DESC, kind, cause"
    )
    return [Counted(*row) for row in _ask(path, wanted, ())]


def page(
    path: Path, kind: str = "", cause: str = "", person_id: str = "", after: int = 0, most: int = PAGE
) -> tuple[list[Difference], int]:
    """Return what was found of a kind, cause or person after a number, and the number to go on after (0: none left)."""
    wanted = (
        "SELECT number, body FROM difference WHERE number > ? AND (? = '' OR kind = ?) AND (? = '' OR cause = ?) "
        "AND (? = '' OR person_id = ?) ORDER BY number LIMIT ?"
    )
    rows = _ask(path, wanted, (after, kind, kind, cause, cause, person_id, person_id, most + 1))
    return [_read(body) for _, body in rows[:most]], rows[most - 1][0] if len(rows) > most else 0


def _read(body: bytes) -> Difference:
    read = orjson.loads(body)
    read["fields"] = tuple(Field(**one) for one in read["fields"])
    read["why"] = tuple(read["why"])
    return Difference(**read)


def _ask(path: Path, question: str, values: tuple[Any, ...]) -> list[Any]:
    if not path.exists():
        return []
    with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)) as raw:
        return raw.execute(question, values).fetchall()
