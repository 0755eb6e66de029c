"""Derives the bridge's state again from what was kept: stays, tasks, record and indexes, message after message.

What people did is a truth of its own and is carried over before; what they decided about who is who, and about
restrictions, is taken again at its time among the messages. The clock says when the message at hand was kept.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from ascbridge.events.logs.log import INBOUND, Fetched
from ascbridge.operations.shadow.playing import MovingClock, Player
from ascbridge.storage.tables import dead_letter, held

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy import Connection

    from ascbridge.events.handlers.handling import Handler
    from ascbridge.events.logs.log import Assignment, Record
    from ascbridge.events.logs.log_table import LogTable
    from ascbridge.frontdoor.reception import Reception
    from ascbridge.intake.reading.translator import Translator
    from ascbridge.storage.database import SqliteDatabase

MESSAGES_AT_ONCE = 250
CARRIED: dict[str, str] = {
    "desk_act": "", "sub_act": "", "pack_act": "", "urgent_act": "", "door_act": "", "colleague": "",
    "reference_list": "", "crosswalk": "", "mending": "", "sub_task": "",
    "possible_match": "decided <> ''",
    "urgent_matter": "version > 0 OR CAST(fact AS TEXT) = '[]'", "map_version": "state = 'in force'",
    "profile_version": "state = 'signed'", "profile_activation": "",
}  # fmt: skip
"""What is not derived from messages, or not from them alone, and is copied into a shadow before it is played."""


@dataclass(frozen=True, slots=True)
class Decided:
    """What somebody decided about who is who or who is restricted, at a moment, and how it is done again."""

    at_ms: int
    again: Callable[[Connection], None]


@dataclass
class PartOfLog:
    """A log of which messages are read only up to before `upto`, and only those at `only`, in order (None: all)."""

    table: LogTable
    upto: int
    only: Sequence[int] | None = None

    def bounds(self, connection: Connection, topic: str) -> dict[int, tuple[int, int]]:
        """As the whole log has them."""
        return self.table.bounds(connection, topic)

    def read(self, connection: Connection, wanted: Sequence[tuple[Assignment, int]], limit: int) -> Fetched:
        """As the whole log reads, less what is left out of it."""
        fetched = Fetched()
        for here, offset in wanted:
            some = (
                self._inbound(connection, here, offset, limit)
                if here.topic == INBOUND
                else self.table.some(connection, here, offset, limit)
            )
            if some:
                fetched.records[here] = some
        return fetched

    def _inbound(self, connection: Connection, here: Assignment, offset: int, limit: int) -> list[Record]:
        if self.only is None:
            found = self.table.some(connection, here, offset, limit)
            return [one for one in found if one.offset < self.upto]
        first, last = bisect_left(self.only, offset), bisect_left(self.only, self.upto)
        while first < last:
            found = self.table.kept_at(connection, self.only[first : min(first + limit, last)])
            if found:
                return found
            first += limit
        return []


@dataclass
class Rebuilding:
    """A store of its own, and all that derives it. `end` is the position before which the last message stands.

    `done` is how many decisions were taken again, in an earlier run too. Taking one again twice changes nothing.
    """

    bridge: SqliteDatabase
    log: PartOfLog
    clock: MovingClock
    translator: Translator
    reception: Reception
    handlers: Sequence[Handler]
    decided: Sequence[Decided]
    first_after: Callable[[int], int]
    end: int
    done: int = 0
    messages: int = 0
    _player: Player = field(init=False)

    def __post_init__(self) -> None:
        self._player = Player(
            self.bridge, self.log, self.clock, "shadow", at_once=MESSAGES_AT_ONCE, before=self._move
        )
        self._bound()

    @property
    def position(self) -> int:
        """The position of the message that comes next."""
        return self._player.reached(self.translator)

    def step(self) -> bool:
        """Play some messages and all that follows from them; return whether there was anything to play."""
        played = self._player.turn(self.translator)
        self.messages += played
        self._follow()
        if played:
            return True
        if self.done < len(self.decided):
            one = self.decided[self.done]
            self.clock.move(one.at_ms)
            self.bridge.write_now(one.again)
            self.done += 1
            self._bound()
            self._follow()
            return True
        return False

    def lengthen(self, end: int) -> None:
        """Take up what was kept since, up to before this position."""
        self.end = end
        self._bound()

    def _bound(self) -> None:
        upto = self.end
        if self.done < len(self.decided):
            upto = min(upto, self.first_after(self.decided[self.done].at_ms))
        self.log.upto = upto

    def _follow(self) -> None:
        while sum(map(self._player.turn, self.handlers)) or self._time():
            pass

    def _time(self) -> int:
        return self.bridge.write_now(self.reception.take_up_history) + self.bridge.write_now(
            self.reception.watch
        )

    def _move(self, records: Sequence[Record]) -> None:
        self.clock.move(max(record.time_ms for record in records))

    def finish(self, now_ms: int) -> None:
        """Let time have passed until now for whoever waits for time alone."""
        self.clock.move(now_ms)
        self._follow()


def stuck(connection: Connection) -> int:
    """Count whom or what could not be played: people held, and dead letters."""
    return sum(connection.scalar(select(func.count()).select_from(one)) or 0 for one in (held, dead_letter))
