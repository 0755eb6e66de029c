"""Rows carried from one file into another: those asked for, each once, whatever columns a side has."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

from ascbridge.storage import carrying

if TYPE_CHECKING:
    from pathlib import Path


def test_rows_are_carried_once_and_only_those_that_are_asked_for(tmp_path: Path) -> None:
    source, target = tmp_path / "a.db", tmp_path / "b.db"
    with sqlite3.connect(source) as raw:
        raw.execute("CREATE TABLE act (id TEXT PRIMARY KEY, state TEXT, old TEXT)")
        raw.executemany(
            "INSERT INTO act VALUES (?, ?, 'x')",
            [(f"a{n:05}", "open" if n % 2 else "over") for n in range(5_000)],
        )
    with sqlite3.connect(target) as raw:
        raw.execute("CREATE TABLE act (id TEXT PRIMARY KEY, state TEXT, fresh TEXT NOT NULL DEFAULT 'new')")
        raw.execute("CREATE TABLE none_before (id TEXT)")
        raw.execute("INSERT INTO act (id, state) VALUES ('a00001', 'mine')")
    wanted = {"act": "state = 'open'", "none_before": ""}
    assert carrying.carry(source, target, wanted) == {"act": 2_500, "none_before": 0}
    carrying.carry(source, target, wanted)
    with sqlite3.connect(target) as raw:
        assert raw.execute("SELECT count(*), min(fresh) FROM act").fetchone() == (2_500, "new")
        assert raw.execute("SELECT state FROM act WHERE id = 'a00001'").fetchone() == ("mine",)
