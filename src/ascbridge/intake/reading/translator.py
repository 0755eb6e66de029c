"""Understand: reads kept messages in order, has their source say what they mean, and publishes that as events.

A handler of the `inbound` topic. It opens each body, asks the source for drafts, lets `people` learn who is meant,
releases and emits: all in the transaction that moves its position.
"""

from __future__ import annotations

from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sqlalchemy import func, select, text

from ascbridge.events.handlers import switches, unknown_types
from ascbridge.events.handlers.delivery import EventFault
from ascbridge.events.ledgers import history, ledger
from ascbridge.events.logs import trace_context
from ascbridge.events.logs.cloud_event import POINTER_TYPE
from ascbridge.events.logs.envelope import Cause
from ascbridge.events.logs.log import INBOUND
from ascbridge.events.logs.sealing import unseal
from ascbridge.intake.hl7v2.hl7_errors import UnreadableMessage
from ascbridge.intake.keeping.unmapped import Unread
from ascbridge.intake.reading import applied_words, mendings
from ascbridge.intake.reading.readings import Readings
from ascbridge.intake.reading.shadowing import IN_SHADOW, Shadowing, Spoken
from ascbridge.intake.sources import SOURCES
from ascbridge.intake.sources.door import SourceFault, nothing_unread
from ascbridge.people import identities
from ascbridge.people.persons import learn_batch
from ascbridge.people.release import known_drafts, release_batch
from ascbridge.storage.prepared import Prepared
from ascbridge.storage.tables import message, message_state

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from sqlalchemy import Connection, TextClause

    from ascbridge.clock import Clock
    from ascbridge.events.handlers.switches import Pair
    from ascbridge.events.logs.envelope import Draft, Ref
    from ascbridge.events.logs.log import Record
    from ascbridge.events.logs.outbox import Outbox
    from ascbridge.events.logs.sealing import Keyring
    from ascbridge.intake.reading.map_versions import MapRow
    from ascbridge.intake.sources.door import Door
    from ascbridge.intake.sources.door import Unread as Unused
    from ascbridge.intake.sources.profile import Profile
    from ascbridge.people.data_keys import DataKeys
    from ascbridge.people.release import KnownDraft

READ_AT_ONCE = 4_000_000
"""Bytes of message bodies that are open at a time: read, a message takes many times the room that it has as text."""
LOADED_AT_ONCE = 100
"""How many messages are asked for at a time, whatever their length."""

_KEPT = Prepared.of(
    lambda one_of: (
        select(
            message.c.message_id,
            message.c.feed,
            message.c.received_ms,
            message.c.key_id,
            message.c.body,
            message.c.translation + func.coalesce(message_state.c.translation, 0),
            message_state.c.message_id.is_not(None),
            message.c.flags,
        )
        .outerjoin(message_state, message_state.c.message_id == message.c.message_id)
        .where(one_of(message.c.message_id, "ids"))
    )
)


@dataclass(frozen=True, slots=True)
class _Kept:
    message_id: str
    feed: str
    received_ms: int
    key_id: str
    body: bytes
    translation: int
    known: bool
    flags: str = ""
    sealed_as: str = ""
    """The change to it that is in force, which is read instead; empty: as it came."""


@dataclass(frozen=True, slots=True)
class _Opened:
    """A kept message, unsealed and read; `door` is None where its key was erased."""

    kept: _Kept
    profile: Profile
    door: Door | None

    @property
    def refs(self) -> tuple[Ref, ...]:
        """Everybody and every stay that it names."""
        return () if self.door is None else (self.door.lane, *self.door.refs)


@dataclass(frozen=True, slots=True)
class _Said:
    cause: Cause
    feed: str
    drafts: tuple[Draft, ...]
    note: str
    shadow: bool
    known: bool
    unread: Unused = nothing_unread


class Translator:
    """Handler 'translator': kept messages in, events out. Raises `EventFault` for what a person must look at."""

    name = "translator"
    topics = (INBOUND,)

    def __init__(
        self,
        *,
        profiles: Mapping[str, Profile],
        keyring: Keyring,
        data_keys: DataKeys,
        outbox: Outbox,
        clock: Clock,
        prefix: str,
        pair: Pair | None = None,
    ) -> None:
        """Take the profiles of every feed; `pair` is the cut-over that is under way, if any."""
        self.readings = Readings(profiles, clock.now_ms)
        """By what each message is read."""
        self._invents = False
        self._keyring = keyring
        self._data_keys = data_keys
        self._outbox = outbox
        self._clock = clock
        self._prefix = prefix
        self._shadowing = Shadowing(pair, keyring)
        self.unread = Unread()
        """What messages had that nothing used; only of those that are read for the first time."""

    def handle(self, connection: Connection, records: Sequence[Record]) -> None:
        """Translate a batch of pointers, in order: one query or statement for each table, not for each message."""
        ids = [record.event_id for record in records if self._is_pointer(record)]
        self._translate(connection, ids, first=True)

    def _is_pointer(self, record: Record) -> bool:
        if record.event_type.endswith(POINTER_TYPE):
            return True
        unknown_types.leave_alone(self.name, record)
        return False

    @property
    def profiles(self) -> Mapping[str, Profile]:
        """The profiles by which it reads what is received now, by the names of their feeds."""
        return self.readings.profiles

    @property
    def files(self) -> Mapping[str, Profile]:
        """The same as their files say, without versions and rows that people put over them."""
        return self.readings.versions.files

    def relearn(self, profiles: Mapping[str, Profile]) -> None:
        """Read by these profiles from the next message on. The caller sees to it that only code maps differ."""
        self.readings.relearn(profiles)

    def adopt(self, connection: Connection) -> None:
        """Read by the versions and by the rows of code maps that hold now, whoever had them take effect wherever."""
        self.readings.adopt(connection)

    def reading_by(self, row: MapRow) -> Translator:
        """Return one that reads by one row more and is otherwise this one, for a dry-run."""
        return self._with(self.readings.with_row(row))

    def reading_with(self, profile: Profile) -> Translator:
        """Return one that reads all of a feed by one profile, for a dry-run: the door would have given every key."""
        other = self._with(self.readings.with_profile(profile))
        other._invents = True  # noqa: SLF001  # a copy of ourselves
        return other

    def reading_codes(self, feed: str, codes: Mapping[str, Mapping[str, str]]) -> Translator:
        """Return one that reads a feed's codes as they were meant once and is otherwise this one, for a dry-run."""
        return self._with(self.readings.with_codes(feed, codes))

    def _with(self, readings: Readings) -> Translator:
        other = copy(self)
        other.readings = readings
        return other

    def complete(self, connection: Connection, after: str, at_once: int = 200) -> str:
        """Translate again what a code map now understands better: messages some of whose codes nobody had mapped.

        Looks at up to `at_once` messages after the id `after`, in order, and returns the last id it looked at; an
        empty text when there is none left.
        """
        self.adopt(connection)
        parked = (
            select(message_state.c.message_id, message_state.c.note)
            .where(message_state.c.message_id > after, lacks_a_code())
            .where(message_state.c.feed.in_(self.profiles))
            .order_by(message_state.c.message_id)
            .limit(at_once)
        )
        notes = {row.message_id: row.note for row in connection.execute(parked)}
        self.again(
            connection, *(one for one in notes if self.note_now(connection, one) not in {None, notes[one]})
        )
        return max(notes, default="")

    def by(self, clock: Clock) -> Translator:
        """Return one that goes by another clock and is otherwise this one, for a dry-run."""
        other = copy(self)
        other._clock = clock  # noqa: SLF001  # a copy of ourselves
        return other

    def again(self, connection: Connection, *message_ids: str) -> None:
        """Translate messages anew, as they are to be read now. Raises `EventFault`."""
        ledger.translate_again(connection, message_ids)
        self._translate(connection, message_ids)

    def apply_words(self, connection: Connection, at_once: int = 200) -> int:
        """Hear up to `at_once` messages that were in shadow and are to be heard all the same; return how many."""
        waiting = applied_words.take_waiting(connection, at_once)
        if waiting:
            switches.hold_still(connection)
            ledger.translate_again(connection, waiting)
            self._translate(connection, waiting)
        return len(waiting)

    def note_now(self, connection: Connection, message_id: str) -> str | None:
        """What would be noted of a message today; None where its profile no longer reads it, so it stays as it is."""
        said = self.said_now(connection, message_id)
        return None if said is None else said[0]

    def said_now(self, connection: Connection, message_id: str) -> tuple[str, tuple[Draft, ...]] | None:
        """What would be noted of a message today, and what it would be taken to say; None as in `note_now`."""
        try:
            said, _ = self._said_of(connection, list(self._load(connection, [message_id])))
        except EventFault:
            return None
        return said[0].note, said[0].drafts

    def _said_of(self, connection: Connection, kept: Sequence[_Kept]) -> tuple[list[_Said], dict[Ref, str]]:
        bodies = self._data_keys.by_id(connection, sorted({one.key_id for one in kept}))
        opened = [self._open(one, bodies) for one in kept]
        refs = {ref for one in opened for ref in one.refs}
        keys = identities.known(connection, self._keyring, refs)
        if self._invents:
            keys = {ref: f"no key yet {ref.kind}" for ref in refs} | keys
        return [self._said(one, keys) for one in opened], keys

    def _translate(self, connection: Connection, ids: Sequence[str], *, first: bool = False) -> None:
        self.adopt(connection)
        for part in _in_parts(self._load(connection, ids)):
            self._translate_part(connection, part, first=first)

    def _translate_part(self, connection: Connection, kept: Sequence[_Kept], *, first: bool) -> None:
        now_ms = self._clock.now_ms()
        said, keys = self._said_of(connection, kept)
        for one in said:
            if first and not one.known:
                one.unread(self.unread.of(one.feed, one.cause.kept_ms))
        batch = self._placed(connection, said, keys, now_ms)
        history.tell(
            connection,
            (
                (draft.patient_key, one.cause.kept_ms)
                for one, (_, drafts) in zip(said, batch, strict=True)
                if self.profiles[one.feed].feed.history
                for draft in _heard(drafts)
            ),
        )
        live = [number for number, one in enumerate(said) if not one.shadow]
        heard = [(batch[number][0], _heard(batch[number][1])) for number in live]
        learnt = learn_batch(connection, self._keyring, heard, now_ms)
        for number, more in zip(live, learnt, strict=True):
            cause, drafts = batch[number]
            batch[number] = (cause, [*drafts, *known_drafts(more, keys)])
        released = release_batch(connection, batch, self._data_keys, self._prefix, now_ms)
        self._outbox.emit(connection, [event for events in released for event in events], now_ms)
        told = [_translated(one, drafts) for one, (_, drafts) in zip(said, batch, strict=True)]
        ledger.translated_all(connection, told, now_ms)

    def _placed(
        self, connection: Connection, said: Sequence[_Said], keys: Mapping[Ref, str], now_ms: int
    ) -> list[tuple[Cause, list[KnownDraft]]]:
        """Put patient keys into the drafts of each message, and those that are not heard into shadow."""
        again = applied_words.of(connection, [one.cause.message_id for one in said if one.cause.translation])
        spoken = [
            Spoken(
                one.feed,
                one.cause.message_id,
                one.cause.kept_ms,
                one.known,
                known_drafts(one.drafts, keys),
                again.get(one.cause.message_id, ()),
            )
            for one in said
        ]
        placed = self._shadowing.place(connection, spoken, now_ms)
        return [(one.cause, drafts) for one, drafts in zip(said, placed, strict=True)]

    def _load(self, connection: Connection, ids: Sequence[str]) -> Iterator[_Kept]:
        """Give what was kept under these ids, in their order. Raises `EventFault`."""
        for first in range(0, len(ids), LOADED_AT_ONCE):
            some = ids[first : first + LOADED_AT_ONCE]
            kept = {row[0]: _Kept(*row) for row in _KEPT.rows(connection, ids=list(some))}
            if not kept.keys() >= set(some):
                raise EventFault(
                    "the pointer names a message that is not kept: where the database was restored, stop every service "
                    "and run `ascbridge after-restore`"
                )
            for message_id, (mending_id, key_id, body) in mendings.in_force(connection, some).items():
                kept[message_id] = replace(kept[message_id], key_id=key_id, body=body, sealed_as=mending_id)
            yield from (kept[message_id] for message_id in some)

    def _open(self, one: _Kept, bodies: Mapping[str, bytes | None]) -> _Opened:
        """Unseal one message and have its source name everybody in it. Raises `EventFault`."""
        if one.feed not in self.profiles:
            raise EventFault(f"feed {one.feed} has no profile here; add it to the settings")
        profile, _ = self.readings.of(one.feed, one.received_ms)
        key = bodies.get(one.key_id)
        if key is None:
            return _Opened(one, profile, None)
        raw = unseal(one.body, key, one.sealed_as or one.message_id)
        with _still_read(profile):
            return _Opened(one, profile, SOURCES[profile.feed.source].check(raw, profile))

    def _said(self, opened: _Opened, keys: Mapping[Ref, str]) -> _Said:
        """Have its source say what one message means. Raises `EventFault`."""
        one, profile = opened.kept, opened.profile
        began = trace_context.joined(tuple(one.flags.split())) if trace_context.FLAG in one.flags else ""
        parent = trace_context.child(began, one.message_id)
        _, stamp = self.readings.of(one.feed, one.received_ms)
        cause = Cause(one.message_id, one.message_id, one.received_ms, one.translation, parent, stamp)
        if opened.door is None:
            return _Said(cause, one.feed, (), "erased", shadow=True, known=one.known)
        with _still_read(profile):
            translation = opened.door.translate(keys)
        drafts = [_of_translation(draft, one.translation) for draft in translation.drafts]
        note = translation.note or "; ".join(ledger.NOT_MAPPED + code for code in translation.not_mapped)
        return _Said(
            cause, one.feed, tuple(drafts), note, shadow=profile.shadow, known=one.known,
            unread=opened.door.unread,
        )  # fmt: skip


def _in_parts(kept: Iterable[_Kept]) -> Iterator[list[_Kept]]:
    """Cut a batch, in its order, into parts that are open at once."""
    part: list[_Kept] = []
    size = 0
    for one in kept:
        if part and size + len(one.body) > READ_AT_ONCE:
            yield part
            part, size = [], 0
        part.append(one)
        size += len(one.body)
    if part:
        yield part


def _heard(drafts: Sequence[KnownDraft]) -> list[KnownDraft]:
    return [draft for draft in drafts if not draft.shadow]


def _translated(one: _Said, drafts: Sequence[KnownDraft]) -> ledger.Translated:
    """What the ledger is told of a message: what is in shadow has no effect."""
    heard = len(_heard(drafts))
    note = one.note or (IN_SHADOW if drafts and not heard else "")
    return ledger.Translated(one.cause.message_id, one.feed, one.cause.kept_ms, heard, note)


def lacks_a_code() -> TextClause:
    """The condition that a message has a code that nobody mapped: in the words of the index of just these."""
    return text(f"substr(message_state.note, 1, {len(ledger.NOT_MAPPED)}) = '{ledger.NOT_MAPPED}'")


@contextmanager
def _still_read(profile: Profile) -> Iterator[None]:
    """Say what to do where a message that was let in cannot be read any more."""
    try:
        yield
    except (SourceFault, UnreadableMessage) as fault:
        raise EventFault(f"the profile of feed {profile.feed.name} no longer reads it: {fault}") from fault
    except KeyError as fault:
        raise EventFault("a person or stay it names has no key yet; send the message again") from fault


def _of_translation(draft: Draft, translation: int) -> Draft:
    """Mark a deliberate re-translation, so that it replaces what the earlier one said."""
    stamp = getattr(draft.fact, "stamp", None)
    if not translation or stamp is None:
        return draft
    fact = draft.fact.model_copy(update={"stamp": stamp.model_copy(update={"translation": translation})})
    return replace(draft, fact=fact)
