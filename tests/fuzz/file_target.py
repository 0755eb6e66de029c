"""What must hold of a council file, whatever is in it: each line is a fact or told of, and what goes apart goes whole."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import orjson

from ascbridge.intake.agreed import profiles
from ascbridge.intake.rows import file_lines
from ascbridge.intake.rows.file_lines import BadFile, CouncilFile, Line
from ascbridge.people.telling_words import tells
from tests.fuzz import targets

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

LONGEST_LINE = 700
"""Short enough that lines that go on and on come often."""
_PROFILE = profiles.read("council-extract")


def file(raw: bytes) -> None:
    """Read these bytes as a file of CSV, or of JSON lines where they begin as such, in each encoding."""
    name = "facts.jsonl" if raw.lstrip()[:1] == b"{" else "packages.csv"
    rng = targets._choices(raw)
    encoding = rng.choice(("utf-8", "windows-1252", "iso-8859-1", "utf-16"))
    files = _PROFILE.files.model_copy(update={"encoding": encoding})
    whole, file_lines.LONGEST_LINE = file_lines.LONGEST_LINE, LONGEST_LINE
    try:
        with tempfile.TemporaryDirectory(prefix="fuzz-") as folder:
            path = Path(folder) / name
            path.write_bytes(raw)
            _holds(
                CouncilFile(path, files),
                path,
                CouncilFile(Path(folder) / f"packages-left{path.suffix}", files),
            )
    finally:
        file_lines.LONGEST_LINE = whole


def _holds(sent: CouncilFile, path: Path, left: CouncilFile) -> None:
    try:
        found = list(sent.lines())
    except BadFile:
        list(sent.about_safeguarding(by_head=True))
        return
    numbers = [number for line in found for number in line.numbers]
    assert numbers == sorted(set(numbers)), "two lines of one number, or out of order"
    unread = {
        n for n, text in _written(sent, path) if text.strip(' ,\t\r\n\f\v"\ufeff\x1c\x1d\x1e\x1f\x85\xa0')
    }
    unread -= {*numbers, 1} if path.suffix == ".csv" else {*numbers}
    assert not unread or _other_spaces(sent, path, unread), (
        f"lines {sorted(unread)[:5]} are in nothing that was read"
    )
    for line in found:
        _is_told(line, path)
    _goes_whole(sent, found, left)


def _is_told(line: Line, path: Path) -> None:
    assert bool(line.fact) != bool(line.fault), "neither a fact nor told why not, or both"
    assert len(line.fault) < 1000
    if not line.fact:
        return
    if path.suffix == ".csv":
        assert isinstance(orjson.loads(line.fact), dict)
        assert not tells(line.fact), "it is about safeguarding and was not put apart"
    targets.sources(line.fact)


def _goes_whole(sent: CouncilFile, found: Sequence[Line], left: CouncilFile) -> None:
    """What is cut out of a file takes nothing else along, and leaves nothing of itself."""
    gone = {number for line in found[::2] for number in line.numbers}
    sent.without(gone, left._path)
    stays = [(line.fact, line.fault.partition(";")[0], line.apart) for line in found[1::2]]
    again = [(line.fact, line.fault.partition(";")[0], line.apart) for line in left.lines()]
    assert again == stays, "cutting lines out changed others"


def _written(sent: CouncilFile, path: Path) -> Iterator[tuple[int, str]]:
    with path.open(encoding=sent._encoding(), errors="surrogateescape", newline=sent._newline) as text:
        yield from file_lines._pieces(text, sent._ends)


def _other_spaces(sent: CouncilFile, path: Path, unread: set[int]) -> bool:
    """Whether these lines have nothing but what Python takes for a space, which no cell holds."""
    return all(
        not text.replace(",", " ").replace('"', " ").strip()
        for n, text in _written(sent, path)
        if n in unread
    )
