"""Tries a feed's profile out on what came in: reads the last day's messages by two profiles and compares what they say.

Changes nothing. Of a message only its id, the names of its events and of their fields are told, never a value.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from ascbridge.events.facts.catalogue import fact_name
from ascbridge.events.logs.envelope import first_id
from ascbridge.storage.tables import message

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from ascbridge.events.logs.envelope import Draft
    from ascbridge.intake.reading.translator import Translator
    from ascbridge.intake.sources.profile import Profile

DAY_MS = 86_400_000
MOST_TRIED = 300
MOST_SHOWN = 20
CANNOT = "cannot be read"
NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Example:
    """A message that would be read otherwise: its events by the one and by the other, and in what they differ."""

    message_id: str
    before: str
    after: str
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of it: so many messages, so many say something else, so many of these cannot be read at all."""

    messages: int
    otherwise: int
    unread: int
    examples: tuple[Example, ...]

    def __str__(self) -> str:
        """In a sentence."""
        said = f"of the last {self.messages} messages of a day {self.otherwise} would be read otherwise"
        return f"{said}; {self.unread} of them could not be read" if self.unread else said


def try_out(connection: Connection, translator: Translator, now: Profile, new: Profile, now_ms: int) -> Tried:
    """Read the newest messages of a day by both profiles. Changes nothing."""
    m = message.c
    wanted = select(m.message_id).where(m.feed == now.feed.name, m.message_id >= first_id(now_ms - DAY_MS))
    newest = wanted.where(m.outcome == "kept").order_by(m.message_id.desc()).limit(MOST_TRIED)
    ids = list(connection.execute(newest).scalars())
    by_now, by_new = translator.reading_with(now), translator.reading_with(new)
    examples: list[Example] = []
    otherwise, unread = 0, 0
    for id in ids:
        before, after = by_now.said_now(connection, id), by_new.said_now(connection, id)
        if before == after:
            continue
        otherwise += 1
        unread += after is None
        if len(examples) < MOST_SHOWN:
            examples.append(Example(id, _words(before), _words(after), _fields(before, after)))
    return Tried(len(ids), otherwise, unread, tuple(examples))


def _words(said: tuple[str, tuple[Draft, ...]] | None) -> str:
    if said is None:
        return CANNOT
    return ", ".join(fact_name(type(draft.fact)) for draft in said[1]) or said[0] or NOTHING


def _fields(
    before: tuple[str, tuple[Draft, ...]] | None, after: tuple[str, tuple[Draft, ...]] | None
) -> tuple[str, ...]:
    """Name what differs in the events that both say."""
    if before is None or after is None:
        return ()
    found = {"a code that is not mapped"} if before[0] != after[0] else set()
    others = {draft.slot: draft for draft in after[1]}
    for one in before[1]:
        other = others.get(one.slot)
        if other is not None:
            found |= set(_differing(one, other))
    return tuple(sorted(found))


def _differing(one: Draft, other: Draft) -> Sequence[str]:
    if one.about != other.about:
        return ["whom it is about"]
    return [
        name
        for was, now in ((one.fact, other.fact), (one.sealed, other.sealed))
        for name, value in (was.model_dump() if was is not None else {}).items()
        if value != (now.model_dump() if now is not None else {}).get(name)
    ]
