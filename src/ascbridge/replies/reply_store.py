"""What hospitals are told, in the database: queued once for each change, settled by the hospital's answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import and_, bindparam, func, select, update

from ascbridge.storage.prepared import Prepared
from ascbridge.storage.tables import reply, reply_receiver, spell
from ascbridge.storage.upsert import insert_missing

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from sqlalchemy import Connection

    from ascbridge.events.facts.task_progress import Progress

Settled = Literal["acknowledged", "refused", "given-up", "needless"]
TROUBLE = ("refused", "given-up")

_r = reply.c
_LAST = Prepared.of(
    lambda one_of: (
        select(_r.task_id, _r.progress, _r.reason, _r.queued_ms)
        .where(one_of(_r.task_id, "tasks"), _r.receiver == bindparam("of"))
        .order_by(_r.queued_ms, _r.reply_id)
    )
)
_FACILITIES = Prepared.of(
    lambda one_of: select(spell.c.spell_key, spell.c.facility).where(
        spell.c.generation == bindparam("of"), one_of(spell.c.spell_key, "stays")
    )
)


@dataclass(frozen=True, slots=True)
class Queued:
    """One thing to tell. Times are UTC epoch ms; `tries` counts those that were sent and not well answered."""

    reply_id: str
    receiver: str
    task_id: str
    spell_key: str
    subject: str
    progress: Progress
    reason: str
    owner_team: str
    since_ms: int
    due_ms: int | None
    control_id: str
    queued_ms: int
    tries: int = 0


@dataclass(frozen=True, slots=True)
class LastTold:
    """What was queued last of a task, and when (UTC epoch milliseconds)."""

    progress: Progress
    reason: str
    queued_ms: int


@dataclass(frozen=True, slots=True)
class ReplyRow:
    """One thing that was or is to be told, as pages show it: `control_id` is its MSH-10. It names nobody."""

    reply_id: str
    receiver: str
    task_id: str
    progress: Progress
    reason: str
    state: str
    note: str
    tries: int
    queued_ms: int
    next_ms: int
    settled_ms: int | None
    control_id: str


def told_since(connection: Connection, receiver: str, began_ms: int) -> int:
    """Return from when on a receiver is told: since the first process that was to tell it began."""
    insert_missing(connection, reply_receiver, [{"receiver": receiver, "since_ms": began_ms}])
    wanted = select(reply_receiver.c.since_ms).where(reply_receiver.c.receiver == receiver)
    return int(connection.execute(wanted).scalar_one())


def facilities(connection: Connection, spells: Collection[str], generation: int) -> dict[str, str]:
    """Return where each stay is, by the ODS code of its site."""
    rows = _FACILITIES.rows(connection, of=generation, stays=list(spells)) if spells else ()
    return {key: str(facility) for key, facility in rows}


def last_told(connection: Connection, receiver: str, tasks: Collection[str]) -> dict[str, LastTold]:
    """Return what was queued last of each task."""
    rows = _LAST.rows(connection, of=receiver, tasks=list(tasks)) if tasks else ()
    return {task: LastTold(progress, reason, queued_ms) for task, progress, reason, queued_ms in rows}


def queue(connection: Connection, replies: Sequence[Queued]) -> None:
    """Keep what is to be told; the same again changes nothing."""
    rows = [
        {
            "reply_id": one.reply_id, "receiver": one.receiver, "task_id": one.task_id, "spell_key": one.spell_key,
            "subject": one.subject, "progress": one.progress, "reason": one.reason, "owner_team": one.owner_team,
            "since_ms": one.since_ms, "due_ms": one.due_ms, "control_id": one.control_id, "state": "waiting",
            "queued_ms": one.queued_ms, "next_ms": 0,
        }
        for one in replies
    ]  # fmt: skip
    insert_missing(connection, reply, rows)


def next_due(connection: Connection, receiver: str, now_ms: int) -> Queued | None:
    """Return what is to be sent now: the oldest that does not wait, and before which nothing of its task waits."""
    earlier = reply.alias()
    blocked = (
        select(earlier.c.reply_id)
        .where(
            earlier.c.task_id == _r.task_id,
            earlier.c.receiver == _r.receiver,
            earlier.c.state == "waiting",
            earlier.c.queued_ms < _r.queued_ms,
        )
        .exists()
    )
    wanted = (
        select(
            _r.reply_id, _r.receiver, _r.task_id, _r.spell_key, _r.subject, _r.progress, _r.reason, _r.owner_team,
            _r.since_ms, _r.due_ms, _r.control_id, _r.queued_ms, _r.tries,
        )
        .where(_r.receiver == receiver, _r.state == "waiting", _r.next_ms <= now_ms, ~blocked)
        .order_by(_r.queued_ms, _r.reply_id)
        .limit(1)
    )  # fmt: skip
    row = connection.execute(wanted).first()
    return None if row is None else Queued(*row)  # type: ignore[call-arg]  # the columns are its fields, in order


def settle(connection: Connection, reply_id: str, state: Settled, note: str, now_ms: int) -> None:
    """Say how it ended. `note` is a code or our own words, never a receiver's free text."""
    change = {"state": state, "note": note, "settled_ms": now_ms, "tries": _r.tries + 1}
    connection.execute(update(reply).where(_r.reply_id == reply_id, _r.state == "waiting").values(change))


def try_later(connection: Connection, reply_id: str, note: str, next_ms: int, *, counts: bool) -> None:
    """Say why it was not told, and when to try again; `counts` where it was sent and not well answered."""
    change = {"note": note, "next_ms": next_ms, "tries": _r.tries + int(counts)}
    connection.execute(update(reply).where(_r.reply_id == reply_id, _r.state == "waiting").values(change))


def send_again(connection: Connection, reply_id: str) -> bool:
    """Let what was refused or given up be sent once more. False where it is neither (any longer)."""
    change = {"state": "waiting", "note": "", "next_ms": 0, "tries": 0, "settled_ms": None}
    done = connection.execute(
        update(reply).where(_r.reply_id == reply_id, _r.state.in_(TROUBLE)).values(change)
    )
    return done.rowcount == 1


def overdue(connection: Connection, receiver: str, before_ms: int) -> int:
    """Count what has waited since before a moment."""
    late = and_(_r.receiver == receiver, _r.state == "waiting", _r.queued_ms < before_ms)
    return int(connection.execute(select(func.count()).select_from(reply).where(late)).scalar_one())


def in_trouble(connection: Connection, limit: int = 200) -> list[ReplyRow]:
    """Return what was refused or given up, the newest first."""
    wanted = select(*_SHOWN).where(_r.state.in_(TROUBLE)).order_by(_r.settled_ms.desc()).limit(limit)
    return [_shown(row) for row in connection.execute(wanted)]


def waiting(connection: Connection, receiver: str, limit: int = 200) -> list[ReplyRow]:
    """Return what waits to be told, the oldest first."""
    wanted = select(*_SHOWN).where(_r.receiver == receiver, _r.state == "waiting")
    return [
        _shown(row) for row in connection.execute(wanted.order_by(_r.queued_ms, _r.reply_id).limit(limit))
    ]


def counts_waiting(connection: Connection, receivers: Collection[str]) -> Mapping[str, int]:
    """Count what waits, receiver by receiver."""
    wanted = (
        select(_r.receiver, func.count())
        .where(_r.receiver.in_(list(receivers)), _r.state == "waiting")
        .group_by(_r.receiver)
    )
    return {name: int(count) for name, count in connection.execute(wanted)}


def of_task(connection: Connection, task_id: str) -> list[ReplyRow]:
    """Return everything that was or is to be told of a task, the oldest first."""
    wanted = select(*_SHOWN).where(_r.task_id == task_id).order_by(_r.queued_ms, _r.reply_id)
    return [_shown(row) for row in connection.execute(wanted)]


_SHOWN = (
    _r.reply_id, _r.receiver, _r.task_id, _r.progress, _r.reason, _r.state, _r.note, _r.tries, _r.queued_ms,
    _r.next_ms, _r.settled_ms, _r.control_id,
)  # fmt: skip


def _shown(row: Sequence[Any]) -> ReplyRow:
    return ReplyRow(*row)
