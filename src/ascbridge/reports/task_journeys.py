"""How each discharge task went, from what its events left: opened, ready, each stage, left, delays. It names nobody.

Read by the time of opening, from an index, and never more than `MOST`: no report grows with what is stored. A stage
that a task does not know is not in it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import orjson
from sqlalchemy import select

from ascbridge.calendars import LONDON, iso_day, moment
from ascbridge.people.identities import in_lists
from ascbridge.storage.prepared import unindexed
from ascbridge.storage.tables import spell, task

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection

MOST = 20_000
_t = task.c


@dataclass(frozen=True, slots=True)
class Delayed:
    """Why somebody stayed: the reason's code, and from when to when it held (UTC ms; None: it holds still)."""

    reason: str
    from_ms: int
    to_ms: int | None


@dataclass(frozen=True, slots=True)
class Journey:
    """One task's way. Times are UTC ms; `ended_ms` is when the person left hospital, or else the task was closed."""

    patient_key: str
    spell: str
    opened_ms: int
    ready_ms: int | None
    reached: Mapping[str, int]
    left_ms: int | None
    ended_ms: int | None
    pathway: str = ""
    locality: str = ""
    delays: Sequence[Delayed] = field(default=())


def journeys(
    connection: Connection, from_ms: int, to_ms: int, generation: int = 1, *, most: int = MOST
) -> list[Journey]:
    """Return the tasks that were opened in a period, the newest first and at most `most`."""
    wanted = (
        select(_t.patient_key, _t.spell_key, _t.opened_ms, _t.closed_ms, _t.locality, _t.body)
        .where(
            unindexed(_t.generation) == generation,
            _t.opened_ms >= from_ms,
            _t.opened_ms < to_ms,
            unindexed(_t.kind) == "d2a",
        )
        .order_by(_t.opened_ms.desc())
        .limit(most)
    )
    return [
        _journey(key, stay, opened_ms, closed_ms, locality, orjson.loads(body))
        for key, stay, opened_ms, closed_ms, locality, body in connection.execute(wanted)
    ]


def facilities(connection: Connection, spells: Sequence[str], generation: int = 1) -> dict[str, str]:
    """Return the hospital's code of each of these stays."""
    of_spell = select(spell.c.spell_key, spell.c.facility).where(spell.c.generation == generation)
    return {
        key: code
        for part in in_lists(spells)
        for key, code in connection.execute(of_spell.where(spell.c.spell_key.in_(part)))
    }


def _journey(
    key: str, stay: str, opened_ms: int, closed_ms: int | None, locality: str, said: dict[str, Any]
) -> Journey:
    left_ms, pathway = said.get("discharged_ms"), said.get("pathway")
    delays = tuple(
        Delayed(str(one["reason"]), int(one["from_ms"]), one.get("to_ms"))
        for one in said.get("delays", ())
        if one.get("reason") and one.get("from_ms")
    )
    return Journey(
        patient_key=key,
        spell=stay,
        opened_ms=opened_ms,
        ready_ms=_ready_ms(str(said.get("ready_on") or ""), opened_ms),
        reached={str(stage): int(at) for stage, at in said.get("milestones", {}).items()},
        left_ms=left_ms,
        ended_ms=left_ms if left_ms is not None else closed_ms,
        pathway="" if pathway is None else str(pathway),
        locality=locality,
        delays=delays,
    )


def _ready_ms(ready_on: str, opened_ms: int) -> int | None:
    """Return since when somebody is ready: of a day alone, the task's opening where that was then, else its begin."""
    try:
        if len(ready_on) > len("2026-10-18"):
            at = datetime.fromisoformat(ready_on)
            return round((at if at.tzinfo else at.replace(tzinfo=LONDON)).timestamp() * 1000)
        day = date.fromisoformat(ready_on)
    except ValueError:
        return None
    return opened_ms if iso_day(opened_ms) == day.isoformat() else moment(day)


def months_back(now_ms: int, months: int) -> list[str]:
    """Return the last so many months (``2026-10``), the running one first."""
    found, day = [], date.fromisoformat(iso_day(now_ms)).replace(day=1)
    for _ in range(months):
        found.append(day.isoformat()[:7])
        day = (day - timedelta(days=1)).replace(day=1)
    return found
