"""Keeps what the council said of its people beside what decisions rest on: contacts, assessments, carers, and so on.

One row for each thing said; of two statements about the same thing the one recorded later holds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from ascbridge.discharge.keeping import store
from ascbridge.discharge.keeping.care_slots import next_row, slot_of
from ascbridge.events.facts.catalogue import CouncilFact

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from ascbridge.discharge.folding.stays import Heard
    from ascbridge.events.facts.catalogue import Fact


class Event(Protocol):
    """An event that the desk heard."""

    @property
    def fact(self) -> Fact: ...
    @property
    def heard(self) -> Heard: ...


def keep(connection: Connection, events: Sequence[Event], now_ms: int) -> None:
    """Keep what these events say of their subjects; saying it again changes nothing."""
    if not events:
        return
    rows = store.read_care(connection, {event.heard.subject for event in events})
    for event in events:
        fact, heard = event.fact, event.heard
        if not isinstance(fact, CouncilFact):
            continue
        slots = rows.setdefault(heard.subject, {})
        slot = slot_of(fact)
        before = slots.get(slot)
        row = next_row(before, fact, heard.cause.message_id, heard.cause.event_id)
        if row is None:
            continue
        sealed = heard.sealed
        if sealed is not None and (before is None or row.stamp > before.stamp):
            row.sealed, row.sealed_event, row.key_id = sealed, heard.cause.event_id, heard.key_id
        row.changed = True
        slots[slot] = row
    store.save_care(connection, rows, now_ms)
