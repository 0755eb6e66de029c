"""Prometheus's own tool for rules and configurations: the one on the path, or the one that install.sh unpacked."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

from tests.servers.parts import PROMTOOL, folder

if TYPE_CHECKING:
    from pathlib import Path

WANTED = "promtool, to read rules and queries as Prometheus does (make servers)"


def found() -> str:
    """Return where it is, or nothing."""
    unpacked = folder(PROMTOOL) / "usr" / "bin" / "promtool"
    return shutil.which("promtool") or (str(unpacked) if unpacked.is_file() else "")


def run(*arguments: str, inside: Path | None = None) -> tuple[int, str]:
    """Run it in a folder; return how it ended and what it said."""
    done = subprocess.run([found(), *arguments], capture_output=True, text=True, check=False, cwd=inside)
    return done.returncode, done.stdout + done.stderr
