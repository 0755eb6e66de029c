"""How fast a shadow is built, and how it says how far it is: it gives way while the running bridge is behind."""

from __future__ import annotations

import time
from bisect import bisect_left
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from sqlalchemy import func, select

from ascbridge.events.logs.positions import standing
from ascbridge.operations.shadow import shadows
from ascbridge.operations.shadow.rebuilding import stuck
from ascbridge.operations.shadow.shadows import Progress
from ascbridge.storage.tables import event_log, message

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy import Connection

    from ascbridge.operations.shadow.rebuilding import Rebuilding
    from ascbridge.operations.shadow.shadows import Shadow, State
    from ascbridge.storage.database import SqliteDatabase

BEHIND, LOOK_EVERY_S, REST_S, LONGEST_REST_S = 20, 0.1, 0.02, 2.0
"""With how many messages waiting the running bridge is behind, how often that is asked, and how long we then rest."""
SAY_EVERY_S = 1.0


class Pace(Protocol):
    """When the next messages may be played."""

    def rest(self, played: int) -> None: ...


@dataclass
class GivesWay:
    """Rests while the running bridge is behind, and keeps to so many messages a second (0: as fast as it goes)."""

    live: SqliteDatabase
    rate: int = 0
    sleep: Callable[[float], None] = time.sleep
    now: Callable[[], float] = time.monotonic
    _looked: float = 0.0
    _due: float = 0.0

    def rest(self, played: int) -> None:
        """Wait until the next messages may be played; never longer than `LONGEST_REST_S` for the running bridge."""
        now = self.now()
        if self.rate:
            self._due = max(self._due, now - 1) + played / self.rate
            if self._due > now:
                self.sleep(self._due - now)
        if now - self._looked < LOOK_EVERY_S:
            return
        rested = 0.0
        while rested < LONGEST_REST_S and self.live.read_now(behind) > BEHIND:
            self.sleep(REST_S)
            rested += REST_S
        self._looked = self.now()


def behind(connection: Connection) -> int:
    """Return how many messages the running bridge has kept and not understood, by their positions."""
    last = connection.scalar(select(func.max(message.c.position))) or 0
    reached = standing(connection, "translator").values()
    return max(0, last + 1 - max((one.next_offset for one in reached), default=last + 1))


class Meter:
    """Writes down how far a shadow is, at most once a second."""

    def __init__(
        self,
        shadow: Shadow,
        rebuilding: Rebuilding,
        now_ms: Callable[[], int],
        only: Sequence[int] | None,
        say: Callable[[Progress], None],
    ) -> None:
        self._shadow, self._rebuilding, self._now_ms, self._only, self._say = (
            shadow,
            rebuilding,
            now_ms,
            only,
            say,
        )
        self._before = shadow.progress
        self._began, self._told, self._decided = time.monotonic(), 0.0, rebuilding.done
        self._events = self._logged()
        self.note("building")

    def look(self) -> None:
        """Say how far it is, if that is long ago or a decision was taken again, which no position tells."""
        if time.monotonic() - self._told >= SAY_EVERY_S or self._rebuilding.done != self._decided:
            self.note("building")

    def note(self, state: State) -> Progress:
        self._told = time.monotonic()
        rebuilding, before = self._rebuilding, self._before
        position, self._decided = rebuilding.position, rebuilding.done
        events, seconds = self._logged(), max(0.001, self._told - self._began)
        total = self._before_position(rebuilding.end)
        progress = Progress(
            state=state,
            done=min(total, self._before_position(position)),  # not counted: a kill would lose some
            messages=total,
            events=events,
            next_position=position,
            per_second=round((rebuilding.messages + events - self._events) / seconds, 1),
            began_ms=before.began_ms if before else self._now_ms(),
            changed_ms=self._now_ms(),
            decided=rebuilding.done,
            held=rebuilding.bridge.read_now(stuck),
        )
        shadows.note(self._shadow.folder, progress)
        self._say(progress)
        return progress

    def _before_position(self, position: int) -> int:
        """How many messages of the shadow stand before a position."""
        return bisect_left(self._only, position) if self._only is not None else max(0, position - 1)

    def _logged(self) -> int:
        return self._rebuilding.bridge.read_now(
            lambda c: c.scalar(select(func.max(event_log.c.position))) or 0
        )
