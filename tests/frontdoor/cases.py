"""Cases by hand: what the council says of a person, slot by slot."""

from __future__ import annotations

from typing import Any

from ascbridge.discharge.keeping.store import CareRow
from ascbridge.discharge.stay.case_view import case_view
from ascbridge.frontdoor.needs import Person
from tests.discharge.builders import at

RECORDED = at("2026-03-19T10:00")


def person(slots: dict[str, dict[str, Any]], *, died: bool = False, first_ms: int = RECORDED) -> Person:
    """A person of whom these slots say these values; ``p2/package:1`` stands under another patient key than p1."""
    said: dict[str, dict[str, CareRow]] = {}
    for number, (name, value) in enumerate(slots.items()):
        key, _, slot = name.rpartition("/")
        row = CareRow(f"{number:019d}", {"event": f"e-{slot}", "since_ms": RECORDED, **value})
        said.setdefault(key or "p1", {})[slot] = row
    first = {(key, slot): first_ms for key, own in said.items() for slot in own}
    return Person(case_view(said, died=died, review_years=2), died, first)


def asked(received_on: str = "2026-03-19", **more: Any) -> dict[str, Any]:
    return {"received_on": received_on, "channel": "phone", "client": "person", **more}
