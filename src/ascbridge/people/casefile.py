"""The patients and link statements that a batch may touch, in memory. It thinks only.

`casefile_store` reads everything first and writes once; folding message by message in between costs no query.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, NamedTuple

from ascbridge.people.groups import Pair, Statement, joined, people

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ascbridge.people.details import Details


class Mark(NamedTuple):
    """A birth date with a family name, or with a postcode: keyed hashes, the same for who may be one person."""

    kind: Literal["family", "home"]
    birth: str
    value: str


@dataclass(slots=True)
class Stored:
    """A patient's details as the table has them: the open part's JSON, the sealed part, how to open it."""

    details: str = ""
    sealed: bytes | None = None
    event_id: str = ""
    key_id: str = ""
    renewed: str = ""


@dataclass(slots=True)
class Patient:
    """One patient key as a batch finds it and leaves it. `level` is empty, ``local`` or ``national``.

    `number` and `birth` are keyed hashes, empty where the number does not check or the date names no day.
    `postcode` is one too, and `family` one of birth date and family name together; both are set whenever details are.
    `stirred` holds the marks, before and after, of who must be compared anew with those who are alike. `renewed`
    names the parts of the details that say otherwise than before. `changed` names what must be written: ``details``,
    ``death``, ``restriction``, ``person``.
    """

    key: str
    person: str
    authority: str
    first_ms: int
    number: str = ""
    number_state: str = "none"
    birth: str = ""
    level: str = ""
    died: bool = False
    died_on: str = ""
    death_order: str = ""
    stored: Stored = field(default_factory=Stored)
    details: Details | None = None
    details_event: str = ""
    new: bool = False
    postcode: str = ""
    family: str = ""
    stirred: set[Mark] = field(default_factory=set)
    renewed: set[str] = field(default_factory=set)
    changed: set[str] = field(default_factory=set)

    def marks(self) -> set[Mark]:
        """Return under what others are found who may be the same person: nothing where no birth date is whole."""
        found = {Mark("family", self.birth, self.family), Mark("home", self.birth, self.postcode)}
        return {mark for mark in found if mark.birth and mark.value}

    def stir(self) -> None:
        """Have them compared anew with those who are alike."""
        self.stirred |= self.marks()


class CaseFile:
    """Patients by key, who shares a number, who is one person, and what was said of each pair."""

    def __init__(self) -> None:
        self.patients: dict[str, Patient] = {}
        self.sharing: defaultdict[str, set[str]] = defaultdict(set)
        self.statements: defaultdict[Pair, dict[str, Statement]] = defaultdict(dict)
        self.fresh: dict[str, Statement] = {}
        self.gone: set[str] = set()
        self._members: defaultdict[str, set[str]] = defaultdict(set)
        self._beside: defaultdict[str, set[Pair]] = defaultdict(set)

    def add(self, one: Patient) -> None:
        """Take in a patient."""
        self.patients[one.key] = one
        self._members[one.person].add(one.key)
        if one.number:
            self.sharing[one.number].add(one.key)

    def crowded(self, stated: Mapping[str, set[str]]) -> bool:
        """Whether two keys here share a person or a number, counting the numbers that the batch states."""
        if len({one.person for one in self.patients.values()}) < len(self.patients):
            return True
        return any(len(self.sharing[number] | keys) > 1 for number, keys in stated.items()) or any(
            len(keys) > 1 for keys in self.sharing.values()
        )

    def sharers(self, stated: Mapping[str, set[str]]) -> set[str]:
        """Return the keys here that have a number of another one, counting the numbers that the batch states."""
        shared = (keys for number, keys in self.sharing.items() if len(keys | stated.get(number, set())) > 1)
        return {key for keys in shared for key in keys}

    def renumber(self, one: Patient, number: str, state: str, birth: str) -> bool:
        """Set what a patient's number and birth date are; return whether that is new."""
        if (one.number, one.number_state, one.birth) == (number, state, birth):
            return False
        self.sharing[one.number].discard(one.key)
        one.number, one.number_state, one.birth = number, state, birth
        if number:
            self.sharing[number].add(one.key)
        return True

    def recall(self, event_id: str, statement: Statement) -> None:
        """Take in a statement that is written already."""
        self.statements[statement.pair][event_id] = statement
        for key in statement.pair:
            self._beside[key].add(statement.pair)

    def state(self, event_id: str, statement: Statement) -> None:
        """Add a link statement; one with the same id takes the other's place."""
        if self.statements[statement.pair].get(event_id) != statement:
            self.recall(event_id, statement)
            self.fresh[event_id] = statement

    def retract(self, pair: Pair, event_id: str) -> None:
        """Take back a link statement that a later translation of its message replaces."""
        del self.statements[pair][event_id]
        self.fresh.pop(event_id, None)
        self.gone.add(event_id)

    def beside(self, key: str) -> list[Pair]:
        """Return the pairs with this key of which anything was said."""
        return sorted(self._beside[key])

    def joined(self, pair: Pair) -> bool:
        """Whether a pair is one person by what was said of that pair."""
        return pair in self.statements and joined(self.statements[pair].values())

    def members(self, keys: Iterable[str]) -> set[str]:
        """Return these keys and all that are one person with one of them."""
        return {member for key in keys for member in self._members[self.patients[key].person]}

    def regroup(self, keys: Iterable[str]) -> set[str]:
        """Decide anew who is one person among these keys and theirs; return all who were looked at."""
        members = self.members(keys)
        pairs = {pair for key in members for pair in self._beside[key] if members.issuperset(pair)}
        first_seen = {key: self.patients[key].first_ms for key in members}
        for key, person in people(first_seen, filter(self.joined, pairs)).items():
            one = self.patients[key]
            if one.person != person:
                self._members[one.person].discard(key)
                self._members[person].add(key)
                one.person = person
                one.changed.add("person")
        return members

    def level(self, key: str) -> str:
        """Return the restriction of the person with this key: the strictest of their keys', or empty."""
        levels = {self.patients[member].level for member in self._members[self.patients[key].person]}
        return next((level for level in ("national", "local") if level in levels), "")
