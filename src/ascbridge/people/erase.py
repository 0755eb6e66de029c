"""Erasing a person, in steps that any crash may fall between: approved, data keys thrown away, rows emptied.

Nothing sealed is searched for and deleted, wherever it lies: without its key it answers *erased*. Opaque keys
stay, so that links and counts still add up. Each step may be done again without harm. Only keys that were
given before the approval go: what a source says of the same patient later is new, and stays.

On one machine the process that writes *keys* throws keys away, and the one that writes *bridge* does the rest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, or_, update

from ascbridge.people import legal_holds, possible_matches, requests
from ascbridge.people.casefile_store import blank
from ascbridge.people.membership import keys_of
from ascbridge.people.requests import Request, RequestRefused
from ascbridge.storage.tables import patient, people_request, quarantine

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy import Connection

    from ascbridge.people.actor import Actor
    from ascbridge.people.data_keys import DataKeys


def request_erasure(connection: Connection, person_id: str, asked_by: Actor, why: str, now_ms: int) -> str:
    """Ask that a person be erased; return the request's id. Raises `RequestRefused`."""
    _not_on_hold(connection, person_id, keys_of(connection, [person_id]).get(person_id, ()))
    return requests.ask(connection, "erase", person_id, asked_by, why, now_ms)


def approve_erasure(connection: Connection, request_id: str, approved_by: Actor, now_ms: int) -> None:
    """Have the person erased, as they are now: every patient key of theirs.

    Raises `RequestRefused` or `NoSuchRequest`.
    """
    request, keys = requests.to_approve(connection, request_id, approved_by)
    _not_on_hold(connection, request.person_id, keys)
    requests.decide(connection, request, "approved", approved_by, now_ms, patient_keys=" ".join(keys))
    approved_by.did(connection, "erasing a person approved", request.person_id, request.why, now_ms)


def approved(connection: Connection, *, lock: bool = False) -> list[Request]:
    """Return the erasures that are approved and not done, the oldest first; with `lock`, nobody else's.

    One that a legal hold stands against since waits until that is ended.
    """
    found = [one for one in requests.in_state(connection, "approved", lock=lock) if one.kind == "erase"]
    return [one for one in found if legal_holds.against(connection, one.person_id, one.keys) is None]


def throw_keys_away(keys_connection: Connection, data_keys: DataKeys, request: Request, now_ms: int) -> None:
    """Throw away the data keys that an approved erasure is about. From here on it cannot be undone."""
    data_keys.erase(keys_connection, request.keys, now_ms, given_by_ms=request.decided_ms)


def keys_are_gone(connection: Connection, data_keys: DataKeys, request: Request) -> bool:
    """Whether no data key is left of those that an approved erasure is about."""
    return not data_keys.alive(connection, request.keys, given_by_ms=request.decided_ms or 0)


def finish(
    connection: Connection, data_keys: DataKeys, request: Request, process: Actor, now_ms: int
) -> None:
    """Empty what could still find or name the erased person, and mark the request done."""
    dead = data_keys.erased_ids(connection, request.keys)
    connection.execute(
        update(patient)
        .where(
            patient.c.patient_key.in_(request.keys),
            or_(patient.c.key_id.in_(dead), patient.c.key_id == ""),
        )
        .values(**blank(""), source_name="", died_on="", changed_ms=now_ms)
    )
    _empty_quarantine(connection, request.keys)
    possible_matches.forget(connection, request.keys)
    connection.execute(
        update(people_request)
        .where(people_request.c.person_id == request.person_id)
        .values(why="", decided_why="")
    )
    connection.execute(
        update(people_request)
        .where(people_request.c.request_id == request.request_id)
        .values(state="done", done_ms=now_ms)
    )
    agreed = f"asked by {request.asked_by}, approved by {request.decided_by}"
    process.did(connection, "person erased", request.person_id, agreed, now_ms)


def _not_on_hold(connection: Connection, person_id: str, keys: Collection[str]) -> None:
    hold = legal_holds.against(connection, person_id, keys)
    if hold is not None:
        raise RequestRefused(
            f"a legal hold by {hold.who} stands on this {hold.kind if hold.about == person_id else 'record'}: "
            "nothing of it is erased until somebody ends the hold"
        )


def _empty_quarantine(connection: Connection, keys: tuple[str, ...]) -> None:
    connection.execute(delete(quarantine).where(quarantine.c.patient_key.in_(keys)))
    beside = quarantine.c.other_key.in_(keys)
    connection.execute(update(quarantine).where(beside, quarantine.c.state == "open").values(state="settled"))
    connection.execute(update(quarantine).where(beside).values(other_key=""))
