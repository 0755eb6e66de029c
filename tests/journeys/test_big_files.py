"""A file of any size is taken with the same memory: lines, receipt, refused lines, manifest, and the way by SFTP.

`BIG_FILE_MB=2000` takes files of 2 GB, which need minutes and three times the room on disk.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

MB = int(os.environ.get("BIG_FILE_MB", "120"))
MAY_GROW_MB = 32
ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.slow
@pytest.mark.timeout(900 if MB <= 120 else 7200)
@pytest.mark.parametrize("how", ["csv", "jsonl", "sftp"])
def test_a_big_file_is_taken_with_the_memory_of_a_small_one(how: str) -> None:
    command = [sys.executable, "-m", "tests.journeys.big_file", how, str(MB)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    said = json.loads(done.stdout.splitlines()[-1])
    print(said)
    assert said["lines"] == said["written"] == said["kept"] + said["duplicate"] + said["refused"]
    assert said["refused"] == said["reported"] > said["written"] // 2
    assert said["kept"] > said["written"] // 25
    assert said["after_mb"] - said["before_mb"] < MAY_GROW_MB, said
