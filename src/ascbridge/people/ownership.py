"""Whose an NHS number is that waits in quarantine: a person's decision, with a reason.

That two records are two people, or one, is a statement about links (`people.links`). That a number is not
somebody's is written beside it, and stands until their source tells another number.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

from sqlalchemy import select

from ascbridge.people.links import DecisionRefused, link, unlink
from ascbridge.people.membership import keys_of, person_of
from ascbridge.people.quarantine import NUMBER_INVALID, NUMBER_NOT_THEIRS, NUMBER_SHARED, open_cases
from ascbridge.storage.tables import patient, quarantine
from ascbridge.storage.upsert import upsert

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from ascbridge.events.logs.envelope import ReleasedEvent
    from ascbridge.events.logs.sealing import Keyring
    from ascbridge.people.actor import Actor
    from ascbridge.people.quarantine import Case

Belongs = Literal["one-person", "this", "other", "neither", "noted"]
"""The two records are one person's; or two people's, and the number is that of the record with the case, of the
other, or of neither; *noted* is for a number that fails its check, which is nobody's.
"""
BELONGS: tuple[Belongs, ...] = get_args(Belongs)


@dataclass(frozen=True, slots=True)
class NotTheirs:
    """That somebody decided, at this moment (UTC ms), that a record's number is not theirs, or is nobody's."""

    patient_key: str
    cause: str
    number: str
    at_ms: int


def settle_number(
    connection: Connection,
    keyring: Keyring,
    patient_key: str,
    belongs: Belongs,
    *,
    actor: Actor,
    why: str,
    prefix: str,
    now_ms: int,
) -> list[ReleasedEvent]:
    """Decide whose the number of a record in quarantine is; return the events to emit.

    Raises `DecisionRefused`, also where nothing waits any more.
    """
    case = _case(connection, patient_key, belongs)
    if not why.strip():
        raise DecisionRefused("say why", "why")
    what = f"NHS number settled: {belongs}"
    if case.cause == NUMBER_INVALID:
        _write(connection, [patient_key], "", case, now_ms)
        actor.did(connection, what, patient_key, why, now_ms)
        return []
    number, mine, theirs = _sharing(connection, case)
    events: list[ReleasedEvent] = []
    if belongs == "one-person":
        events = link(
            connection, keyring, patient_key, [case.other_key],
            actor=actor, why=why, prefix=prefix, now_ms=now_ms,
        )  # fmt: skip
    else:
        for key in mine:
            events += unlink(
                connection, keyring, key, theirs, actor=actor, why=why, prefix=prefix, now_ms=now_ms
            )
        lost: dict[str, Sequence[str]] = {"this": theirs, "other": mine, "neither": [*mine, *theirs]}
        _write(connection, lost[belongs], number, case, now_ms)
    actor.did(connection, what, f"{patient_key} {case.other_key}", why, now_ms)
    return events


def _case(connection: Connection, patient_key: str, belongs: Belongs) -> Case:
    cases = {case.cause: case for case in open_cases(connection, patient_key)}
    case = cases.get(NUMBER_SHARED) or cases.get(NUMBER_INVALID)
    if case is None:
        raise DecisionRefused("nothing waits to be settled about this number any more")
    if (belongs == "noted") != (case.cause == NUMBER_INVALID):
        raise DecisionRefused("choose one that this case allows")
    return case


def _sharing(connection: Connection, case: Case) -> tuple[str, list[str], list[str]]:
    """Return the number's keyed hash, and the keys that carry it of the one person and of the other."""
    people = person_of(connection, [case.patient_key, case.other_key])
    keys = keys_of(connection, people.values())
    number = connection.scalar(select(patient.c.nhs_lookup).where(patient.c.patient_key == case.patient_key))
    sides = []
    for key in (case.patient_key, case.other_key):
        group = keys[people[key]]
        carrying = select(patient.c.patient_key).where(
            patient.c.patient_key.in_(group), patient.c.nhs_lookup == number
        )
        sides.append(sorted(connection.execute(carrying).scalars()))
    return str(number), sides[0], sides[1]


def _write(connection: Connection, keys: Sequence[str], number: str, case: Case, now_ms: int) -> None:
    cause = case.cause if case.cause == NUMBER_INVALID else NUMBER_NOT_THEIRS
    for key in keys:
        say_again(connection, NotTheirs(key, cause, number, now_ms))


def standing(connection: Connection) -> list[NotTheirs]:
    """Return every such decision that stands, the oldest first."""
    wanted = select(quarantine.c.patient_key, quarantine.c.cause, quarantine.c.number, quarantine.c.since_ms)
    found = connection.execute(wanted.where(quarantine.c.state == "decided"))
    return sorted((NotTheirs(*row) for row in found), key=lambda one: (one.at_ms, one.patient_key))


def say_again(connection: Connection, one: NotTheirs) -> None:
    """Let a decision stand from its moment on, until the record's source tells another number."""
    row = {
        "patient_key": one.patient_key,
        "cause": one.cause,
        "other_key": "",
        "detail": "a person decided that this number is not theirs",
        "since_ms": one.at_ms,
        "state": "decided",
        "number": one.number,
    }
    upsert(connection, quarantine, [row])
