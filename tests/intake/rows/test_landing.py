"""Files come in piece by piece and land whole; no name leads out of the folder."""

from __future__ import annotations

import shutil
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ascbridge.intake.rows.landing import PARTS, Landing, NoRoom, sha256_of, unsafe

if TYPE_CHECKING:
    from pathlib import Path

ONE = (100, 5_000)


@pytest.fixture
def landing(tmp_path: Path) -> Landing:
    made = Landing(tmp_path / "in", leave_free=0, piece=10)
    made.prepare()
    return made


@pytest.mark.parametrize(
    "name",
    [
        "../a.csv", "/etc/a.csv", "..\\a.csv", ".a.csv", ".fetching/a.csv", "a\n.csv", "a\x00.csv", "a\u202e.csv",
        "", "..", "a.exe", "a" * 200 + ".csv", "é" * 100 + ".csv",
    ],
)  # fmt: skip
def test_a_name_that_is_not_a_plain_name_of_a_file_is_refused(name: str) -> None:
    assert unsafe(name)


@pytest.mark.parametrize("name", ["a.csv", "Packages 2026-11-22 (1).csv", "pa\u00e7kage.jsonl"])
def test_a_plain_name_is_taken(name: str) -> None:
    assert unsafe(name) == ""


@given(st.text(max_size=30))
def test_what_is_taken_stays_in_the_folder(text: str) -> None:
    for name in (text, f"{text}.csv"):
        if not unsafe(name):
            assert not {"/", "\\", "\0"} & set(name)
            assert name not in {".", ".."}


def test_a_file_lands_whole_and_only_then_has_its_name(landing: Landing) -> None:
    with landing.part("a.csv", ONE) as part:
        part.add(b"x" * 25)
        assert not landing.holds("a.csv")
        part.add(b"y")
        part.done()
        landing.land(part, "a.csv")
    assert (landing.folder / "a.csv").read_bytes() == b"x" * 25 + b"y"
    assert list((landing.folder / PARTS).iterdir()) == []


def test_what_was_fetched_before_a_stop_is_gone_on_with_from_what_is_surely_on_the_disk(
    landing: Landing,
) -> None:
    for written, trusted in ((9, 0), (10, 0), (11, 10), (30, 20)):
        with landing.part("a.csv", ONE) as part:
            part.add(b"x" * (written - part.size))
        with landing.part("a.csv", ONE) as part:
            assert (part.size, part.resumed) == (trusted, trusted > 0)
        landing.throw_away("a.csv", ONE)


def test_another_version_begins_anew(landing: Landing) -> None:
    with landing.part("a[1].csv", ONE) as part:
        part.add(b"x" * 30)
    with landing.part("a[1].csv", (100, 6_000)) as part:
        assert part.size == 0
    assert [path.name for path in (landing.folder / PARTS).iterdir()] == ["a[1].csv.100-6000.part"]


def test_a_file_that_waits_is_not_replaced(landing: Landing) -> None:
    (landing.folder / "a.csv").write_text("before")
    with landing.part("a.csv", ONE) as part:
        part.add(b"after")
        with pytest.raises(NoRoom, match="not taken yet"):
            landing.land(part, "a.csv")
    assert (landing.folder / "a.csv").read_text() == "before"


def test_two_processes_do_not_write_one_part(landing: Landing) -> None:
    with landing.part("a.csv", ONE), pytest.raises(NoRoom, match="another process"):
        landing.part("a.csv", ONE)
    landing.part("a.csv", ONE).__exit__()


def test_a_disk_that_would_be_full_is_told_before_anything_is_fetched(
    landing: Landing, monkeypatch: pytest.MonkeyPatch
) -> None:
    tight = Landing(landing.folder, leave_free=50, piece=10)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=149))
    with pytest.raises(NoRoom, match="149 bytes free"):
        tight.part("a.csv", ONE)
    with tight.part("a.csv", (99, 1)) as part:
        part.add(b"x" * 21)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=129))
    with tight.part("a.csv", (99, 1)) as part:  # 21 are here already
        assert part.size == 20


def test_parts_that_nobody_goes_on_with_are_removed(landing: Landing) -> None:
    for name in ("a.csv", "b.csv"):
        with landing.part(name, ONE) as part:
            part.add(b"x")
    landing.keep_only([("b.csv", ONE)])
    assert [path.name for path in (landing.folder / PARTS).iterdir()] == ["b.csv.100-5000.part"]


def test_a_manifest_is_laid_beside_whole(landing: Landing) -> None:
    landing.lay_beside("a.csv.sha256", b"00  a.csv\n")
    assert (landing.folder / "a.csv.sha256").read_bytes() == b"00  a.csv\n"
    assert sha256_of(landing.folder / "a.csv.sha256").startswith("")
