"""A switch made on a copy, to see what it would change: tasks, events, and resources, which are sent nowhere.

It is the same code on the same tables as a real switch (`operations.switching`), worked off by the same handlers; but
nothing here has a sink, a listener or a log that anybody reads. Bootstrap puts it together on a copied store.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any

import orjson
from sqlalchemy import func, select

from ascbridge.cutover import comparing, strands, whole
from ascbridge.events.handlers.switches import WORDS
from ascbridge.events.ledgers.audit import AuditEntry
from ascbridge.operations.changing import switching
from ascbridge.operations.shadow.playing import Player
from ascbridge.record.preparing import Preparation, Taken
from ascbridge.storage.tables import dead_letter, dirty_person, door_task, event_log, held, task

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from ascbridge.clock import Clock
    from ascbridge.cutover.comparison_rules import Rules
    from ascbridge.events.handlers.handling import Handler
    from ascbridge.events.handlers.switches import Pair
    from ascbridge.events.logs.log_table import LogTable
    from ascbridge.frontdoor.reception import Reception
    from ascbridge.intake.reading.translator import Translator
    from ascbridge.operations.changing.switching import Wish
    from ascbridge.storage.database import SqliteDatabase

PEOPLE_AT_ONCE = 50
OVER = frozenset({"completed", "cancelled"})
WHO = AuditEntry("rehearsal", "a rehearsal", "it-operations", "")


@dataclass(frozen=True, slots=True)
class Change:
    """One task that the switch changes: its kind, and where it stands before (empty: it was not there) and after."""

    task_id: str
    kind: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Report:
    """What a switch would change. `events` and `resources` are counted by type; resources are *new* or *changed*.

    `compared` gives for each word how many things agree, differ, are missing or extra before the switch. `held` counts
    messages that could not be worked off.
    """

    against: tuple[str, ...] = ()
    compared: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    heard: int = 0
    events: Mapping[str, int] = field(default_factory=dict)
    tasks: tuple[Change, ...] = ()
    resources: Mapping[str, int] = field(default_factory=dict)
    refused: int = 0
    held: int = 0

    @property
    def go(self) -> bool:
        """Whether nothing stands against it, and all of it could be worked off."""
        return not self.against and not self.held and not self.refused


@dataclass(frozen=True, slots=True)
class _Standing:
    tasks: Mapping[str, tuple[str, str]]
    sends: Mapping[str, tuple[str, bool]]
    refused: int
    held: int


@dataclass
class Rehearsal:
    """Everything between a kept message and what the record would be sent, on a store of its own."""

    bridge: SqliteDatabase
    log: LogTable
    translator: Translator
    reception: Reception
    handlers: Sequence[Handler]
    preparation: Preparation
    pair: Pair
    rules: Rules
    clock: Clock
    _player: Player = field(init=False)

    def __post_init__(self) -> None:
        self._player = Player(self.bridge, self.log, self.clock, "rehearsal")

    def rehearse(self, wish: Wish) -> Report:
        """Work off what waits, make the switch, work that off, and say what is otherwise. Raises `CannotSwitch`."""
        self._work()
        while self.bridge.write_now(lambda c: strands.pair_some(c, self.pair, self.rules)):
            continue  # the sheet goes by events in pairs too
        against, compared = self.bridge.read_now(partial(self._look, wish=wish))
        before, first = self._standing(), self.bridge.read_now(_next_position)
        now_ms = self.clock.now_ms()
        self.bridge.write_now(
            lambda c: switching.switch(
                c, self.pair, self.rules, self.translator.profiles, replace(wish, anyway=True), WHO, now_ms
            )
        )
        heard = 0
        while count := self.bridge.write_now(self.translator.apply_words):
            heard += count
        self._work()
        after = self._standing()
        return Report(
            against=tuple(against),
            compared=compared,
            heard=heard,
            events=self.bridge.read_now(partial(_events_since, first=first)),
            tasks=tuple(_changes(before.tasks, after.tasks)),
            resources=_sent(before.sends, after.sends),
            refused=max(0, after.refused - before.refused),
            held=max(0, after.held - before.held),
        )

    def _look(self, connection: Connection, wish: Wish) -> tuple[list[str], dict[str, dict[str, int]]]:
        parts = comparing.parts(connection, self.pair, self.rules)
        compared = whole.summed(parts, self.pair, self.rules)
        against = switching.against_switching(
            connection, self.pair, self.rules, self.translator.profiles, wish, compared, self.clock.now_ms()
        )
        return against, {word: compared.of(word) for word in map(WORDS.__getitem__, wish.event_types)}

    # -- working off

    def _work(self) -> None:
        """Have every handler read to the end, and everybody decided about whose time has come."""
        while sum(map(self._player.turn, self.handlers)) or self._time():
            pass

    def _time(self) -> int:
        return self.bridge.write_now(self.reception.take_up_history) + self.bridge.write_now(
            self.reception.watch
        )

    # -- how it stands

    def _standing(self) -> _Standing:
        tasks = self.bridge.read_now(_tasks)
        people, sends, refused = self.bridge.read_now(self._dirty), dict[str, tuple[str, bool]](), 0
        while some := list(islice(people, PEOPLE_AT_ONCE)):
            batch = self.bridge.read_now(partial(self.preparation.prepare, taken=some))
            for unit in (*batch.shared, *batch.people, *batch.merged):
                refused += bool(unit.fault)
                sends |= {send.name: (send.digest, not send.version) for send in unit.sends}
        return _Standing(tasks, sends, refused, self.bridge.read_now(_held))

    def _dirty(self, connection: Connection) -> Iterable[Taken]:
        wanted = select(dirty_person.c.person_id, dirty_person.c.mark).where(
            dirty_person.c.sink == self.preparation.sink
        )
        return iter([Taken(person, mark, 0) for person, mark in connection.execute(wanted)])


def _next_position(connection: Connection) -> int:
    return (connection.scalar(select(func.max(event_log.c.position))) or 0) + 1


def _events_since(connection: Connection, first: int) -> dict[str, int]:
    rows = connection.execute(
        select(event_log.c.topic, event_log.c.headers).where(event_log.c.position >= first)
    )
    return dict(sorted(Counter(_type_of(topic, headers) for topic, headers in rows).items()))


def _type_of(topic: str, headers: str) -> str:
    kind: str = orjson.loads(headers).get("ce_type", "")
    return kind.rsplit(".", 2)[-2] if kind else topic


def _tasks(connection: Connection) -> dict[str, tuple[str, str]]:
    found: dict[str, tuple[str, str]] = {}
    for table in (task, door_task):
        columns = (table.c.task_id, table.c.kind, table.c.status, table.c.owner_team, table.c.due_ms)
        for task_id, kind, *stands in connection.execute(select(*columns)):
            found[task_id] = kind, _words(stands)
    return found


def _words(stands: Sequence[Any]) -> str:
    status, team, due_ms = stands
    return status if status in OVER else f"{status}, {team}, due {due_ms or 'never'}"


def _held(connection: Connection) -> int:
    counts = (select(func.count()).select_from(table) for table in (held, dead_letter))
    return sum(connection.scalar(one) or 0 for one in counts)


def _changes(before: Mapping[str, tuple[str, str]], after: Mapping[str, tuple[str, str]]) -> Iterable[Change]:
    for task_id in sorted(before.keys() | after.keys()):
        kind = (after.get(task_id) or before[task_id])[0]
        was, now = (side.get(task_id, (kind, ""))[1] for side in (before, after))
        if was != now:
            yield Change(task_id, kind, was, now)


def _sent(before: Mapping[str, tuple[str, bool]], after: Mapping[str, tuple[str, bool]]) -> dict[str, int]:
    """Count what would be sent beside what waits already, by type."""
    more = ((name, new) for name, (digest, new) in after.items() if before.get(name, ("", new))[0] != digest)
    return dict(
        sorted(
            Counter(f"{name.partition('/')[0]} {'new' if new else 'changed'}" for name, new in more).items()
        )
    )
