"""The postcodes of many patients at once, for telling whose base they belong to; never shown, never kept open."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from ascbridge.events.facts.catalogue import SealedPatient
from ascbridge.people.opening import Erased, SealedValue, open_many
from ascbridge.storage.prepared import Prepared
from ascbridge.storage.tables import patient

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection

    from ascbridge.people.data_keys import DataKeys

_p = patient.c
_SEALED = Prepared.of(
    lambda one_of: select(_p.patient_key, _p.sealed, _p.key_id, _p.sealed_event).where(
        one_of(_p.patient_key, "keys"), _p.sealed.is_not(None)
    )
)


def postcodes_of(connection: Connection, data_keys: DataKeys, patient_keys: Iterable[str]) -> dict[str, str]:
    """Return each patient key's postcode; who is erased, unknown or has none is left out.

    Only for people who are not restricted: the caller knows.
    """
    keys = list(set(patient_keys))
    rows = _SEALED.rows(connection, keys=keys) if keys else ()
    values = [(SealedValue(sealed, key_id, event), False) for _, sealed, key_id, event in rows]
    opened = open_many(connection, data_keys, values, model=SealedPatient)
    return {
        key: part.postcode
        for (key, *_), part in zip(rows, opened, strict=True)
        if not isinstance(part, Erased) and part.postcode
    }
