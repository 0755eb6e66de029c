"""Each part of a data directory has one claimant, and a claim ends with its process, however that ends."""

from __future__ import annotations

import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from ascbridge.bootstrap.parts.claims import claimed
from ascbridge.bootstrap.parts.settled import CannotStart

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HOLD = """
import os, sys
from pathlib import Path
from ascbridge.bootstrap.parts.claims import claimed
with claimed(Path(sys.argv[1]), "work"):
    if os.fork() == 0:  # as `work` forks what prepares people
        sys.stdin.read()
    else:
        print("held", flush=True)
        sys.stdin.read()
"""


@contextmanager
def another_process(folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process that has claimed `work`, and a child of it."""
    command = [sys.executable, "-c", HOLD, str(folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"held\n"
        yield other


def test_what_another_process_works_on_is_refused(tmp_path: Path) -> None:
    with another_process(tmp_path):
        with (
            pytest.raises(CannotStart, match=r"another bridge works on .* \(work\)"),
            claimed(tmp_path, "listen", "work", patience_s=0),
        ):
            pass
        with claimed(tmp_path, "listen", patience_s=0):
            pass  # not kept by the claim that failed


def test_a_killed_process_lets_go_though_its_child_lives(tmp_path: Path) -> None:
    with another_process(tmp_path) as other:
        other.kill()
        with claimed(tmp_path, "work"):
            pass


def test_where_there_is_no_folder_nothing_is_claimed_or_made(tmp_path: Path) -> None:
    with claimed(tmp_path / "nowhere", "work", patience_s=0):
        pass
    assert not (tmp_path / "nowhere").exists()
