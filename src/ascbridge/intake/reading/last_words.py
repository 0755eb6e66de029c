"""The last that each feed of a cut-over said of each thing, heard or not: what both sides are compared by.

Written in the translator's transaction, so it is whole at the moment of a switch. It also keeps the order right across
one: the live feed's newest word holds against everything that the other one said while that was heard, whatever the
clocks of the two systems.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import orjson
from sqlalchemy import delete, func, select, tuple_

from ascbridge.events.facts.catalogue import PatientDetailsRecorded, SealedPatient, fact_name
from ascbridge.people.identities import in_lists
from ascbridge.people.known_as import WALLED, slot_of
from ascbridge.people.matching import Marking
from ascbridge.people.stamps import sortable
from ascbridge.storage.tables import feed_person, feed_word
from ascbridge.storage.upsert import upsert

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import Connection

    from ascbridge.events.facts.catalogue import Fact, Stamp
    from ascbridge.events.logs.sealing import Keyring
    from ascbridge.people.known_as import Crosswalk
    from ascbridge.people.release import KnownDraft

_APART = {"stamp", "marks"}
Place = tuple[str, str, str]
"""A feed, a patient key as that feed has it, and a slot in its own ids."""


@dataclass(slots=True)
class Word:
    """What one feed said last of one thing. `heard_ms` and `heard_sequence` order the last that was heard of it."""

    feed: str
    patient_key: str
    slot: str
    event_type: str
    stamp: str
    value: bytes
    sealed_digest: str
    message_id: str
    shadow: int
    heard_ms: int
    heard_sequence: int
    kept_ms: int


@dataclass(frozen=True, slots=True)
class Saying:
    """One draft of one message, in the ids of its feed.

    `value` is what may be compared of its open part, `names` the keyed hash of its sealed part, and `order` sorts as
    the statements do.
    """

    feed: str
    message_id: str
    kept_ms: int
    draft: KnownDraft
    value: bytes
    names: str
    order: str


class LastWords:
    """The words of those whom a batch speaks of; `save` writes what changed."""

    def __init__(self, connection: Connection, keyring: Keyring, patient_keys: Iterable[str]) -> None:
        self._connection = connection
        self._keyring = keyring
        self._marking = Marking(keyring)
        self._words = words(connection, patient_keys)
        self._people: dict[tuple[str, str], dict[str, Any]] = _people(connection, patient_keys)
        self._changed: dict[Place, Word] = {}
        self._changed_people: dict[tuple[str, str], dict[str, Any]] = {}

    def saying(self, feed: str, message_id: str, kept_ms: int, draft: KnownDraft) -> Saying:
        """Return a draft with what is compared of it."""
        stamp: Stamp = draft.fact.stamp  # type: ignore[attr-defined]  # every fact of a case system has one
        order = sortable(stamp, message_id, stamp.translation)
        return Saying(feed, message_id, kept_ms, draft, _value(draft), self._digest(draft), order)

    def take(self, one: Saying, other: str, walk: Crosswalk) -> KnownDraft:
        """Take in what a feed says, and return it with a stamp that holds against what `other` said when it was heard.

        `walk` is the crosswalk between the two.
        """
        draft, fact = one.draft, one.draft.fact
        place = (one.feed, draft.patient_key, slot_of(fact))
        before = self._words.get(place)
        if before is not None and before.stamp > one.order:
            return draft
        if isinstance(fact, PatientDetailsRecorded):
            self._meet(one, fact, one.order)
        heard = (before.heard_ms, before.heard_sequence) if before else (0, 0)
        if not draft.shadow:
            draft = self._lifted(one, place, other, walk)
            lifted: Stamp = draft.fact.stamp  # type: ignore[attr-defined]  # as above
            heard = (lifted.recorded_ms, lifted.sequence)
        word = Word(
            *place, fact_name(type(fact)), one.order, one.value, one.names, one.message_id,
            int(draft.shadow), *heard, one.kept_ms,
        )  # fmt: skip
        self._words[place] = self._changed[place] = word
        return draft

    def save(self) -> None:
        """Write down what changed."""
        if self._changed:
            turn = (self._connection.scalar(select(func.max(feed_word.c.turn))) or 0) + 1
            rows = [_row(word) | {"turn": turn} for word in self._changed.values()]
            upsert(self._connection, feed_word, rows)
        upsert(self._connection, feed_person, list(self._changed_people.values()))

    def _lifted(self, one: Saying, place: Place, other: str, walk: Crosswalk) -> KnownDraft:
        fact = one.draft.fact
        if isinstance(fact, PatientDetailsRecorded):
            return one.draft  # each feed's patients are patients of their own
        stamp: Stamp = fact.stamp  # type: ignore[attr-defined]  # every fact of a case system has one
        theirs = [
            (word.heard_ms, word.heard_sequence)
            for key, slot in self._beside(place, walk)
            if (word := self._words.get((other, key, slot))) is not None and word.heard_ms
        ]
        last = max(theirs, default=(0, 0))
        if last < (stamp.recorded_ms, stamp.sequence):
            return one.draft
        later = stamp.model_copy(update={"recorded_ms": last[0], "sequence": last[1] + 1})
        return replace(one.draft, fact=fact.model_copy(update={"stamp": later}))

    def _beside(self, place: Place, walk: Crosswalk) -> list[tuple[str, str]]:
        """The patient keys and slots by which the other feed speaks of the same thing."""
        feed, patient_key, slot = place
        if feed == walk.feed:
            return [(walk.person(patient_key), walk.slot(slot))]
        return walk.slots_of(patient_key, slot)

    def _meet(self, one: Saying, fact: PatientDetailsRecorded, order: str) -> None:
        sealed = one.draft.sealed if isinstance(one.draft.sealed, SealedPatient) else SealedPatient()
        marks = self._marking.of(fact, sealed)
        key = (one.feed, one.draft.patient_key)
        before = self._people.get(key, {})
        number, other = before.get("nhs_lookup", ""), before.get("other_lookup", "")
        if number and marks.number and number != marks.number:
            other = number
        self._people[key] = self._changed_people[key] = {
            "feed": one.feed, "patient_key": one.draft.patient_key, "nhs_lookup": marks.number or number,
            "other_lookup": other, "number_state": marks.number_state, "birth_lookup": marks.birth,
            "addressed": int(bool(sealed.address_lines or sealed.postcode)), "stamp": order,
        }  # fmt: skip

    def _digest(self, draft: KnownDraft) -> str:
        if draft.sealed is None:
            return ""
        return self._keyring.lookup("said", draft.sealed.model_dump_json())


def words(connection: Connection, patient_keys: Iterable[str]) -> dict[Place, Word]:
    """Return what every feed said last of these patient keys."""
    columns = [feed_word.c[name] for name in Word.__dataclass_fields__]
    found = (
        Word(*row)
        for part in in_lists(sorted(set(patient_keys)))
        for row in connection.execute(select(*columns).where(feed_word.c.patient_key.in_(part)))
    )
    return {(word.feed, word.patient_key, word.slot): word for word in found}


def forget(connection: Connection, patient_keys: Iterable[str], until_ms: int) -> None:
    """Let go of what any feed said of these patient keys up to a moment: they were erased."""
    for part in in_lists(sorted(set(patient_keys))):
        connection.execute(
            delete(feed_word).where(feed_word.c.patient_key.in_(part), feed_word.c.kept_ms <= until_ms)
        )
        _forget_people(connection, feed_person.c.patient_key.in_(part))


def prune(
    connection: Connection, feeds: Sequence[str], before_ms: int, after: Place, most: int
) -> Place | None:
    """Look at up to `most` words behind `after`, and let go of those that no feed of `feeds` said and that are old.

    The words of a cut-over that is set up are how things stand, and stay. Returns where to go on; None at the end.
    """
    place = (feed_word.c.feed, feed_word.c.patient_key, feed_word.c.slot)
    looked = connection.execute(
        select(*place, feed_word.c.kept_ms)
        .where(feed_word.c.feed.not_in(feeds), tuple_(*place) > after)
        .order_by(*place)
        .limit(most)
    ).all()
    old = [row for row in looked if row.kept_ms < before_ms]
    by_person: dict[tuple[str, str], list[str]] = {}
    for row in old:
        by_person.setdefault((row.feed, row.patient_key), []).append(row.slot)
    for (feed, key), slots in by_person.items():
        theirs = (feed_word.c.feed == feed, feed_word.c.patient_key == key)
        connection.execute(delete(feed_word).where(*theirs, feed_word.c.slot.in_(slots)))
        _forget_people(connection, feed_person.c.feed == feed, feed_person.c.patient_key == key)
    return (looked[-1].feed, looked[-1].patient_key, looked[-1].slot) if len(looked) == most else None


def _forget_people(connection: Connection, *where: Any) -> None:
    """Let go of the marks of people of whom nothing is kept that their feed said."""
    said = select(feed_word.c.slot).where(
        feed_word.c.feed == feed_person.c.feed, feed_word.c.patient_key == feed_person.c.patient_key
    )
    connection.execute(delete(feed_person).where(*where, ~said.exists()))


def _people(connection: Connection, patient_keys: Iterable[str]) -> dict[tuple[str, str], dict[str, Any]]:
    return {
        (row["feed"], row["patient_key"]): dict(row)
        for part in in_lists(sorted(set(patient_keys)))
        for row in connection.execute(
            select(feed_person).where(feed_person.c.patient_key.in_(part))
        ).mappings()
    }


def _value(draft: KnownDraft) -> bytes:
    fact: Fact = draft.fact
    said = fact.model_dump(mode="json", exclude=_APART)
    if draft.walled:
        said |= {name: type(fact).model_fields[name].get_default() for name in type(fact).withheld}
        said[WALLED] = True
    return orjson.dumps(said)


def _row(word: Word) -> dict[str, Any]:
    return {name: getattr(word, name) for name in Word.__dataclass_fields__}
