"""What is to be put right before a switch: people without a number or address, with two numbers, workers unknown.

And what the crosswalk lacks: two people, or two things, that are one by all that can be told. They are proposed to a
person, and never taken for granted.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from ascbridge.people import known_as
from ascbridge.people.known_as import PERSON
from ascbridge.storage.tables import feed_person

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sqlalchemy import Connection

    from ascbridge.cutover.comparing import Comparison, Thing
    from ascbridge.cutover.comparison_rules import Rules
    from ascbridge.events.switches import Pair

STOPS = frozenset({"two numbers", "number shared by two"})
"""What stops a switch, because somebody's care could come under somebody else."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong with what a feed says of a person."""

    feed: str
    patient_key: str
    what: str


@dataclass(frozen=True, slots=True)
class Proposal:
    """The new system's `theirs` may be our `ours`, by `why`; persons are patient keys."""

    kind: str
    theirs: str
    ours: str
    patient_key: str
    why: str


def faults(connection: Connection, pair: Pair, comparison: Comparison) -> list[Fault]:
    """Return what is wrong, feed by feed and person by person."""
    people = _people(connection, pair)
    found = [fault for row in people.values() for fault in _of_person(row)]
    found += _shared(people.values())
    ours = {one.theirs: one.ours for one in known_as.everything(connection, pair.new) if one.kind == PERSON}
    for theirs, key in ours.items():
        one, other = people.get((pair.old, key)), people.get((pair.new, theirs))
        if one and other and one["nhs_lookup"] and other["nhs_lookup"] not in ("", one["nhs_lookup"]):
            found.append(Fault(pair.new, key, "two numbers"))
    found += _workers(pair, comparison)
    return sorted(set(found), key=lambda one: (one.what, one.feed, one.patient_key))


def proposals(connection: Connection, pair: Pair, rules: Rules, comparison: Comparison) -> list[Proposal]:
    """Return what may go into the crosswalk: only what is told apart on both sides by exactly one."""
    return [*_persons(connection, pair), *_things(rules, comparison)]


def _people(connection: Connection, pair: Pair) -> dict[tuple[str, str], Mapping[str, Any]]:
    rows = connection.execute(select(feed_person).where(feed_person.c.feed.in_((pair.old, pair.new))))
    return {(row["feed"], row["patient_key"]): dict(row) for row in rows.mappings()}


def _of_person(row: Mapping[str, Any]) -> list[Fault]:
    wrong = {
        "no NHS number": not row["nhs_lookup"],
        "two numbers": bool(row["other_lookup"]),
        "no address": not row["addressed"],
    }
    return [Fault(row["feed"], row["patient_key"], what) for what, so in wrong.items() if so]


def _shared(people: Iterable[Mapping[str, Any]]) -> list[Fault]:
    by_number = defaultdict(list)
    for row in people:
        if row["nhs_lookup"]:
            by_number[row["feed"], row["nhs_lookup"]].append(row["patient_key"])
    return [
        Fault(feed, key, "number shared by two")
        for (feed, _), keys in by_number.items()
        if len(keys) > 1
        for key in keys
    ]


def _workers(pair: Pair, comparison: Comparison) -> list[Fault]:
    found, working = [], set()
    for one in comparison.things:
        for feed, side in ((pair.old, one.old), (pair.new, one.new)):
            if side is None:
                continue
            if one.word == "worker" and side.value.get("team"):
                working.add((feed, one.patient_key))
                if not side.names:
                    found.append(Fault(feed, one.patient_key, "unknown worker"))
    for one in comparison.things:
        for feed, side in ((pair.old, one.old), (pair.new, one.new)):
            live = one.word == "package" and side is not None and side.value.get("status") == "live"
            if live and (feed, one.patient_key) not in working:
                found.append(Fault(feed, one.patient_key, "unknown worker"))
    return found


def _persons(connection: Connection, pair: Pair) -> list[Proposal]:
    if pair.same_ids:
        return []
    taken = {one.theirs for one in known_as.everything(connection, pair.new) if one.kind == PERSON}
    sides: dict[str, dict[tuple[str, str], list[str]]] = {pair.old: {}, pair.new: {}}
    for (feed, key), row in _people(connection, pair).items():
        if row["number_state"] == "verified" and row["nhs_lookup"] and row["birth_lookup"]:
            sides[feed].setdefault((row["nhs_lookup"], row["birth_lookup"]), []).append(key)
    return [
        Proposal(PERSON, new[0], old[0], old[0], "the same verified NHS number and birth date")
        for marks, new in sorted(sides[pair.new].items())
        if len(new) == 1 and new[0] not in taken and len(old := sides[pair.old].get(marks, [])) == 1
    ]


def _things(rules: Rules, comparison: Comparison) -> list[Proposal]:
    """Of each person, a thing that only the old system has and one that only the new one has, alike in `known_by`."""
    alone: dict[tuple[str, ...], dict[str, list[Thing]]] = defaultdict(lambda: defaultdict(list))
    for one in comparison.things:
        names = rules.rule[one.word].known_by
        side = one.old if one.verdict == "missing" else one.new if one.verdict == "extra" else None
        if side is not None and names and ":" in one.slot and all(side.value.get(name) for name in names):
            alike = (one.patient_key, one.word, *(str(side.value[name]) for name in names))
            alone[alike][one.verdict].append(one)
    found = []
    for marks, each in sorted(alone.items()):
        missing, extra = each.get("missing", []), each.get("extra", [])
        if len(missing) == len(extra) == 1 and extra[0].new is not None:
            theirs = extra[0].new.slot.partition(":")[2]
            ours = missing[0].slot.partition(":")[2]
            why = "alike in " + ", ".join(rules.rule[marks[1]].known_by)
            found.append(Proposal(marks[1], theirs, ours, marks[0], why))
    return found
