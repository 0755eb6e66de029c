"""The flow map: feeds, families of events, readers and sinks in one picture, and one sentence on how all of it is.

Nothing here names a person. Everything is counted up to a bound, so that the picture costs the same in the tenth year.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select, text

from ascbridge.events.handlers import set_aside
from ascbridge.events.ledgers import ledger, sink_counts
from ascbridge.events.logs import positions
from ascbridge.events.logs.envelope import first_id, id_millisecond
from ascbridge.events.logs.log import INBOUND
from ascbridge.operations.flowing import held_and_dead, paces, pausing
from ascbridge.operations.flowing.flows import TRANSLATOR
from ascbridge.storage.prepared import unindexed
from ascbridge.storage.tables import dirty_person, message, message_state, open_effect, reply
from ascbridge.storage.tables import set_aside as aside_table

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy import Connection, Select

    from ascbridge.events.handlers.pauses import Kind
    from ascbridge.events.logs.log import EventLog
    from ascbridge.operations.flowing.flows import Heard
    from ascbridge.operations.flowing.paces import Paces
    from ascbridge.operations.flowing.pausing import Stopped
    from ascbridge.storage.database import Database

MINUTES = paces.OVER_MS // paces.MINUTE_MS
"""Over how many minutes a rate is taken."""
MOST = 2_000
"""What waits is counted up to here."""
SLOW_MS = 300_000
"""What waits for longer is told, on the map as by the alert `ReaderBehind`."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits somewhere: how much, of how many people, and since when the oldest (UTC epoch milliseconds)."""

    count: int = 0
    people: int = 0
    oldest_ms: int | None = None

    @property
    def many(self) -> str:
        """How much waits, in figures."""
        return f"{MOST:,} or more" if self.count >= MOST else f"{self.count:,}"

    @property
    def crowd(self) -> str:
        """How many people's news waits, in figures."""
        return f"{self.people:,}{' or more' if self.count >= MOST else ''}"


@dataclass(frozen=True, slots=True)
class Box:
    """One feed, family, reader or sink. `rate`: a minute, None where it is not known.

    `breaker` says why nothing goes through, and is empty while it does. `goes_to` are the names of what comes next.
    `dead` of a sink is what it refused or could not be told: it waits for nobody, so it is shown and is nothing wrong.
    """

    kind: str
    name: str
    title: str
    goes_to: tuple[str, ...] = ()
    rate: float | None = None
    waiting: Waiting = Waiting()
    held: int = 0
    dead: int = 0
    breaker: str = ""
    breaker_known: bool = False
    last_ms: int | None = None
    late: bool = False
    stopped: Stopped | None = None
    can_stop: bool = False

    @property
    def wrong(self) -> str:
        """What is the matter with it, in a few words; empty where nothing is."""
        if self.breaker:
            return self.breaker
        if self.stopped is None and self.late:
            return "is silent for too long"
        if self.dead and self.kind != "sink":
            return f"{self.dead:,} given up on"
        return f"{self.held:,} held" if self.held else ""


@dataclass(frozen=True, slots=True)
class FlowMap:
    """The whole picture: four columns, and what is to be said of it."""

    feeds: tuple[Box, ...]
    families: tuple[Box, ...]
    readers: tuple[Box, ...]
    sinks: tuple[Box, ...]
    now_ms: int

    @property
    def columns(self) -> tuple[tuple[str, tuple[Box, ...]], ...]:
        """The columns in the order in which news goes, each with its title."""
        titles = ("Feeds", "Kinds of events", "Services", "Where it goes")
        return tuple(zip(titles, (self.feeds, self.families, self.readers, self.sinks), strict=True))

    @property
    def sentence(self) -> str:
        """How all of it is, in one sentence."""
        boxes = [box for _, column in self.columns for box in column]
        wrong = [f"{box.title}: {box.wrong}" for box in boxes if box.wrong]
        slow = [
            f"{box.title}: {box.waiting.crowd} {'person' if box.waiting.people == 1 else 'people'} waiting too long"
            for box in boxes
            if not box.wrong and box.stopped is None and self.is_slow(box)
        ]
        stopped = [box.title for box in boxes if box.stopped is not None]
        if not wrong and not slow:
            if not stopped:
                return "All is well."
            return f"All is well but for what somebody stopped: {', '.join(stopped)}."
        return f"Not all is well. {'; '.join([*wrong, *slow])}."

    def matter(self, box: Box) -> str:
        """What is the matter with a box of this picture, that somebody waits too long included; empty: nothing."""
        return box.wrong or ("people wait too long" if box.stopped is None and self.is_slow(box) else "")

    @property
    def well(self) -> bool:
        """Whether nothing is to be done."""
        return self.sentence.startswith("All is well.")

    @property
    def mark(self) -> str:
        """Changes with whatever the picture shows, by the half minute where it is only time that passes."""
        boxes = [box for _, column in self.columns for box in column]
        said = [
            (
                box.name,
                box.rate,
                box.breaker_known,
                box.waiting,
                box.wrong,
                box.stopped.mark if box.stopped else "",
                box.last_ms,
            )
            for box in boxes
        ]
        return f"{self.now_ms // 30_000} {said}"

    def is_slow(self, box: Box) -> bool:
        """Whether somebody has waited there for too long."""
        return box.waiting.oldest_ms is not None and self.now_ms - box.waiting.oldest_ms > SLOW_MS


async def look(
    database: Database,
    log: EventLog,
    known: pausing.Known,
    heard: Sequence[Heard],
    readers: Mapping[str, tuple[str, ...]],
    troubles: Mapping[str, str],
    now_ms: int,
    *,
    seen: Paces | None = None,
) -> FlowMap:
    """Return the picture as it is now. `troubles` are those of parts, by name: of
    each that says how it is, in words or none.

    Without what was `seen` before nobody is asked how fast anything goes. A Kafka that is away keeps whoever asks
    waiting for `paces.PATIENCE_S` and no longer.
    """
    families = [name for kind, name in known if kind == "family"] if seen is not None else []
    rates = await paces.of_families(log, families, now_ms)
    before = None if seen is None else seen.before(now_ms)
    given = _Given(known, heard, readers, troubles, rates, before, now_ms)
    return await database.read(lambda c: _drawn(c, given))


@dataclass(frozen=True, slots=True)
class _Given:
    known: pausing.Known
    heard: Sequence[Heard]
    readers: Mapping[str, tuple[str, ...]]
    troubles: Mapping[str, str]
    rates: Mapping[str, float]
    before: paces.Reached | None
    now_ms: int

    def names(self, kind: Kind) -> list[str]:
        return [name for of, name in self.known if of == kind]


def _drawn(connection: Connection, given: _Given) -> FlowMap:
    stopped = {(one.pause.kind, one.pause.name): one for one in pausing.stopped(connection, given.known)}
    held: dict[str, int] = {}
    dead: dict[str, int] = {}
    for group in held_and_dead.held_groups(connection):
        held[group.consumer] = held.get(group.consumer, 0) + group.lanes
    for letters in held_and_dead.dead_groups(connection):
        dead[letters.consumer] = dead.get(letters.consumer, 0) + letters.count
    feeds = _feeds(connection, given, stopped)
    unread = [box.waiting for box in feeds]
    oldest = min((one.oldest_ms for one in unread if one.oldest_ms is not None), default=None)
    moved: dict[str, int] = {}
    for (consumer, _), at in positions.standing(connection).items():
        moved[consumer] = max(moved.get(consumer, 0), at.moved_ms)
    now = paces.reached(connection, given.now_ms)
    passed = paces.of_readers(connection, given.before, now)
    topics = {TRANSLATOR: (INBOUND,), **given.readers}
    boxes = []
    for name, theirs in topics.items():
        waits = owed(connection, name)
        if name == TRANSLATOR:
            paused = any(box.stopped is not None for box in feeds)
            waits = Waiting(
                sum(one.count for one in unread),
                sum(one.people for one in unread),
                None if paused else oldest,
            )
        elif any(("family", topic) in stopped for topic in theirs):
            waits = Waiting(waits.count, waits.people)  # it is old because somebody wants it so
        boxes.append(
            Box(
                "service", name, name.capitalize(), (), passed.get(name), waits, held.get(name, 0), dead.get(name, 0),
                breaker=given.troubles.get(name, ""),
                breaker_known=name in given.troubles, last_ms=moved.get(name),
            )
        )  # fmt: skip
    return FlowMap(
        feeds,
        _families(connection, given, stopped),
        tuple(boxes),
        _sinks(connection, given, stopped, paces.of_sinks(given.before, now)),
        given.now_ms,
    )


def _feeds(
    connection: Connection, given: _Given, stopped: Mapping[tuple[Kind, str], Stopped]
) -> tuple[Box, ...]:
    since = first_id(given.now_ms - MINUTES * 60_000)
    by_feed = unindexed(message.c.feed)
    counted = select(by_feed, func.count()).where(message.c.message_id >= since).group_by(by_feed)
    rates = {feed: n / MINUTES for feed, n in connection.execute(counted)}
    balance = ledger.balance(connection)
    spoke = {one.feed.name: one for one in given.heard}
    waits = _unread(connection, given.names("feed"), balance)
    boxes = []
    for name in given.names("feed"):
        stands, heard = balance.get(name), spoke.get(name)
        boxes.append(
            Box(
                "feed", name, given.known["feed", name], (TRANSLATOR,), rates.get(name, 0.0), waits[name],
                held=stands.held + stands.parked if stands else 0, dead=stands.dead if stands else 0,
                last_ms=heard.last_ms if heard else None, late=bool(heard and heard.late),
                stopped=stopped.get(("feed", name)), can_stop=True,
            )
        )  # fmt: skip
    return tuple(boxes)


def _unread(
    connection: Connection, feeds: Iterable[str], balance: Mapping[str, ledger.Balance]
) -> dict[str, Waiting]:
    """What of each feed nobody has understood yet: among the newest messages, and what is set aside."""
    lanes: dict[str, set[str]] = {name: set() for name in feeds}
    ids: dict[str, set[str]] = {name: set() for name in lanes}
    last = connection.scalar(select(func.max(message.c.position))) or 0
    unread = (
        select(message.c.message_id, message.c.feed, message.c.lane)
        .outerjoin(message_state, message_state.c.message_id == message.c.message_id)
        .where(
            message.c.position > last - MOST,
            unindexed(message.c.outcome) == "kept",
            message_state.c.message_id.is_(None),
        )
    )
    rows = list(connection.execute(unread)) if any(one.waiting for one in balance.values()) else []
    for message_id, feed, lane in rows:
        if feed in lanes:
            lanes[feed].add(lane)
            ids[feed].add(message_id)
    return {name: _with_aside(connection, name, ids[name], of) for name, of in lanes.items()}


def _with_aside(connection: Connection, feed: str, ids: set[str], lanes: set[str]) -> Waiting:
    """What waits of a feed, with what is set aside of it: among the newest, or longer ago."""
    oldest = min(map(id_millisecond, ids), default=None)
    aside = set_aside.count(connection, "feed", feed)
    if not aside:
        return Waiting(len(ids), len(lanes), oldest)
    first = connection.scalar(
        select(func.min(aside_table.c.time_ms)).where(
            aside_table.c.kind == "feed", aside_table.c.name == feed
        )
    )
    people = max(len(lanes), set_aside.people(connection, "feed", feed))
    return Waiting(max(len(ids), aside), people, min(at for at in (oldest, first) if at is not None))


def _families(
    connection: Connection, given: _Given, stopped: Mapping[tuple[Kind, str], Stopped]
) -> tuple[Box, ...]:
    last: dict[str, int] = {}
    for (_, here), at in positions.standing(connection).items():
        last[here.topic] = max(last.get(here.topic, 0), at.moved_ms)
    return tuple(
        Box(
            "family", name, given.known["family", name],
            tuple(reader for reader, topics in given.readers.items() if name in topics), given.rates.get(name),
            Waiting(
                set_aside.count(connection, "family", name), set_aside.people(connection, "family", name)
            ),
            last_ms=last.get(name), stopped=stopped.get(("family", name)), can_stop=True,
        )
        for name in given.names("family")
    )  # fmt: skip


def owed(connection: Connection, reader: str) -> Waiting:
    """What a reader or sink has not dealt with, up to a bound."""
    rows = connection.execute(
        select(open_effect.c.subject, open_effect.c.event_id)
        .where(open_effect.c.reader == reader)
        .limit(MOST)
    ).all()
    oldest = min((id_millisecond(event_id) for _, event_id in rows), default=None)
    return Waiting(len(rows), len({subject for subject, _ in rows}), oldest)


def _sinks(
    connection: Connection,
    given: _Given,
    stopped: Mapping[tuple[Kind, str], Stopped],
    rates: Mapping[str, float],
) -> tuple[Box, ...]:
    boxes = []
    took = sink_counts.totals(connection)
    for name in given.names("sink"):
        receiver = name.removeprefix("replies-")
        waits, held, dead, part = Waiting(), 0, 0, "nudges"
        if receiver != name:
            part = f"replies to {receiver}"
            these = (reply.c.receiver == receiver, reply.c.state == "waiting")
            waits = _of(connection, select(reply.c.subject, reply.c.queued_ms).where(*these))
            in_trouble = text("reply.state IN ('refused', 'given-up')")  # in these words: the index's own
            untold = (reply.c.receiver == receiver, in_trouble)
            dead = connection.scalar(select(func.count()).select_from(reply).where(*untold)) or 0
        elif name != part:
            part, mine = "publisher", dirty_person.c.sink == name
            waits = _of(connection, select(dirty_person.c.person_id, dirty_person.c.since_ms).where(mine))
            refused = select(func.count()).where(mine, dirty_person.c.fault != "")
            held = connection.scalar(refused) or 0
        standing = stopped.get(("sink", name))
        went = took.get(name)
        boxes.append(
            Box(
                "sink", name, given.known["sink", name], (), rates.get(name, None if given.before is None else 0.0),
                waits, held, dead, "" if standing else given.troubles.get(part, ""), part in given.troubles,
                last_ms=None if went is None else went.last_ms, stopped=standing, can_stop=True,
            )
        )  # fmt: skip
    return tuple(boxes)


def _of(connection: Connection, people: Select[Any]) -> Waiting:
    """What waits, by who it is about and since when."""
    rows = connection.execute(people.limit(MOST)).all()
    return Waiting(len(rows), len({row[0] for row in rows}), min((row[1] for row in rows), default=None))
