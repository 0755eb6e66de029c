"""Reads again what was read by a row of a code map that does not hold any more.

A row may have added a code, which parks again without it; or it said otherwise of a code that was mapped before, and
then nothing shows on the message: so each is read with the row and without, and what differs is read again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_, or_, select

from ascbridge.events.logs.envelope import first_id
from ascbridge.intake.reading import relearning
from ascbridge.storage.tables import message_state

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from ascbridge.intake.reading.map_versions import MapRow
    from ascbridge.intake.reading.translator import Translator


def unlearn(
    connection: Connection, translator: Translator, row: MapRow, since_ms: int, after: str, at_once: int = 200
) -> str:
    """Look at up to `at_once` messages after the id `after` that were read since a time (UTC ms), in order.

    Returns the last id it looked at; an empty text when there is none left.
    """
    translator.adopt(connection)
    state = message_state.c
    read = select(state.message_id, state.note).where(state.message_id > after, state.feed == row.feed)
    since = state.changed_ms >= since_ms
    if row.sent in translator.profiles[row.feed].codes.get(row.name, {}):
        # It said otherwise of a code that was mapped: older messages were read again by it, which nothing shows.
        older = state.message_id >= first_id(max(0, since_ms - relearning.DAYS * relearning.DAY_MS))
        since = or_(since, and_(state.translation > 0, older))
    some = read.where(since).order_by(state.message_id).limit(at_once)
    notes = {one.message_id: one.note for one in connection.execute(some)}
    by_it = translator.reading_by(row)
    otherwise = []
    for id, note in notes.items():
        now = translator.said_now(connection, id)
        if now is not None and (now[0] != note or now != by_it.said_now(connection, id)):
            otherwise.append(id)
    translator.again(connection, *otherwise)
    return max(notes, default="")
