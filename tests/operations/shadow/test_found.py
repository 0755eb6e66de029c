"""What a comparison found is counted by cause, and looked at page by page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ascbridge.operations.shadow import found
from ascbridge.operations.shadow.found import Counted, Difference, Field, Told

if TYPE_CHECKING:
    from pathlib import Path


def one(number: int, kind: str = "task", cause: str = "rule") -> Difference:
    return Difference(
        kind,
        "d2a",
        f"t{number}",
        f"n{number % 3}",
        "requested",
        "",
        cause,
        (Field("status", "requested", ""),),
        ("so",),
    )


def test_it_is_counted_and_paged(tmp_path: Path) -> None:
    path = tmp_path / "found.db"
    assert (found.told(path), found.counts(path), found.page(path)) == (None, [], ([], 0))
    some = [*(one(n) for n in range(7)), one(8, "record", "list")]
    told = found.keep(path, Told("live", "next", 5, {"task": 9, "index": 0}, {}), some)
    assert told == found.told(path) == Told("live", "next", 5, {"task": 9}, {})
    assert found.counts(path) == [Counted("task", "rule", 7, 3), Counted("record", "list", 1, 1)]
    first, further = found.page(path, "task", "rule", most=5)
    assert (len(first), first[0], further) == (5, one(0), 5)
    assert [each.what for each in found.page(path, "task", after=further)[0]] == ["t5", "t6"]
    assert len(found.page(path, person_id="n0")[0]) == 3
    found.keep(path, Told("live", "next", 6, {}, {}), [])
    assert found.counts(path) == []
