"""The keys that seal what is known about each patient key, and that are thrown away to erase it.

Each owner (a patient or lane key) has one living data key. Erasing it leaves its row without the key, so that
whatever it sealed answers `erased` for ever; should the source speak of that patient again, the owner is
given the next key, which opens nothing old.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import select, update

from ascbridge.events.logs.sealing import SealBroken
from ascbridge.people.identities import in_lists
from ascbridge.storage.prepared import Prepared
from ascbridge.storage.tables import data_key
from ascbridge.storage.upsert import insert_missing

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sqlalchemy import Connection, Select

    from ascbridge.events.logs.sealing import Keyring

_BY_OWNER = Prepared.of(
    lambda one_of: select(data_key.c.owner_key, data_key.c.key_id, data_key.c.wrapped).where(
        one_of(data_key.c.owner_key, "owners")
    )
)
_BY_ID = Prepared.of(
    lambda one_of: select(data_key.c.key_id, data_key.c.wrapped).where(
        one_of(data_key.c.key_id, "ids"), data_key.c.wrapped.is_not(None)
    )
)


class NoDataKey(LookupError):
    """A patient key without a data key; the inbox gives one to every patient of a message it keeps."""


@dataclass(frozen=True, slots=True)
class DataKey:
    """A data key and the id by which sealed things name it."""

    key_id: str
    key: bytes = field(repr=False)


class DataKeys:
    """Finds, gives and erases data keys.

    Every call asks the database, so that a key erased by another process is gone at once here too; what is
    remembered (for at most `remembered` keys) is only the result of unwrapping.
    """

    def __init__(self, keyring: Keyring, *, remembered: int = 20_000) -> None:
        self.erasures = 0
        """How often keys were thrown away by this object: whoever remembers keys compares it."""
        self._keyring = keyring
        self._unwrap = lru_cache(remembered)(self._unwrap_now)

    def lookup(self, kind: str, *parts: str) -> str:
        """Return the keyed hash by which something is found again, as `Keyring.lookup` does."""
        return self._keyring.lookup(kind, *parts)

    def ensure(self, connection: Connection, owners: Iterable[str], now_ms: int) -> dict[str, DataKey]:
        """Return each owner's living data key, giving one where there is none; two writers at once agree."""
        wanted = sorted(set(owners))
        if not wanted:
            return {}
        living, used = self._read(connection, wanted)
        missing = [owner for owner in wanted if owner not in living]
        if missing:
            insert_missing(
                connection, data_key, [self._new(owner, used.get(owner, 0), now_ms) for owner in missing]
            )
            living |= self._read(connection, missing)[0]
        return living

    def of(self, connection: Connection, owners: Iterable[str]) -> dict[str, DataKey | None]:
        """Return each owner's living data key; None where it was erased. Who never had one is left out."""
        living, used = self._read(connection, set(owners))
        return {owner: living.get(owner) for owner in used}

    def by_id(self, connection: Connection, key_ids: Iterable[str]) -> dict[str, bytes | None]:
        """Return the data keys with these ids; None where one is erased or unknown."""
        found: dict[str, bytes | None] = dict.fromkeys(key_ids)
        rows = _BY_ID.rows(connection, ids=list(found))
        found.update((key_id, self._unwrap(key_id, wrapped)) for key_id, wrapped in rows)
        return found

    def erase(
        self, connection: Connection, owners: Iterable[str], now_ms: int, *, given_by_ms: int | None = None
    ) -> None:
        """Throw away every data key of these owners; nothing that they sealed can be opened again.

        With `given_by_ms`, only those that were given at or before that time (UTC epoch milliseconds).
        """
        by_then = () if given_by_ms is None else (data_key.c.created_ms <= given_by_ms,)
        for part in in_lists(sorted(set(owners))):
            connection.execute(
                update(data_key)
                .where(data_key.c.owner_key.in_(part), data_key.c.wrapped.is_not(None), *by_then)
                .values(wrapped=None, erased_ms=now_ms)
            )
        self._unwrap.cache_clear()
        self.erasures += 1

    def alive(self, connection: Connection, owners: Iterable[str], *, given_by_ms: int) -> list[str]:
        """Return the ids of these owners' living data keys that were given at or before that time."""
        wanted = select(data_key.c.key_id).where(
            data_key.c.wrapped.is_not(None), data_key.c.created_ms <= given_by_ms
        )
        return self._ids(connection, wanted, owners)

    def erased_ids(self, connection: Connection, owners: Iterable[str]) -> list[str]:
        """Return the ids of these owners' erased data keys."""
        return self._ids(connection, select(data_key.c.key_id).where(data_key.c.wrapped.is_(None)), owners)

    def _ids(self, connection: Connection, wanted: Select[Any], owners: Iterable[str]) -> list[str]:
        return [
            key_id
            for part in in_lists(sorted(set(owners)))
            for key_id in connection.execute(wanted.where(data_key.c.owner_key.in_(part))).scalars()
        ]

    def _read(
        self, connection: Connection, owners: Iterable[str]
    ) -> tuple[dict[str, DataKey], dict[str, int]]:
        """Return the living keys, and how many each owner was ever given."""
        living: dict[str, DataKey] = {}
        used: dict[str, int] = {}
        for owner, key_id, wrapped in _BY_OWNER.rows(connection, owners=list(owners)):
            used[owner] = used.get(owner, 0) + 1
            if wrapped is not None:
                living[owner] = DataKey(key_id, self._unwrap(key_id, wrapped))
        return living, used

    def _new(self, owner: str, used: int, now_ms: int) -> dict[str, object]:
        key_id = f"{owner}.{used + 1}"
        wrapped = self._keyring.wrap(self._keyring.new_data_key(), key_id)
        return {"key_id": key_id, "owner_key": owner, "wrapped": wrapped, "created_ms": now_ms}

    def _unwrap_now(self, key_id: str, wrapped: bytes) -> bytes:
        return self._keyring.unwrap(wrapped, key_id)


def opens(connection: Connection, keyring: Keyring) -> bool:
    """Whether this master key opens what is stored, as far as there is anything to open."""
    wanted = select(data_key.c.key_id, data_key.c.wrapped).where(data_key.c.wrapped.is_not(None)).limit(1)
    row = connection.execute(wanted).first()
    try:
        return row is None or bool(keyring.unwrap(row.wrapped, row.key_id))
    except SealBroken:
        return False


def living_key(found: Mapping[str, DataKey | None], owner: str) -> DataKey | None:
    """Return an owner's data key out of what `DataKeys.of` found; None where erased. Raises `NoDataKey`."""
    if owner not in found:
        raise NoDataKey(f"patient key {owner[:5]}... was never given a data key")
    return found[owner]
