"""Reads the runbook as whoever was alarmed does: the page and the place that an alert names, and its numbered steps."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
_HEADING = re.compile(r"^## (.+)$", re.MULTILINE)
_STEP = re.compile(r"^(\d+)\. ", re.MULTILINE)


def anchor(heading: str) -> str:
    """The place of a heading, as GitHub and MkDocs name it."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def section(place: str) -> str:
    """Return what stands at ``docs/PAGE.md#anchor``, its spaces made one. Raises `KeyError` where nothing does."""
    page, _, wanted = place.partition("#")
    text = (ROOT / page).read_text("utf-8")
    parts = _HEADING.split(text)[1:]
    found = {anchor(heading): body for heading, body in zip(parts[::2], parts[1::2], strict=True)}
    return found[wanted]


def steps(place: str) -> list[str]:
    """Return the numbered steps that stand there, each without its number, its spaces made one."""
    parts = _STEP.split(section(place))[2::2]
    return [plain(part.split("\n\n")[0]) for part in parts]


def plain(text: str) -> str:
    """Return a text with its line ends as spaces."""
    return " ".join(text.split())


def place_of(text: str) -> str:
    """Return the place that an alert names."""
    found = re.search(r"^Runbook: (\S+)$", text, re.MULTILINE)
    return found[1] if found else ""
