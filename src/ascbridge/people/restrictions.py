"""Lifting a restriction: asked by one person, approved by another, and by no message ever.

Setting one is `people.persons`' work: one ZU8-4 of 1 or 2 restricts the person until this module lifts it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select, update

from ascbridge.events.catalogue import PatientRestrictionLifted
from ascbridge.events.envelope import Cause, derived_id
from ascbridge.people.membership import keys_of, restricted
from ascbridge.people.release import KnownDraft, release_known
from ascbridge.storage.tables import patient, restriction_release
from ascbridge.storage.upsert import insert_missing

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from ascbridge.events.envelope import ReleasedEvent
    from ascbridge.people.actor import Actor
    from ascbridge.people.data_keys import DataKeys


class ReleaseRefused(ValueError):
    """A restriction that cannot be lifted as asked; the text says why."""


@dataclass(frozen=True, slots=True)
class ReleaseRequest:
    """What one person asked and another has yet to approve. Times are UTC epoch milliseconds."""

    request_id: str
    person_id: str
    asked_by: str
    why: str
    asked_ms: int


def request_release(connection: Connection, person_id: str, asked_by: Actor, why: str, now_ms: int) -> str:
    """Ask that a person's restriction be lifted; return the request's id. Raises `ReleaseRefused`."""
    if not why.strip():
        raise ReleaseRefused("say why the restriction no longer holds")
    keys = keys_of(connection, [person_id]).get(person_id, ())
    if not restricted(connection, keys):
        raise ReleaseRefused("this person is not restricted")
    request_id = derived_id(now_ms, "release", person_id, asked_by.who)
    row = {
        "request_id": request_id,
        "person_id": person_id,
        "asked_by": asked_by.who,
        "why": why,
        "asked_ms": now_ms,
    }
    insert_missing(connection, restriction_release, [row])
    asked_by.did(connection, "lifting a restriction asked", person_id, why, now_ms)
    return request_id


def approve_release(
    connection: Connection, request_id: str, approved_by: Actor, data_keys: DataKeys, prefix: str, now_ms: int
) -> list[ReleasedEvent]:
    """Lift the restriction of every key of the person; return the events to emit. Raises `ReleaseRefused`."""
    row = connection.execute(
        select(restriction_release).where(restriction_release.c.request_id == request_id).with_for_update()
    ).first()
    if row is None:
        raise ReleaseRefused("there is no such request")
    if row.approved_ms is not None:
        raise ReleaseRefused(f"{row.approved_by} approved it already")
    if row.asked_by == approved_by.who:
        raise ReleaseRefused("who asked may not approve: a second person must")
    keys = keys_of(connection, [row.person_id]).get(row.person_id, ())
    if not keys:
        raise ReleaseRefused("this person was merged with another since; ask again")
    mine = restriction_release.c.request_id == request_id
    connection.execute(
        update(restriction_release).where(mine).values(approved_by=approved_by.who, approved_ms=now_ms)
    )
    connection.execute(
        update(patient)
        .where(patient.c.patient_key.in_(keys))
        .values(restricted=0, restriction="", changed_ms=now_ms)
    )
    approved_by.did(connection, "restriction lifted", row.person_id, row.why, now_ms)
    cause = Cause(message_id=request_id, event_id=request_id, kept_ms=now_ms)
    items = [KnownDraft(key, "lifted", now_ms, PatientRestrictionLifted()) for key in keys]
    return release_known(connection, items, cause, data_keys, prefix, now_ms)


def open_requests(connection: Connection) -> list[ReleaseRequest]:
    """Return what waits for a second person, the oldest first."""
    columns = restriction_release.c
    rows = connection.execute(
        select(columns.request_id, columns.person_id, columns.asked_by, columns.why, columns.asked_ms)
        .where(columns.approved_ms.is_(None))
        .order_by(columns.asked_ms, columns.request_id)
    )
    return [ReleaseRequest(*row) for row in rows]
