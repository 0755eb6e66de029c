"""What each of the two case systems calls the same person and the same thing, and the file that says so.

The old system counts, the new one draws keys. The old one writes a review that is done and the next one that is due
into the same row, so that two things of the new system may have been one number of the old: the file gives the newest.
"""

from __future__ import annotations

import csv
import hashlib
from typing import TYPE_CHECKING, Any

from ascbridge.simulator.case_timeline import LETTERS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from ascbridge.simulator.case_timeline import Statement

    Numbering = Callable[[str, str], str]

PERSON = "person"
COLUMNS = ("kind", "old_id", "new_id")
"""As `ascbridge cutover crosswalk` wants them."""
REFERENCES = {
    ("referral", "contact"): "contact",
    ("self_assessment", "request"): "contact",
    ("interim_support", "request"): "referral",
    ("assessment", "request"): "referral",
    ("short_term", "request"): "referral",
    ("support_plan", "assessment"): "assessment",
    ("package", "plan"): "support_plan",
    ("review", "reviews"): "package",
}
"""Which members of a thing hold the number of another, and of which kind that is."""


def old_number(kind: str, number: str) -> str:
    """Return the old system's number of a person or a thing: a prefix and digits."""
    if kind == PERSON:
        return f"CD{400_000 + int(number[1:])}"
    which, _, more = number[1:].partition("-")
    row = 1 if kind == "review" else int(more or 1)
    return f"{number[0]}{int(which):07d}{row:02d}"


def new_number(kind: str, number: str) -> str:
    """Return the new system's key of a person or a thing."""
    drawn = hashlib.sha256(f"{kind} {number}".encode()).hexdigest()[:16]
    return f"{'cl' if kind == PERSON else 'rec'}-{drawn}"


def renumbered(one: Statement, number: Numbering) -> dict[str, Any]:
    """Return a statement's value, under the fact's name, with the numbers that a system gives."""
    if isinstance(one.value, bool):
        return {one.fact: one.value}
    said = dict(one.value)
    if one.fact in LETTERS:
        said["id"] = number(one.fact, said["id"])
    for (fact, member), kind in REFERENCES.items():
        if fact == one.fact and said.get(member):
            said[member] = number(kind, said[member])
    return {one.fact: said}


def crosswalk(said: Iterable[Statement]) -> list[tuple[str, str, str]]:
    """Return kind, old and new number of every person and thing of which something was said."""
    found: dict[tuple[str, str], str] = {}
    for one in said:
        who = one.citizen.council_id
        found[PERSON, old_number(PERSON, who)] = new_number(PERSON, who)
        if one.fact in LETTERS and not isinstance(one.value, bool):
            number = one.value["id"]
            found[one.fact, old_number(one.fact, number)] = new_number(one.fact, number)
    return sorted((kind, old, new) for (kind, old), new in found.items())


def write_crosswalk(path: Path, said: Iterable[Statement]) -> int:
    """Write the file, CSV in UTF-8; returns how many rows it has."""
    rows = crosswalk(said)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        writer.writerows(rows)
    return len(rows)
