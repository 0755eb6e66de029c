"""Which urgent matters somebody sees, by their role and the clock. Whoever is on duty out of hours sees them while the
discharge team is closed, and for an hour more to write down what they did; the discharge team sees them at any time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ascbridge.discharge.deciding.duty import Duty, on_duty
from ascbridge.discharge.urgent import urgent_store
from ascbridge.discharge.urgent.urgent_state import NIGHT_ROLE

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from ascbridge.discharge.urgent.urgent_store import Matter
    from ascbridge.reference.in_force import ReferenceLists

WRITE_UP_MS = 3_600_000
"""For how long after the discharge team opened the night may still write what it did."""
LATELY_MS = 24 * 3_600_000
"""For how long the discharge team sees what stands no longer."""


@dataclass(frozen=True, slots=True)
class UrgentList:
    """What somebody sees: who is on duty, whether they see matters at all now, and those, what stands first."""

    duty: Duty
    open_to_them: bool
    matters: tuple[Matter, ...] = ()


def urgent_list(connection: Connection, lists: ReferenceLists, role: str, now_ms: int) -> UrgentList:
    """Return what a role sees now."""
    duty = on_duty(lists, now_ms)
    night = _their_night(lists, duty, role, now_ms)
    if role == NIGHT_ROLE and night is None:
        return UrgentList(duty, open_to_them=False)
    since_ms = now_ms - LATELY_MS if night is None else night
    found = urgent_store.seen_since(connection, since_ms)
    urgent_store.with_acts(connection, found)
    ordered = sorted(found, key=lambda one: (not one.stands, one.since_ms, one.id))
    return UrgentList(duty, open_to_them=True, matters=tuple(ordered))


def may_open(matter: Matter, lists: ReferenceLists, role: str, now_ms: int) -> bool:
    """Whether a role may open a matter now."""
    if role != NIGHT_ROLE:
        return True
    night = _their_night(lists, on_duty(lists, now_ms), role, now_ms)
    return night is not None and (matter.stands or matter.changed_ms >= night)


def for_the_day(connection: Connection) -> tuple[Matter, ...]:
    """Return what comes first on the discharge team's list: what the night wrote and nobody took up, what stands."""
    found = {
        one.id: one for one in (*urgent_store.to_take_up(connection), *urgent_store.standing(connection))
    }
    urgent_store.with_acts(connection, found.values())
    return tuple(found.values())


def _their_night(lists: ReferenceLists, duty: Duty, role: str, now_ms: int) -> int | None:
    """Return when the night began (UTC ms) that is theirs to see; None where none is."""
    if role != NIGHT_ROLE:
        return None
    if not duty.out_of_hours:
        duty = on_duty(lists, now_ms - WRITE_UP_MS)
    if not duty.out_of_hours:
        return None
    return duty.since_ms if duty.since_ms is not None else now_ms - LATELY_MS
