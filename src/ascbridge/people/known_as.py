"""The crosswalk: under which id of ours a person, or a thing, of a case system is known.

A review keeps one id, however many case systems number it: so it stays one slot, one task and one resource. Nothing is
guessed here. A thing that has no id of ours when it is first heard is new, and gets a name made of its feed and its own
number, under which it stays. Persons are patient keys on both sides; of their numbers nothing is kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from ascbridge.events.facts.catalogue import CouncilFact
from ascbridge.people.identities import in_lists
from ascbridge.storage.tables import crosswalk
from ascbridge.storage.upsert import insert_missing, upsert

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from sqlalchemy import Connection

    from ascbridge.events.facts.catalogue import Fact

PERSON = "person"
HEARD = "heard"
"""The source of a row of a thing that is new with its system."""
WALLED = "walled"
"""Stands in a kept word from which was left out what a restriction withholds: what is not there may have been said."""
REFERENCES: dict[str, dict[str, tuple[str, ...]]] = {
    "package": {"plan": ("support_plan",)},
    "interim_support": {"request": ("referral", "contact")},
    "assessment": {"request": ("referral", "contact")},
    "support_plan": {"assessment": ("assessment",)},
    "short_term": {"request": ("referral", "contact")},
    "review": {"reviews": ("support_plan", "package", "placement", "short_term", "interim_support")},
    "referral": {"after_contact": ("contact",)},
    "self_assessment": {"request": ("referral", "contact")},
}
"""By kind of thing, its fields that are the id of another thing, and of which kinds that may be."""


@dataclass(frozen=True, slots=True)
class Pairing:
    """One row: on `feed`, the thing of this kind that it calls `theirs` is the one that we know as `ours`."""

    feed: str
    kind: str
    theirs: str
    ours: str
    source: str
    who: str
    at_ms: int


class Crosswalk:
    """Ids of one feed and ours. It thinks only; `own` says that unknown things get a name made of the feed."""

    def __init__(self, feed: str, pairings: Iterable[Pairing], *, own: bool) -> None:
        self.feed = feed
        self._own = own
        self._ours: dict[tuple[str, str], str] = {}
        self._theirs: dict[tuple[str, str], list[str]] = {}
        self.learn(pairings)

    def learn(self, pairings: Iterable[Pairing]) -> None:
        """Take in more rows; those of other feeds are left out."""
        for one in pairings:
            if one.feed == self.feed and (one.kind, one.theirs) not in self._ours:
                self._ours[one.kind, one.theirs] = one.ours
                self._theirs.setdefault((one.kind, one.ours), []).append(one.theirs)

    def person(self, patient_key: str) -> str:
        """Return the patient key under which a person of the feed is known."""
        return self._ours.get((PERSON, patient_key), patient_key)

    def people_of(self, patient_key: str) -> list[str]:
        """Return the patient keys by which the feed may speak of whom we know by this one."""
        own = [] if (PERSON, patient_key) in self._ours else [patient_key]
        return [*self._theirs.get((PERSON, patient_key), ()), *own]

    def knows(self, kind: str, theirs: str) -> bool:
        """Whether there is a row for it."""
        return (kind, theirs) in self._ours

    def id(self, kind: str, theirs: str) -> str:
        """Return the id under which a thing of the feed is known."""
        if not theirs:
            return ""
        return self._ours.get((kind, theirs)) or self._unknown(theirs)

    def slot(self, slot: str) -> str:
        """Return the slot under which a thing of the feed is known."""
        kind, colon, theirs = slot.partition(":")
        return f"{kind}:{self.id(kind, theirs)}" if colon else slot

    def value(self, kind: str, value: Mapping[str, Any]) -> dict[str, Any]:
        """Return what is said of a thing with the ids of other things as we know them."""
        changed = dict(value)
        for name, kinds in REFERENCES.get(kind, {}).items():
            if theirs := value.get(name):
                changed[name] = self._reference(kinds, theirs)
        return changed

    def fact(self, fact: Fact) -> Fact:
        """Return a fact with its thing, and those it refers to, under the ids by which they are known."""
        if not isinstance(fact, CouncilFact):
            return fact
        names = [*REFERENCES.get(fact.slot, ()), *([fact.about] if fact.about else [])]
        changed = self.value(fact.slot, {name: getattr(fact, name) for name in names})
        if fact.about:
            changed[fact.about] = self.id(fact.slot, changed[fact.about])
        return fact.model_copy(update=changed) if changed else fact

    def slots_of(self, patient_key: str, slot: str) -> list[tuple[str, str]]:
        """Return the patient keys and slots under which the feed may speak of a thing that we know by these."""
        people = [*self._theirs.get((PERSON, patient_key), ()), patient_key]
        kind, colon, ours = slot.partition(":")
        if not colon:
            return [(person, slot) for person in people]
        ids = [*self._theirs.get((kind, ours), ()), ours.removeprefix(f"{self.feed}/")]
        return [(person, f"{kind}:{one}") for person in people for one in dict.fromkeys(ids)]

    def _reference(self, kinds: Sequence[str], theirs: str) -> str:
        """Only what exactly one kind of thing is known by is taken for it."""
        known = {self._ours[kind, theirs] for kind in kinds if self.knows(kind, theirs)}
        return known.pop() if len(known) == 1 else self._unknown(theirs)

    def _unknown(self, theirs: str) -> str:
        return f"{self.feed}/{theirs}" if self._own else theirs


def thing_of(fact: Fact) -> tuple[str, str]:
    """Return the kind of thing that a case system states something about, and its id there (empty: one a person)."""
    if isinstance(fact, CouncilFact):
        return fact.slot, str(getattr(fact, fact.about)) if fact.about else ""
    return fact.family if type(fact).__name__ == "PatientDetailsRecorded" else "death", ""


def slot_of(fact: Fact) -> str:
    """Return the slot that a fact of a case system is about: `review:R1`, `worker`, `person`, `death`."""
    kind, theirs = thing_of(fact)
    return f"{kind}:{theirs}" if theirs else kind


def ids_in(fact: Fact) -> set[str]:
    """Return the ids of things that a fact names: of its own, and of those that it refers to."""
    kind, theirs = thing_of(fact)
    named = {theirs, *(str(getattr(fact, name)) for name in REFERENCES.get(kind, {}))}
    return named - {""}


def about(connection: Connection, feeds: Iterable[str], values: Iterable[str]) -> list[Pairing]:
    """Return the rows of these feeds in which one of these patient keys or ids stands, on either side."""
    wanted = set(feeds)
    # One side at a time, and by the ids alone: told of the feed too, SQLite reads all that it has of that feed.
    found = {
        (one.feed, one.kind, one.theirs): one
        for part in in_lists(sorted(set(values)))
        for side in (crosswalk.c.ours, crosswalk.c.theirs)
        for one in _rows(connection, side.in_(part))
        if one.feed in wanted
    }
    return list(found.values())


def everything(connection: Connection, feed: str, kinds: Collection[str] = ()) -> list[Pairing]:
    """Return every row of a feed, or only those of these kinds."""
    wanted = [crosswalk.c.kind.in_(sorted(kinds))] if kinds else []
    return _rows(connection, crosswalk.c.feed == feed, *wanted)


def keep_heard(connection: Connection, feed: str, things: Iterable[tuple[str, str]], at_ms: int) -> None:
    """Write down that things (kind, their id) are known from now on by a name made of the feed and their number."""
    rows = [
        {
            "feed": feed, "kind": kind, "theirs": theirs, "ours": f"{feed}/{theirs}", "source": HEARD,
            "who": "", "at_ms": at_ms,
        }
        for kind, theirs in sorted(set(things))
    ]  # fmt: skip
    insert_missing(connection, crosswalk, rows)


def write(connection: Connection, pairings: Iterable[Pairing]) -> None:
    """Write rows down; a row that is there for the same thing is replaced."""
    names = Pairing.__dataclass_fields__
    upsert(connection, crosswalk, [{name: getattr(one, name) for name in names} for one in pairings])


def theirs_of(connection: Connection, patient_keys: Iterable[str]) -> list[str]:
    """Return the patient keys of every case system's numbers for these: an erasure is about them too."""
    return [
        key
        for part in in_lists(sorted(set(patient_keys)))
        for key in connection.scalars(
            select(crosswalk.c.theirs).where(crosswalk.c.kind == PERSON, crosswalk.c.ours.in_(part))
        )
    ]


def _rows(connection: Connection, *where: Any) -> list[Pairing]:
    columns = (crosswalk.c[name] for name in Pairing.__dataclass_fields__)
    return [Pairing(*row) for row in connection.execute(select(*columns).where(*where))]
