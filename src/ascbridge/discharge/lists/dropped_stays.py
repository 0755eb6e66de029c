"""Stays that a rule dropped, each with its reason, so that somebody may open a task for them by hand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import orjson
from sqlalchemy import ColumnElement, func, literal_column, select

from ascbridge.events.facts.catalogue import StayChanged
from ascbridge.storage.prepared import unindexed
from ascbridge.storage.tables import spell

if TYPE_CHECKING:
    from sqlalchemy import Connection, ScalarSelect

MOST_COUNTED = 1_000
"""How many are counted at most: what was ever dropped stays, and a page must not grow slower with it."""


@dataclass(frozen=True, slots=True)
class DroppedStay:
    """A stay that `rule` dropped, and `why`; rule `would_open` asked for a task. It can be opened by hand."""

    spell: str
    patient_key: str
    person_id: str
    stay: StayChanged
    rule: str
    why: str
    would_open: str
    changed_ms: int


def dropped(
    connection: Connection, generation: int = 1, *, limit: int = 200, after: int = 0
) -> list[DroppedStay]:
    """Return the stays that a rule dropped, the last first."""
    s = spell.c
    wanted = (
        select(s.spell_key, s.patient_key, s.person_id, s.view, s.explanation, s.changed_ms)
        .where(*_dropped(generation))
        .order_by(s.changed_ms.desc(), s.spell_key)
        .limit(limit)
        .offset(after)
    )
    found = []
    for key, patient, person, shown, explanation, changed_ms in connection.execute(wanted):
        why = orjson.loads(explanation)
        stay = StayChanged.model_validate_json(shown)
        found.append(
            DroppedStay(key, patient, person, stay, why["rule"], why["why"], why["would_open"], changed_ms)
        )
    return found


def counted_dropped(generation: int | ColumnElement[int], most: int = MOST_COUNTED) -> ScalarSelect[int]:
    """Return, as a part of a statement, how many stays a rule dropped, `most` at most."""
    some = select(spell.c.spell_key).where(*_dropped(generation)).limit(literal_column(str(most))).subquery()
    return select(func.count()).select_from(some).scalar_subquery()


def _dropped(generation: int | ColumnElement[int]) -> list[ColumnElement[bool]]:
    # In words and not as a parameter, so that SQLite sees that the index of these is meant.
    return [unindexed(spell.c.generation) == generation, spell.c.decision == literal_column("'drop'")]
