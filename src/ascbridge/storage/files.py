"""The three SQLite files: what they are called and where they lie."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from pathlib import Path

Group = Literal["kept", "keys", "bridge"]
GROUPS: tuple[Group, ...] = ("kept", "keys", "bridge")


def sqlite_file(data_dir: Path, group: Group) -> Path:
    """Return where a group's file is."""
    return data_dir / f"{group}.db"
