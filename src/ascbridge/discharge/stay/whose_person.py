"""Whose a person is who lives elsewhere, or nowhere: handed over, never dropped, and never without a plan. Pure.

The work stays ours until the other council took it. Whom our own council knows is ours, whatever else is said; where a
person has no fixed address nobody is told that they live elsewhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from ascbridge.discharge.stay.spell_view import Contradiction

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ascbridge.discharge.deciding.decision import Case
    from ascbridge.discharge.deciding.pathway import Signal

HandOver = Literal["", "named", "unknown"]
_OVER = frozenset({"done", "dropped", "rejected"})
_NOBODYS_WORK = frozenset({"entered-in-error", "withdrawn", "joined", "died", "plan-cancelled"})


def hand_over(case: Case) -> HandOver:
    """Return whether another council is responsible, and whether it is known which."""
    person, known = case.person, case.council.known
    if person.restricted:  # it would tell where they live
        return ""
    if known is not None and known.value == "yes":
        return ""
    if person.residence is not None and person.residence.value == "elsewhere":
        return "named" if person.authority is not None else "unknown"
    return "unknown" if person.residence is None and person.authority_code is not None else ""


def looks(case: Case, now: Signal, opened_ms: int) -> Iterator[Contradiction]:
    """Give what somebody must see to, dated by when the work opened: each message says again where somebody lives."""
    if now in _NOBODYS_WORK or case.desk.stage in _OVER:
        return
    whose = hand_over(case)
    if whose:
        yield Contradiction("hand-over" if whose == "named" else "authority-unknown", opened_ms)
    if case.person.fixed_address is not None:
        yield Contradiction("no-fixed-address", opened_ms)
