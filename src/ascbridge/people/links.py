"""What a person decides about links: these are not one person, or these are. It stands against any number.

A decision is one more statement with its stamp, so a merge that a hospital records later can still join
again; an NHS number cannot.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from ascbridge.events.facts.catalogue import PatientsLinked, PatientsUnlinked, Stamp
from ascbridge.events.logs.envelope import Cause, derived_id
from ascbridge.people.data_keys import DataKeys
from ascbridge.people.persons import learn_batch, person_of
from ascbridge.people.release import KnownDraft, known_drafts, release_known
from ascbridge.storage.tables import link as link_statements

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from ascbridge.events.logs.envelope import ReleasedEvent
    from ascbridge.events.logs.sealing import Keyring
    from ascbridge.people.actor import Actor

MOST_LINKS = 50
_RANK = 9
"""A person who decides in the millisecond of a message decides after it."""


class DecisionRefused(ValueError):
    """A decision that cannot be taken as asked; the text says why. `field`: what of it, *why* or the *choice*."""

    def __init__(self, said: str, field: str = "choice") -> None:
        super().__init__(said)
        self.field = field


@dataclass(frozen=True, slots=True)
class Joined:
    """Two patient keys of one person, and who said so: a source (*merged*), a person or their numbers."""

    low: str
    high: str
    person_id: str
    statement: str
    said_ms: int


def unlink(
    connection: Connection,
    keyring: Keyring,
    patient_key: str,
    others: Sequence[str],
    *,
    actor: Actor,
    why: str,
    prefix: str,
    now_ms: int,
) -> list[ReleasedEvent]:
    """Decide that a patient key is not the person that `others` are; return the events to emit.

    Name every other key of the person: one left out may still join them all. Raises `DecisionRefused`.
    """
    return _decide(connection, keyring, (patient_key, others, False), actor, why, prefix, now_ms)


def link(
    connection: Connection,
    keyring: Keyring,
    patient_key: str,
    others: Sequence[str],
    *,
    actor: Actor,
    why: str,
    prefix: str,
    now_ms: int,
) -> list[ReleasedEvent]:
    """Decide that a patient key is the person that `others` are; settles a shared number. As `unlink`."""
    return _decide(connection, keyring, (patient_key, others, True), actor, why, prefix, now_ms)


def linked(connection: Connection, patient_keys: Sequence[str] = ()) -> list[Joined]:
    """Return the links that hold and that a person could undo, the newest first.

    All links, the newest `MOST_LINKS` of them, or those between these patient keys, which are one person's.
    """
    wanted = select(link_statements).order_by(link_statements.c.said_ms.desc(), link_statements.c.event_id)
    if patient_keys:
        wanted = wanted.where(
            link_statements.c.low.in_(patient_keys), link_statements.c.high.in_(patient_keys)
        )
    else:
        wanted = wanted.where(link_statements.c.joined == 1).limit(4 * MOST_LINKS)
    rows = connection.execute(wanted).all()
    people = person_of(connection, {key for row in rows for key in (row.low, row.high)})
    found: dict[tuple[str, str], Joined] = {}
    for row in rows:
        one = Joined(row.low, row.high, people.get(row.low, ""), row.statement, row.said_ms)
        if row.joined and one.person_id and people.get(row.high) == one.person_id:
            found.setdefault((row.low, row.high), one)
    return list(found.values())[:MOST_LINKS]


def _decide(
    connection: Connection,
    keyring: Keyring,
    decision: tuple[str, Sequence[str], bool],
    actor: Actor,
    why: str,
    prefix: str,
    now_ms: int,
) -> list[ReleasedEvent]:
    patient_key, others, joined = decision
    _check(connection, patient_key, others, why)
    what = "patients linked" if joined else "patients unlinked"
    act = derived_id(now_ms, what, actor.who, patient_key, *others)
    stamp = Stamp(recorded_ms=now_ms, sent_ms=now_ms, rank=_RANK)
    fact = PatientsLinked if joined else PatientsUnlinked
    cause = Cause(message_id=act, event_id=act, kept_ms=now_ms)
    items = [
        KnownDraft(
            patient_key, f"decided.{other}", now_ms, fact(other=other, statement="decided", stamp=stamp)
        )
        for other in others
    ]
    (follow,) = learn_batch(connection, keyring, [(cause, items)], now_ms)
    actor.did(connection, what, " ".join([patient_key, *others]), why, now_ms)
    return release_known(
        connection, [*items, *known_drafts(follow, {})], cause, DataKeys(keyring), prefix, now_ms
    )


def _check(connection: Connection, patient_key: str, others: Sequence[str], why: str) -> None:
    if not why.strip():
        raise DecisionRefused("say why", "why")
    if not others or patient_key in others:
        raise DecisionRefused("name the patient and at least one other")
    unknown = {patient_key, *others} - person_of(connection, [patient_key, *others]).keys()
    if unknown:
        raise DecisionRefused(f"nobody has spoken of {', '.join(sorted(unknown))} yet")
