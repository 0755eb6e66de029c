"""What readers and reviewers write in their own words: it may name somebody, so it is sealed with that person's key."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ascbridge.events.logs.sealing import seal
from ascbridge.people.membership import keys_of, restricted
from ascbridge.people.opening import Erased, SealedValue, open_bytes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from ascbridge.people.data_keys import DataKeys

LONGEST = 500
NOT_SHOWN = "Not shown: this person is restricted"


class Sealed(NamedTuple):
    """Words about a person as they are kept; nothing where there are none, or nobody's key to seal them with."""

    sealed: bytes | None = None
    key_id: str = ""


class Stated(NamedTuple):
    """What a reader states about a person, chosen and in their own words; from when until when it counts (UTC ms).

    `due_ms` is by when somebody is to have looked at it, where anybody is.
    """

    person_id: str
    choice: str
    text: str
    at_ms: int
    until_ms: int
    due_ms: int = 0


class Kept(NamedTuple):
    """Sealed words, the id that they were sealed for, and about whom they are."""

    person_id: str
    sealed: bytes | None
    key_id: str
    id: str


def put(connection: Connection, data_keys: DataKeys, person_id: str, id: str, text: str) -> Sealed:
    """Seal words about a person for the row `id`. About whoever is erased none are kept."""
    keys = keys_of(connection, [person_id]).get(person_id, ())
    found = data_keys.of(connection, keys)
    key = next((found[one] for one in keys if found.get(one) is not None), None)
    if key is None or not text:
        return Sealed()
    return Sealed(seal(text[:LONGEST].encode(), key.key, id), key.key_id)


def read(connection: Connection, data_keys: DataKeys, kept: Sequence[Kept]) -> dict[str, str]:
    """Open words by the ids that they were sealed for. A restricted person's may say where they are: not shown."""
    keys = keys_of(connection, {one.person_id for one in kept})
    hidden = restricted(connection, [key for each in keys.values() for key in each])
    shown = {one.id: "" for one in kept}
    shown |= {one.id: NOT_SHOWN for one in kept if not hidden.isdisjoint(keys.get(one.person_id, ()))}
    open_ones = [one for one in kept if one.sealed is not None and not shown[one.id]]
    values = [SealedValue(one.sealed or b"", one.key_id, one.id) for one in open_ones]
    for one, text in zip(open_ones, open_bytes(connection, data_keys, values), strict=True):
        shown[one.id] = "Erased" if isinstance(text, Erased) else text.decode()
    return shown
