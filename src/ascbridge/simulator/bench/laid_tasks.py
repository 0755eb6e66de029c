"""Lays tasks down in a bridge's database: a desk with much to do and much done, in a minute.

Each is a copy of a task that the bridge itself made of a hospital's messages, about somebody of the same name, so that
what is sealed opens as if the bridge had written it. Only for a database that no bridge has open.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from ascbridge.access import TITLES
from ascbridge.calendars import london_day
from ascbridge.discharge.deciding.pathway import OPEN
from ascbridge.discharge.lists.task_columns import task_columns
from ascbridge.events.facts.catalogue import TaskFact, Ward
from ascbridge.storage.tables import evidence, patient, spell, task
from ascbridge.storage.upsert import insert

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

    from ascbridge.storage.database import Database

AT_ONCE = 2_000
WARDS, COLLEAGUES, LOCALITIES = 30, 40, ("North base", "South base", "East base", "")
ME = f"Simulated {TITLES['discharge-team']}"
"""Under which name a simulator asks: every tenth task is theirs."""
_MINUTE = 60_000
_DAY = 24 * 60 * _MINUTE
_STAGES = (
    ("new", "requested"),
    ("accepted", "accepted"),
    ("triaged", "in-progress"),
    ("sourcing", "in-progress"),
)


class NothingToCopy(Exception):
    """The database holds no open task yet."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """A task that the bridge made, with its stay, its patient and what was said of it, as rows."""

    fact: TaskFact
    task: dict[str, Any]
    spell: dict[str, Any]
    patient: dict[str, Any]
    evidence: tuple[dict[str, Any], ...]


async def lay(database: Database, opened: int, closed: int, now_ms: int) -> None:
    """Lay so many open and closed tasks down. Raises `NothingToCopy`."""
    patterns = await database.read(_patterns)
    if not patterns:
        raise NothingToCopy("play some ready signals first")
    first = await database.read(
        lambda connection: connection.scalar(select(func.count()).select_from(task)) or 0
    )
    numbered = enumerate(itertools.islice(itertools.cycle(patterns), opened + closed), first)
    rows = (_copied(one, n, now_ms, closed=n - first >= opened) for n, one in numbered)
    while batch := list(itertools.islice(rows, AT_ONCE)):
        await database.write(partial(_insert, batch=batch))


def _patterns(connection: Connection) -> list[Pattern]:
    found = []
    wanted = select(task).where(task.c.status.in_(sorted(OPEN))).order_by(task.c.task_id).limit(100)
    for row in connection.execute(wanted).mappings().all():
        stay = connection.execute(select(spell).where(spell.c.spell_key == row["spell_key"])).mappings().one()
        who = connection.execute(
            select(patient).where(patient.c.patient_key == row["patient_key"])
        ).mappings()
        said = connection.execute(select(evidence).where(evidence.c.spell_key == row["spell_key"])).mappings()
        fact = TaskFact.model_validate_json(row["body"])
        found.append(Pattern(fact, dict(row), dict(stay), dict(who.one()), tuple(map(dict, said))))
    return found


def _copied(one: Pattern, number: int, now_ms: int, *, closed: bool) -> dict[str, list[dict[str, Any]]]:
    """Return the rows of one more task like this one."""
    fact, names = _fact(one, number, now_ms, closed=closed), _names(number)
    today = not closed and number % 10 == 0
    moved_ms = now_ms - number % (60 * _MINUTE) if today else now_ms - 2 * _DAY
    row = {
        **one.task, **names, "task_id": fact.task, "status": fact.status, "stage": fact.stage, "due_ms": fact.due_ms,
        "claimed_by": "" if fact.stage == "new" else ME if number % 10 == 7 else f"Colleague {number % COLLEAGUES}",
        "closed_ms": now_ms - 2 * _DAY - number * _MINUTE if closed else None,
        "opened_ms": fact.opened_ms, "body": fact.model_dump_json().encode(), "moved_ms": moved_ms,
        **task_columns(fact, one.spell["explanation"], LOCALITIES[number % len(LOCALITIES)]),
    }  # fmt: skip
    said = [
        {**each, "spell_key": fact.spell, "event_id": f"{number}-{place}", "recorded_ms": moved_ms}
        for place, each in enumerate(one.evidence if today else ())
    ]
    who = {
        **one.patient,
        "patient_key": names["patient_key"],
        "person_id": names["person_id"],
        "nhs_lookup": "",
    }
    return {"patient": [who], "spell": [{**one.spell, **names}], "task": [row], "evidence": said}


def _names(number: int) -> dict[str, str]:
    return {
        "spell_key": f"s{number:032x}",
        "patient_key": f"p{number:032x}",
        "person_id": f"n{number:032x}",
    }


def _fact(one: Pattern, number: int, now_ms: int, *, closed: bool) -> TaskFact:
    stage, status = ("done", "completed") if closed else _STAGES[number % len(_STAGES)]
    changed = {
        "task": f"t{number:032x}",
        "spell": f"s{number:032x}",
        "stage": stage,
        "status": status,
        "ward": Ward(ward=f"W{number % WARDS}", room="BAY A", bed=f"BED {number % 8}", site="RKB01"),
        "pathway": None if stage in {"new", "accepted"} else number % 4,
        "opened_ms": now_ms - number * _MINUTE,
        "due_ms": None if closed else now_ms + (number % 1_000 - 100) * _MINUTE,
        "planned_discharge": (london_day(now_ms) + timedelta(days=number % 12 - 1)).isoformat(),
        "needs_a_look": ("ready-tie",) if not closed and number % 8 == 0 else (),
    }
    return one.fact.model_copy(update=changed)


def _insert(connection: Connection, batch: list[dict[str, list[dict[str, Any]]]]) -> None:
    for name, table in (("patient", patient), ("spell", spell), ("task", task), ("evidence", evidence)):
        insert(connection, table, list(_of(batch, name)))


def _of(batch: list[dict[str, list[dict[str, Any]]]], name: str) -> Iterator[dict[str, Any]]:
    for rows in batch:
        yield from rows[name]
