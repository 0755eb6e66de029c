"""Erasing a person: their data keys are thrown away, and what could still find or name them is emptied.

Nothing sealed is searched for and deleted, wherever it lies: without its key it answers *erased*. Opaque keys
stay, so that links and counts still add up.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, update

from ascbridge.people.casefile_store import blank
from ascbridge.people.membership import keys_of
from ascbridge.storage.tables import patient, quarantine, restriction_release

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from ascbridge.people.actor import Actor
    from ascbridge.people.data_keys import DataKeys


def erase_person(
    connection: Connection,
    keys_connection: Connection,
    data_keys: DataKeys,
    person_id: str,
    actor: Actor,
    why: str,
    now_ms: int,
) -> tuple[str, ...]:
    """Erase a person and return the patient keys that were. Doing it again is no harm. Raises `LookupError`.

    `keys_connection` may write the *keys* tables: on SQLite it is another file's, on PostgreSQL the same one.
    It is used first, so that whatever breaks afterwards the names are gone already.
    """
    keys = keys_of(connection, [person_id]).get(person_id)
    if keys is None:
        raise LookupError(f"there is no person {person_id}")
    data_keys.erase(keys_connection, keys, now_ms)
    connection.execute(
        update(patient)
        .where(patient.c.patient_key.in_(keys))
        .values(**blank(""), source_name="", died_on="", changed_ms=now_ms)
    )
    connection.execute(delete(quarantine).where(quarantine.c.patient_key.in_(keys)))
    connection.execute(
        update(quarantine).where(quarantine.c.other_key.in_(keys)).values(state="settled", other_key="")
    )
    connection.execute(
        update(restriction_release).where(restriction_release.c.person_id == person_id).values(why="")
    )
    actor.did(connection, "person erased", person_id, why, now_ms)
    return keys
