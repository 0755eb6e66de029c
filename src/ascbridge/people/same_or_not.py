"""Whether two records that may be one person's are: a person's decision, with a reason, for all records of both.

One person: they are joined, as by any decision on links. Two people: they are parted for good, as `people.links` does
it, and `people.possible_matches` remembers what was compared.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, get_args

from ascbridge.people import possible_matches
from ascbridge.people.data_keys import DataKeys
from ascbridge.people.groups import pair_of
from ascbridge.people.links import DecisionRefused, link, unlink
from ascbridge.people.membership import keys_of, person_of

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from ascbridge.events.logs.envelope import ReleasedEvent
    from ascbridge.events.logs.sealing import Keyring
    from ascbridge.people.actor import Actor

SameOrNot = Literal["one-person", "two-people", "noted"]
"""*noted* is for a record that too many are like."""
SAME_OR_NOT: tuple[SameOrNot, ...] = get_args(SameOrNot)


def settle_pair(
    connection: Connection,
    keyring: Keyring,
    pair: tuple[str, str],
    choice: SameOrNot,
    *,
    actor: Actor,
    why: str,
    prefix: str,
    now_ms: int,
) -> list[ReleasedEvent]:
    """Decide on two records that wait, of which the second is empty where too many are alike; return the events to
    emit.

    Raises `DecisionRefused`, also where nothing waits any more.
    """
    one, other = pair
    here = pair_of(one, other) if other else pair
    if not any(
        here == waits[:2] for waits in possible_matches.between(connection, [one], [other] if other else [])
    ):
        raise DecisionRefused("nothing waits to be settled about these records any more")
    if not why.strip():
        raise DecisionRefused("say why", "why")
    if (choice == "noted") != (not other):
        raise DecisionRefused("choose one that this case allows")
    people = person_of(connection, [key for key in pair if key])
    keys = keys_of(connection, people.values())
    mine, theirs = keys[people[one]], keys[people[other]] if other else ()
    waits = possible_matches.between(connection, mine if other else [one], theirs)
    events: list[ReleasedEvent] = []
    if choice == "one-person":
        events = link(connection, keyring, one, theirs, actor=actor, why=why, prefix=prefix, now_ms=now_ms)
    else:
        for key in mine if other else ():
            events += unlink(
                connection, keyring, key, theirs, actor=actor, why=why, prefix=prefix, now_ms=now_ms
            )
        possible_matches.decided_two(connection, DataKeys(keyring), waits, now_ms)
    actor.did(connection, f"possible match settled: {choice}", " ".join(pair).strip(), why, now_ms)
    return events
