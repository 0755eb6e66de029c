"""Which of the council's two case systems is heard, event type by event type, while one takes over from the other.

The other one is *in shadow*: what it says of that type goes to the topic `shadow`, and nothing is done with it. A
switch is never changed: a later one holds. Who reads it does so in the transaction in which it decides, under
`hold_still`, so that a switch falls between two messages and never into one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from ascbridge.events.facts.catalogue import FACTS, CouncilFact, DeathStatusRecorded, PatientDetailsRecorded
from ascbridge.storage.tables import feed_switch
from ascbridge.storage.upsert import insert

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection

    from ascbridge.events.facts.catalogue import Fact

LOCK = "ascbridge:cut-over"
"""Of which PostgreSQL's advisory lock is made that `hold_still` takes."""


def _word(fact: type[Fact]) -> str:
    if issubclass(fact, CouncilFact):
        return fact.slot
    return "death" if issubclass(fact, DeathStatusRecorded) else "person"


EVENT_TYPES: dict[str, str] = {
    _word(fact): name
    for name, fact in FACTS.items()
    if issubclass(fact, CouncilFact | DeathStatusRecorded | PatientDetailsRecorded)
}
"""Every event type that a case system may say, by the word for it in the council's contract: `review`, `package`...

`person` is who somebody is, which every line of the contract says beside its fact.
"""
WORDS = {name: word for word, name in EVENT_TYPES.items()}


@dataclass(frozen=True, slots=True)
class Pair:
    """The feeds of a cut-over: of the case system that goes, and of the one that takes over.

    `same_ids` says that the new one goes on with the old one's numbers of persons and things.
    """

    old: str
    new: str
    same_ids: bool = False

    def beside(self, feed: str) -> str:
        """Return the other one."""
        return self.old if feed == self.new else self.new


@dataclass(frozen=True, slots=True)
class Switch:
    """From `at_ms` on (UTC epoch milliseconds) `live` is heard of an event type, and `other` is in shadow.

    `against` is what stood against it where it was done all the same.
    """

    event_type: str
    live: str
    other: str
    at_ms: int
    who: str = ""
    role: str = ""
    why: str = ""
    against: str = ""


class Switches:
    """What was switched, and the pair of feeds of which the old one is heard until then. It thinks only."""

    def __init__(self, pair: Pair | None, made: Iterable[Switch] = ()) -> None:
        self.pair = pair
        self.made = tuple(made)
        self._made: dict[str, list[Switch]] = {}
        for one in self.made:
            self._made.setdefault(one.event_type, []).append(one)

    def concern(self, feed: str) -> bool:
        """Whether a feed is one of a cut-over, now or in the past."""
        if self.pair is not None and feed in (self.pair.old, self.pair.new):
            return True
        return any(feed in (one.live, one.other) for one in self.made)

    def beside(self, feed: str) -> str:
        """Return the feed that one of a cut-over was, or is, compared with; empty where it is of none."""
        if self.pair is not None and feed in (self.pair.old, self.pair.new):
            return self.pair.beside(feed)
        for one in reversed(self.made):
            if feed in (one.live, one.other):
                return one.other if feed == one.live else one.live
        return ""

    def takes_over(self, feed: str) -> bool:
        """Whether a feed is the new one of the cut-over that the settings name."""
        return self.pair is not None and feed == self.pair.new

    @property
    def same_ids(self) -> bool:
        """Whether the new one goes on with the old one's numbers."""
        return self.pair is not None and self.pair.same_ids

    def last(self, event_type: str, at_ms: int | None = None) -> Switch | None:
        """Return the switch that held at a moment, or now; None where that type was never switched before."""
        made = self._made.get(event_type, [])
        return next((one for one in reversed(made) if at_ms is None or one.at_ms <= at_ms), None)

    def live(self, event_type: str) -> str:
        """Return which feed of the pair is heard now. Raises `ValueError` where there is no pair."""
        if self.pair is None:
            raise ValueError("no cut-over is set up")
        last = self.last(event_type)
        return self.pair.old if last is None else last.live

    def in_shadow(self, feed: str, event_type: str, at_ms: int | None = None) -> bool:
        """Whether what a feed says of an event type is not heard, at a moment or now.

        A switch holds even where the settings name no pair any more.
        """
        last = self.last(event_type, at_ms)
        if last is not None and feed in (last.live, last.other):
            return feed != last.live
        return self.pair is not None and feed == self.pair.new and event_type in WORDS


def load(connection: Connection, pair: Pair | None) -> Switches:
    """Return every switch ever made, beside the pair that the settings name."""
    return Switches(pair, history(connection))


def history(connection: Connection) -> list[Switch]:
    """Return every switch ever made, the oldest first."""
    columns = (feed_switch.c[name] for name in Switch.__dataclass_fields__)
    return [Switch(*row) for row in connection.execute(select(*columns).order_by(feed_switch.c.number))]


def record(connection: Connection, made: Switch) -> None:
    """Write a switch down; it holds for every message that is understood after this transaction."""
    row: dict[str, Any] = {name: getattr(made, name) for name in Switch.__dataclass_fields__}
    insert(connection, feed_switch, [row])


def hold_still(connection: Connection, *, to_change: bool = False) -> None:
    """Keep switches as they are until this transaction ends; with `to_change`, keep everybody else from reading them.

    SQLite has one writer, so there nobody can come between.
    """
    if connection.dialect.name == "postgresql":
        lock = func.pg_advisory_xact_lock if to_change else func.pg_advisory_xact_lock_shared
        connection.execute(select(lock(func.hashtext(LOCK))))


def event_type_of(word: str) -> str:
    """Return the event type that somebody means: by its word (`review`), its class, or its name.

    Raises `KeyError`.
    """
    if word in WORDS:
        return word
    classes = {FACTS[name].__name__: name for name in WORDS}
    return classes[word] if word in classes else EVENT_TYPES[word.replace("-", "_")]
