"""The only way in to what is sealed: *erased* when the key is gone, and less where the person is restricted.

Nothing else in the bridge calls `events.sealing.unseal`; a test holds the code to it.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeVar, overload

from ascbridge.events.facts.catalogue import Part, SealedPatient
from ascbridge.events.logs.sealing import unseal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from ascbridge.people.data_keys import DataKeys

P = TypeVar("P", bound=Part)


@dataclass(frozen=True, slots=True)
class Erased:
    """What opening answers when the data key has been thrown away: there is nothing any more to show."""


ERASED: Final = Erased()


@dataclass(frozen=True, slots=True)
class SealedValue:
    """Something sealed (bytes, or base64 text as in an event), its key's id, and its event or message id."""

    sealed: bytes | str
    key_id: str
    associated: str


@overload
def open_sealed(
    connection: Connection,
    data_keys: DataKeys,
    sealed: bytes | str,
    key_id: str,
    associated: str,
    *,
    restricted: bool,
) -> SealedPatient | Erased: ...
@overload
def open_sealed(
    connection: Connection,
    data_keys: DataKeys,
    sealed: bytes | str,
    key_id: str,
    associated: str,
    *,
    restricted: bool,
    model: type[P],
) -> P | Erased: ...
def open_sealed(
    connection: Connection,
    data_keys: DataKeys,
    sealed: bytes | str,
    key_id: str,
    associated: str,
    *,
    restricted: bool,
    model: type[Part] = SealedPatient,
) -> Part | Erased:
    """Open one sealed part as `model`. Raises `SealBroken` where it was tampered with.

    `restricted` is whether the person is (`membership.restricted`), never a wish of the caller.
    """
    (opened,) = open_many(
        connection, data_keys, [(SealedValue(sealed, key_id, associated), restricted)], model=model
    )
    return opened


def open_many(
    connection: Connection, data_keys: DataKeys, values: Sequence[tuple[SealedValue, bool]], *, model: type[P]
) -> list[P | Erased]:
    """Open many sealed parts with one query; each comes with whether its person is restricted."""
    opened = open_bytes(connection, data_keys, [value for value, _ in values])
    return [
        plain if isinstance(plain, Erased) else _read(plain, model, restricted=restricted)
        for plain, (_, restricted) in zip(opened, values, strict=True)
    ]


def open_each(
    connection: Connection, data_keys: DataKeys, values: Sequence[tuple[SealedValue, bool, type[Part]]]
) -> list[Part | Erased]:
    """Open many sealed parts of different kinds with one query; each comes with whether its person is restricted, and
    with its kind.
    """
    opened = open_bytes(connection, data_keys, [value for value, _, _ in values])
    return [
        plain if isinstance(plain, Erased) else _read(plain, model, restricted=restricted)
        for plain, (_, restricted, model) in zip(opened, values, strict=True)
    ]


def open_bytes(
    connection: Connection, data_keys: DataKeys, values: Sequence[SealedValue]
) -> list[bytes | Erased]:
    """Open many sealed bodies (raw messages, free text) as they are, with one query.

    They may hold what a restriction withholds: only for translating, and for pages that refuse restricted
    people. Raises `SealBroken`.
    """
    if not values:
        return []
    keys = data_keys.by_id(connection, {value.key_id for value in values})
    return [_unsealed(value, keys[value.key_id]) for value in values]


def without_withheld(part: P) -> P:
    """Return the sealed part less what a restricted person's may not hold."""
    withheld: frozenset[str] = getattr(type(part), "withheld", frozenset())
    if not withheld:
        return part
    return part.model_copy(update={name: type(part).model_fields[name].get_default() for name in withheld})


def _unsealed(value: SealedValue, key: bytes | None) -> bytes | Erased:
    if key is None:
        return ERASED
    sealed = base64.b64decode(value.sealed) if isinstance(value.sealed, str) else value.sealed
    return unseal(sealed, key, value.associated)


def _read(plain: bytes, model: type[P], *, restricted: bool) -> P:
    part = model.model_validate_json(plain)
    return without_withheld(part) if restricted else part
