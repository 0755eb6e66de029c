"""Mends a message that could not be read as it came: somebody changes it, sees what would follow, and lets it follow.

The message itself is never altered. A change stands beside it, sealed with the same data key, and takes effect only
while what its dry-run said still holds; where it touches whom the message is about, by a second person.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Literal

import orjson
from sqlalchemy import select

from ascbridge.clock import Clock
from ascbridge.events.handlers import dead_letters
from ascbridge.events.logs.envelope import id_millisecond
from ascbridge.events.logs.sealing import unseal
from ascbridge.intake.hl7v2.hl7_errors import UnreadableMessage
from ascbridge.intake.hl7v2.message_parts import (
    BadChange,
    Part,
    about_whom,
    as_text,
    changed,
    differing,
    from_text,
    parts_of,
    row_of,
    shape,
)
from ascbridge.intake.keeping.giving_keys import named_by
from ascbridge.intake.reading import mendings
from ascbridge.intake.reading.translator import Translator
from ascbridge.intake.sources import SOURCES
from ascbridge.intake.sources.door import SourceFault
from ascbridge.operations.flowing.held_and_dead import DeadLetter, dead_letter_of
from ascbridge.operations.mending.foreseeing import Change, Foreseen, Handlers, foresee
from ascbridge.people import identities
from ascbridge.people.membership import person_of
from ascbridge.storage.tables import dead_letter, message, parked

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from ascbridge.events.logs.envelope import Ref
    from ascbridge.events.logs.sealing import Keyring
    from ascbridge.intake.sources.profile import Profile
    from ascbridge.people.actor import Actor
    from ascbridge.people.data_keys import DataKeys

Came = Literal["mended", "moved"]
_NO_KEY = (
    "somebody or a stay that it names now has no key yet: one is being given, try it out again in a moment"
)
_HEARD = (
    "what it said as it came was heard about the person it named, and stays with them: have the sender send it again "
    "about the right person, and take back the wrong one as it does (A08, A11, A13 or A40); then give this letter up"
)


class CannotMend(ValueError):
    """Something that cannot be changed, or cannot take effect, as it is; the text says why and names nobody."""


@dataclass(frozen=True, slots=True)
class Faulted:
    """Where a message is at fault: the place, the shape of what stands there, what was wanted, the profile's row."""

    place: str
    found: str
    wanted: str
    row: str


@dataclass(frozen=True, slots=True)
class Opened:
    """A message opened for mending: its parts, and its text with what may not be shown as places in braces."""

    letter: DeadLetter
    parts: tuple[Part, ...]
    text: str


@dataclass(frozen=True, slots=True)
class _Message:
    message_id: str
    raw: bytes
    profile: Profile
    key: tuple[str, bytes]


class _Still(Clock):
    def __init__(self, at_ms: int) -> None:
        super().__init__()
        self._at_ms = at_ms

    def now_ms(self) -> int:
        return self._at_ms


class Mender:
    """Mends dead letters. Every method works in the caller's transaction, and audits in it."""

    def __init__(self, handlers: Handlers, data_keys: DataKeys, keyring: Keyring) -> None:
        self.handlers = handlers
        """What a dry-run plays."""
        self._data_keys, self._keyring = data_keys, keyring

    def fault(self, connection: Connection, message_id: str) -> Faulted | None:
        """Say where a message is at fault today, in shapes alone; None where it can be read, or not be opened."""
        try:
            found = self._message(connection, message_id)
        except CannotMend:
            return None
        try:
            door = SOURCES[found.profile.feed.source].check(found.raw, found.profile)
            door.translate(identities.known(connection, self._keyring, {door.lane, *door.refs}))
        except SourceFault as fault:
            return _faulted(found, fault.segment, fault.field, f"{fault.text} ({fault.code.text.lower()})")
        except UnreadableMessage as fault:
            return _faulted(found, fault.segment, fault.field, fault.reason)
        except KeyError:
            return None
        return None

    def open(self, connection: Connection, dead_id: str, who: Actor, why: str, now_ms: int) -> Opened:
        """Open the message of a dead letter for mending. Raises `CannotMend`."""
        letter = self._letter(connection, dead_id)
        if not why:
            raise CannotMend("Say why it must be opened")
        found = self._message(connection, letter.message_id)
        who.did(connection, "message opened", f"message:{letter.message_id}", why, now_ms)
        try:
            return Opened(letter, parts_of(found.raw, found.profile), as_text(found.raw, found.profile))
        except UnreadableMessage as fault:
            raise CannotMend(
                f"It cannot be taken apart: {fault.reason}. Give it up, and have it sent again"
            ) from None
        except BadChange as fault:
            raise CannotMend(str(fault)) from None

    def ask(
        self,
        connection: Connection,
        dead_id: str,
        change: Mapping[str, str] | str,
        who: Actor,
        why: str,
        now_ms: int,
    ) -> str:
        """Change places, or the whole text as `open` gave it, and try it out; return the change's id.

        Raises `CannotMend`. Nothing takes effect.
        """
        letter = self._letter(connection, dead_id)
        if not why:
            raise CannotMend("Say why it is changed")
        found = self._message(connection, letter.message_id)
        body, places = _changed(found, change)
        feed, whose = found.profile.feed.name, about_whom(places, found.profile)
        new = mendings.Changed(found.message_id, dead_id, feed, found.key, body, places, whose)
        mending_id = mendings.ask(connection, new, who, why, now_ms)
        self._try(connection, found.message_id, mending_id, now_ms)
        who.did(connection, "message changed, tried out", f"message:{found.message_id}", why, now_ms)
        return mending_id

    def try_again(self, connection: Connection, mending_id: str, who: Actor, now_ms: int) -> None:
        """Play the dry-run again, against the state as it is now. Raises `NoMending`."""
        one = mendings.of(connection, mending_id)
        self._try(connection, one.message_id, mending_id, now_ms)
        who.did(connection, "message changed, tried out", f"message:{one.message_id}", one.why, now_ms)

    def has_keys(self, connection: Connection, mending_id: str) -> bool:
        """Whether everybody and every stay that a change names has a key by now. Raises `NoMending`."""
        _, after, _ = self._named(connection, mendings.of(connection, mending_id).message_id, mending_id)
        return len(identities.known(connection, self._keyring, after)) == len(set(after))

    def take_effect(self, connection: Connection, mending_id: str, who: Actor, now_ms: int) -> Came:
        """Let a change take effect, where what its dry-run said is still what happens; else say that it moved.

        Raises `CannotMend`: a second person must agree, or an earlier message of the person comes first.
        """
        one = mendings.of(connection, mending_id)
        if one.state != "asked":
            raise CannotMend("This was decided already")
        self._letter(connection, one.dead_id)
        if one.about_whom and who.may_be(one.made_by, one.made_in):
            raise CannotMend(
                "It changes whom the message is about: a second person must agree, in a sign-in of their own"
            )
        said = self._foresee(connection, one.message_id, mending_id, one.foreseen_ms)
        if said.digest != Foreseen.from_json(one.foreseen).digest:
            self.try_again(connection, mending_id, who, now_ms)
            return "moved"
        if said.refused:
            raise CannotMend(f"The dry-run says that it cannot be read even so: {said.refused}")
        mendings.decide(connection, mending_id, "in force", who.who, "", now_ms)
        dead_letters.mended(connection, one.message_id, now_ms)
        self.handlers.translator.again(connection, one.message_id)
        who.did(connection, "message mended", f"message:{one.message_id}", one.why, now_ms)
        return "mended"

    def refuse(self, connection: Connection, mending_id: str, who: Actor, why: str, now_ms: int) -> None:
        """Refuse a change, or take back one's own. Raises `CannotMend`."""
        if not why:
            raise CannotMend("Say why not")
        one = mendings.of(connection, mending_id)
        state: mendings.State = "taken back" if who.may_be(one.made_by, one.made_in) else "refused"
        try:
            mendings.decide(connection, mending_id, state, who.who, why, now_ms)
        except mendings.NoMending:
            raise CannotMend("This was decided already") from None
        who.did(connection, f"change to a message {state}", f"message:{one.message_id}", why, now_ms)

    def _try(self, connection: Connection, message_id: str, mending_id: str, now_ms: int) -> None:
        said = self._foresee(connection, message_id, mending_id, now_ms)
        wants = said.refused == _NO_KEY
        mendings.foresee_again(connection, mending_id, said.as_json(), now_ms, wants_keys=wants)

    def _foresee(self, connection: Connection, message_id: str, mending_id: str, at_ms: int) -> Foreseen:
        def change() -> None:
            mendings.decide(connection, mending_id, "in force", "", "", at_ms)
            dead_letters.mended(connection, message_id, at_ms)

        said = foresee(connection, self.handlers, message_id, change, _Still(at_ms))
        before, after, lost = self._named(connection, message_id, mending_id)
        keys = identities.known(connection, self._keyring, {*before, *after})
        if set(after) - keys.keys():
            said = replace(said, refused=_NO_KEY)
        elif lost and _was_heard(connection, message_id):
            said = replace(said, refused=_HEARD)
        whom = _whom(connection, before, after, keys)
        told = orjson.dumps([said.digest, said.refused, [asdict(one) for one in whom]])
        return replace(said, whom=whom, digest=hashlib.sha256(told).hexdigest())

    def _named(
        self, connection: Connection, message_id: str, mending_id: str
    ) -> tuple[tuple[Ref, ...], tuple[Ref, ...], list[Ref]]:
        """All whom the message names as it came, and as it is changed; and which people it names no more."""
        found = self._message(connection, message_id)
        body = unseal(mendings.body_of(connection, mending_id), found.key[1], mending_id)
        before, after = named_by(found.raw, found.profile), named_by(body, found.profile)
        return before, after, [ref for ref in before if ref.kind == "patient" and ref not in after]

    def _letter(self, connection: Connection, dead_id: str) -> DeadLetter:
        letter = dead_letter_of(connection, dead_id)
        if letter is None or letter.state != "open":
            raise CannotMend("Somebody dealt with this dead letter meanwhile")
        if not letter.message_id:
            raise CannotMend("No message brought this: send it again, or do without it")
        if _earlier(connection, letter):
            raise CannotMend("An earlier message of the same person waits too: deal with that one first")
        return letter

    def _message(self, connection: Connection, message_id: str) -> _Message:
        columns = (message.c.feed, message.c.key_id, message.c.body)
        row = connection.execute(select(*columns).where(message.c.message_id == message_id)).first()
        if row is None:
            raise CannotMend("The message is not kept here")
        if not row.key_id:
            raise CannotMend("What it said is past its retention and was removed")
        readings = self.handlers.translator.readings
        if row.feed not in readings.profiles:
            raise CannotMend(f"Feed {row.feed} has no profile here: add it to the settings")
        profile, _ = readings.of(row.feed, id_millisecond(message_id))
        key = self._data_keys.by_id(connection, [row.key_id])[row.key_id]
        if key is None:
            raise CannotMend("What it said was erased")
        return _Message(message_id, unseal(row.body, key, message_id), profile, (row.key_id, key))


def _changed(found: _Message, change: Mapping[str, str] | str) -> tuple[bytes, tuple[str, ...]]:
    raw, profile = found.raw, found.profile
    try:
        body = from_text(raw, profile, change) if isinstance(change, str) else changed(raw, profile, change)
        places = differing(raw, body, profile)
    except (BadChange, UnreadableMessage) as fault:
        raise CannotMend(f"It cannot be changed so: {fault}") from None
    if not places:
        raise CannotMend("Nothing was changed")
    if SOURCES[profile.feed.source].sift(body, profile) is not None:
        raise CannotMend("It would say what only safeguarding may hold: nothing of that is entered here")
    return body, places


def _faulted(found: _Message, segment: str, number: int, wanted: str) -> Faulted:
    place = f"{segment}-{number}" if number else segment
    try:
        there = {part.place: part.sent for part in parts_of(found.raw, found.profile)}
    except (BadChange, UnreadableMessage):
        there = {}
    return Faulted(place, shape(there.get(place, "")), wanted, row_of(place, found.profile) if number else "")


def _was_heard(connection: Connection, message_id: str) -> bool:
    """Whether a reader came to what the message said, as it came or as it was changed before."""
    others = select(dead_letter.c.dead_id).where(
        dead_letter.c.message_id == message_id, dead_letter.c.consumer != Translator.name
    )
    return connection.execute(others.limit(1)).first() is not None or bool(
        mendings.in_force(connection, [message_id])
    )


def _whom(
    connection: Connection, before: tuple[Ref, ...], after: tuple[Ref, ...], keys: Mapping[Ref, str]
) -> tuple[Change, ...]:
    """Whom a message is about before and after, by the ids of people, where it names others."""
    theirs = [{ref for ref in refs if ref.kind == "patient"} for refs in (before, after)]
    if theirs[0] == theirs[1]:
        return ()
    was, now = (_people(connection, some, keys) for some in theirs)
    return (Change("about", was, now if now != was else f"another: {now}"),)


def _people(connection: Connection, refs: set[Ref], keys: Mapping[Ref, str]) -> str:
    mine = [keys.get(ref, "") for ref in refs]
    people = person_of(connection, [key for key in mine if key])
    return ", ".join(
        sorted({f"person {people[key]}" if key in people else "somebody not known here yet" for key in mine})
    )


def _earlier(connection: Connection, letter: DeadLetter) -> bool:
    """Whether an earlier message of the lane waits: given up too, or laid aside before it was understood."""
    mine = select(message.c.position).where(message.c.message_id == letter.message_id).scalar_subquery()
    lane = select(dead_letter.c.lane).where(dead_letter.c.dead_id == letter.dead_id).scalar_subquery()
    for table, more in (
        (dead_letter, dead_letter.c.state == "open"),
        (parked, parked.c.consumer == letter.consumer),
    ):
        wanted = (
            select(table.c.message_id)
            .join(message, message.c.message_id == table.c.message_id)
            .where(table.c.lane == lane, message.c.position < mine, more)
            .limit(1)
        )
        if connection.execute(wanted).first() is not None:
            return True
    return False
