"""Why somebody who is ready stays in hospital: which reasons can be chosen, the acts, and how long each held.

A reason that is withheld is stored as *other*, as anything else that is not on the lists; the two cannot be told apart.
Whoever chose it tells it behind the wall beforehand (`people.behind_wall`); nothing of it comes here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from ascbridge.calendars import iso_day
from ascbridge.discharge.acts.desk import NotNow, check_choice, record_act
from ascbridge.discharge.deciding.desk_state import desk_state
from ascbridge.reference.in_force import ReferenceLists
from ascbridge.reference.reason_lists import OTHER, ReasonList

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from ascbridge.discharge.acts.desk import Sitting
    from ascbridge.discharge.keeping.store import Stay
    from ascbridge.reference.reason_lists import Reasons


@dataclass(frozen=True, slots=True)
class DelayReason:
    """One reason to choose. `reads_other`: it is not kept as what it is."""

    code: str
    words: str
    list: str
    reads_other: bool = False


def delay_reasons(lists: ReferenceLists, at_ms: int) -> tuple[DelayReason, ...]:
    """Return the reasons that can be chosen at a moment (UTC ms): those of the lists, and *other*."""
    found = [
        DelayReason(reason.code, reason.words, one.title, reason.reads_other)
        for one in _lists(lists, at_ms)[0]
        for reason in one.reason
    ]
    return (*found, DelayReason(OTHER, "Another reason", ""))


def delay(connection: Connection, sitting: Sitting, task_id: str, reason: str, text: str = "") -> int:
    """Say why somebody who is ready is not discharged, from now on; the reason before ends.

    Returns and raises as the acts of `desk`; `NotNow` where they are not ready, or left, or that reason holds already.
    """
    lists = sitting.desk.reference_now(connection).lists
    chosen = {one.code: one for one in delay_reasons(lists, sitting.now_ms)}
    check_choice(chosen, reason)
    kept, ident = OTHER if chosen[reason].reads_other else reason, _lists(lists, sitting.now_ms)[1]

    def see(stay: Stay) -> dict[str, Any]:
        if stay.task is None or stay.task.signal != "ready":
            raise NotNow("Only somebody who is ready to leave and has not left is delayed.")
        holds = [one.reason for one in desk_state(stay.acts).delays if one.to_ms is None]
        if kept in holds and kept != OTHER:
            raise NotNow("This reason holds already.")
        return {}

    words = "" if chosen[reason].reads_other else text  # what was written about it is of the same kind
    return record_act(connection, sitting, task_id, "delay", {"delay": kept, "list": ident}, words, see=see)


def delay_over(connection: Connection, sitting: Sitting, task_id: str) -> int:
    """Say that nothing delays any longer. Returns and raises as the acts of `desk`; `NotNow` where nothing did."""

    def see(stay: Stay) -> dict[str, Any]:
        if all(one.to_ms is not None for one in desk_state(stay.acts).delays):
            raise NotNow("No reason for delay holds.")
        return {}

    return record_act(connection, sitting, task_id, "delay_over", {}, "", see=see)


def _lists(lists: ReferenceLists, at_ms: int) -> tuple[tuple[ReasonList, ...], str]:
    """Return the lists to choose from and the version they are of: what is loaded, else what ships."""
    for one in (lists.reasons(at_ms), ReferenceLists().reasons(at_ms)):
        if found := _of_day(one, at_ms):
            return found, one.ident
    return (), lists.reasons(at_ms).ident


def _of_day(reasons: Reasons, at_ms: int) -> tuple[ReasonList, ...]:
    return reasons.delays(date.fromisoformat(iso_day(at_ms)))
