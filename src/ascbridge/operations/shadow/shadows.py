"""What a shadow is on disk: a folder of its own in the data directory, with what it is made of and how far it is.

A shadow is the bridge's derived state made again from what was kept, with the next version of a feed map, a rule or a
list, beside the running bridge and without touching it. Its folder has `plan.json` (what was asked), `progress.json`
(how far it is), `with/` (the files it is made with, copied) and the database; what a comparison found is `found.db`.
"""

from __future__ import annotations

import os
import re
import shutil
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Literal

import orjson

if TYPE_CHECKING:
    from pathlib import Path

FOLDER = "shadow"
LIVE = "live"
"""The name of what the running bridge has, where two are compared."""
BASE = "-as-it-is"
"""How the name ends of the shadow that is made with nothing changed, to be compared with."""
QUIET_MS = 60_000
"""Whoever builds says how far it is at least this often; after it nobody builds."""
State = Literal["building", "stopped", "built", "failed"]
Made = Literal["feed", "rules", "codes", "outcomes", "front-door", "list"]
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")


class NoShadow(Exception):
    """A shadow that cannot be made, or is not there; the text says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """One file that a shadow is made with: what it is, of which feed, rule set or list, and the SHA-256 of its text."""

    file: str
    made: Made
    of: str
    version: str
    sha256: str

    @property
    def words(self) -> str:
        """It in a few words."""
        kind = {
            "feed": "feed profile", "rules": "discharge rules", "codes": "meanings of codes", "outcomes": "outcomes",
            "front-door": "rules of the front door", "list": "list",
        }[self.made]  # fmt: skip
        number = f" version {self.version}" if self.version else ""
        return f"{kind} {self.of}{number} (sha256 {self.sha256[:12]})"


@dataclass(frozen=True, slots=True)
class Plan:
    """What was asked for. Times are UTC ms; `from_ms` and `to_ms` bound the messages, None: no bound.

    With `from_ms` only people of whom a message came in the period are made, with all that came of them before.
    """

    name: str
    program: str
    made_by: str
    made_ms: int
    candidates: tuple[Candidate, ...] = ()
    from_ms: int | None = None
    to_ms: int | None = None
    rate: int = 0


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a shadow is: `done` of `messages` were played, and what came of them; `next_position` is of the inbox."""

    state: State
    done: int
    messages: int
    events: int
    next_position: int
    per_second: float
    began_ms: int
    changed_ms: int
    decided: int = 0
    held: int = 0
    fault: str = ""

    def stalled(self, now_ms: int) -> bool:
        """Whether it is said to be built and nobody builds it."""
        return self.state == "building" and now_ms - self.changed_ms > QUIET_MS


@dataclass(frozen=True, slots=True)
class Shadow:
    """One shadow as it lies on disk."""

    folder: Path
    plan: Plan
    progress: Progress | None

    @property
    def name(self) -> str:
        """Its name."""
        return self.plan.name

    @property
    def found(self) -> Path:
        """Where a comparison leaves what it found."""
        return self.folder / "found.db"


def home(data_dir: Path, name: str) -> Path:
    """Return where a shadow lies. Raises `NoShadow` where it could not be called so."""
    if not _NAME.fullmatch(name) or name == LIVE:
        raise NoShadow(
            f"{name!r} is no name for a shadow: small letters, digits and hyphens, at most 40, and not live"
        )
    return data_dir / FOLDER / name


def every(data_dir: Path) -> list[Shadow]:
    """Return every shadow there is, the newest first."""
    folder = data_dir / FOLDER
    names = [one.name for one in folder.iterdir() if (one / "plan.json").exists()] if folder.is_dir() else []
    found = [find(data_dir, name) for name in sorted(names)]
    return sorted(found, key=lambda one: -one.plan.made_ms)


def find(data_dir: Path, name: str) -> Shadow:
    """Return one shadow. Raises `NoShadow`."""
    folder = home(data_dir, name)
    try:
        read = orjson.loads((folder / "plan.json").read_bytes())
    except FileNotFoundError:
        raise NoShadow(
            f"there is no shadow {name!r}: `ascbridge shadow list` shows which there are"
        ) from None
    read["candidates"] = tuple(Candidate(**one) for one in read["candidates"])
    return Shadow(folder, Plan(**read), progress_of(folder))


def progress_of(folder: Path) -> Progress | None:
    """Return how far a shadow is; None before it began."""
    try:
        return Progress(**orjson.loads((folder / "progress.json").read_bytes()))
    except FileNotFoundError:
        return None


def begin(data_dir: Path, plan: Plan, files: dict[str, bytes]) -> Path:
    """Make a shadow's folder with its plan and the files it is made with. Raises `NoShadow` where there is one."""
    folder = home(data_dir, plan.name)
    try:
        folder.parent.mkdir(mode=0o700, exist_ok=True)
        folder.mkdir(mode=0o700)
    except FileExistsError:
        raise NoShadow(
            f"there is a shadow {plan.name!r} already: go on with it (--resume), or let it go first (shadow let-go)"
        ) from None
    (folder / "with").mkdir(mode=0o700)
    for name, text in files.items():
        (folder / "with" / name).write_bytes(text)
    _write(folder / "plan.json", asdict(plan))
    return folder


def note(folder: Path, progress: Progress) -> None:
    """Write down how far it is."""
    _write(folder / "progress.json", asdict(progress))


def note_over(folder: Path, over: dict[str, str]) -> None:
    """Write down by what each feed was read whose profile is tried, as its events say it, when the shadow began."""
    _write(folder / "over.json", over)


def over(shadow: Shadow) -> dict[str, str]:
    """Return that; empty where it was not written down."""
    try:
        found: dict[str, str] = orjson.loads((shadow.folder / "over.json").read_bytes())
    except FileNotFoundError:
        return {}
    return found


def ask_to_stop(shadow: Shadow) -> None:
    """Have whoever builds it stop after the batch at hand."""
    (shadow.folder / "stop").touch(mode=0o600)


def asked_to_stop(folder: Path) -> bool:
    """Whether somebody asked for that."""
    return (folder / "stop").exists()


def go_on(folder: Path) -> None:
    """Take back that somebody asked to stop."""
    (folder / "stop").unlink(missing_ok=True)


def let_go(shadow: Shadow) -> None:
    """Remove a shadow and all that was found by it."""
    (shadow.folder / "plan.json").unlink(missing_ok=True)  # first: what is half removed is none
    shutil.rmtree(shadow.folder, ignore_errors=True)


def _write(path: Path, value: object) -> None:
    """Write a small file so that whoever reads it sees all of it or what was there before."""
    beside = path.with_name(f".{path.name}.new")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(orjson.dumps(value))
    beside.replace(path)
