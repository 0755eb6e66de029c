"""The files of one machine: their names are a promise to whoever backs them up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ascbridge.storage import files, migration, tables

if TYPE_CHECKING:
    from pathlib import Path


def test_each_group_of_tables_has_a_file_of_its_own_under_the_data_directory(tmp_path: Path) -> None:
    assert {group: files.sqlite_file(tmp_path, group) for group in files.GROUPS} == {
        "kept": tmp_path / "kept.db",
        "keys": tmp_path / "keys.db",
        "bridge": tmp_path / "bridge.db",
    }


def test_what_is_behind_the_wall_has_a_file_of_its_own(tmp_path: Path) -> None:
    assert files.sqlite_file(tmp_path, files.WALLED) == tmp_path / "safeguarding.db"
    assert files.WALLED not in files.GROUPS


def test_the_groups_are_those_of_the_tables() -> None:
    assert set(files.GROUPS) == set(tables.GROUPS)


def test_naming_a_file_makes_none_and_migrating_makes_exactly_these(tmp_path: Path) -> None:
    named = {files.sqlite_file(tmp_path, group) for group in (*files.GROUPS, files.WALLED)}
    assert list(tmp_path.iterdir()) == []
    migration.upgrade_sqlite(tmp_path)
    assert {path for path in tmp_path.iterdir() if path.suffix == ".db"} == named
