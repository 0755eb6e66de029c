"""What is to be put right before a switch: people without a number or address, with two numbers, workers unknown.

And what the crosswalk lacks: two people, or two things, that are one by all that can be told. They are proposed to a
person, and never taken for granted.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select, tuple_

from ascbridge.people.known_as import PERSON
from ascbridge.storage.tables import crosswalk, feed_person

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import ColumnElement, Connection, Select

    from ascbridge.cutover.comparing import Thing
    from ascbridge.cutover.comparison_rules import Rules
    from ascbridge.events.handlers.switches import Pair

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


def faults(connection: Connection, pair: Pair, unknown: Iterable[Fault]) -> list[Fault]:
    """Return what is wrong, feed by feed and person by person; `unknown` are the workers not known, by comparing."""
    feeds = feed_person.c.feed.in_((pair.old, pair.new))
    wrong: dict[str, ColumnElement[bool]] = {
        "no NHS number": feed_person.c.nhs_lookup == "",
        "two numbers": feed_person.c.other_lookup != "",
        "no address": feed_person.c.addressed == 0,
        "number shared by two": tuple_(feed_person.c.feed, feed_person.c.nhs_lookup).in_(_shared(feeds)),
    }
    found = {
        Fault(feed, key, what)
        for what, so in wrong.items()
        for feed, key in connection.execute(
            select(feed_person.c.feed, feed_person.c.patient_key).where(feeds, so)
        )
    }
    found |= {Fault(pair.new, key, "two numbers") for key in connection.scalars(_of_two_numbers(pair))}
    return sorted(found | set(unknown), key=lambda one: (one.what, one.feed, one.patient_key))


def proposals(connection: Connection, pair: Pair, things: Iterable[Proposal]) -> list[Proposal]:
    """Return what may go into the crosswalk: only what is told apart on both sides by exactly one.

    `things` are those that are alike, by comparing.
    """
    why = "the same verified NHS number and birth date"
    persons = [] if pair.same_ids else connection.execute(_of_one_number(pair)).all()
    return [*(Proposal(PERSON, theirs, ours, ours, why) for theirs, ours in persons), *things]


def unknown_workers(pair: Pair, things: Sequence[Thing]) -> list[Fault]:
    """Return whose worker is not named, or who has live care and no worker. Of each person all things must be there."""
    found, working = set[Fault](), set()
    sides = [
        (feed, one.word, one.patient_key, side)
        for one in things
        for feed, side in ((pair.old, one.old), (pair.new, one.new))
        if side is not None
    ]
    for feed, word, key, side in sides:
        if word == "worker" and side.value.get("team"):
            working.add((feed, key))
            if not side.names:
                found.add(Fault(feed, key, "unknown worker"))
    for feed, word, key, side in sides:
        if word == "package" and side.value.get("status") == "live" and (feed, key) not in working:
            found.add(Fault(feed, key, "unknown worker"))
    return sorted(found, key=lambda one: (one.patient_key, one.feed))


def _shared(feeds: ColumnElement[bool]) -> Select[Any]:
    """The numbers that two people of one feed have."""
    number = (feed_person.c.feed, feed_person.c.nhs_lookup)
    return (
        select(*number)
        .where(feeds, feed_person.c.nhs_lookup != "")
        .group_by(*number)
        .having(func.count() > 1)
    )


def _of_two_numbers(pair: Pair) -> Select[Any]:
    """People of the new feed who have another number in the old one, by the crosswalk."""
    old, new = feed_person.alias(), feed_person.alias()
    return (
        select(new.c.patient_key)
        .join(crosswalk, (crosswalk.c.theirs == new.c.patient_key) & (crosswalk.c.feed == new.c.feed))
        .join(old, old.c.patient_key == crosswalk.c.ours)
        .where(crosswalk.c.kind == PERSON, old.c.feed == pair.old, new.c.feed == pair.new)
        .where(old.c.nhs_lookup != "", new.c.nhs_lookup != "", old.c.nhs_lookup != new.c.nhs_lookup)
    )


def _of_one_number(pair: Pair) -> Select[Any]:
    """Of each verified number and birth date that just one person of each feed has, both, where the new one is free."""
    marks = (feed_person.c.nhs_lookup, feed_person.c.birth_lookup)
    old, new = (
        select(*marks, func.min(feed_person.c.patient_key).label("key"))
        .where(feed_person.c.feed == feed, feed_person.c.number_state == "verified")
        .where(*(mark != "" for mark in marks))
        .group_by(*marks)
        .having(func.count() == 1)
        .subquery()
        for feed in (pair.old, pair.new)
    )
    taken = (
        select(crosswalk.c.theirs)
        .where(crosswalk.c.feed == pair.new, crosswalk.c.kind == PERSON, crosswalk.c.theirs == new.c.key)
        .exists()
    )
    alike = (old.c.nhs_lookup == new.c.nhs_lookup) & (old.c.birth_lookup == new.c.birth_lookup)
    return (
        select(new.c.key, old.c.key)
        .join(old, alike)
        .where(~taken)
        .order_by(new.c.nhs_lookup, new.c.birth_lookup)
    )


def alike(rules: Rules, things: Iterable[Thing]) -> list[Proposal]:
    """Of each person, a thing that only the old system has and one that only the new one has, alike in `known_by`."""
    apart: dict[tuple[str, ...], dict[str, list[Thing]]] = defaultdict(lambda: defaultdict(list))
    for one in things:
        names = rules.rule[one.word].known_by
        side = one.old if one.verdict == "missing" else one.new if one.verdict == "extra" else None
        if side is not None and names and ":" in one.slot and all(side.value.get(name) for name in names):
            marks = (one.patient_key, one.word, *(str(side.value[name]) for name in names))
            apart[marks][one.verdict].append(one)
    found = []
    for marks, each in sorted(apart.items()):
        missing, extra = each.get("missing", []), each.get("extra", [])
        if len(missing) == len(extra) == 1 and extra[0].new is not None:
            theirs = extra[0].new.slot.partition(":")[2]
            ours = missing[0].slot.partition(":")[2]
            why = "alike in " + ", ".join(rules.rule[marks[1]].known_by)
            found.append(Proposal(marks[1], theirs, ours, marks[0], why))
    return found
