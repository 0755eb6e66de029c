"""Records opened without a relationship (*break-glass*), and what came of looking at each.

Whoever opens one says why and has it for so long; the row waits until somebody who answers for it has looked at it.
What is open so shows no more than a relationship would: nothing restricted, nothing of safeguarding.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, get_args

from sqlalchemy import func, select, update

from ascbridge.events.logs.envelope import derived_id
from ascbridge.relationship import own_words
from ascbridge.relationship.own_words import Kept
from ascbridge.storage.tables import opening

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection, Row

    from ascbridge.people.actor import Actor
    from ascbridge.people.data_keys import DataKeys
    from ascbridge.relationship.grounds import Reader
    from ascbridge.relationship.own_words import Stated

Outcome = Literal["proper", "talk", "passed-on"]
OUTCOMES: dict[Outcome, str] = {
    "proper": "Proper: there was a good reason",
    "talk": "Talk to them",
    "passed-on": "Passed on",
}
MOST = 200
LATELY_MS = 31 * 24 * 3_600_000
"""So long what was looked at stays on the page."""


class ReviewRefused(ValueError):
    """A review that cannot be, as it is; the text says why."""


class NoSuchOpening(LookupError):
    """Nobody opened anything under this id."""


@dataclass(frozen=True, slots=True)
class Opening:
    """One record that somebody opened without a relationship. Times are UTC epoch milliseconds.

    `words` are the reader's own, `review` the reviewer's; empty where none are kept.
    """

    opening_id: str
    person_id: str
    who: str
    role: str
    organisation: str
    sign_in: str
    reason: str
    at_ms: int
    until_ms: int
    due_ms: int
    outcome: str
    reviewed_by: str
    reviewed_ms: int | None
    words: str = ""
    review: str = ""


class Tally(NamedTuple):
    """How many openings wait to be looked at, how many of them too long, and since when the oldest (UTC ms)."""

    waiting: int
    overdue: int
    oldest_ms: int | None


def break_glass(
    connection: Connection, data_keys: DataKeys, reader: Reader, actor: Actor, stated: Stated
) -> int:
    """Open a record without a relationship; return until when (UTC ms). One that is open already stays as it is."""
    person_id, now_ms = stated.person_id, stated.at_ms
    already = in_force(connection, reader, person_id, now_ms)
    if already is not None:
        return already.until_ms
    id = derived_id(now_ms, "opening", person_id, reader.who, reader.role, reader.sign_in)
    kept = own_words.put(connection, data_keys, person_id, id, stated.text)
    row = {
        "opening_id": id, "person_id": person_id, "who": reader.who, "role": reader.role,
        "organisation": reader.organisation, "sign_in": reader.sign_in, "reason": stated.choice,
        "sealed": kept.sealed, "key_id": kept.key_id, "at_ms": now_ms, "until_ms": stated.until_ms,
        "due_ms": stated.due_ms,
    }  # fmt: skip
    connection.execute(opening.insert(), [row])
    actor.did(connection, "opened without a relationship", person_id, stated.choice, now_ms)
    return stated.until_ms


def in_force(connection: Connection, reader: Reader, person_id: str, now_ms: int) -> Opening | None:
    """Return what this reader opened this person by and has not lost yet: in the same role and the same sign-in."""
    wanted = select(opening).where(
        opening.c.person_id == person_id,
        opening.c.who == reader.who,
        opening.c.until_ms > now_ms,
        opening.c.role == reader.role,
        opening.c.sign_in == reader.sign_in,
    )
    row = connection.execute(wanted.order_by(opening.c.until_ms.desc()).limit(1)).first()
    return None if row is None else _opening(row)


def waiting(connection: Connection, data_keys: DataKeys | None) -> list[Opening]:
    """Return what waits to be looked at, what is due first first; without `data_keys` nobody's own words."""
    wanted = select(opening).where(opening.c.outcome == "")
    rows = connection.execute(wanted.order_by(opening.c.due_ms, opening.c.opening_id).limit(MOST)).all()
    return _worded(connection, data_keys, rows)


def reviewed(connection: Connection, data_keys: DataKeys | None, now_ms: int) -> list[Opening]:
    """Return what was looked at lately, the newest first; `data_keys` as in `waiting`."""
    wanted = select(opening).where(opening.c.outcome != "", opening.c.reviewed_ms >= now_ms - LATELY_MS)
    newest = wanted.order_by(opening.c.reviewed_ms.desc(), opening.c.opening_id).limit(MOST)
    return _worded(connection, data_keys, connection.execute(newest).all())


def tally(connection: Connection, now_ms: int) -> Tally:
    """Count what waits: one read of the index of waiting rows, which are few."""
    overdue = func.count().filter(opening.c.due_ms <= now_ms)
    row = connection.execute(
        select(func.count(), overdue, func.min(opening.c.at_ms)).where(opening.c.outcome == "")
    ).one()
    return Tally(*row)


def review(
    connection: Connection,
    data_keys: DataKeys,
    actor: Actor,
    opening_id: str,
    outcome: str,
    text: str,
    now_ms: int,
) -> None:
    """Say what came of looking at an opening. Raises `ReviewRefused` or `NoSuchOpening`."""
    if outcome not in get_args(Outcome):
        raise ReviewRefused("choose what came of it")
    if not text.strip():
        raise ReviewRefused("say in your words what you found")
    row = connection.execute(
        select(opening).where(opening.c.opening_id == opening_id).with_for_update()
    ).first()
    if row is None:
        raise NoSuchOpening(opening_id)
    if row.outcome:
        raise ReviewRefused(f"{row.reviewed_by} looked at it already")
    if actor.may_be(row.who, row.sign_in):
        raise ReviewRefused("who opened it may not be who looks at it")
    kept = own_words.put(connection, data_keys, row.person_id, _review_id(opening_id), text.strip())
    connection.execute(
        update(opening).where(opening.c.opening_id == opening_id).values(
            outcome=outcome, reviewed_by=actor.who, reviewed_ms=now_ms, review_sealed=kept.sealed,
            review_key_id=kept.key_id,
        )
    )  # fmt: skip
    actor.did(connection, "opening without a relationship reviewed", row.person_id, outcome, now_ms)


def _review_id(opening_id: str) -> str:
    return f"{opening_id}.review"


def _worded(connection: Connection, data_keys: DataKeys | None, found: Sequence[Row[Any]]) -> list[Opening]:
    if data_keys is None:
        return [_opening(row) for row in found]
    kept = [Kept(row.person_id, row.sealed, row.key_id, row.opening_id) for row in found]
    kept += [
        Kept(row.person_id, row.review_sealed, row.review_key_id, _review_id(row.opening_id))
        for row in found
        if row.outcome
    ]
    said = own_words.read(connection, data_keys, kept)
    return [_opening(row, said[row.opening_id], said.get(_review_id(row.opening_id), "")) for row in found]


def _opening(row: Row[Any], words: str = "", review: str = "") -> Opening:
    return Opening(
        row.opening_id, row.person_id, row.who, row.role, row.organisation, row.sign_in, row.reason, row.at_ms,
        row.until_ms, row.due_ms, row.outcome, row.reviewed_by, row.reviewed_ms, words, review,
    )  # fmt: skip
