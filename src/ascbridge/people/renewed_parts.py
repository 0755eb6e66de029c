"""Which parts of what is known of a patient say otherwise than before, and when that was written down.

It keeps the part's name and a moment and never a value. What is said for the first time of somebody new is no change.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson
from sqlalchemy import select

from ascbridge.access import Access
from ascbridge.people.membership import restricted
from ascbridge.storage.prepared import Prepared, unindexed
from ascbridge.storage.tables import patient

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import Connection

    from ascbridge.people.details import Details

PARTS = {
    "name": ("family_name", "given_names", "prefix"),
    "address": ("address_lines", "postcode"),
    "phones": ("phones",),
    "kin": ("next_of_kin", "next_of_kin_phone"),
    "practice": ("gp_name", "gp_practice"),
}
"""Each part that is told when it changes, by the fields of the sealed part that make it."""
_RENEWED = Prepared.of(
    lambda one_of: select(patient.c.patient_key, patient.c.renewed).where(
        one_of(patient.c.patient_key, "keys"), unindexed(patient.c.renewed) != ""
    )
)


def differing(before: Details, now: Details) -> set[str]:
    """Return the parts that say otherwise now."""
    if before.sealed is now.sealed:
        return set()
    old, new = before.sealed.__dict__, now.sealed.__dict__
    return {part for part, names in PARTS.items() if any(old[name] != new[name] for name in names)}


def with_more(stored: str, parts: Iterable[str], now_ms: int) -> str:
    """Return the column with the moment of these parts set."""
    more = dict.fromkeys(sorted(parts), now_ms)
    return orjson.dumps((orjson.loads(stored) if stored else {}) | more).decode() if more else stored


def readable_parts(of_person: Access, of_contact: Access) -> frozenset[str]:
    """Return the parts of which somebody who has so much of a person and of their contact details is told."""
    if of_person is not Access.full:
        return frozenset()
    return frozenset(PARTS) if of_contact is Access.full else frozenset({"name"})


def renewed_of(connection: Connection, patient_keys: Sequence[str]) -> list[tuple[str, str, int]]:
    """Return of each of these patients each part that ever changed, and when last; of who is restricted nothing."""
    keys = sorted(set(patient_keys))
    shown = sorted(set(keys) - restricted(connection, keys)) if keys else []
    return [
        (key, part, at_ms)
        for key, said in (_RENEWED.rows(connection, keys=shown) if shown else ())
        for part, at_ms in orjson.loads(said).items()
    ]


def renewed_since(connection: Connection, patient_keys: Sequence[str], since_ms: int) -> dict[str, int]:
    """Return each part that changed of one person, by any of their keys, and when last.

    Of who is restricted: nothing.
    """
    found: dict[str, int] = {}
    for _, part, at_ms in renewed_of(connection, patient_keys):
        if at_ms > since_ms:
            found[part] = max(at_ms, found.get(part, 0))
    return found
