"""Who has seen one person: the audit's entries about them under every name they have here, reader by reader.

What roles of safeguarding looked at is audited behind the wall, and stands in no answer on this side.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from ascbridge.people.identities import in_lists
from ascbridge.people.membership import keys_of
from ascbridge.storage.tables import audit, record_part

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy import Connection

MOST = 500


@dataclass(frozen=True, slots=True)
class SeenBy:
    """What one reader did with a person for one reason: how often, first and last (UTC epoch milliseconds)."""

    who: str
    role: str
    what: str
    why: str
    times: int
    first_ms: int
    last_ms: int


def seen_by(connection: Connection, person_id: str) -> tuple[SeenBy, ...]:
    """Return who read or changed what of a person and why, the last first; at most so many lines (`MOST`)."""
    names = _names(connection, person_id)
    a = audit.c
    rows = [
        SeenBy(*row)
        for part in in_lists(sorted(names))
        for row in connection.execute(
            select(a.who, a.role, a.what, a.why, func.count(), func.min(a.at_ms), func.max(a.at_ms))
            .where(a.whom.in_(part))
            .group_by(a.who, a.role, a.what, a.why)
        )
    ]
    return tuple(sorted(_together(rows), key=lambda one: (-one.last_ms, one.who, one.what, one.why))[:MOST])


def _names(connection: Connection, person_id: str) -> set[str]:
    """Return every id under which something was written down about a person: theirs, their patients', and those of
    whom they were before records were joined.
    """
    keys = keys_of(connection, [person_id]).get(person_id, ())
    return {person_id, *keys, *_before(connection, keys)}


def _before(connection: Connection, keys: Collection[str]) -> set[str]:
    retired = select(record_part.c.part_id).where(
        record_part.c.patient_key.in_(keys), record_part.c.kind == "retired"
    )
    return set(connection.execute(retired).scalars()) if keys else set()


def _together(rows: list[SeenBy]) -> list[SeenBy]:
    found: dict[tuple[str, str, str, str], SeenBy] = {}
    for one in rows:
        about = (one.who, one.role, one.what, one.why)
        other = found.get(about)
        found[about] = one if other is None else SeenBy(
            *about, one.times + other.times, min(one.first_ms, other.first_ms), max(one.last_ms, other.last_ms)
        )  # fmt: skip
    return list(found.values())
