"""Messages as somebody changed them, each beside its original: kept as long as it, and sealed with the same data key.

The translator reads the one in force instead of what came. A message has at most one in force; all stay.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import select, text, update

from ascbridge.events.logs.envelope import derived_id
from ascbridge.events.logs.sealing import seal
from ascbridge.storage.tables import mending

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from ascbridge.people.actor import Actor

State = Literal["asked", "in force", "taken back", "refused"]
_IN_FORCE = text("mending.state = 'in force'")  # in the words of the index of just these


class NoMending(LookupError):
    """There is no such change to a message, or it was decided already."""


@dataclass(frozen=True, slots=True)
class Mending:
    """One change to a message: where, by whom, why, what the dry-run said of it, and what became of it.

    `places` and `about_whom` are places, never content. Times are UTC epoch milliseconds.
    """

    mending_id: str
    message_id: str
    dead_id: str
    feed: str
    key_id: str
    places: tuple[str, ...]
    about_whom: tuple[str, ...]
    foreseen: bytes
    foreseen_ms: int
    why: str
    made_by: str
    made_in: str
    made_ms: int
    state: State
    decided_by: str
    decided_why: str
    decided_ms: int | None
    wants_keys: bool


@dataclass(frozen=True, slots=True)
class Sealed:
    """A changed message as it is kept, for whoever gives keys to those whom it names."""

    mending_id: str
    feed: str
    key_id: str
    body: bytes


_COLUMNS = [mending.c[name] for name in Mending.__slots__]


def in_force(connection: Connection, message_ids: Sequence[str]) -> dict[str, tuple[str, str, bytes]]:
    """Return for each message that is read as somebody changed it: the change's id, data key id and sealed body."""
    wanted = select(mending.c.message_id, mending.c.mending_id, mending.c.key_id, mending.c.body)
    rows = connection.execute(wanted.where(mending.c.message_id.in_(message_ids), _IN_FORCE))
    return {message_id: (mending_id, key_id, body) for message_id, mending_id, key_id, body in rows}


@dataclass(frozen=True, slots=True)
class Changed:
    """A message as somebody wants it read: whose original, and where it differs. `key` is the data key's id and key."""

    message_id: str
    dead_id: str
    feed: str
    key: tuple[str, bytes]
    body: bytes
    places: tuple[str, ...]
    about_whom: tuple[str, ...]


def ask(connection: Connection, new: Changed, made_by: Actor, why: str, now_ms: int) -> str:
    """Write down a change that somebody asks for; return its id. What would follow is written down next."""
    number = len(of_message(connection, new.message_id))
    mending_id = derived_id(now_ms, "mending", new.message_id, number)
    row = {
        "mending_id": mending_id, "message_id": new.message_id, "dead_id": new.dead_id, "feed": new.feed,
        "key_id": new.key[0], "body": seal(new.body, new.key[1], mending_id), "places": " ".join(new.places),
        "about_whom": " ".join(new.about_whom), "foreseen": b"", "foreseen_ms": now_ms, "why": why,
        "made_by": made_by.who, "made_in": made_by.sign_in, "made_ms": now_ms, "state": "asked",
    }  # fmt: skip
    connection.execute(mending.insert(), [row])
    return mending_id


def foresee_again(
    connection: Connection, mending_id: str, foreseen: bytes, now_ms: int, *, wants_keys: bool
) -> None:
    """Write down what a dry-run said, and whether somebody whom the change names has no key yet.

    Raises `NoMending` where it was decided already.
    """
    _still_asked(connection, mending_id, foreseen=foreseen, foreseen_ms=now_ms, wants_keys=int(wants_keys))


def wanting_keys(connection: Connection) -> tuple[Sealed, ...]:
    """Return the changes that name somebody who has no key yet."""
    columns = (mending.c.mending_id, mending.c.feed, mending.c.key_id, mending.c.body)
    rows = connection.execute(
        select(*columns).where(text("mending.wants_keys = 1"), mending.c.state == "asked")
    )
    return tuple(Sealed(*row) for row in rows)


def decide(
    connection: Connection, mending_id: str, state: State, decided_by: str, why: str, now_ms: int
) -> None:
    """Say what became of it. One in force gives way to the next. Raises `NoMending` where that was said already."""
    if state == "in force":
        mine = select(mending.c.message_id).where(mending.c.mending_id == mending_id).scalar_subquery()
        connection.execute(
            update(mending).where(mending.c.message_id == mine, _IN_FORCE).values(state="taken back")
        )
    _still_asked(
        connection, mending_id, state=state, decided_by=decided_by, decided_why=why, decided_ms=now_ms
    )


def of(connection: Connection, mending_id: str) -> Mending:
    """Return one, whatever its state. Raises `NoMending`."""
    row = connection.execute(select(*_COLUMNS).where(mending.c.mending_id == mending_id)).first()
    if row is None:
        raise NoMending(mending_id)
    return _mending(row)


def body_of(connection: Connection, mending_id: str) -> bytes:
    """Return the sealed message of one. Raises `NoMending`."""
    found = connection.scalar(select(mending.c.body).where(mending.c.mending_id == mending_id))
    if found is None:
        raise NoMending(mending_id)
    return bytes(found)


def of_message(connection: Connection, message_id: str) -> tuple[Mending, ...]:
    """Return all changes to one message, the oldest first."""
    wanted = select(*_COLUMNS).where(mending.c.message_id == message_id)
    return tuple(map(_mending, connection.execute(wanted.order_by(mending.c.made_ms, mending.c.mending_id))))


def waiting(connection: Connection, limit: int = 200) -> tuple[Mending, ...]:
    """Return those that wait for somebody's decision, the oldest first."""
    wanted = select(*_COLUMNS).where(mending.c.state == "asked")
    ordered = wanted.order_by(mending.c.made_ms, mending.c.mending_id).limit(limit)
    return tuple(map(_mending, connection.execute(ordered)))


def _still_asked(connection: Connection, mending_id: str, **values: Any) -> None:
    this = (mending.c.mending_id == mending_id, mending.c.state == "asked")
    if connection.execute(update(mending).where(*this).values(**values)).rowcount != 1:
        raise NoMending(mending_id)


def _mending(row: Any) -> Mending:
    values = row._asdict()
    for name in ("places", "about_whom"):
        values[name] = tuple(values[name].split())
    values["wants_keys"] = bool(values["wants_keys"])
    return Mending(**values)
