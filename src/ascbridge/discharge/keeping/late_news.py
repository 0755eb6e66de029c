"""News of stays that reached the desk late, because the bridge or a feed was down: whom to check by phone.

Late is what was recorded in the hospital longer ago than is wanted when the desk hears it, however it came to be late:
kept by the sender, unread in our files, or held back and sent again. What is days old is history and not news. Whoever
has rung says so, and the person leaves the list until there is late news again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import BigInteger, bindparam, func, literal_column, or_, select, update

from ascbridge.discharge.deciding.decision import task_id
from ascbridge.people.identities import in_lists
from ascbridge.storage.prepared import Prepared, unindexed
from ascbridge.storage.tables import late_news, task
from ascbridge.storage.upsert import insert_missing

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import Connection

    from ascbridge.people.actor import Actor

LATE_MS = 60 * 60_000
"""How old news may be when the desk hears it, where settings do not say."""
HISTORY_MS = 3 * 24 * 3_600_000
"""News that is older is history: a backfill, or a feed that is read for the first time."""
SHOWN_FOR_MS = 7 * 24 * 3_600_000
"""For how long somebody is to be rung, if nobody does."""
AFTER_MS = 60 * 60_000
"""For so long after it is over news still comes that an outage had held up: senders send on what they kept."""
MOST = 500
_n, _t = late_news.c, task.c
_LATE, _SPELL = func.max(_n.heard_ms - _n.recorded_ms), unindexed(_n.spell_key)
_TO_CHECK = Prepared(
    select(_SPELL, func.count(), func.min(_n.recorded_ms), func.max(_n.heard_ms), _LATE)
    .where(_n.checked_ms.is_(None), _n.heard_ms >= bindparam("since", type_=BigInteger))
    .group_by(_SPELL)
    .order_by(_LATE.desc(), _SPELL)
    .limit(literal_column(str(MOST)))
)


@dataclass(frozen=True, slots=True)
class News:
    """That a message said something of a stay. Times are UTC ms: when it was recorded there, and heard here."""

    spell: str
    message: str
    patient_key: str
    recorded_ms: int
    heard_ms: int


@dataclass(frozen=True, slots=True)
class ToCheck:
    """One person's stay with late news: its task, how many messages came late, and how late the latest was.

    `recorded_ms`: when the oldest of them was recorded; `heard_ms`: when the last was heard here. UTC ms. `rung_by`:
    who rang about all of it.
    """

    spell: str
    task_id: str
    owner_team: str
    messages: int
    recorded_ms: int
    heard_ms: int
    late_ms: int
    rung_by: str = ""


def keep(connection: Connection, news: Iterable[News], late_ms: int) -> None:
    """Note what of this news came late. Noting it again changes nothing."""
    rows = [
        {
            "spell_key": one.spell,
            "message_id": one.message,
            "patient_key": one.patient_key,
            "recorded_ms": one.recorded_ms,
            "heard_ms": one.heard_ms,
        }
        for one in news
        if late_ms < one.heard_ms - one.recorded_ms <= HISTORY_MS
    ]
    each = {(str(row["spell_key"]), str(row["message_id"])): row for row in rows}
    insert_missing(connection, late_news, [each[key] for key in sorted(each)])


def to_check(connection: Connection, now_ms: int, *, team: str = "", generation: int = 1) -> list[ToCheck]:
    """Return who is to be rung, team by team, whose news came latest first: at most `MOST` stays."""
    rows = _TO_CHECK.rows(connection, since=now_ms - SHOWN_FOR_MS)
    teams = _teams(connection, [task_id(row[0]) for row in rows], now_ms, generation)
    found = [
        ToCheck(row[0], task_id(row[0]), owner, *row[1:])
        for row in rows
        if (owner := teams.get(task_id(row[0]))) is not None and team in {"", owner}
    ]
    return sorted(found, key=lambda one: one.owner_team)


def of_outage(
    connection: Connection, began_ms: int, over_ms: int, *, team: str = "", generation: int = 1
) -> list[ToCheck]:
    """Return whose news came late by an outage, rung about or not, team by team: at most `MOST` stays.

    That is what was recorded before it was over, and heard from its beginning until an hour after its end.
    """
    rung, by = func.count(_n.checked_ms), func.max(_n.checked_by)
    rows = connection.execute(
        select(_SPELL, func.count(), func.min(_n.recorded_ms), func.max(_n.heard_ms), _LATE, rung, by)
        .where(_n.heard_ms >= began_ms, _n.heard_ms <= over_ms + AFTER_MS, _n.recorded_ms <= over_ms)
        .group_by(_SPELL)
        .order_by(_LATE.desc(), _SPELL)
        .limit(MOST)
    ).all()
    teams = _teams(connection, [task_id(row[0]) for row in rows], over_ms, generation)
    found = [
        ToCheck(
            spell, task_id(spell), owner, many, first_ms, last_ms, late_ms, who if checked == many else ""
        )
        for spell, many, first_ms, last_ms, late_ms, checked, who in rows
        if (owner := teams.get(task_id(spell))) is not None and team in {"", owner}
    ]
    return sorted(found, key=lambda one: one.owner_team)


def how_many(connection: Connection, now_ms: int, *, team: str = "", generation: int = 1) -> int:
    """Return how many stays there are to ring about."""
    return len(to_check(connection, now_ms, team=team, generation=generation))


def by_team(
    connection: Connection, since_ms: int, until_ms: int, generation: int = 1
) -> dict[str, tuple[int, int]]:
    """Return for each team of how many stays news was heard late in this time, and how late the latest was (ms)."""
    heard = (_n.heard_ms >= since_ms, _n.heard_ms <= until_ms)
    rows = connection.execute(
        select(_SPELL, _LATE).where(*heard).group_by(_SPELL).order_by(_LATE.desc(), _SPELL).limit(MOST)
    ).all()
    teams = _teams(connection, [task_id(row[0]) for row in rows], until_ms, generation)
    found: dict[str, tuple[int, int]] = {}
    for spell, late_ms in rows:
        if (owner := teams.get(task_id(spell))) is not None:
            many, latest_ms = found.get(owner, (0, 0))
            found[owner] = many + 1, max(latest_ms, late_ms)
    return found


def checked(connection: Connection, spell: str, person_id: str, actor: Actor, now_ms: int) -> bool:
    """Note that somebody rang about a stay; return False where there was nothing to ring about any more."""
    done = connection.execute(
        update(late_news)
        .where(_n.spell_key == spell, _n.checked_ms.is_(None))
        .values(checked_ms=now_ms, checked_by=actor.who)
    )
    if not done.rowcount:
        return False
    actor.did(connection, "checked by phone after late news", person_id, "", now_ms)
    return True


def _teams(connection: Connection, task_ids: Sequence[str], now_ms: int, generation: int) -> dict[str, str]:
    """Return whose those of these tasks are that are to be done, or ended in the last days."""
    goes_on = or_(_t.to_do > 0, _t.closed_ms >= now_ms - SHOWN_FOR_MS)
    return {
        id: owner
        for part in in_lists(task_ids)
        for id, owner in connection.execute(
            select(_t.task_id, _t.owner_team).where(
                _t.generation == generation, _t.task_id.in_(part), goes_on
            )
        )
    }
