"""One message's hops: every step from its frame to the hospital's answer, with its moment and what it changed.

What is known of a message already (`trace`) is put in the order in which it happened, and joined by what followed:
rules, versions of resources, what left for a sink and what that said, replies. Every look-up goes by an index, and
each is bounded, so a hop never costs more in a store of ten million messages.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import orjson
from sqlalchemy import select

from ascbridge.events.logs import trace_context
from ascbridge.events.logs.envelope import first_id, id_millisecond
from ascbridge.intake.keeping import answers_left
from ascbridge.operations.tracing import hop_values, hops_beyond
from ascbridge.operations.tracing.hop_values import ORDER, Hop, Whom
from ascbridge.people.membership import person_of, restricted
from ascbridge.storage.tables import desk_act, event_log, evidence, held, parked, set_aside, spell, task

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy import Connection

    from ascbridge.operations.tracing.trace import Said, Trail

_LOOKED_BACK = 20
"""Moments of a stay that are looked through for how its task stood before."""


@dataclass(frozen=True, slots=True)
class Traced:
    """A message's trail, hop by hop, and the trace that it is known by in other systems."""

    trail: Trail
    hops: tuple[Hop, ...]
    trace_id: str
    traceparent: str

    @property
    def took_ms(self) -> int:
        """From the first hop to the last."""
        return self.hops[-1].after_ms if self.hops else 0


def traced(connection: Connection, trail: Trail, *, opened: bool = False) -> Traced:
    """Return a message's hops, the first one first. `opened`: its content may be seen, by whoever gave a reason."""
    whom = _whom(connection, trail, opened=opened)
    left_ms = answers_left.left_ms(connection, trail.seen.feed, trail.seen.received_ms)
    found = [*_at_the_door(trail, left_ms), *_events(connection, trail, whom), *_decisions(connection, trail)]
    found += hops_beyond.resources(connection, trail, whom)
    found += hops_beyond.sent(connection, trail, whom)
    found += hops_beyond.replies(connection, trail)
    found += _stuck(connection, trail)
    parent = trace_context.joined(trail.seen.flags)
    message_id = trail.seen.message_id
    ours = trace_context.child(parent, message_id) or trace_context.traceparent(message_id, message_id)
    return Traced(trail, _timed(found), ours[3:35], ours)


def _whom(connection: Connection, trail: Trail, *, opened: bool) -> Whom:
    subjects = frozenset(one.subject for one in trail.said)
    persons = frozenset(person_of(connection, subjects).values())
    return Whom(subjects, persons, bool(restricted(connection, subjects)), opened)


def _timed(found: Iterable[Hop]) -> tuple[Hop, ...]:
    hops = sorted(found, key=lambda one: (one.at_ms, ORDER.index(one.kind)))
    first = last = hops[0].at_ms if hops else 0
    timed = []
    for one in hops:
        timed.append(replace(one, after_ms=one.at_ms - first, since_ms=one.at_ms - last))
        last = one.at_ms
    return tuple(timed)


def _at_the_door(trail: Trail, left_ms: int | None) -> list[Hop]:
    seen = trail.seen
    kept = seen.outcome == "kept"
    codes = {"feed": seen.feed, "trigger": seen.trigger, "outcome": seen.outcome, "answer": seen.answer_code}
    title = f"Received{', kept and' if kept else ' and'} answered {seen.answer_code or 'nothing'}"
    answered = bool(seen.answer_code)
    unknown = "When the answer left is not known." if answered and left_ms is None else ""
    words = " ".join(filter(None, (seen.reason, unknown)))
    hops = [Hop("received", seen.received_ms, title, words, seen.message_id, codes=codes)]
    if answered and left_ms is not None:
        told = f"Answer {seen.answer_code} left"
        first_only = f"Sent again {seen.repeats} times since; this was the first." if seen.repeats else ""
        code = {"answer": seen.answer_code}
        hops.append(Hop("answered", left_ms, told, first_only, caused_by=seen.message_id, codes=code))
    first = min((one.recorded_ms for one in trail.said if one.caused_by == seen.message_id), default=None)
    at_ms = seen.changed_ms if first is None else first
    if kept and at_ms is not None:
        said = len([one for one in trail.said if one.caused_by == seen.message_id])
        words = seen.note or ("" if said else seen.state.replace("_", " "))
        title = f"Understood: {said or 'no'} {'event' if said == 1 else 'events'}"
        hops.append(
            Hop("understood", at_ms, title, words, caused_by=seen.message_id, codes={"state": seen.state})
        )
    return hops


# -- what was said, and what it did to a task ------------------------------------------------------------------------


def _events(connection: Connection, trail: Trail, whom: Whom) -> list[Hop]:
    values = _open_parts(connection, trail)
    return [_event(connection, one, values.get(one.event_id), values, whom) for one in trail.said]


def _event(
    connection: Connection,
    one: Said,
    data: dict[str, Any] | None,
    all_values: Mapping[str, dict[str, Any]],
    whom: Whom,
) -> Hop:
    name = one.event_type.split(".")[-2] if one.event_type.count(".") > 1 else one.event_type
    words = name.replace("-", " ").capitalize()
    codes = {"event_type": one.event_type, "topic": one.topic}
    codes |= {"read_by": one.read_by} if one.read_by else {}
    if data is None:
        return Hop("event", one.recorded_ms, words, one.effect, one.event_id, one.caused_by, codes=codes,
                   readers=one.readers)  # fmt: skip
    task_id, revision = str(data.get("task", "")), int(data.get("revision") or 0)
    is_task = bool(task_id) and one.topic == "task"
    before = _task_before(connection, one, data, all_values) if is_task and revision > 1 else None
    codes |= {
        name: str(data[name])
        for name in ("status", "stage", "signal", "rule", "reason")
        if is_task and data.get(name)
    }
    effect = one.effect
    if is_task and data.get("rule"):
        effect = f"by rule {data['rule']}"
    return Hop(
        "task" if is_task else "event", one.recorded_ms, words, effect, one.event_id, one.caused_by, codes=codes,
        values=hop_values.of_event(data, before, opened=whom.opened, restricted=whom.hidden), readers=one.readers,
    )  # fmt: skip


def _open_parts(connection: Connection, trail: Trail) -> dict[str, dict[str, Any]]:
    """The open part of each event of the trail: from the log, or from the story of a stay."""
    ids = [one.event_id for one in trail.said]
    told = select(evidence.c.event_id, evidence.c.data).where(
        evidence.c.message_id == trail.seen.message_id, evidence.c.event_id.in_(ids)
    )
    logged = select(event_log.c.event_id, event_log.c.value).where(event_log.c.event_id.in_(ids))
    return {id: orjson.loads(data) for wanted in (told, logged) for id, data in connection.execute(wanted)}


def _task_before(
    connection: Connection, one: Said, data: Mapping[str, Any], others: Mapping[str, dict[str, Any]]
) -> dict[str, Any] | None:
    """How a task was said to stand before: in the same message, else in the latest one that spoke of it in the log."""
    task_id, revision = data["task"], int(data["revision"])
    same = [
        each
        for each in others.values()
        if each.get("task") == task_id and int(each.get("revision") or 0) < revision
    ]
    if same:
        return max(same, key=lambda each: int(each["revision"]))
    for at_ms in _moments_before(
        connection, str(data.get("spell", "")), task_id, id_millisecond(one.event_id)
    ):
        rows = connection.execute(
            select(event_log.c.value).where(
                event_log.c.event_id.between(first_id(at_ms), first_id(at_ms + 1)),
                event_log.c.key == one.subject,
                event_log.c.topic == one.topic,
            )
        )
        found: list[dict[str, Any]] = [orjson.loads(value) for (value,) in rows]
        found = [each for each in found if each.get("task") == task_id]
        if found:
            return max(found, key=lambda each: int(each.get("revision") or 0))
    return None


def _moments_before(connection: Connection, spell_key: str, task_id: str, before_ms: int) -> list[int]:
    """When something was said or done that may have changed a task, the latest moment first."""
    said = connection.scalars(
        select(evidence.c.event_id)
        .where(evidence.c.spell_key == spell_key, evidence.c.event_id < first_id(before_ms))
        .order_by(evidence.c.event_id.desc())
        .limit(_LOOKED_BACK)
    )
    acts = connection.scalars(
        select(desk_act.c.at_ms)
        .where(desk_act.c.task_id == task_id, desk_act.c.at_ms < before_ms)
        .order_by(desk_act.c.at_ms.desc())
        .limit(_LOOKED_BACK)
    )
    return sorted({*map(id_millisecond, said), *acts}, reverse=True)[:_LOOKED_BACK]


# -- what was decided ----------------------------------------------------------------------------------------------


def _decisions(connection: Connection, trail: Trail) -> list[Hop]:
    """What the rules say of each stay that the message spoke about: as they last decided, and by which version."""
    stays = set(
        connection.scalars(
            select(evidence.c.spell_key).where(evidence.c.message_id == trail.seen.message_id).distinct()
        )
    )
    rows = connection.execute(
        select(spell.c.spell_key, spell.c.explanation, spell.c.changed_ms).where(
            spell.c.generation == 1, spell.c.spell_key.in_(stays)
        )
    ).all()
    wanted = select(task.c.spell_key, task.c.task_id, task.c.status, task.c.stage).where(
        task.c.generation == 1, task.c.spell_key.in_(stays)
    )
    tasks = {key: more for key, *more in connection.execute(wanted)}
    hops = []
    for key, explanation, changed_ms in rows:
        why = orjson.loads(explanation)
        if "then" in why:
            hops.append(_decision(key, why, changed_ms, tasks.get(key)))
    return hops


def _decision(key: str, why: Mapping[str, Any], at_ms: int, found: Sequence[str] | None) -> Hop:
    then = {"open": "a task", "drop": "no task, although one was asked for", "none": "no task"}
    rule = f"{why['rules']}@{why['version']}:{why['rule'] or 'none'}"
    asked = sorted({str(one["input"]) for one in why.get("because", ())})
    words = str(why["why"]) + (f" It went by: {', '.join(asked).replace('_', ' ')}." if asked else "")
    if found:
        words += f" The task is now {found[1]}, {found[2]}."
    return Hop(
        "decision", at_ms, f"Rules, as they last decided: {then[why['then']]}", words, key,
        link=f"/tasks/{found[0]}" if found else "", codes={"rule": rule, "then": str(why["then"])},
    )  # fmt: skip


# -- what does not go on -------------------------------------------------------------------------------------------


def _stuck(connection: Connection, trail: Trail) -> list[Hop]:
    message_id = trail.seen.message_id
    hops = [
        Hop("stuck", one.dead_ms, f"Dead letter of {one.consumer}, {one.state}", one.cause, one.dead_id,
            one.event_id, f"/operations/dead-letters/{one.dead_id}", {"consumer": one.consumer, "state": one.state})
        for one in trail.dead
    ]  # fmt: skip
    rows = connection.execute(
        select(parked, held.c.cause, held.c.offset.label("head"), held.c.since_ms, held.c.next_try_ms)
        .outerjoin(held, (held.c.consumer == parked.c.consumer) & (held.c.lane == parked.c.lane))
        .where(parked.c.message_id == message_id)
    )
    for row in rows:
        first = row.head == row.offset
        title = (
            f"Held by {row.consumer}: it is tried again"
            if first
            else f"Waits in {row.consumer} behind an earlier one"
        )
        hops.append(
            Hop(
                "stuck", row.parked_ms, title, row.cause or "", row.event_id, codes={"consumer": row.consumer}
            )
        )
    return hops + _set_aside(connection, trail)


def _set_aside(connection: Connection, trail: Trail) -> list[Hop]:
    lanes = {one.subject for one in trail.said}
    if trail.seen.state != "waiting" and not any(
        reading.state == "waiting" for one in trail.said for reading in one.readers
    ):
        return []
    lanes |= hops_beyond.lane_of(connection, trail.seen.message_id)
    rows = connection.execute(
        select(
            set_aside.c.consumer, set_aside.c.kind, set_aside.c.name, set_aside.c.headers, set_aside.c.time_ms
        )
        .where(set_aside.c.lane.in_(lanes), set_aside.c.consumer.in_(["translator", *_readers(trail)]))
        .limit(_LOOKED_BACK * 10)
    )
    ids = {trail.seen.message_id, *(one.event_id for one in trail.said)}
    return [
        Hop(
            "stuck",
            time_ms,
            f"Waits: {kind} {name} is paused",
            "",
            ident,
            codes={"consumer": consumer, "paused": name},
        )
        for consumer, kind, name, headers, time_ms in rows
        if (ident := orjson.loads(headers).get("ce_id", "")) in ids
    ]


def _readers(trail: Trail) -> set[str]:
    return {reading.reader for one in trail.said for reading in one.readers}
