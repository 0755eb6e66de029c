"""Adds a row to a feed's code map from the screen: somebody asks, sees what it would do, and a second person signs.

It holds from the next portion that is read, in every process that understands, and no connection is dropped: no process
need begin anew. What was parked by the code is completed then (`completing`), and what was read by another meaning of
it in the last days is read again (`relearning`). Taken back in one step, the code parks again, and what was read by the
row is read again without it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from ascbridge.events.ledgers.ledger import NOT_MAPPED
from ascbridge.intake.agreed import profiles
from ascbridge.intake.reading import map_versions, relearning
from ascbridge.intake.reading.map_versions import MapRow, NoVersion, Version
from ascbridge.intake.reading.translator import lacks_a_code
from ascbridge.intake.sources.profile import CODE_LISTS
from ascbridge.storage.tables import message, message_state

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from ascbridge.intake.reading.translator import Translator
    from ascbridge.people.actor import Actor

LISTS = CODE_LISTS
"""Every list that a code may stand in."""
MOST_TRIED = 200
LONGEST = 40


class CannotMap(ValueError):
    """A row that cannot be asked for, signed or taken back; the text says why."""


@dataclass(frozen=True, slots=True)
class WouldDo:
    """What a row would do: so many messages of so many patients wait for the code; of those tried so many complete."""

    messages: int
    patients: int
    tried: int
    complete: int

    def __str__(self) -> str:
        """In a sentence."""
        said = f"{self.messages} messages of {self.patients} patients wait for this code"
        return f"{said}; of {self.tried} that were tried out {self.complete} would be complete"


def meanings(name: str, translator: Translator) -> tuple[str, ...]:
    """Return what a code of a list may mean: all that any profile that is shipped, or in use, lets one mean."""
    known = [profiles.read(one) for one in profiles.shipped()] + list(translator.profiles.values())
    return tuple(sorted({meant for one in known for meant in one.codes.get(name, {}).values()}))


def would_do(connection: Connection, translator: Translator, row: MapRow) -> WouldDo:
    """Try a row out on what waits for it. Changes nothing."""
    parked = (
        select(message_state.c.message_id, message_state.c.note, message.c.lane)
        .join(message, message.c.message_id == message_state.c.message_id)
        .where(lacks_a_code(), message_state.c.feed == row.feed)
        .order_by(message_state.c.message_id)
    )
    wanted = f"{NOT_MAPPED}{row.name} {row.sent}"
    waiting = [one for one in connection.execute(parked) if wanted in one.note.split("; ")]
    tried = waiting[:MOST_TRIED]
    other = translator.reading_by(row)
    notes = [other.note_now(connection, one.message_id) for one in tried]
    return WouldDo(len(waiting), len({one.lane for one in waiting}), len(tried), notes.count(""))


def ask(
    connection: Connection,
    translator: Translator,
    row: MapRow,
    who: Actor,
    why: str,
    now_ms: int,
    shadow: str = "",
) -> int:
    """Ask for a row; return its number. Raises `CannotMap`. Nothing takes effect."""
    _check(translator, row, why)
    said = str(would_do(connection, translator, row))
    if row.sent in translator.profiles[row.feed].codes.get(row.name, {}):
        other = translator.reading_by(row)
        said += (
            f". It is mapped already: {relearning.foreseen(connection, translator, other, row.feed, now_ms)}"
        )
    sha256 = map_versions.digest(translator.reading_by(row).profiles[row.feed])
    number = map_versions.ask(connection, row, sha256, said, who, why, now_ms, shadow)
    who.did(connection, "code map asked to change", f"map:{row.feed}", why, now_ms)
    return number


def sign(
    connection: Connection, translator: Translator, feed: str, number: int, who: Actor, now_ms: int
) -> None:
    """Sign a row that somebody else asked for: it is in force from then on. Raises `CannotMap`."""
    one = _asked(connection, feed, number)
    if who.may_be(one.made_by, one.made_in):
        raise CannotMap("A second person must sign, in a sign-in of their own")
    translator.adopt(connection)
    if map_versions.digest(translator.reading_by(one.row).profiles[feed]) != one.sha256:
        raise CannotMap("The map changed since this was asked for: ask again, and look at what it would do")
    before = translator.profiles[feed].codes
    _decide(connection, one, "in force", who, one.why, now_ms)
    if one.row.sent in before.get(one.row.name, {}):
        relearning.begin(connection, feed, before, f"code map {number}", now_ms)
    who.did(connection, "code map signed and in force", f"map:{feed}", one.why, now_ms)


def refuse(connection: Connection, feed: str, number: int, who: Actor, why: str, now_ms: int) -> None:
    """Refuse what was asked for, or take back what is in force, with a reason. Raises `CannotMap`."""
    if not why:
        raise CannotMap("Say why")
    one = _found(connection, feed, number)
    if one.state not in {"asked", "in force"}:
        raise CannotMap("This was decided already")
    _decide(connection, one, "refused" if one.state == "asked" else "being taken back", who, why, now_ms)
    who.did(connection, "code map refused or taken back", f"map:{feed}", why, now_ms)


def _check(translator: Translator, row: MapRow, why: str) -> None:
    profile = translator.profiles.get(row.feed)
    if profile is None:
        raise CannotMap("There is no such feed")
    if row.name not in CODE_LISTS:
        raise CannotMap("There is no such list")
    if not row.sent or len(row.sent) > LONGEST:
        raise CannotMap("Give the code as it is sent")
    if row.meant not in meanings(row.name, translator):
        raise CannotMap("Choose what it means from the values that the list has")
    if profile.code(row.name, row.sent) == row.meant:
        raise CannotMap("The map says so already")
    if not why:
        raise CannotMap("Say why, and who at the sender confirmed it")


def _asked(connection: Connection, feed: str, number: int) -> Version:
    one = _found(connection, feed, number)
    if one.state != "asked":
        raise CannotMap("This was decided already")
    return one


def _found(connection: Connection, feed: str, number: int) -> Version:
    try:
        return map_versions.of(connection, feed, number)
    except NoVersion:
        raise CannotMap("There is no such version") from None


def _decide(
    connection: Connection, one: Version, state: map_versions.State, who: Actor, why: str, now_ms: int
) -> None:
    try:
        map_versions.decide(connection, one, state, who.who, why, now_ms)
    except NoVersion:
        raise CannotMap("This was decided already") from None
