"""Lifting a restriction: asked by one person, approved by another (`people.requests`), and by no message ever.

Setting one is `people.persons`' work: one ZU8-4 of 1 or 2 restricts the person until this module lifts it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import update

from ascbridge.events.facts.catalogue import PatientRestrictionLifted
from ascbridge.events.logs.envelope import Cause
from ascbridge.people import requests
from ascbridge.people.membership import keys_of, restricted
from ascbridge.people.release import KnownDraft, release_known
from ascbridge.people.requests import RequestRefused
from ascbridge.storage.tables import patient

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy import Connection

    from ascbridge.events.logs.envelope import ReleasedEvent
    from ascbridge.people.actor import Actor
    from ascbridge.people.data_keys import DataKeys


def request_release(connection: Connection, person_id: str, asked_by: Actor, why: str, now_ms: int) -> str:
    """Ask that a person's restriction be lifted; return the request's id. Raises `RequestRefused`."""
    keys = keys_of(connection, [person_id]).get(person_id, ())
    if keys and not restricted(connection, keys):
        raise RequestRefused("this person is not restricted")
    return requests.ask(connection, "lift-restriction", person_id, asked_by, why, now_ms)


def approve_release(
    connection: Connection, request_id: str, approved_by: Actor, data_keys: DataKeys, prefix: str, now_ms: int
) -> list[ReleasedEvent]:
    """Lift the restriction of every key of the person; return the events to emit.

    Raises `RequestRefused` or `NoSuchRequest`.
    """
    request, keys = requests.to_approve(connection, request_id, approved_by)
    requests.decide(connection, request, "done", approved_by, now_ms, done_ms=now_ms)
    approved_by.did(connection, "restriction lifted", request.person_id, request.why, now_ms)
    return lift(connection, request_id, keys, data_keys, prefix, now_ms)


def lift(
    connection: Connection,
    request_id: str,
    keys: Collection[str],
    data_keys: DataKeys,
    prefix: str,
    now_ms: int,
) -> list[ReleasedEvent]:
    """Let these patient keys be restricted no longer, because of an approved request; return the events to emit."""
    connection.execute(
        update(patient)
        .where(patient.c.patient_key.in_(keys))
        .values(restricted=0, restriction="", changed_ms=now_ms)
    )
    cause = Cause(message_id=request_id, event_id=request_id, kept_ms=now_ms)
    items = [KnownDraft(key, "lifted", now_ms, PatientRestrictionLifted()) for key in keys]
    return release_known(connection, items, cause, data_keys, prefix, now_ms)
