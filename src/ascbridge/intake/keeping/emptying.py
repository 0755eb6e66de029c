"""Empties messages that are past their retention: what they said goes, that they came stays, so all still adds up.

Never what is not resolved: waiting, held, parked, given up, with a code that nobody mapped, with a change that waits
for somebody, or missing an effect. Never what a legal hold is on, and never while something newer is kept of the
person: records are kept so long *since the last contact*. An emptied message has no data key, so every reader finds
it erased.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select, text, update

from ascbridge.events.ledgers.ledger import NOT_MAPPED
from ascbridge.events.logs.envelope import first_id
from ascbridge.events.logs.retention_rounds import Portion
from ascbridge.people import legal_holds
from ascbridge.people.membership import keys_of, person_of
from ascbridge.storage.tables import (
    applied_word,
    dead_letter,
    mending,
    message,
    message_state,
    missing_effect,
    open_effect,
    parked,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from sqlalchemy import Connection, Row, Select

AT_ONCE = 200
"""Messages that are looked at and emptied in one go: whoever sends one waits for the same writer."""
RESOLVED = frozenset({"delivered", "no_effect"})
_REFUSED = text("message.outcome = 'refused'")  # in the words of the index of just these


def of_understood(
    connection: Connection, after: str, before_ms: int, most: int = AT_ONCE
) -> tuple[list[str], Portion]:
    """Return which of the next messages, kept before a time (UTC ms), are to be emptied, and what came of looking."""
    rows = _next(connection, after, before_ms, most)
    full = {row.message_id: row.lane for row in rows if row.outcome == "kept" and row.key_id}
    resolved = _resolved(connection, full)
    free = resolved - legal_holds.held_messages(connection, resolved)
    newer = _in_touch(connection, {full[one] for one in free}, before_ms)
    out = sorted(one for one in free if full[one] not in newer)
    said = Portion(
        len(out), len(full) - len(resolved), len(resolved) - len(free), len(free) - len(out),
        _after(rows, most),
    )  # fmt: skip
    return out, said


def of_refused(
    connection: Connection, after: str, before_ms: int, most: int = AT_ONCE
) -> tuple[list[str], Portion]:
    """As `of_understood`, of messages that were refused: nothing came of them, and nothing is waited for."""
    rows = _next(connection, after, before_ms, most, refused=True)
    full = {row.message_id for row in rows if row.key_id}
    out = sorted(full - legal_holds.held_messages(connection, full))
    return out, Portion(len(out), 0, len(full) - len(out), 0, _after(rows, most))


def empty(connection: Connection, message_ids: Collection[str]) -> None:
    """Take out what these messages said. It cannot be brought back."""
    if message_ids:
        these = update(message).where(message.c.message_id.in_(message_ids))
        connection.execute(these.values(body=b"", key_id=""))


def changes_to_empty(connection: Connection, after: str, most: int = AT_ONCE) -> tuple[list[str], Portion]:
    """Return which changes to messages are to be emptied, because their messages are."""
    wanted = (
        select(mending.c.mending_id, mending.c.key_id, message.c.key_id.label("original"))
        .join(message, message.c.message_id == mending.c.message_id)
        .where(mending.c.mending_id > after)
        .order_by(mending.c.mending_id)
        .limit(most)
    )
    rows = connection.execute(wanted).all()
    out = [row.mending_id for row in rows if row.key_id and not row.original]
    return out, Portion(len(out), after=rows[-1].mending_id if len(rows) == most else None)


def empty_changes(connection: Connection, mending_ids: Collection[str]) -> None:
    """Take out what these changes said. Who made each, where and why, stays."""
    if mending_ids:
        these = update(mending).where(mending.c.mending_id.in_(mending_ids))
        connection.execute(these.values(body=b"", key_id=""))


def _next(
    connection: Connection, after: str, before_ms: int, most: int, *, refused: bool = False
) -> Sequence[Row[tuple[str, str, str, str]]]:
    m = message.c
    wanted: Select[tuple[str, str, str, str]] = select(m.message_id, m.lane, m.outcome, m.key_id)
    wanted = wanted.where(m.message_id > after, m.message_id < first_id(before_ms))
    if refused:
        wanted = wanted.where(_REFUSED)
    return connection.execute(wanted.order_by(m.message_id).limit(most)).all()


def _after(rows: Sequence[Row[tuple[str, str, str, str]]], most: int) -> str | None:
    return rows[-1].message_id if len(rows) == most else None


def _resolved(connection: Connection, message_ids: Collection[str]) -> set[str]:
    """Return those of them for which nobody has anything to do any more."""
    if not message_ids:
        return set()
    s = message_state.c
    states = select(s.message_id, s.state, s.note).where(s.message_id.in_(message_ids))
    found = {
        row.message_id
        for row in connection.execute(states)
        if row.state in RESOLVED and not row.note.startswith(NOT_MAPPED)
    }
    for column, *more in (
        (open_effect.c.message_id,),
        (parked.c.message_id,),
        (dead_letter.c.message_id, dead_letter.c.state == "open"),
        (mending.c.message_id, mending.c.state == "asked"),
        (applied_word.c.message_id, applied_word.c.state == "waiting"),
        (missing_effect.c.message_id, missing_effect.c.gone_ms.is_(None)),
    ):
        found -= set(connection.scalars(select(column).where(column.in_(message_ids), *more)))
    return found


def _in_touch(connection: Connection, lanes: Collection[str], before_ms: int) -> set[str]:
    """Return those lanes of whose person something newer is kept, under whichever of the person's keys."""
    people = person_of(connection, lanes)
    keys = keys_of(connection, people.values())
    of_lane = {lane: (lane, *keys.get(people.get(lane, ""), ())) for lane in lanes}
    every = sorted({key for some in of_lane.values() for key in some})
    wanted = select(message.c.lane, func.max(message.c.message_id)).where(message.c.lane.in_(every))
    newest = dict(map(tuple, connection.execute(wanted.group_by(message.c.lane)))) if every else {}
    floor = first_id(before_ms)
    return {lane for lane, some in of_lane.items() if any(newest.get(key, "") >= floor for key in some)}
