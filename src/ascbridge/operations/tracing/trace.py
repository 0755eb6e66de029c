"""One message's trail: from the frame that came in, by its events and their readers, to the task and the
shared record.

Nothing of the content is opened. Every look-up goes by an index, so one message among millions is found in
milliseconds: ids of messages and events lead with their millisecond, which also leads from an event back to
its message.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import orjson
from sqlalchemy import bindparam, func, select

from ascbridge.events.logs.cloud_event import epoch_ms
from ascbridge.events.logs.envelope import first_id, id_millisecond
from ascbridge.operations.flowing.held_and_dead import DeadLetter, dead_letter_of, of_message
from ascbridge.storage.tables import (
    event_log,
    evidence,
    feed_heard,
    message,
    message_state,
    open_effect,
    parked,
    patient,
    sent_resource,
    spell,
    task,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sqlalchemy import ColumnElement, Connection

_MOST_FOUND = 50
_REFUSED_WITHIN_MS = 7 * 24 * 3_600_000


@dataclass(frozen=True, slots=True)
class Seen:
    """A message as it arrived, and where it stands now. Times are UTC epoch milliseconds."""

    message_id: str
    feed: str
    control_id: str
    trigger: str
    received_ms: int
    outcome: str
    reason: str
    answer_code: str
    flags: tuple[str, ...]
    repeats: int
    state: str
    note: str
    changed_ms: int | None


@dataclass(frozen=True, slots=True)
class Reading:
    """What one reader has made of an event: `done`, `waiting` or `parked`."""

    reader: str
    state: str


@dataclass(frozen=True, slots=True)
class Said:
    """An event of the trail: what it says (its type only), and who has read it. `effect` is what it
    changed, in words; `read_by` the profile and code map by which its message was understood.
    """

    event_id: str
    event_type: str
    topic: str
    subject: str
    recorded_ms: int
    caused_by: str
    readers: tuple[Reading, ...] = ()
    effect: str = ""
    read_by: str = ""


@dataclass(frozen=True, slots=True)
class Touched:
    """A task that the message's stay has, as it stands now."""

    task_id: str
    status: str
    stage: str
    changed_ms: int


@dataclass(frozen=True, slots=True)
class Trail:
    """All that became of one message. `published_ms` says per sink when the person was last sent."""

    seen: Seen
    said: tuple[Said, ...] = ()
    tasks: tuple[Touched, ...] = ()
    dead: tuple[DeadLetter, ...] = ()
    published_ms: Mapping[str, int] = field(default_factory=dict)


def find(connection: Connection, text: str) -> tuple[Seen, ...]:
    """Find messages by control id, message id, event id or dead-letter id; newest first."""
    text = text.strip()
    if not text:
        return ()
    if _uuid(text):
        return find_id(connection, text)
    feeds = list(connection.scalars(select(feed_heard.c.feed)))
    return seen(connection, message.c.feed.in_(feeds) & (message.c.control_id == text))


def find_id(connection: Connection, text: str) -> tuple[Seen, ...]:
    """Find the message that the id of a message, an event or a dead letter names."""
    wanted = _uuid(text)
    if not wanted:
        return ()
    exact = seen(connection, message.c.message_id == wanted)
    if exact:
        return exact
    letter = dead_letter_of(connection, wanted)
    owner = letter.message_id if letter else _message_of(connection, wanted)
    if owner:
        return seen(connection, message.c.message_id == owner)
    # An event that the log has forgotten: the messages of its millisecond are the ones it can be from.
    at_ms = id_millisecond(wanted)
    return seen(connection, message.c.message_id.between(first_id(at_ms), first_id(at_ms + 1)))


def refused(connection: Connection, now_ms: int) -> tuple[Seen, ...]:
    """Return the last week's refusals, the newest first: what a sender's engineer asks for."""
    since = first_id(now_ms - _REFUSED_WITHIN_MS)
    return seen(connection, (message.c.outcome == "refused") & (message.c.message_id >= since))


def trail(connection: Connection, message_id: str, readers: Mapping[str, tuple[str, ...]]) -> Trail | None:
    """Put one message's trail together, or None for an unknown id. `readers` says who reads which topics."""
    found = seen(connection, message.c.message_id == message_id)
    if not found:
        return None
    said = _events(connection, found[0], readers)
    subjects = sorted({one.subject for one in said})
    effects, tasks = _work(connection, subjects, [one.event_id for one in said])
    return Trail(
        seen=found[0],
        said=tuple(replace(one, effect=effects.get(one.event_id, "")) for one in said),
        tasks=tasks,
        dead=of_message(connection, message_id),
        published_ms=_published(connection, subjects),
    )


def seen(connection: Connection, *where: ColumnElement[bool], most: int = _MOST_FOUND) -> tuple[Seen, ...]:
    """Return the messages of which all this is true, the newest first, `most` at the most."""
    columns = (
        message.c.message_id, message.c.feed, message.c.control_id, message.c.trigger, message.c.received_ms,
        message.c.outcome, message.c.reason, message.c.answer_code, message.c.flags, message.c.repeats,
        message_state.c.state, message_state.c.note, message_state.c.changed_ms,
    )  # fmt: skip
    rows = connection.execute(
        select(*columns)
        .outerjoin(message_state, message_state.c.message_id == message.c.message_id)
        .where(*where)
        .order_by(message.c.position.desc())
        .limit(most)
    )
    return tuple(_one_seen(row) for row in rows)


def _uuid(text: str) -> str:
    """Return an id as it is stored; empty where a text is none."""
    try:
        return str(uuid.UUID(text.strip()))
    except ValueError:
        return ""


def _one_seen(row: Sequence[object]) -> Seen:
    values = list(row)
    values[8] = tuple(str(values[8]).split())
    kept = values[5] == "kept"
    values[10] = values[10] or ("waiting" if kept else "refused")
    values[11] = values[11] or ""
    return Seen(*values)  # type: ignore[arg-type]  # the columns stand in the order of the fields


def _message_of(connection: Connection, event_id: str) -> str:
    headers = connection.scalar(select(event_log.c.headers).where(event_log.c.event_id == event_id).limit(1))
    if headers:
        return str(orjson.loads(headers).get("ce_correlationid", ""))
    found = connection.scalar(
        select(open_effect.c.message_id).where(open_effect.c.event_id == event_id).limit(1)
    )
    return found or ""


def _events(connection: Connection, seen: Seen, readers: Mapping[str, tuple[str, ...]]) -> list[Said]:
    """What the message said: by the log, and by the stories of stays where the log no longer has it.

    On many machines the log's table is an outbox, which is empty soon after.
    """
    told = _logged(connection, seen)
    known = {one.event_id for one in told}
    told += [one for one in _remembered(connection, seen) if one.event_id not in known]
    still = _still_open(connection, seen.message_id)
    parked_with = {
        (row.event_id, row.consumer)
        for row in connection.execute(
            select(parked.c.event_id, parked.c.consumer).where(parked.c.message_id == seen.message_id)
        )
    }
    said = []
    for one in told:
        waiting = still.get(one.event_id, set())
        names = [name for name, topics in readers.items() if one.topic in topics]
        names += sorted(name for name in waiting if name not in names)
        read = (Reading(name, _reading(one.event_id, name, waiting, parked_with)) for name in names)
        said.append(replace(one, readers=tuple(read)))
    return said


def _logged(connection: Connection, seen: Seen) -> list[Said]:
    at_ms = id_millisecond(seen.message_id)
    rows = connection.execute(
        select(event_log.c.event_id, event_log.c.topic, event_log.c.key, event_log.c.headers)
        .where(event_log.c.event_id.between(first_id(at_ms), first_id(at_ms + 1)))
        .order_by(event_log.c.position)
    )
    said = []
    for event_id, topic, key, headers_text in rows:
        headers = orjson.loads(headers_text)
        if headers.get("ce_correlationid") == seen.message_id:
            recorded_ms = epoch_ms(headers["ce_recordedtime"])
            caused_by = headers.get("ce_causationid", "")
            read_by = headers.get("ce_readby", "")
            kind = headers.get("ce_type", "")
            said.append(Said(event_id, kind, topic, key, recorded_ms, caused_by, read_by=read_by))
    return said


def _remembered(connection: Connection, seen: Seen) -> list[Said]:
    """The facts that spoke about a stay: each is in that stay's story for good."""
    e = evidence.c
    rows = connection.execute(
        select(e.event_id, e.type, e.subject, e.recorded_ms)
        .where(e.message_id == seen.message_id)
        .distinct()
        .order_by(e.recorded_ms, e.event_id)
    )
    return [
        Said(event_id, kind, kind.split(".")[-3], subject, recorded_ms, seen.message_id)
        for event_id, kind, subject, recorded_ms in rows
    ]


def _reading(event_id: str, name: str, waiting: set[str], parked_with: set[tuple[str, str]]) -> str:
    if (event_id, name) in parked_with:
        return "parked"
    return "waiting" if name in waiting else "done"


def _still_open(connection: Connection, message_id: str) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    wanted = select(open_effect.c.event_id, open_effect.c.reader).where(
        open_effect.c.message_id == message_id
    )
    for event_id, reader in connection.execute(wanted):
        found.setdefault(event_id, set()).add(reader)
    return found


def _work(
    connection: Connection, subjects: Sequence[str], event_ids: Sequence[str], generation: int = 1
) -> tuple[dict[str, str], tuple[Touched, ...]]:
    spells = list(connection.scalars(select(spell.c.spell_key).where(spell.c.patient_key.in_(subjects))))
    rows = connection.execute(
        select(evidence.c.event_id, evidence.c.effect, evidence.c.spell_key).where(
            evidence.c.spell_key.in_(spells), evidence.c.event_id.in_(event_ids)
        )
    ).all()
    effects = {event_id: effect for event_id, effect, _ in rows}
    mine = {spell_key for _, _, spell_key in rows}
    found = connection.execute(
        select(task.c.task_id, task.c.status, task.c.stage, task.c.changed_ms).where(
            task.c.generation == generation, task.c.spell_key.in_(mine)
        )
    )
    return effects, tuple(Touched(*row) for row in found)


def _published(connection: Connection, subjects: Sequence[str]) -> dict[str, int]:
    people = list(connection.scalars(select(patient.c.person_id).where(patient.c.patient_key.in_(subjects))))
    sent = select(func.max(sent_resource.c.sent_ms)).where(sent_resource.c.person_id.in_(people))
    found = {sink: connection.scalar(sent.where(sent_resource.c.sink == sink)) for sink in _sinks(connection)}
    return {sink: at_ms for sink, at_ms in found.items() if at_ms is not None}


def _sinks(connection: Connection) -> Iterator[str]:
    """Give the name of each sink, one look at the index for each: there are few, and rows beyond number."""
    name: str | None = ""
    while (name := connection.scalar(_NEXT_SINK, {"last": name})) is not None:
        yield name


_NEXT_SINK = select(func.min(sent_resource.c.sink)).where(sent_resource.c.sink > bindparam("last"))
