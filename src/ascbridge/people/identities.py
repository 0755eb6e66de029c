"""Opaque keys for the names that the outside world uses: given at first sight, stored, never computed again.

A key is a letter (``p`` patient, ``s`` spell, ``l`` lane) and 32 hexadecimal digits: the millisecond in which it
was given, then 80 random bits. What is written together then lies together in every index, however much is stored
(decision 30). The table holds a keyed hash of the outside name, so that who reads it learns nothing.
"""

from __future__ import annotations

import secrets
from itertools import islice
from typing import TYPE_CHECKING, TypeVar

from sqlalchemy import select

from ascbridge.events.logs.envelope import KEY_DIGITS, TIME_DIGITS, Ref, time_led
from ascbridge.events.logs.sealing import HASH_VERSION
from ascbridge.storage.prepared import Prepared
from ascbridge.storage.tables import identity
from ascbridge.storage.upsert import insert_missing

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from sqlalchemy import Connection

    from ascbridge.events.logs.sealing import Keyring

T = TypeVar("T")

_OWN = "ascbridge:patient-key"
_IN_LIST = 500
_RANDOM_BYTES = (KEY_DIGITS - TIME_DIGITS) // 2

_BY_LOOKUP = Prepared.of(
    lambda one_of: select(identity.c.lookup, identity.c.key).where(one_of(identity.c.lookup, "lookups"))
)
_BY_KEY = Prepared.of(
    lambda one_of: select(identity.c.key, identity.c.authority, identity.c.created_ms).where(
        one_of(identity.c.key, "keys")
    )
)


def keys_for(connection: Connection, keyring: Keyring, refs: Iterable[Ref], now_ms: int) -> dict[Ref, str]:
    """Return the key of each ref, giving new ones at first sight. Two writers at once agree on the key."""
    lookups = {ref: _lookup(keyring, ref) for ref in refs}
    found = _find(connection, lookups)
    unseen = sorted((lookups[ref], ref.kind, ref.authority) for ref in lookups.keys() - found.keys())
    if not unseen:
        return found
    led = time_led(now_ms)
    rows = [
        {
            "lookup": lookup,
            "kind": kind,
            "key": kind[0] + led + secrets.token_hex(_RANDOM_BYTES),
            "authority": authority,
            "hash_version": HASH_VERSION,
            "created_ms": now_ms,
        }
        for lookup, kind, authority in unseen
    ]
    insert_missing(connection, identity, rows)
    return found | _find(connection, {ref: lookups[ref] for ref in lookups.keys() - found.keys()})


def known(connection: Connection, keyring: Keyring, refs: Iterable[Ref]) -> dict[Ref, str]:
    """Return the keys of those refs that have one; nothing is written."""
    return _find(connection, {ref: _lookup(keyring, ref) for ref in refs})


def given(connection: Connection, keys: Iterable[str]) -> dict[str, tuple[str, int]]:
    """Return for each key the authority that it is of, and when it was given (UTC epoch milliseconds)."""
    rows = _BY_KEY.rows(connection, keys=list(keys))
    return {key: (authority, created_ms) for key, authority, created_ms in rows}


def ref_of(patient_key: str) -> Ref:
    """Return a ref that stands for a patient key itself: for patients whom the message does not name."""
    return Ref("patient", _OWN, patient_key)


def key_of(keys: Mapping[Ref, str], ref: Ref) -> str:
    """Return the key of a ref, which `ref_of` may have made. Raises `KeyError` where nobody gave it one."""
    return ref.value if ref.authority == _OWN else keys[ref]


def in_lists(values: Iterable[T]) -> Iterator[list[T]]:
    """Cut values into lists short enough for one IN query on every database."""
    rest = iter(values)
    while part := list(islice(rest, _IN_LIST)):
        yield part


def _lookup(keyring: Keyring, ref: Ref) -> str:
    return keyring.lookup(ref.kind, ref.authority, ref.value)


def _find(connection: Connection, lookups: Mapping[Ref, str]) -> dict[Ref, str]:
    keys = dict(_BY_LOOKUP.rows(connection, lookups=list(lookups.values())))
    return {ref: keys[lookup] for ref, lookup in lookups.items() if lookup in keys}
