"""Which patient keys are one person: a pure function of what was said about pairs of them. It thinks only.

The same statements give the same people, whatever the order in which they came and however often.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ascbridge.events.logs.envelope import following_id

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

NUMBER = "number"
Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Statement:
    """Somebody said that two patient keys are, or are not, one person.

    `kind` is ``merged`` (a source), ``decided`` (a person) or ``number`` (what the NHS numbers say now).
    `order` sorts as the statement does (`stamps.sortable`).
    """

    pair: Pair
    joined: bool
    kind: str
    order: str


def pair_of(one: str, other: str) -> Pair:
    """Return two patient keys as the pair under which statements about them are found."""
    return (one, other) if one < other else (other, one)


def own_person_id(patient_key: str) -> str:
    """Return the person id of a patient key that is linked to none, or is the first of its group."""
    return following_id("n", patient_key, "person", patient_key)


def stated(statements: Iterable[Statement]) -> Statement | None:
    """Return the last that was said of a pair, apart from what its numbers say."""
    said = [statement for statement in statements if statement.kind != NUMBER]
    return max(said, key=lambda statement: statement.order, default=None)


def deciding(statements: Iterable[Statement]) -> Statement | None:
    """Return the statement that decides on a pair: what was said of it, else what its NHS numbers say."""
    statements = list(statements)
    return stated(statements) or next(iter(statements), None)


def joined(statements: Iterable[Statement]) -> bool:
    """Whether a pair is one person."""
    decides = deciding(statements)
    return decides is not None and decides.joined


def people(members: Mapping[str, int], pairs: Iterable[Pair]) -> dict[str, str]:
    """Return the person id of each member, given the pairs that are joined.

    `members` gives for each patient key when it was first seen (UTC epoch milliseconds). A group has the id
    of the member first seen, and of the lowest key among those seen at once.
    """
    beside: dict[str, set[str]] = {key: set() for key in members}
    for one, other in pairs:
        beside[one].add(other)
        beside[other].add(one)
    found: dict[str, str] = {}
    for first in sorted(members, key=lambda key: (members[key], key)):
        waiting = [] if first in found else [first]
        while waiting:
            key = waiting.pop()
            if key not in found:
                found[key] = own_person_id(first)
                waiting.extend(beside[key])
    return found
