"""Finding people by name: among some that are known, or anywhere by a birth date or postcode beside the name.

Names are sealed and stand in no index, so who looks for one must know something else already: whose work somebody is,
when they were born, or where they live. A restricted person is never found by a postcode: it would tell that it is
theirs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from ascbridge.events.facts.catalogue import Part
from ascbridge.people.details import full_birth_date
from ascbridge.people.matching import birth_lookup, postcode_lookup
from ascbridge.people.membership import restricted
from ascbridge.people.opening import Erased, SealedValue, open_many
from ascbridge.storage.prepared import Prepared
from ascbridge.storage.tables import patient

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy import Connection

    from ascbridge.events.logs.sealing import Keyring
    from ascbridge.people.data_keys import DataKeys

FEWEST_LETTERS = 2
MOST_FOUND = 50
_p = patient.c
_SEALED = Prepared.of(
    lambda one_of: select(_p.patient_key, _p.person_id, _p.sealed, _p.key_id, _p.sealed_event).where(
        one_of(_p.patient_key, "keys"), _p.sealed.is_not(None)
    )
)


class SealedName(Part):
    """What of the sealed part says what somebody is called; the rest of it is not opened into anything."""

    family_name: str = ""
    given_names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FoundByName:
    """Somebody whose names fit."""

    patient_key: str
    person_id: str


def enough_of_a_name(name: str) -> bool:
    """Whether a name has a word that is long enough to look for."""
    return any(len(word) >= FEWEST_LETTERS for word in _words(name))


def find_among(
    connection: Connection, data_keys: DataKeys, patient_keys: Collection[str], name: str
) -> list[FoundByName]:
    """Return those of these patients whose names fit: each word begins a family or given name. Erased ones never do."""
    words = _words(name)
    if not patient_keys or not enough_of_a_name(name):
        return []
    rows = _SEALED.rows(connection, keys=sorted(set(patient_keys)))
    values = [(SealedValue(sealed, key_id, event), False) for _, _, sealed, key_id, event in rows]
    opened = open_many(connection, data_keys, values, model=SealedName)
    return [
        FoundByName(key, person)
        for (key, person, *_), part in zip(rows, opened, strict=True)
        if not isinstance(part, Erased) and _fits(words, part)
    ]


def find_anywhere(
    connection: Connection,
    keyring: Keyring,
    data_keys: DataKeys,
    name: str,
    *,
    born: str = "",
    postcode: str = "",
) -> list[FoundByName]:
    """Return who has such a name and was born on that day (ISO), or lives at that postcode; both where both are given.

    Nobody where neither is whole.
    """
    day, home = full_birth_date(born), postcode_lookup(keyring, postcode)
    by = [
        *([_p.birth_lookup == birth_lookup(keyring, day)] if day else []),
        *([_p.postcode_lookup == home] if home else []),
    ]
    if not by:
        return []
    keys = set(connection.execute(select(_p.patient_key).where(*by)).scalars())
    if home:
        keys -= restricted(connection, keys)
    return find_among(connection, data_keys, keys, name)[:MOST_FOUND]


def _fits(words: list[str], part: SealedName) -> bool:
    names = [
        name for text in (part.family_name, *part.given_names) for name in (_letters(text), *_words(text))
    ]
    return all(any(name.startswith(word) for name in names) for word in words)


def _words(text: str) -> list[str]:
    parts = text.replace(",", " ").replace("-", " ").split()
    return [letters for part in parts if (letters := _letters(part))]


def _letters(text: str) -> str:
    return "".join(letter for letter in text.casefold() if letter.isalpha())
