"""What the views of the desk ask tasks by, made of what a task says whenever it is written. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from ascbridge.discharge.deciding.pathway import CLOSED

if TYPE_CHECKING:
    from ascbridge.events.facts.catalogue import TaskFact, Ward

LAST = 8_640_000_000_000_000
"""Where work without a due time stands in due order: after everything that has one."""


def task_columns(fact: TaskFact, explanation: bytes, locality: str) -> dict[str, Any]:
    """Return the columns of a task; `explanation` is the decision's (`decision.py`), times are UTC ms.

    Work is *to do* while it is open or paused, or while somebody must look into it.
    """
    looks = len(fact.needs_a_look)
    return {
        "to_do": int(fact.status not in CLOSED or looks > 0),
        "due_order": LAST if fact.due_ms is None else fact.due_ms,
        "looks": looks,
        "look_ms": _oldest_look(explanation) if looks else 0,
        "unconfirmed": len(fact.not_confirmed),
        "ward": ward_named(fact.ward),
        "locality": locality,
        "pathway": pathway_of(fact),
        "leaves_on": leaves_on(fact),
        "escalates_order": LAST if fact.escalates_ms is None else fact.escalates_ms,
        "escalates_to": fact.escalates_to,
        "delay": next((one.reason for one in reversed(fact.delays) if one.to_ms is None), ""),
    }


def ward_named(ward: Ward | None) -> str:
    """Return what a ward is called on a board: with its site, since two hospitals may have wards of one name."""
    return "" if ward is None else ", ".join(filter(None, (ward.ward, ward.site)))


def pathway_of(fact: TaskFact) -> str:
    """Return the number of the pathway that is proposed or confirmed, as text; empty before."""
    return "" if fact.pathway is None else str(fact.pathway)


def leaves_on(fact: TaskFact) -> str:
    """Return the day on which the person is thought to leave (ISO): as planned, else as estimated; else empty."""
    return (fact.planned_discharge or fact.expected_discharge)[:10]


def _oldest_look(explanation: bytes) -> int:
    looks = orjson.loads(explanation).get("looks", ())
    return min((int(one["since_ms"]) for one in looks if not one["settled"]), default=0)
