"""Of whom history was told that may not be whole yet (docs/decisions/0033): the one place that writes and asks it.

A year of somebody's past comes line by line. Half of it would open work that the other half closes, so until all of it
is here what is old opens none; then everybody is decided about once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select

from ascbridge.events.ledgers import ledger
from ascbridge.storage.prepared import Prepared
from ascbridge.storage.tables import history_file, history_person
from ascbridge.storage.upsert import insert_missing

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from sqlalchemy import Connection

RECENT_MS = 86_400_000
"""What was recorded within a day before its line came may be live work, and opens it like any other."""
_p = history_person.c
_WAITING = Prepared.of(
    lambda one_of: select(_p.patient_key, _p.before_ms).where(one_of(_p.patient_key, "keys"))
)
_LET_GO = Prepared.of(lambda one_of: history_person.delete().where(one_of(_p.patient_key, "keys")))


def tell(connection: Connection, told: Iterable[tuple[str, int]]) -> None:
    """Note that history was told of these patient keys, in lines kept at these moments (UTC ms)."""
    first: dict[str, int] = {}
    for key, kept_ms in told:
        first[key] = min(kept_ms, first.get(key, kept_ms))
    rows = [{"patient_key": key, "before_ms": at_ms - RECENT_MS} for key, at_ms in sorted(first.items())]
    insert_missing(connection, history_person, rows)


def waiting(connection: Connection, patient_keys: Collection[str]) -> dict[str, int]:
    """Return of whom of these history may not be whole, and before which moment (UTC ms) it is old."""
    return dict(list(_WAITING.rows(connection, keys=list(patient_keys)))) if patient_keys else {}


def whole(connection: Connection) -> bool:
    """Whether somebody waits for their history to be whole, and every file of it is here and understood."""
    if connection.execute(select(_p.patient_key).limit(1)).first() is None:
        return False
    still_read = select(func.count()).where(history_file.c.ended_ms.is_(None))
    if connection.scalar(still_read):
        return False
    feeds = set(connection.execute(select(history_file.c.feed).distinct()).scalars())
    standing = ledger.waiting(connection)
    return not any(standing.get(feed) for feed in feeds)


def let_go(connection: Connection, most: int) -> list[str]:
    """Take some of those who waited off the list, and return them: the caller has them decided about."""
    some = select(_p.patient_key).order_by(_p.patient_key).limit(most)
    keys = list(connection.execute(some).scalars())
    if keys:
        _LET_GO.run(connection, [{"keys": keys}])
    return keys
