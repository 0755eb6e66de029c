"""An exported ledger: entries as JSON lines, and last the head of the chain. Proved with nothing but itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from ascbridge.events.ledgers import hour_chain

if TYPE_CHECKING:
    from collections.abc import Sequence


def read(raw: bytes) -> list[dict[str, Any]]:
    """Return the lines of an export. Raises `ValueError` where it is none."""
    lines = [orjson.loads(line) for line in raw.splitlines() if line.strip()]
    if not lines or not all(isinstance(one, dict) for one in lines):
        raise ValueError("no lines")
    return lines


def flaws(lines: Sequence[dict[str, Any]]) -> list[str]:
    """Say, a sentence each, where an export does not hold; none: all of it is as it was written."""
    *entries, last = lines
    if "head" not in last:
        return ["the last line has no head: the end was cut off"]
    try:
        found = [f"entry {one.number}: {one.said}" for one in hour_chain.verify(entries)]
    except (KeyError, TypeError) as fault:
        return [f"a line is not an entry: {fault}"]
    number, chain = (entries[-1]["number"], entries[-1]["chain"]) if entries else (0, "")
    if (number, chain) != (last.get("number"), last["head"]):
        found.append(f"the head is of entry {last.get('number')}, the last entry here is {number}")
    return found
