"""Whether what the desk did has left the building: the hospital was told, or another system was shown the task since.

Such an act is not taken back here as if it had never been: somebody elsewhere may have gone by it already, and must be
rung. Who was shown what stands in the audit, what a hospital took in the replies.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_, or_, select

from ascbridge.storage.tables import audit, reply

if TYPE_CHECKING:
    from sqlalchemy import Connection

ANSWERS = frozenset({"complete", "drop", "reject"})
"""The acts that answer whoever sent the person: what they go by."""

_OUTSIDE = "integration"
_TASK = ("task read", "fhir read Task", "fhir search Task")


def shown_outside(
    connection: Connection, person_id: str, task_id: str, since_ms: int
) -> tuple[str, int] | None:
    """Return who outside was told or shown this person's task first since then, and when (UTC ms); None: nobody."""
    r = reply.c
    told = select(r.receiver, r.settled_ms).where(
        r.task_id == task_id, r.state == "acknowledged", r.settled_ms >= since_ms
    )
    taken = connection.execute(told.order_by(r.settled_ms).limit(1)).first()
    if taken is not None:
        return str(taken[0]), int(taken[1])
    a = audit.c
    one = and_(a.whom == person_id, a.what.in_(_TASK))
    all_of_them = and_(a.whom == "", a.what.like("worklist read%"))
    wanted = select(a.who, a.at_ms).where(a.at_ms >= since_ms, a.role == _OUTSIDE, or_(one, all_of_them))
    found = connection.execute(wanted.order_by(a.position).limit(1)).first()
    return (str(found[0]), int(found[1])) if found is not None else None
