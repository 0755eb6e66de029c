"""Why somebody has no task, in plain words, with what to do next: for whoever is rung at night by a ward.

Everything that can stand between a hospital's message and a task is looked at, in the order in which a message goes:
it never came, was refused, waits or was given up, says nothing of a stay, or the rules ask for no task. What a message
says is not told, nor whether somebody is restricted, nor what stands behind the safeguarding wall.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

import orjson
from sqlalchemy import select

from ascbridge.discharge.stay.joining import JOINED
from ascbridge.events.handlers import pauses
from ascbridge.events.ledgers import history
from ascbridge.intake.reading.shadowing import IN_SHADOW
from ascbridge.operations.finding import find_streams, find_whom, unread_messages
from ascbridge.operations.finding.find_streams import Span
from ascbridge.operations.tracing import trace
from ascbridge.storage.tables import (
    data_key,
    dead_letter,
    held,
    message,
    open_effect,
    parked,
    set_aside,
    spell,
    task,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from sqlalchemy import Connection

    from ascbridge.discharge.deciding.rules import RuleSet
    from ascbridge.operations.finding.find_whom import Keys
    from ascbridge.operations.tracing.trace import Seen
    from ascbridge.people.data_keys import DataKeys

LOOKED_AT = 30
"""Messages of somebody that are looked at, the newest first."""
_FEED_READERS = ("translator", "discharge")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that explains it: what is so, what to do about it, and where to look. `at_ms` is UTC epoch ms."""

    cause: str
    words: str
    next_step: str
    link: str = ""
    link_words: str = ""
    at_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """All that explains it, what comes first on a message's way first; and the newest messages about them."""

    findings: tuple[Finding, ...]
    messages: tuple[Seen, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """About whom somebody asks: keys of ours, and the NHS number where one was given."""

    keys: Keys
    nhs_number: str
    rules: RuleSet
    now_ms: int


def answer(connection: Connection, data_keys: DataKeys, asked: Asked) -> Answer:
    """Say why somebody has no task, or that they have one."""
    patients = find_whom.patients_of(connection, asked.keys.people)
    stays = set(asked.keys.stays) | set(
        connection.scalars(select(spell.c.spell_key).where(spell.c.patient_key.in_(patients)))
    )
    unread = unread_messages.naming(connection, data_keys, asked.nhs_number, asked.now_ms)
    walks = find_streams.about(connection, Span(), patients, stays) if patients or stays else []
    known = {one for walk in walks for one, _ in islice(walk, LOOKED_AT)}
    ids = sorted(known | set(unread), reverse=True)[:LOOKED_AT]
    seen = trace.seen(connection, message.c.message_id.in_(ids), most=LOOKED_AT) if ids else ()
    lanes = {*patients, *asked.keys.stays, *connection.scalars(
        select(message.c.lane).where(message.c.message_id.in_(ids), message.c.outcome == "kept")
    )}  # fmt: skip
    found = [
        *_refused(seen),
        *_given_up(connection, ids),
        *_held(connection, lanes),
        *_aside(connection, lanes),
    ]
    found += [] if found else _not_yet(connection, seen)
    work = [*_tasks(connection, stays), *_decided(connection, stays, asked.rules)]
    found = [
        *(one for one in work if one.cause == "has-task"),
        *found,
        *(one for one in work if one.cause != "has-task"),
    ]
    if not work:
        found += _no_stay(connection, seen, patients)
    return Answer(tuple(found or [*_drained(connection), _never_came(asked)]), seen)


# -- it did not get here, or not in --------------------------------------------------------------------------


def _never_came(asked: Asked) -> Finding:
    return Finding(
        "never-came",
        "No message about this person ever came, or all that was held of them was erased.",
        "Check the number. Ask the ward or its IT desk whether the admission was sent, and under which number"
        + (" and NHS number" if not asked.nhs_number else "")
        + ". Until then the stay can be entered by hand at the desk.",
        "/operations",
        "Whether the hospital's feed speaks",
    )


def _drained(connection: Connection) -> Iterator[Finding]:
    for one in pauses.standing(connection):
        if one.kind == "feed":
            takes = "takes nothing new" if one.mode == "drain" else "is paused"
            yield Finding(
                "feed-paused",
                f"Feed {one.name} {takes}, stopped by {one.who}: {one.why}.",
                f"Ring {one.ring or one.who}, and let it go on when the reason is gone.",
                "/operations/flows", "The flow map", one.since_ms,
            )  # fmt: skip


def _refused(seen: Collection[Seen]) -> Iterator[Finding]:
    for one in seen:
        if one.outcome == "refused":
            yield Finding(
                "refused",
                f"A message of feed {one.feed} that holds this number was refused at the door: {one.reason}.",
                "Have the sender put that right and send it again; nothing follows from it before.",
                *_trail(one.message_id), one.received_ms,
            )  # fmt: skip


# -- it waits, or was given up -------------------------------------------------------------------------------


def _given_up(connection: Connection, ids: Collection[str]) -> Iterator[Finding]:
    d = dead_letter.c
    rows = connection.execute(
        select(d.dead_id, d.consumer, d.cause, d.dead_ms)
        .where(d.message_id.in_(ids), d.state == "open")
        .order_by(d.dead_ms)
    )
    for row in rows:
        yield Finding(
            "dead-letter",
            f"A message about this person was given up on by {row.consumer}: {row.cause}.",
            "Put right what the dead letter names, then mend it or send it again.",
            f"/operations/dead-letters/{row.dead_id}", "Look at the dead letter", row.dead_ms,
        )  # fmt: skip


def _held(connection: Connection, lanes: Collection[str]) -> Iterator[Finding]:
    p, h = parked.c, held.c
    rows = connection.execute(
        select(p.consumer, p.message_id, p.offset, h.offset.label("head"), h.cause, h.since_ms)
        .outerjoin(held, (h.consumer == p.consumer) & (h.lane == p.lane))
        .where(p.consumer.in_(_FEED_READERS), p.lane.in_(lanes))
        .order_by(p.consumer, p.lane, p.offset)
        .limit(LOOKED_AT)
    ).all()
    heads = {(row.consumer, row.head): row for row in rows}
    for (consumer, head), row in heads.items():
        behind = sum(one.head == head and one.offset != head for one in rows)
        first = next((one.message_id for one in rows if one.offset == head), row.message_id)
        later = (
            f" {behind} later {'message waits' if behind == 1 else 'messages wait'} behind it, in order."
            if behind
            else ""
        )
        yield Finding(
            "held",
            f"A message about this person is held at {consumer} and tried again: {row.cause}.{later}",
            "Put the cause right and let it be tried now. After the last try it becomes a dead letter; the others go "
            "on.",
            *_trail(first), row.since_ms,
        )  # fmt: skip


def _aside(connection: Connection, lanes: Collection[str]) -> Iterator[Finding]:
    a = set_aside.c
    rows = connection.execute(
        select(a.kind, a.name).where(a.consumer.in_(_FEED_READERS), a.lane.in_(lanes)).distinct()
    ).all()
    standing = {(one.kind, one.name): one for one in pauses.standing(connection)}
    for kind, name in sorted(tuple(row) for row in rows):
        one = standing.get((kind, name))
        by = f", by {one.who}: {one.why}" if one else "; it goes on now, in order"
        yield Finding(
            "paused",
            f"Messages about this person wait because {kind} {name} is paused{by}.",
            f"Ring {one.ring or one.who}, and let it go on when the reason is gone." if one else "Wait a moment.",
            "/operations/flows", "The flow map", one.since_ms if one else None,
        )  # fmt: skip


def _not_yet(connection: Connection, seen: Collection[Seen]) -> Iterator[Finding]:
    ids = [one.message_id for one in seen]
    owed = select(open_effect.c.message_id).where(
        open_effect.c.message_id.in_(ids), open_effect.c.reader == "discharge"
    )
    unheard = set(connection.scalars(owed))
    for one in seen:
        if one.outcome == "kept" and (one.changed_ms is None or one.message_id in unheard):
            yield Finding(
                "waiting",
                f"A message of feed {one.feed} is kept and not dealt with to the end yet.",
                "Look at the flow map, where it waits; it goes on by itself.",
                *_trail(one.message_id), one.received_ms,
            )  # fmt: skip
            return


# -- it was understood ---------------------------------------------------------------------------------------


def _no_stay(connection: Connection, seen: Collection[Seen], patients: Collection[str]) -> Iterator[Finding]:
    kept = [one for one in seen if one.outcome == "kept" and one.state not in {"held", "parked", "dead"}]
    keys = select(data_key.c.wrapped).where(data_key.c.owner_key.in_(patients))
    wrapped = list(connection.scalars(keys)) if patients else []
    if wrapped and all(one is None for one in wrapped):
        yield Finding(
            "erased", "What was held of this person was erased.",
            "What a hospital sends from now on is new, and opens work. Ask information governance about the erasure.",
        )  # fmt: skip
    elif any(one.note == IN_SHADOW for one in kept):
        yield Finding(
            "shadow", "What came about this person came from a feed that is not heard: another case system is.",
            "See which feed is heard.", "/operations/cutover", "Change of the case system",
        )  # fmt: skip
    elif history.waiting(connection, list(patients)):
        yield Finding("history", "This person's history is still being read; until it is whole it opens no work.",
                      "Wait for the files of history.", "/operations", "Operations")  # fmt: skip
    elif kept:
        kinds = ", ".join(sorted({one.trigger or one.feed for one in kept}))
        last = kept[0]
        note = f" The last one: {last.note}." if last.note else ""
        yield Finding(
            "no-stay",
            f"Messages name this person ({kinds}), and none of them speaks of a hospital stay.{note}",
            "Ask the ward for the admission (A01): a task follows from a stay. Or enter the stay by hand at the desk.",
            *_trail(last.message_id), last.received_ms,
        )  # fmt: skip


def _tasks(connection: Connection, stays: Collection[str]) -> Iterator[Finding]:
    t = task.c
    rows = connection.execute(
        select(t.task_id, t.status, t.stage, t.reason, t.opened_ms)
        .where(t.generation == 1, t.spell_key.in_(stays))
        .order_by(t.opened_ms)
    )
    for row in rows:
        over = row.status in {"completed", "cancelled", "entered-in-error"}
        words = (
            f"There is a task, and it is {row.status} ({row.stage}{', ' + row.reason if row.reason else ''})."
        )
        step = (
            "Work that was ended stays ended; the desk sees it in the person's record and can open another by hand."
            if over
            else "It stands on the worklist: search for it there, without a narrowed view."
        )
        yield Finding("has-task", words, step, f"/tasks/{row.task_id}", "Open the task", row.opened_ms)


def _decided(connection: Connection, stays: Collection[str], rules: RuleSet) -> Iterator[Finding]:
    s = spell.c
    rows = connection.execute(
        select(s.spell_key, s.decision, s.status, s.explanation, s.changed_ms)
        .where(s.generation == 1, s.spell_key.in_(stays))
        .order_by(s.changed_ms.desc())
    )
    for row in rows:
        why: Mapping[str, Any] = orjson.loads(row.explanation)
        if row.decision == JOINED:
            yield Finding("joined", "A stay was found to be one with a stay entered by hand; its task stands there.",
                          "Look for the stay that was entered by hand.", at_ms=row.changed_ms)  # fmt: skip
        elif row.decision == "drop":
            yield Finding(
                "rule-dropped",
                f"Rule {why['rule']} of {why['rules']} version {why['version']} takes no task: {why['why']}",
                "If that is not so, have the ward correct it in its own system, which sends it; or open a task by hand "
                "from the stays that were dropped.",
                at_ms=row.changed_ms,
            )
        elif row.decision == "none":
            asks = " ".join(
                one.why for one in rules.rules if one.then == "open" and "entered" not in one.when
            )
            yield Finding(
                "no-rule",
                f"The stay is known ({row.status}), and no rule of {why.get('rules', rules.id)} version "
                f"{why.get('version', rules.version)} asks for a task yet. One opens when any of these is so: {asks}",
                "If the patient is ready to leave, ask the ward to say so in its system (A16 or a ready date), "
                "or open a task by hand.",
                at_ms=row.changed_ms,
            )


def _trail(message_id: str) -> tuple[str, str]:
    return f"/operations/messages/{message_id}", "Follow the message"
