"""What information governance writes down of a person's wish: that what is known of them is not shared, or is again.

It is the event that the council's systems state (`ObjectionRecorded`), so it is honoured wherever theirs is. It is said
of every record that is the person's: whoever takes an objection back takes back what any source said before.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson
from sqlalchemy import ColumnElement, literal_column, select

from ascbridge.calendars import london_day
from ascbridge.events.facts.care import ObjectionRecorded
from ascbridge.events.facts.catalogue import Stamp
from ascbridge.events.logs.envelope import Cause, derived_id
from ascbridge.people.links import DecisionRefused
from ascbridge.people.membership import keys_of, person_of
from ascbridge.people.release import KnownDraft, release_known
from ascbridge.people.stamps import origin, rank, recorded_ms
from ascbridge.storage.prepared import Prepared
from ascbridge.storage.tables import care

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import Connection

    from ascbridge.events.logs.envelope import ReleasedEvent
    from ascbridge.people.actor import Actor
    from ascbridge.people.data_keys import DataKeys

MOST_LISTED = 500
"""How many of the newest words are looked at for the list."""
_RANK = 9
"""A person who decides in the millisecond of a message decides after it."""
_SLOT: ColumnElement[str] = literal_column(f"'{ObjectionRecorded.slot}'")
_OF = Prepared.of(
    lambda one_of: select(care.c.patient_key, care.c.value, care.c.changed_ms).where(
        one_of(care.c.patient_key, "keys"), care.c.slot == _SLOT
    )
)
_NEWEST = (
    select(care.c.patient_key, care.c.value, care.c.changed_ms)
    .where(care.c.slot == _SLOT)
    .order_by(care.c.changed_ms.desc(), care.c.patient_key)
    .limit(MOST_LISTED)
)


@dataclass(frozen=True, slots=True)
class Wish:
    """That a person objects, or no longer does, and the day on which they said so, as ISO text."""

    objects: bool
    stated_on: str


@dataclass(frozen=True, slots=True)
class Objection:
    """An objection that stands, under the record of which it was said. `stated_on`: ISO date, empty where not said.

    `heard_ms`: since when it is known here (UTC ms).
    """

    patient_key: str
    stated_on: str
    heard_ms: int


@dataclass(frozen=True, slots=True)
class Stated:
    """A wish that was written down here, under one of the person's keys: when (UTC ms), and in which act."""

    patient_key: str
    wish: Wish
    at_ms: int
    act: str


def standing(connection: Connection, keys: Sequence[str]) -> list[Objection]:
    """Return the objections that stand under these patient keys: if there is any, the person objects."""
    return _standing(_OF.rows(connection, keys=list(keys)))


def newest(connection: Connection) -> list[Objection]:
    """Return objections that stand, the newest first, of as many words as `MOST_LISTED`."""
    return _standing(connection.execute(_NEWEST).all())


def state(
    connection: Connection,
    data_keys: DataKeys,
    person_id: str,
    wish: Wish,
    *,
    actor: Actor,
    why: str,
    prefix: str,
    now_ms: int,
) -> list[ReleasedEvent]:
    """Write down a person's wish, for every key that they have; return the events to emit.

    Raises `DecisionRefused` where nothing would change, or for a day that is yet to come.
    """
    keys = sorted(keys_of(connection, [person_id]).get(person_id, ()))
    if not keys:
        raise DecisionRefused("there is no such person")
    if wish.stated_on > london_day(now_ms).isoformat():
        raise DecisionRefused("they cannot have said so on a day that is yet to come")
    if bool(standing(connection, keys)) is wish.objects:
        raise DecisionRefused("they object already" if wish.objects else "no objection of theirs stands")
    what = "objection recorded" if wish.objects else "objection taken back"
    act = derived_id(now_ms, what, actor.who, *keys)
    actor.did(connection, what, person_id, why, now_ms)
    items = [_item(key, wish, now_ms) for key in keys]
    return release_known(connection, items, Cause(act, act, now_ms), data_keys, prefix, now_ms)


def stated_here(connection: Connection) -> list[Stated]:
    """Return what was stated here and is the last word under its key: of what a source said later nothing is told."""
    rows = connection.execute(
        select(care.c.patient_key, care.c.value, care.c.stamp).where(care.c.slot == _SLOT)
    )
    found = []
    for key, value, stamp in rows:
        if rank(stamp) == _RANK:
            said, act = orjson.loads(value), origin(stamp)[0]
            found.append(Stated(key, Wish(said["objects"], said["stated_on"]), recorded_ms(stamp), act))
    return found


def say_again(connection: Connection, one: Stated, data_keys: DataKeys, prefix: str) -> list[ReleasedEvent]:
    """Say it once more where its key is known, as in a shadow; return the events to emit."""
    if not person_of(connection, [one.patient_key]):
        return []
    item = _item(one.patient_key, one.wish, one.at_ms)
    return release_known(connection, [item], Cause(one.act, one.act, one.at_ms), data_keys, prefix, one.at_ms)


def _item(key: str, wish: Wish, at_ms: int) -> KnownDraft:
    stamp = Stamp(recorded_ms=at_ms, sent_ms=at_ms, rank=_RANK)
    fact = ObjectionRecorded(stamp=stamp, objects=wish.objects, stated_on=wish.stated_on)
    return KnownDraft(key, ObjectionRecorded.slot, at_ms, fact)


def _standing(rows: Iterable[Sequence[Any]]) -> list[Objection]:
    found = []
    for key, value, heard_ms in rows:
        said = orjson.loads(value)
        if said.get("objects"):
            found.append(Objection(key, said.get("stated_on") or "", heard_ms))
    return found
