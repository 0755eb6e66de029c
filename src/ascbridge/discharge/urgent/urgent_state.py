"""How an urgent matter stands: by the facts, by what people answered, and by what they did. Pure.

Acts are a truth of their own; what was answered counts for what happened then: when it happens anew, it is asked anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from ascbridge.discharge.deciding.desk_state import Act

UrgentStatus = Literal["to-ask", "urgent", "not-urgent", "settled", "over"]
"""*to-ask*: urgent until somebody says that it is not; *over*: the facts say so no longer."""
Answer = Literal["yes", "no", "not-known"]
ANSWERS: tuple[Answer, ...] = ("yes", "no", "not-known")
STANDS = frozenset({"to-ask", "urgent"})
"""How a matter stands that somebody must see to."""
NIGHT_ROLE = "out-of-hours"
"""The role of those who have urgent matters while the discharge team is closed."""


@dataclass(frozen=True, slots=True)
class UrgentDesk:
    """What people made of a matter. Times are UTC ms. `night` and `taken` are versions of acts: the last by whoever is
    on duty out of hours, and up to which the discharge team has taken it up.
    """

    answered: str = ""
    settled_ms: int | None = None
    stated_ms: int | None = None
    version: int = 0
    night: int = 0
    taken: int = 0

    @property
    def to_take_up(self) -> bool:
        """Whether the night wrote something that the discharge team has not taken up."""
        return self.night > self.taken


def urgent_desk(acts: Sequence[tuple[Act, str]], since_ms: int) -> UrgentDesk:
    """Fold the acts, each with its doer's role, on what has been so since `since_ms`."""
    answered, settled, stated = "", None, None
    night, taken, version = 0, 0, 0
    for act, role in sorted(acts, key=lambda one: one[0].version):
        version = act.version
        if role == NIGHT_ROLE:
            night = act.version
        counts = act.detail.get("since_ms", since_ms) == since_ms
        if act.act == "take-up":
            taken = act.version
        elif act.act == "say-urgent":
            stated, settled = act.at_ms, None
        elif act.act == "answer" and counts:
            answered, settled = act.detail["said"], None
        elif act.act == "settle" and counts:
            settled = act.at_ms
    return UrgentDesk(answered, settled, stated, version, night, taken)


def urgent_status(desk: UrgentDesk, *, holds: bool, asks: bool) -> UrgentStatus:
    """Return how a matter stands; `holds`: the facts say so now, or people do."""
    if desk.settled_ms is not None:
        return "settled"
    if not holds:
        return "over"
    if not asks or desk.answered == "yes":
        return "urgent"
    return "not-urgent" if desk.answered == "no" else "to-ask"
