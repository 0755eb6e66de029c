"""The SQLite files: what they are called and where they lie."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from pathlib import Path

Group = Literal["kept", "keys", "bridge", "safeguarding"]
GROUPS: tuple[Group, ...] = ("kept", "keys", "bridge")
"""The files of the bridge, which any part of it may read."""
WALLED: Group = "safeguarding"
"""The file behind the wall: no other file's readers attach it, and it attaches no other."""


def sqlite_file(data_dir: Path, group: Group) -> Path:
    """Return where a group's file is."""
    return data_dir / f"{group}.db"
