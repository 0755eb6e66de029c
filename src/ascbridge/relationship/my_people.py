"""The people whom the council allocates to a reader or to the reader's team, and what is new about each.

Those in hospital come first, the last admitted first; then those of whom something changed since the reader looked,
then those whom the reader never looked at, then the others. Nothing here names anybody.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import orjson
from sqlalchemy import BigInteger, bindparam, select

from ascbridge.discharge.keeping.allocations import allocated_to, allocations_of, compared, worker_lookup
from ascbridge.discharge.keeping.known_admissions import admissions_of
from ascbridge.people.identities import in_lists
from ascbridge.people.membership import keys_of, person_of
from ascbridge.people.renewed_parts import renewed_of
from ascbridge.record.changed_parts import changed_parts
from ascbridge.relationship import last_looks
from ascbridge.storage.prepared import Prepared
from ascbridge.storage.tables import care, patient

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from sqlalchemy import Connection

    from ascbridge.people.data_keys import DataKeys
    from ascbridge.relationship.grounds import Reader

How = Literal["me", "team"]
_SAID = Prepared.of(
    lambda one_of: select(care.c.patient_key, care.c.value).where(
        one_of(care.c.patient_key, "keys"), care.c.changed_ms > bindparam("since", type_=BigInteger)
    )
)


@dataclass(frozen=True, slots=True)
class Mine:
    """One person: allocated to the reader by name or to a team of theirs; times are UTC epoch milliseconds.

    `admitted_ms` is when a stay began that goes on, None where they are in no hospital; `looked_ms` is since when
    `changes` counts, None where the reader never looked. `changed_ms` is the newest change.
    """

    person_id: str
    patient_key: str
    how: How
    admitted_ms: int | None
    looked_ms: int | None
    changes: int
    changed_ms: int | None


def my_people(
    connection: Connection,
    data_keys: DataKeys,
    reader: Reader,
    now_ms: int,
    generation: int = 1,
    *,
    told: Collection[str] = (),
) -> list[Mine]:
    """Return everybody whom the council's last word allocates to this reader or to a team of theirs, as they sort.

    `told`: the parts of somebody's details of which the reader may know that they changed.
    """
    mine = _mine(connection, data_keys, reader)
    keys = {person: keys for person, (_, _, keys) in mine.items()}
    looked = last_looks.since(connection, reader, list(mine), now_ms)
    changes = _changes(connection, keys, looked, generation)
    for person, times in _renewed(connection, keys, looked, told).items():
        changes[person] += times
    inside = {one.person_id: one.since_ms for one in admissions_of(connection, list(mine)).values()}
    found = [
        Mine(
            person, key, how, inside.get(person), looked.get(person), len(changes[person]),
            max(changes[person], default=None),
        )
        for person, (how, key, _) in mine.items()
    ]  # fmt: skip
    return sorted(found, key=_place)


def _place(one: Mine) -> tuple[object, ...]:
    new = 0 if one.changes else 1 if one.looked_ms is None else 2
    return (
        one.admitted_ms is None,
        -(one.admitted_ms or 0),
        new,
        -(one.changed_ms or 0),
        one.how,
        one.person_id,
    )


def _mine(
    connection: Connection, data_keys: DataKeys, reader: Reader
) -> dict[str, tuple[How, str, tuple[str, ...]]]:
    """Return how each person is the reader's, by which patient key, and all their keys; the last word holds."""
    found = allocated_to(connection, data_keys, reader.teams, reader.who)
    people = keys_of(connection, set(person_of(connection, found).values()))
    said = allocations_of(connection, [key for keys in people.values() for key in keys])
    teams, me = {compared(team) for team in reader.teams}, worker_lookup(data_keys, reader.who)
    mine: dict[str, tuple[How, str, tuple[str, ...]]] = {}
    for person, keys in people.items():
        last = max((said[key] for key in keys if key in said), key=lambda one: (one.stamp, one.patient_key))
        if last.team and me and last.worker_lookup == me:
            mine[person] = "me", last.patient_key, keys
        elif last.team and last.team in teams:
            mine[person] = "team", last.patient_key, keys
    return _living(connection, mine)


def _living(
    connection: Connection, mine: dict[str, tuple[How, str, tuple[str, ...]]]
) -> dict[str, tuple[How, str, tuple[str, ...]]]:
    """Leave out who has died by anybody's word: nobody is to look after them now."""
    keys = sorted(key for _, _, keys in mine.values() for key in keys)
    dead = {
        person
        for part in in_lists(keys)
        for person in connection.execute(
            select(patient.c.person_id).where(patient.c.patient_key.in_(part), patient.c.died != 0)
        ).scalars()
    }
    return {person: one for person, one in mine.items() if person not in dead}


def _changes(
    connection: Connection, keys: Mapping[str, Collection[str]], looked: Mapping[str, int], generation: int
) -> defaultdict[str, list[int]]:
    """Return when things changed of each person since the reader looked at them."""
    found: defaultdict[str, list[int]] = defaultdict(list)
    whose = {key: person for person in looked for key in keys[person]}
    if not whose:
        return found
    since_ms = min(looked.values())
    times = [
        (one.patient_key, one.at_ms) for one in changed_parts(connection, list(whose), since_ms, generation)
    ]
    for key, value in _SAID.rows(connection, keys=list(whose), since=since_ms):
        said = orjson.loads(value)
        times.append((key, int(said.get("heard_ms") or said.get("since_ms", 0))))
    for key, at_ms in times:
        if at_ms > looked[whose[key]]:
            found[whose[key]].append(at_ms)
    return found


def _renewed(
    connection: Connection,
    keys: Mapping[str, Collection[str]],
    looked: Mapping[str, int],
    told: Collection[str],
) -> dict[str, list[int]]:
    """Return when name, address and the like changed since, each once a person whoever of their sources said so."""
    whose = {key: person for person in looked for key in keys[person]}
    last: dict[tuple[str, str], int] = {}
    for key, part, at_ms in renewed_of(connection, list(whose)) if told else ():
        if part in told and at_ms > looked[whose[key]]:
            last[whose[key], part] = max(at_ms, last.get((whose[key], part), 0))
    found: defaultdict[str, list[int]] = defaultdict(list)
    for (person, _), at_ms in last.items():
        found[person].append(at_ms)
    return found
