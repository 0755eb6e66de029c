"""Does what a bridge does behind its messages, at once: a store laid down in bulk is then as one that lived on.

Without it a bridge that is measured on such a store counts weeks of messages and closes months of hours meanwhile.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from sqlalchemy import Connection, select

from ascbridge.discharge.keeping.wards_heard import wards
from ascbridge.events.ledgers import hour_chain, hour_count, hour_revisits
from ascbridge.events.ledgers.hour_count import HOUR_MS
from ascbridge.intake.keeping import arrivals
from ascbridge.storage.database import SqliteDatabase
from ascbridge.storage.files import sqlite_file
from ascbridge.storage.tables import audit

if TYPE_CHECKING:
    from pathlib import Path

SETTLED_MS = 2 * HOUR_MS
"""The bridge closes the last hours itself."""
AT_ONCE = 24
"""Hours that are closed in one transaction."""
_DOOR = """
    INSERT INTO intake_hour (feed, hour_ms, name, n)
    SELECT feed, received_ms / :hour * :hour AS hour_ms, :word, count(*)
    FROM message WHERE outcome = 'kept' GROUP BY 1, 2
    ON CONFLICT (feed, hour_ms, name) DO UPDATE SET n = excluded.n
"""


async def catch_up(data_dir: Path, now_ms: int) -> None:
    """Count what came to the door by the hour, and what each feed usually sends; close the hours."""
    with closing(sqlite3.connect(sqlite_file(data_dir, "kept"))) as kept, kept:
        for word in ("received", "kept"):
            kept.execute(_DOOR, {"hour": HOUR_MS, "word": word})
    attached = {name: sqlite_file(data_dir, name) for name in ("kept", "keys")}
    bridge = SqliteDatabase(sqlite_file(data_dir, "bridge"), attached=attached)
    try:
        while await bridge.write(lambda c: arrivals.count_on(c, now_ms, wards)):
            pass
        while await bridge.write(lambda c: _close_some(c, now_ms)):
            pass
    finally:
        await bridge.close()


def _close_some(connection: Connection, now_ms: int) -> bool:
    """Close some hours. Returns whether more wait."""
    last = connection.scalar(select(audit.c.writer).order_by(audit.c.position.desc()).limit(1))
    writer = str(last or "work")
    for _ in range(AT_ONCE):
        hour_ms = hour_chain.next_hour(connection)
        if hour_ms is None or hour_ms + SETTLED_MS > now_ms:
            return False
        tally = hour_count.begin(connection, hour_ms)
        while tally.after is not None:
            hour_count.count_some(connection, tally)
        hour_revisits.close(connection, hour_ms, tally.counted(), now_ms, writer)
    return True
