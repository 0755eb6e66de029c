"""Where a file comes in piece by piece and lands whole: beside the folder's files, under no name that anybody takes.

A part carries the version that it is of in its name, so that what was fetched before a stop is gone on with only where
the file there is still the same. Its last piece may not have reached the disk before a power cut; it is fetched again.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
from typing import TYPE_CHECKING, BinaryIO, Self

from ascbridge.intake.rows.file_lines import SUFFIXES

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

PARTS = ".fetching"
PIECE = 8 << 20
"""Bytes after which a part is made sure of on the disk, and down to which it is trusted after a stop."""
LEAVE_FREE = 512 << 20
"""Bytes that a fetched file must leave free on its disk: what is made of it needs room too."""
LONGEST_NAME = 180


class NoRoom(Exception):
    """A file that cannot be taken in here, or not now; the text says why."""


def unsafe(name: str) -> str:
    """Say why a foreign system's name cannot be a file's name here, or nothing."""
    if "/" in name or "\\" in name or name.startswith(".") or not name.isprintable():
        return "its name could lead out of the folder, or cannot be shown"
    if len(name.encode()) > LONGEST_NAME:
        return f"its name is longer than {LONGEST_NAME} bytes"
    return "" if name.endswith(SUFFIXES) else f"only {' and '.join(SUFFIXES)} are taken"


class Part:
    """A file that is coming in; `size` bytes of it are here. Raises `BlockingIOError` where another writes it."""

    def __init__(self, path: Path, piece: int = PIECE) -> None:
        self.path, self._piece = path, piece
        self._file: BinaryIO = path.open("ab")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            whole = max(path.stat().st_size - 1, 0) // piece * piece
            self._file.truncate(whole)
        except BaseException:
            self._file.close()
            raise
        self.size = whole
        self.resumed = whole > 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def add(self, block: bytes) -> None:
        """Write the bytes that come next."""
        while block:
            room = self._piece - self.size % self._piece
            now, block = block[:room], block[room:]
            self._file.write(now)
            self.size += len(now)
            if self.size % self._piece == 0:
                self._sure()

    def done(self) -> None:
        """Make sure that all of it is on the disk."""
        self._sure()

    def _sure(self) -> None:
        self._file.flush()
        os.fsync(self._file.fileno())


class Landing:
    """The folder in which fetched files land. `leave_free`: bytes."""

    def __init__(self, folder: Path, *, leave_free: int = LEAVE_FREE, piece: int = PIECE) -> None:
        self.folder = folder
        self._parts = folder / PARTS
        self._leave_free, self._piece = leave_free, piece

    def prepare(self) -> None:
        """Make the folders. Raises `OSError`."""
        self._parts.mkdir(parents=True, exist_ok=True)

    def holds(self, name: str) -> bool:
        """Whether a file of this name waits to be taken."""
        return (self.folder / name).exists()

    def part(self, name: str, version: tuple[int, int]) -> Part:
        """Begin, or go on with, one version of a file. Raises `NoRoom`, `OSError`."""
        path = self._path(name, version)
        self._clear(name, path)
        here = path.stat().st_size if path.exists() else 0
        free = shutil.disk_usage(self.folder).free
        if version[0] - here > free - self._leave_free:
            raise NoRoom(f"the disk has {free:,} bytes free, too few for a file of {version[0]:,}")
        try:
            return Part(path, self._piece)
        except BlockingIOError:
            raise NoRoom("another process fetches it") from None

    def land(self, part: Part, name: str) -> None:
        """Let a whole file be taken. Raises `NoRoom` where one of its name still waits."""
        try:
            os.link(part.path, self.folder / name)  # unlike a rename it replaces nothing
        except FileExistsError:
            raise NoRoom("the file before it, of the same name, is not taken yet") from None
        part.path.unlink()

    def lay_beside(self, name: str, content: bytes) -> None:
        """Put a small file there, whole, in place of any of its name."""
        aside = self._parts / name
        aside.write_bytes(content)
        aside.replace(self.folder / name)

    def throw_away(self, name: str, version: tuple[int, int]) -> None:
        """Forget what is here of a version."""
        self._path(name, version).unlink(missing_ok=True)

    def keep_only(self, wanted: Collection[tuple[str, tuple[int, int]]]) -> None:
        """Remove the parts of files that nobody will go on with."""
        names = {self._path(name, version).name for name, version in wanted}
        for path in self._parts.iterdir():
            if path.name not in names:
                path.unlink(missing_ok=True)

    def _clear(self, name: str, but: Path) -> None:
        for path in self._parts.glob(f"{_glob(name)}.*.part"):
            if path != but:
                path.unlink(missing_ok=True)

    def _path(self, name: str, version: tuple[int, int]) -> Path:
        size, modified_ms = version
        return self._parts / f"{name}.{size}-{modified_ms}.part"


def sha256_of(path: Path) -> str:
    """Return a file's SHA-256, as hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _glob(name: str) -> str:
    return "".join(f"[{one}]" if one in "*?[" else one for one in name)
