"""What of a council message is heard, while one case system takes over from another, and what goes into shadow.

Of each event type one feed of the pair is heard (`events.switches`). What the other says of it is published on the
topic `shadow`, in its own ids, and teaches nobody anything. What is heard of the new one is about the persons and the
things as we know them (`people.known_as`). Decided in the translator's transaction.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ascbridge.events.facts.catalogue import PatientDetailsRecorded, PatientsLinked, fact_name
from ascbridge.events.handlers import switches
from ascbridge.events.ledgers import said_events
from ascbridge.events.ledgers.said_events import SaidEvent
from ascbridge.events.logs.envelope import Cause
from ascbridge.intake.reading.last_words import LastWords
from ascbridge.people import known_as
from ascbridge.people.known_as import Crosswalk, slot_of, thing_of
from ascbridge.people.membership import person_of, restricted
from ascbridge.people.release import KnownDraft, event_id

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from sqlalchemy import Connection

    from ascbridge.events.facts.catalogue import Stamp
    from ascbridge.events.handlers.switches import Pair, Switches
    from ascbridge.events.logs.sealing import Keyring
    from ascbridge.intake.reading.last_words import Saying

IN_SHADOW = "in shadow: another case system is heard"
"""The note of a message of which nothing is heard."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """What one message says, and on which feed.

    `known` says that it was understood before: then what was heard of it then is heard of it again. `applied` are the
    event types of which somebody said that this message is to be heard all the same.
    """

    feed: str
    message_id: str
    kept_ms: int
    known: bool
    drafts: Sequence[KnownDraft]
    applied: Collection[str] = ()


class Shadowing:
    """Says of every draft whether it is heard. `pair` is the cut-over that the settings name, if any."""

    def __init__(self, pair: Pair | None, keyring: Keyring) -> None:
        self._pair = pair
        self._keyring = keyring

    def place(self, connection: Connection, spoken: Sequence[Spoken], now_ms: int) -> list[list[KnownDraft]]:
        """Return the drafts of each message: in shadow, or about persons and things as we know them."""
        made = self._switches(connection, spoken)
        if made is None:
            return [list(one.drafts) for one in spoken]
        batch = _Batch(connection, self._keyring, made, spoken)
        placed = [batch.place(one) if made.concern(one.feed) else list(one.drafts) for one in spoken]
        batch.save(now_ms)
        return placed

    def _switches(self, connection: Connection, spoken: Sequence[Spoken]) -> Switches | None:
        """Read the switches where a message may be of a cut-over, and keep them as they are; None where none is."""
        feeds = {one.feed for one in spoken if any(_may_switch(draft) for draft in one.drafts)}
        if not feeds:
            return None
        switches.hold_still(connection)
        made = switches.load(connection, self._pair)
        return made if any(made.concern(feed) for feed in feeds) else None


class _Batch:
    """The messages of one transaction that are of a cut-over, and all that is known of those whom they are about."""

    def __init__(
        self, connection: Connection, keyring: Keyring, made: Switches, spoken: Sequence[Spoken]
    ) -> None:
        said = [(one.feed, draft) for one in spoken if made.concern(one.feed) for draft in one.drafts]
        keys = {draft.patient_key for _, draft in said}
        ids = {named for _, draft in said if _may_switch(draft) for named in known_as.ids_in(draft.fact)}
        feeds = {feed for feed, _ in said} | {made.beside(feed) for feed, _ in said}
        rows = known_as.about(connection, feeds, keys | ids)
        self._connection, self._made = connection, made
        self._walks = {
            feed: Crosswalk(feed, rows, own=made.takes_over(feed) and not made.same_ids) for feed in feeds
        }
        both = keys | {end for row in rows if row.kind == known_as.PERSON for end in (row.theirs, row.ours)}
        self._words = LastWords(connection, keyring, both)
        self._known = person_of(connection, both).keys()
        self._restricted = restricted(connection, both)
        self._heard: dict[str, set[tuple[str, str]]] = {}
        self._events: list[SaidEvent] = []
        self._again: set[str] = set()

    def place(self, one: Spoken) -> list[KnownDraft]:
        placed: list[KnownDraft] = []
        if one.known:
            self._again.add(one.message_id)
        for draft in one.drafts:
            if not _may_switch(draft):
                placed.append(draft)
                continue
            judged = self._judged(one, draft)
            saying = self._words.saying(one.feed, one.message_id, one.kept_ms, judged)
            other = self._made.beside(one.feed)
            between = self._walks[one.feed if self._made.takes_over(one.feed) else other]
            ordered = self._words.take(saying, other, between)
            released = [ordered] if ordered.shadow else self._as_known(one.feed, ordered)
            self._events.append(_event(saying, released[0]))
            placed += released
        return placed

    def save(self, now_ms: int) -> None:
        self._words.save()
        said_events.put(self._connection, self._events, self._again)
        for feed, things in self._heard.items():
            known_as.keep_heard(self._connection, feed, things, now_ms)

    def _judged(self, one: Spoken, draft: KnownDraft) -> KnownDraft:
        ours = self._walks[one.feed].person(draft.patient_key)
        event_type, hidden = fact_name(type(draft.fact)), ours in self._restricted
        at_ms = one.kept_ms if one.known else None
        if event_type in one.applied or not self._made.in_shadow(one.feed, event_type, at_ms):
            return replace(draft, walled=hidden)
        return replace(draft, shadow=True, walled=hidden or ours not in self._known)

    def _as_known(self, feed: str, draft: KnownDraft) -> list[KnownDraft]:
        """What is heard, about the person and the thing as we know them."""
        walk = self._walks[feed]
        ours = walk.person(draft.patient_key)
        if isinstance(draft.fact, PatientDetailsRecorded):
            return [draft, *self._joined(draft, ours)]
        kind, theirs = thing_of(draft.fact)
        if theirs and walk.id(kind, theirs) != theirs and not walk.knows(kind, theirs):
            self._heard.setdefault(feed, set()).add((kind, theirs))
        return [replace(draft, patient_key=ours, fact=walk.fact(draft.fact))]

    def _joined(self, draft: KnownDraft, ours: str) -> list[KnownDraft]:
        """Join a number that is heard for the first time to whom the crosswalk names; later only people do."""
        if ours == draft.patient_key or draft.patient_key in self._known:
            return []
        assert isinstance(draft.fact, PatientDetailsRecorded)
        link = PatientsLinked(other=ours, statement="decided", stamp=draft.fact.stamp)
        return [KnownDraft(draft.patient_key, f"crosswalk.{ours}", draft.happened_ms, link)]


def _event(one: Saying, released: KnownDraft) -> SaidEvent:
    """What is kept of an event, to be paired with the other system's."""
    fact = one.draft.fact
    stamp: Stamp = fact.stamp  # type: ignore[attr-defined]  # every fact of a case system has one
    cause = Cause(one.message_id, one.message_id, one.kept_ms, stamp.translation)
    return SaidEvent(
        event_id=event_id(cause, released.slot, released.patient_key),
        message_id=one.message_id,
        feed=one.feed,
        event_type=fact_name(type(fact)),
        patient_key=one.draft.patient_key,
        slot=slot_of(fact),
        at_ms=stamp.recorded_ms,
        kept_ms=one.kept_ms,
        stamp=one.order,
        value=one.value,
        sealed_digest=one.names,
    )


def _may_switch(draft: KnownDraft) -> bool:
    return fact_name(type(draft.fact)) in switches.WORDS
