"""To which team and worker the council's last word allocates each of its people, kept so that they can be found.

A worker's name is found by a keyed hash of it; it stands sealed in `care` and nowhere else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import or_, select

from ascbridge.discharge.keeping import store
from ascbridge.events.facts.catalogue import SealedWorker
from ascbridge.people.opening import Erased, open_sealed
from ascbridge.storage.prepared import Prepared
from ascbridge.storage.tables import allocated
from ascbridge.storage.upsert import upsert

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy import Connection

    from ascbridge.discharge.keeping.store import CareRow, CareRows
    from ascbridge.people.data_keys import DataKeys

_OF_KEYS = Prepared.of(
    lambda one_of: select(
        allocated.c.patient_key, allocated.c.team, allocated.c.worker_lookup, allocated.c.stamp
    ).where(one_of(allocated.c.patient_key, "keys"))
)


class Allocated(NamedTuple):
    """The council's last word of one patient key: team as it is compared, keyed hash of the worker, and its stamp."""

    patient_key: str
    team: str
    worker_lookup: str
    stamp: str


def compared(name: str) -> str:
    """Return a team's or worker's name as it is compared: capitals and spaces apart."""
    return " ".join(name.split()).casefold()


def worker_lookup(data_keys: DataKeys, name: str) -> str:
    """Return the keyed hash by which a worker is found; empty for no name."""
    return data_keys.lookup("worker", compared(name)) if name.strip() else ""


def save(connection: Connection, data_keys: DataKeys, care: CareRows, now_ms: int) -> None:
    """Write what the council said anew, and to whom it allocates people now."""
    store.save_care(connection, care, now_ms)
    rows = [
        {
            "patient_key": key,
            "team": compared(str(row.value.get("team") or "")),
            "worker_lookup": worker_lookup(data_keys, _worker(connection, data_keys, row)),
            "stamp": row.stamp,
        }
        for key in sorted(care)
        if (row := care[key].get("worker")) is not None and row.changed
    ]
    upsert(connection, allocated, rows)


def allocated_to(
    connection: Connection, data_keys: DataKeys, teams: Collection[str], worker: str
) -> set[str]:
    """Return the patient keys that the last word about each allocates to one of these teams or to this worker."""
    named = [name for name in map(compared, teams) if name]
    looked_up = worker_lookup(data_keys, worker)
    mine = [allocated.c.team.in_(named)] + ([allocated.c.worker_lookup == looked_up] if looked_up else [])
    rows = connection.execute(select(allocated.c.patient_key).where(or_(*mine), allocated.c.team != ""))
    return set(rows.scalars())


def allocations_of(connection: Connection, patient_keys: Collection[str]) -> dict[str, Allocated]:
    """Return the last word about each of these patient keys; those of whom there is none are left out."""
    rows = _OF_KEYS.rows(connection, keys=list(patient_keys)) if patient_keys else ()
    return {row[0]: Allocated(*row) for row in rows}


def _worker(connection: Connection, data_keys: DataKeys, row: CareRow) -> str:
    """Return a worker's name. A restriction withholds nothing of it here: it is kept as a hash, and shown to nobody."""
    if row.sealed is None:
        return ""
    opened = open_sealed(
        connection, data_keys, row.sealed, row.key_id, row.sealed_event, restricted=True, model=SealedWorker
    )
    return "" if isinstance(opened, Erased) else opened.worker_name
