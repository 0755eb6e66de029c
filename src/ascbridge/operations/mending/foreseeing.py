"""What would happen if a message were read as somebody changed it: the real handlers, in a transaction that is undone.

It is played against the person's present state, and by a clock that stands still, so that playing it again says the
same until that state has moved. Nothing of the content is told: names of members, shapes, codes and what is decided.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import orjson
from sqlalchemy import func, select

from ascbridge.events.handlers.handling import attempt
from ascbridge.events.logs.cloud_event import message_of, rfc3339
from ascbridge.events.logs.faults import cause_of, is_infrastructure
from ascbridge.events.logs.log_table import as_record
from ascbridge.intake.hl7v2.message_parts import leaves, shape
from ascbridge.people.membership import person_of
from ascbridge.record.preparing import Preparation, Taken
from ascbridge.storage.tables import event_log, resource, spell, task

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from ascbridge.clock import Clock
    from ascbridge.events.handlers.handling import Handler
    from ascbridge.events.logs.log import Record
    from ascbridge.intake.reading.translator import Translator

MOST_STEPS = 20
"""How often events may follow from events before we say that it does not end."""
MOST_PLACES = 40
_CODED = {"source_code", "code"}
_OPEN_ENDS = (".status", ".resourceType")


@dataclass(frozen=True, slots=True)
class SaidThen:
    """One event that would be published: its type, and its members, of which codes and yes or no are shown."""

    event_type: str
    topic: str
    says: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that would be otherwise: `what` it is, and how it stands `before` and `after`; empty: not at all."""

    what: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What a dry-run said. `refused` is why it cannot be read, or followed, even so. `digest` tells two apart."""

    refused: str = ""
    note: str = ""
    events: tuple[SaidThen, ...] = ()
    decisions: tuple[Change, ...] = ()
    tasks: tuple[Change, ...] = ()
    resources: tuple[Change, ...] = ()
    digest: str = ""
    whom: tuple[Change, ...] = ()
    """Whom the message is about, by id, where that would be somebody else."""

    def as_json(self) -> bytes:
        """Return it as it is kept."""
        return orjson.dumps(asdict(self))

    @classmethod
    def from_json(cls, kept: bytes) -> Foreseen:
        """Read what `as_json` made."""
        read = orjson.loads(kept)
        read["events"] = tuple(
            SaidThen(one["event_type"], one["topic"], tuple(one["says"])) for one in read["events"]
        )
        for name in ("decisions", "tasks", "resources", "whom"):
            read[name] = tuple(Change(**one) for one in read.get(name, ()))
        return cls(**read)


@dataclass(frozen=True, slots=True)
class Handlers:
    """What a dry-run plays: the translator, who acts on what it says, and who makes resources of that."""

    translator: Translator
    following: Callable[[Clock], Sequence[Handler]]
    preparation: Preparation

    def at(self, clock: Clock) -> tuple[Translator, Sequence[Handler]]:
        """Return them going by this clock."""
        return self.translator.by(clock), self.following(clock)


@dataclass(slots=True)
class _State:
    """How the people of some patient keys stand."""

    decisions: dict[str, str] = field(default_factory=dict)
    tasks: dict[str, str] = field(default_factory=dict)
    sends: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    fault: str = ""


def foresee(
    connection: Connection,
    handlers: Handlers,
    message_id: str,
    change: Callable[[], None],
    clock: Clock,
) -> Foreseen:
    """Play it and undo it. `change` puts into the transaction what is to be tried. Raises infrastructure faults."""
    undone = connection.begin_nested()
    try:
        change()
        refused, records = _play(connection, handlers, message_id, clock)
        keys = sorted({record.key for record in records})
        after = _state(connection, handlers.preparation, keys)
    finally:
        undone.rollback()
    before = _state(connection, handlers.preparation, keys)
    return _told(connection, refused or after.fault, records, before, after)


def _play(
    connection: Connection, handlers: Handlers, message_id: str, clock: Clock
) -> tuple[str, list[Record]]:
    last = connection.scalar(select(func.max(event_log.c.position))) or 0
    translator, following = handlers.at(clock)
    try:
        with connection.begin_nested():
            translator.again(connection, message_id)
    except Exception as fault:
        if is_infrastructure(fault):
            raise
        return cause_of(fault), []
    played: list[Record] = []
    for _ in range(MOST_STEPS):
        wanted = select(event_log).where(event_log.c.position > last).order_by(event_log.c.position)
        rows = list(connection.execute(wanted))
        records = [one for one in map(as_record, rows) if message_of(one) == message_id]
        if not records:
            return "", played
        last = rows[-1].position
        played += records
        for handler in following:
            mine = [one for topic in handler.topics for one in records if one.topic == topic]
            failed = attempt(connection, handler, mine, clock.now_ms()) if mine else None
            if failed is not None:
                return f"{handler.name} could not act on it: {cause_of(failed)}", played
    return "one event follows from another without an end; report it", played


def _state(connection: Connection, preparation: Preparation, keys: Sequence[str]) -> _State:
    state = _State()
    for row in connection.execute(
        select(spell.c.spell_key, spell.c.status, spell.c.decision).where(spell.c.patient_key.in_(keys))
    ):
        state.decisions[row.spell_key] = f"{row.status}: {row.decision}"
    people = sorted(set(person_of(connection, keys).values()))
    columns = (task.c.task_id, task.c.kind, task.c.status, task.c.stage, task.c.due_ms)
    for one in connection.execute(select(*columns).where(task.c.person_id.in_(people))):
        due = f", due {rfc3339(one.due_ms)}" if one.due_ms is not None else ""
        state.tasks[one.task_id] = f"{one.kind}, {one.status}, {one.stage}{due}"
    batch = preparation.prepare(connection, [Taken(one, 0, 0) for one in people]) if people else None
    for unit in (*batch.people, *batch.merged) if batch else ():
        state.fault = state.fault or (unit.fault and f"it could not be published: {unit.fault}")
        state.sends.update((send.name, send.body) for send in unit.sends)
    return state


def _told(
    connection: Connection, refused: str, records: Sequence[Record], before: _State, after: _State
) -> Foreseen:
    resources = []
    for name in sorted(before.sends.keys() | after.sends.keys()):
        now = after.sends.get(name)
        was = before.sends.get(name) or _stored(connection, name)
        if now is not None and now != was:
            resources += _differing(name, was or {}, now)
    exactly = [[one.event_type, one.key, _open_part(one)] for one in records]
    told = [exactly, after.decisions, after.tasks, after.sends, before.decisions, before.tasks, before.sends]
    digest = hashlib.sha256(orjson.dumps([refused, told], option=orjson.OPT_SORT_KEYS)).hexdigest()
    return Foreseen(
        refused=refused,
        events=tuple(SaidThen(one.event_type, one.topic, _says(_open_part(one))) for one in records),
        decisions=_changes("stay", before.decisions, after.decisions),
        tasks=_changes("task", before.tasks, after.tasks),
        resources=tuple(resources),
        digest=digest,
    )


def _open_part(record: Record) -> dict[str, Any]:
    said: dict[str, Any] = orjson.loads(record.value)
    said.pop("sealed", None)
    return said


def _says(said: Mapping[str, Any]) -> tuple[str, ...]:
    told = []
    for name, value in sorted(said.items()):
        if isinstance(value, dict) and value.keys() == _CODED:
            told.append(f"{name} {value['source_code']} is {value['code'] or 'not mapped'}")
        elif isinstance(value, bool):
            told.append(f"{name}: {'yes' if value else 'no'}")
        elif value not in (None, "", [], {}):
            told.append(name)
    return tuple(told)


def _changes(kind: str, before: Mapping[str, str], after: Mapping[str, str]) -> tuple[Change, ...]:
    return tuple(
        Change(f"{kind} {key}", before.get(key, ""), after.get(key, ""))
        for key in sorted(before.keys() | after.keys())
        if before.get(key) != after.get(key)
    )


def _stored(connection: Connection, name: str) -> dict[str, Any]:
    """What our own store holds of a resource; what a server holds is not known here but by its digest."""
    kind, _, number = name.partition("/")
    body = connection.scalar(
        select(resource.c.body).where(resource.c.resource_type == kind, resource.c.resource_id == number)
    )
    found: dict[str, Any] = orjson.loads(body) if body else {}
    return found


def _differing(name: str, was: Mapping[str, Any], now: Mapping[str, Any]) -> list[Change]:
    if not was:
        return [Change(name, "", "new")]
    old, new = dict(leaves(was, "")), dict(leaves(now, ""))
    paths = [path for path in {**old, **new} if old.get(path) != new.get(path) and ".meta." not in path]
    return [
        Change(f"{name}{path}", _shown(path, old.get(path)), _shown(path, new.get(path)))
        for path in paths[:MOST_PLACES]
    ]


def _shown(path: str, value: object) -> str:
    if value is None:
        return ""
    return str(value) if isinstance(value, bool) or path.endswith(_OPEN_ENDS) else shape(str(value))
