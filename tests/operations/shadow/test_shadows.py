"""A shadow's folder: what was asked, how far it is, and that nothing half made is taken for a shadow."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ascbridge.operations.shadow import shadows
from ascbridge.operations.shadow.shadows import QUIET_MS, Candidate, NoShadow, Plan, Progress

if TYPE_CHECKING:
    from pathlib import Path

PLAN = Plan("next", "1.0", "ola", 5, (Candidate("a.toml", "feed", "itk-v24", "", "ab" * 32),), 1, 2)


def test_it_is_read_as_it_was_written_and_removed_whole(tmp_path: Path) -> None:
    folder = shadows.begin(tmp_path, PLAN, {"a.toml": b"x"})
    assert shadows.find(tmp_path, "next") == shadows.Shadow(folder, PLAN, None)
    progress = Progress("building", 1, 2, 3, 4, 5.0, 6, 7)
    shadows.note(folder, progress)
    (found,) = shadows.every(tmp_path)
    assert (found.progress, (folder / "with" / "a.toml").read_bytes()) == (progress, b"x")
    assert folder.stat().st_mode & 0o077 == 0
    with pytest.raises(NoShadow, match="already"):
        shadows.begin(tmp_path, PLAN, {})
    shadows.ask_to_stop(found)
    assert shadows.asked_to_stop(folder)
    shadows.go_on(folder)
    assert not shadows.asked_to_stop(folder)
    shadows.let_go(found)
    assert (shadows.every(tmp_path), folder.exists()) == ([], False)


def test_who_builds_and_says_nothing_is_taken_for_gone() -> None:
    progress = Progress("building", 1, 2, 3, 4, 5.0, 6, 7)
    assert not progress.stalled(7 + QUIET_MS)
    assert progress.stalled(8 + QUIET_MS)


@pytest.mark.parametrize("name", ["", "live", "../up", "Big", "a" * 41, "a/b"])
def test_no_name_leads_out_of_the_folder(tmp_path: Path, name: str) -> None:
    with pytest.raises(NoShadow, match="no name"):
        shadows.home(tmp_path, name)
