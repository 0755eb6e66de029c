"""Where the servers fetched by install.sh lie. Run by path it prints a part's folder, so it needs the standard library only."""

import hashlib
import os
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
PARTS = ("kafka", "hapi", "validator")


PROMTOOL = "promtool"
"""Debian's, unpacked beside the servers: a program, with no pom of its own."""


def folder(part: str) -> Path:
    """Return the part's folder, named by what its pom and sources say, so that every clone shares it."""
    if part == PROMTOOL:
        return _all_parts() / PROMTOOL
    sources = [HERE / part / "pom.xml", *sorted((HERE / part).glob("src/*.java"))]
    told = hashlib.sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()
    return _all_parts() / f"{part}-{told[:12]}"


def _all_parts() -> Path:
    default = Path.home() / ".cache" / "ascbridge-servers"
    return Path(os.environ.get("ASCBRIDGE_SERVERS") or default)


def is_ready(part: str) -> bool:
    return (folder(part) / "ready").is_file()


if __name__ == "__main__":
    print(folder(sys.argv[1]))
