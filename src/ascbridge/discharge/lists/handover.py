"""What goes onto the handover sheet at the end of the day: what falls due before the team opens, and what can wait.

Both read the index of work to be done, in due order. Nothing here names anybody.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ascbridge.discharge.deciding.duty import Duty, on_duty, opens_next
from ascbridge.discharge.lists import worklist

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from ascbridge.discharge.lists.worklist import Lists, WorklistRow
    from ascbridge.reference.in_force import ReferenceLists

DUE_ON_SHEET = 8
WAITING_ON_SHEET = 10
"""How many tasks of each stand on the one page; how many more there are it says."""


@dataclass(frozen=True, slots=True)
class Handover:
    """What is handed over. `night` has it while the day's team is closed, from `closes_ms` to `opens_ms` (UTC ms).

    `due` falls due before then, `waiting` after, or has no time; both with how many more there are.
    """

    duty: Duty
    night: Duty
    closes_ms: int
    opens_ms: int
    due: tuple[WorklistRow, ...]
    due_more: int
    waiting: tuple[WorklistRow, ...]
    waiting_more: int


def handover(connection: Connection, data: ReferenceLists, lists: Lists) -> Handover:
    """Return what is handed over at the next closing; in the night, what was."""
    duty = on_duty(data, lists.now_ms)
    closes = (duty.since_ms if duty.out_of_hours else duty.until_ms) or lists.now_ms
    opens = opens_next(data, duty.by_day, closes) or closes
    before = worklist.counts(connection, replace(lists, now_ms=opens))["late"]  # what will be late by then
    due = worklist.rows(connection, "open", lists, limit=min(before, DUE_ON_SHEET)) if before else []
    waiting = worklist.rows(connection, "open", lists, limit=WAITING_ON_SHEET, after=before)
    every = worklist.counts(connection, lists)["open"]
    return Handover(
        duty=duty,
        night=duty if duty.out_of_hours else on_duty(data, closes),
        closes_ms=closes,
        opens_ms=opens,
        due=tuple(due),
        due_more=before - len(due),
        waiting=tuple(waiting),
        waiting_more=every - before - len(waiting),
    )
