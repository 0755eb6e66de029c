"""Urgent matters and what people did about them in the database: all SQL of theirs, reading and writing.

Every list reads one range of a small index: what stands, and what the night wrote and nobody took up.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import orjson
from sqlalchemy import literal_column, or_, select

from ascbridge.discharge.deciding.desk_state import Act
from ascbridge.discharge.lists.task_story import ActRow
from ascbridge.discharge.urgent.urgent_facts import Because
from ascbridge.discharge.urgent.urgent_state import NIGHT_ROLE, STANDS, UrgentStatus, urgent_desk
from ascbridge.events.logs.envelope import following_id
from ascbridge.storage.prepared import Prepared
from ascbridge.storage.tables import urgent_act, urgent_matter
from ascbridge.storage.upsert import upsert

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from sqlalchemy import Connection

    from ascbridge.discharge.urgent.urgent_state import UrgentDesk

MOST = 200
"""How many matters a list shows: more than any night could bring."""
_m, _a = urgent_matter.c, urgent_act.c
STANDING = _m.stands > literal_column("0")
"""The condition of the index of what stands, in its words."""
_COLUMNS = (
    _m.matter_id, _m.spell_key, _m.code, _m.list_version, _m.patient_key, _m.person_id, _m.status, _m.since_ms,
    _m.heard_ms, _m.changed_ms, _m.fact, _m.version, _m.night_version, _m.taken_version, _m.invented,
)  # fmt: skip
_OF_SPELLS = Prepared.of(lambda one_of: select(*_COLUMNS).where(one_of(_m.spell_key, "keys")))
_ACTS = Prepared.of(
    lambda one_of: (
        select(_a.task_id, _a.version, _a.act, _a.actor, _a.role, _a.at_ms, _a.detail)
        .where(one_of(_a.task_id, "matters"))
        .order_by(_a.task_id, _a.version)
    )
)


@dataclass(slots=True)
class Matter:
    """One urgent kind about one stay. Times are UTC ms; `because` is empty where only people say so.

    `night_version` is that of the last act out of hours, `taken_version` up to which the discharge team took it up.
    """

    id: str
    spell: str
    code: str
    list_version: str
    patient_key: str
    person_id: str
    status: UrgentStatus
    since_ms: int
    heard_ms: int
    changed_ms: int
    because: tuple[Because, ...] = ()
    version: int = 0
    night_version: int = 0
    taken_version: int = 0
    invented: str = ""
    acts: list[tuple[Act, str]] = field(default_factory=list)

    @property
    def stands(self) -> bool:
        """Whether somebody must see to it."""
        return self.status in STANDS

    @property
    def to_take_up(self) -> bool:
        """Whether the night wrote something that the discharge team has not taken up."""
        return self.night_version > self.taken_version

    @property
    def desk(self) -> UrgentDesk:
        """What people made of it."""
        return urgent_desk(self.acts, self.since_ms)


def matter_id(spell: str, code: str) -> str:
    """Return the id of a stay's matter of one kind: the same each time."""
    return following_id("n", spell, f"{code}/{spell}")


def of_spells(connection: Connection, spells: Collection[str]) -> dict[tuple[str, str], Matter]:
    """Return every matter of these stays with its acts, by stay and code."""
    rows = _OF_SPELLS.rows(connection, keys=list(spells)) if spells else ()
    found = [_matter(row) for row in rows]
    with_acts(connection, found)
    return {(one.spell, one.code): one for one in found}


def one(connection: Connection, id: str) -> Matter | None:
    """Return a matter with its acts, or None where there is none."""
    row = connection.execute(select(*_COLUMNS).where(_m.matter_id == id)).first()
    if row is None:
        return None
    found = _matter(row)
    with_acts(connection, [found])
    return found


def standing(connection: Connection) -> list[Matter]:
    """Return what somebody must see to, what happened first first."""
    wanted = select(*_COLUMNS).where(STANDING).order_by(_m.since_ms, _m.matter_id).limit(MOST)
    return [_matter(row) for row in connection.execute(wanted)]


def to_take_up(connection: Connection) -> list[Matter]:
    """Return what the night wrote of and the discharge team has not taken up, the oldest first."""
    wanted = select(*_COLUMNS).where(_m.night_version > _m.taken_version)
    rows = connection.execute(wanted.order_by(_m.changed_ms, _m.matter_id).limit(MOST))
    return [_matter(row) for row in rows]


def seen_since(connection: Connection, since_ms: int) -> list[Matter]:
    """Return what stands, and what changed since a moment (UTC ms) and stands no longer, the last changed first."""
    changed = select(*_COLUMNS).where(_m.changed_ms >= since_ms)
    rows = connection.execute(changed.order_by(_m.changed_ms.desc(), _m.matter_id).limit(MOST))
    found = {one.id: one for one in (*map(_matter, rows), *standing(connection))}
    return sorted(found.values(), key=lambda one: (-one.changed_ms, one.id))


def about_person(connection: Connection, person_id: str, since_ms: int) -> bool:
    """Whether there is an urgent matter about a person, or was one that changed since a moment (UTC ms)."""
    wanted = select(_m.matter_id).where(_m.person_id == person_id, or_(STANDING, _m.changed_ms >= since_ms))
    return connection.execute(wanted.limit(1)).first() is not None


def with_acts(connection: Connection, matters: Iterable[Matter]) -> None:
    """Give each matter what people did about it, in order."""
    by_id = {one.id: one for one in matters}
    if not by_id:
        return
    for one in by_id.values():
        one.acts = []
    for id, version, act, actor, role, at_ms, detail in _ACTS.rows(connection, matters=list(by_id)):
        by_id[id].acts.append((Act(version, act, actor, at_ms, orjson.loads(detail)), role))


def act_rows(connection: Connection, ids: Sequence[str]) -> dict[str, tuple[ActRow, ...]]:
    """Return what people did about these matters, each with its sealed text, the first first."""
    wanted = select(urgent_act).where(_a.task_id.in_(ids)).order_by(_a.task_id, _a.version)
    found: dict[str, tuple[ActRow, ...]] = {}
    for row in connection.execute(wanted) if ids else ():
        act = ActRow(
            row.act_id, row.version, row.act, row.actor, row.role, orjson.loads(row.detail), row.sealed,
            row.key_id, row.at_ms,
        )  # fmt: skip
        found[row.task_id] = (*found.get(row.task_id, ()), act)
    return found


def save(connection: Connection, matters: Iterable[Matter], now_ms: int) -> None:
    """Write matters as they stand after `status` was decided; what people did moves their versions."""
    rows = [_row(one, now_ms) for one in sorted(matters, key=lambda one: one.id)]
    upsert(connection, urgent_matter, rows)


def written_at_night(acts: Sequence[ActRow], after_version: int) -> tuple[ActRow, ...]:
    """Return what was done out of hours after a version."""
    return tuple(one for one in acts if one.role == NIGHT_ROLE and one.version > after_version)


def _matter(row: Any) -> Matter:
    (
        id, spell, code, list_version, patient_key, person_id, status, since_ms, heard_ms, changed_ms, fact, version,
        night_version, taken_version, invented,
    ) = row  # fmt: skip
    because = tuple(Because(**one) for one in orjson.loads(fact))
    return Matter(
        id, spell, code, list_version, patient_key, person_id, status, since_ms, heard_ms, changed_ms, because,
        version, night_version, taken_version, invented,
    )  # fmt: skip


def _row(one: Matter, now_ms: int) -> dict[str, Any]:
    desk = one.desk
    fact = [{"input": x.input, "value": x.value, "event": x.event, "at_ms": x.at_ms} for x in one.because]
    return {
        "matter_id": one.id,
        "spell_key": one.spell,
        "code": one.code,
        "list_version": one.list_version,
        "patient_key": one.patient_key,
        "person_id": one.person_id,
        "status": one.status,
        "since_ms": one.since_ms,
        "heard_ms": one.heard_ms,
        "changed_ms": now_ms,
        "stands": int(one.stands),
        "fact": orjson.dumps(fact),
        "version": desk.version,
        "night_version": desk.night,
        "taken_version": desk.taken,
        "invented": one.invented,
    }


def same_but_for_time(one: Matter, other: Matter) -> bool:
    """Whether two states of a matter say the same, whenever and by whichever message it was said."""

    def said(matter: Matter) -> Matter:
        because = tuple(replace(x, event="") for x in matter.because)
        return replace(matter, changed_ms=0, because=because, acts=[])

    return said(one) == said(other)
