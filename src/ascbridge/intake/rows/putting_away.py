"""Puts a file that was read where it is kept, with what came of it, and never over another.

The file itself goes last, and only where it is still the one that was read: until then it is taken again after a stop.
"""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING

import orjson

if TYPE_CHECKING:
    from collections.abc import Callable
    from os import stat_result
    from pathlib import Path

MANIFEST = ".sha256"


def manifest_of(path: Path) -> Path:
    """Where a file's manifest is, if it has one."""
    return path.with_name(path.name + MANIFEST)


def part_of(path: Path) -> Path:
    """Where refused lines are noted while a file is read."""
    return path.with_name(f"{path.name}.rejected.part")


def same(path: Path, read: stat_result) -> bool:
    """Whether a file is the one that was read, and as it was then."""
    try:
        return _identity(path.stat()) == _identity(read)
    except FileNotFoundError:
        return False


def _identity(found: stat_result) -> tuple[int, int, int]:
    return found.st_ino, found.st_size, found.st_mtime_ns


def target(path: Path, where: str) -> Path:
    """Where a file goes: under its own name, or where an earlier one has that, with a number."""
    folder = path.parent / where
    folder.mkdir(parents=True, exist_ok=True)
    return next(one for number in count(1) if not (one := folder / _numbered(path, number)).exists())


def _numbered(path: Path, number: int) -> str:
    return path.name if number == 1 else f"{path.stem}.{number}{path.suffix}"


def report(path: Path, to: Path, receipt: dict[str, object]) -> tuple[Path, ...]:
    """Write what came of a file beside where it goes, and return what was written."""
    told = to.with_name(f"{to.name}.receipt.json")
    told.write_bytes(orjson.dumps(receipt, option=orjson.OPT_INDENT_2) + b"\n")
    part = part_of(path)
    rejected = to.with_name(f"{to.name}.rejected.jsonl")
    rejected.unlink(missing_ok=True)  # of a try before this one
    if not part.exists():
        return (told,)
    if not part.stat().st_size:
        part.unlink()
        return (told,)
    part.replace(rejected)
    return (told, rejected)


def move(path: Path, read: stat_result, to: Path) -> None:
    """Move a file with its manifest; where another took its place at this very moment, that one comes back."""
    manifest = manifest_of(path)
    if manifest.exists():
        manifest.replace(manifest_of(to))
    path.replace(to)
    if not same(to, read):
        back = next(
            one for number in count(1) if not (one := path.with_name(_numbered(path, number))).exists()
        )
        to.replace(back)


def move_without(path: Path, read: stat_result, to: Path, write: Callable[[Path], None]) -> None:
    """Put away what `write` makes of a file, and remove the file; one that took its place meanwhile stays.

    The manifest goes too: it is of the file as it came.
    """
    beside = to.with_name(f"{to.name}.part")
    write(beside)
    beside.replace(to)
    if same(path, read):
        manifest_of(path).unlink(missing_ok=True)
        path.unlink()
