"""What is known of people that equality is looked at by: ethnic category and language, in codes, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import orjson
from sqlalchemy import select

from ascbridge.people.identities import in_lists
from ascbridge.storage.tables import patient

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy import Connection


@dataclass(frozen=True, slots=True)
class Traits:
    """Codes as the source sent them; empty where nothing was said, or the person is erased."""

    ethnic_category: str = ""
    language: str = ""


UNKNOWN = Traits()


def traits(connection: Connection, patient_keys: Collection[str]) -> dict[str, Traits]:
    """Return what is known of these people; a key that nobody spoke of is left out."""
    columns = (patient.c.patient_key, patient.c.details)
    return {
        key: _traits(text)
        for part in in_lists(patient_keys)
        for key, text in connection.execute(select(*columns).where(patient.c.patient_key.in_(part)))
    }


def _traits(text: str) -> Traits:
    said = orjson.loads(text) if text else {}
    return Traits(str(said.get("ethnic_category") or ""), str(said.get("language") or "").lower())
