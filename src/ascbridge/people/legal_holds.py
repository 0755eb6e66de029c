"""Legal holds: on a person or on a message, with a reason; while one stands, what it is about is not erased.

A hold never lapses by itself: `until_ms` is when somebody must look at it again, and only a person ends it. It is
kept for good, and says nothing of what it is about but ids. Whatever forgets messages or people asks here first.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args

from sqlalchemy import func, select, text, update

from ascbridge.events.logs.envelope import derived_id
from ascbridge.people import known_as
from ascbridge.people.membership import keys_of
from ascbridge.storage.tables import data_key, legal_hold, message

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy import Connection

    from ascbridge.people.actor import Actor

Kind = Literal["person", "message"]
KINDS: tuple[Kind, ...] = get_args(Kind)
_STANDS = text("legal_hold.ended_ms IS NULL")  # in the words of the index of just these


class CannotHold(ValueError):
    """A hold that cannot be placed or ended; the text says why."""


@dataclass(frozen=True, slots=True)
class Hold:
    """One hold. `keys` are the owners of the data keys that it protects; times are UTC epoch milliseconds."""

    hold_id: str
    kind: Kind
    about: str
    keys: tuple[str, ...]
    why: str
    who: str
    since_ms: int
    until_ms: int | None
    ended_ms: int | None
    ended_by: str
    ended_why: str


_COLUMNS = [legal_hold.c[name] for name in Hold.__slots__]


def place(
    connection: Connection, kind: Kind, about: str, who: Actor, why: str, until_ms: int | None, now_ms: int
) -> str:
    """Place a hold on a person (by id) or a message; return its id. Raises `CannotHold`."""
    if not why.strip():
        raise CannotHold("say why")
    keys = _keys_of_person(connection, about) if kind == "person" else _keys_of_message(connection, about)
    if not keys:
        raise CannotHold(f"there is no such {kind} here")
    if any((one.kind, one.about) == (kind, about) for one in standing(connection)):
        raise CannotHold("a hold on this stands already")
    number = connection.scalar(select(func.count()).where(legal_hold.c.about == about)) or 0
    hold_id = derived_id(now_ms, "legal hold", kind, about, number)
    row = {
        "hold_id": hold_id, "kind": kind, "about": about, "keys": " ".join(keys), "why": why, "who": who.who,
        "since_ms": now_ms, "until_ms": until_ms,
    }  # fmt: skip
    connection.execute(legal_hold.insert(), [row])
    who.did(connection, "legal hold placed", _whom(kind, about), why, now_ms)
    return hold_id


def end(connection: Connection, hold_id: str, who: Actor, why: str, now_ms: int) -> None:
    """End a hold. Raises `CannotHold`."""
    if not why.strip():
        raise CannotHold("say why")
    found = next((one for one in standing(connection) if one.hold_id == hold_id), None)
    if found is None:
        raise CannotHold("no such hold stands: it was ended already, or never placed")
    this = update(legal_hold).where(legal_hold.c.hold_id == hold_id)
    connection.execute(this.values(ended_ms=now_ms, ended_by=who.who, ended_why=why))
    who.did(connection, "legal hold ended", _whom(found.kind, found.about), why, now_ms)


def standing(connection: Connection) -> tuple[Hold, ...]:
    """Return the holds that stand, the oldest first."""
    return _read(connection, _STANDS)


def ended(connection: Connection, most: int = 50) -> tuple[Hold, ...]:
    """Return the latest holds that were ended, the newest first."""
    rows = select(*_COLUMNS).where(legal_hold.c.ended_ms.is_not(None))
    ordered = rows.order_by(legal_hold.c.ended_ms.desc(), legal_hold.c.hold_id).limit(most)
    return tuple(map(_hold, connection.execute(ordered)))


def against(connection: Connection, person_id: str, keys: Collection[str]) -> Hold | None:
    """Return the oldest hold that stands against erasing a person with these patient keys; None: none does."""
    mine = set(keys)
    found = standing(connection)
    return next((one for one in found if one.about == person_id or mine.intersection(one.keys)), None)


def held_messages(connection: Connection, message_ids: Collection[str]) -> set[str]:
    """Return those of these messages that a hold is on, or on whose person."""
    holds = standing(connection)
    keys = {key for one in holds if one.kind == "person" for key in one.keys}
    found = {one.about for one in holds if one.kind == "message"}.intersection(message_ids)
    if keys:
        owned = select(message.c.message_id).join(data_key, data_key.c.key_id == message.c.key_id)
        mine = (message.c.message_id.in_(message_ids), data_key.c.owner_key.in_(keys))
        found |= set(connection.scalars(owned.where(*mine)))
    return found


def _keys_of_person(connection: Connection, person_id: str) -> tuple[str, ...]:
    keys = keys_of(connection, [person_id]).get(person_id, ())
    return tuple(dict.fromkeys((*keys, *known_as.theirs_of(connection, keys)))) if keys else ()


def _keys_of_message(connection: Connection, message_id: str) -> tuple[str, ...]:
    owner = select(data_key.c.owner_key).join(message, message.c.key_id == data_key.c.key_id)
    return tuple(connection.scalars(owner.where(message.c.message_id == message_id)))


def _whom(kind: Kind, about: str) -> str:
    return about if kind == "person" else f"message:{about}"


def _read(connection: Connection, *where: Any) -> tuple[Hold, ...]:
    wanted = select(*_COLUMNS).where(*where).order_by(legal_hold.c.since_ms, legal_hold.c.hold_id)
    return tuple(map(_hold, connection.execute(wanted)))


def _hold(row: Any) -> Hold:
    values = row._asdict()
    return Hold(**{**values, "keys": tuple(values["keys"].split())})
