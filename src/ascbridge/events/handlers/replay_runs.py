"""Runs that send many dead letters again, at a bounded rate: begin, how far, hold still, go on, end.

What a run has sent is not open any more, and what is given up after it began is not in it: so it needs no mark of how
far it is, goes on after any stop where it was, and ends. Each letter goes back into its person's lane, and all that a
person has among those of the run go together, so that nobody's order depends on when the run comes by.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

import orjson
from sqlalchemy import func, select, tuple_, update

from ascbridge.events.handlers import dead_letters, holds
from ascbridge.events.handlers.run_states import after
from ascbridge.events.ledgers import audit
from ascbridge.events.ledgers.audit import AuditEntry
from ascbridge.storage.tables import dead_letter, message_state, replay_run
from ascbridge.storage.upsert import insert

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Connection

    from ascbridge.events.handlers.run_states import Act, State

MOST_NAMED = 1_000
PORTION = 100
"""Letters in one transaction: whoever hands in news waits for the same writer."""
AHEAD = 200
"""As many lanes may wait to be tried: news of their people waits behind them."""
AHEAD_S = 6
"""On many machines, where a reader in another process looks every five seconds, as many as this many seconds bring."""
_SECOND_MS = 1_000


class CannotReplay(ValueError):
    """What was asked for cannot be done; the text says why, for people."""


@dataclass(frozen=True, slots=True)
class About:
    """Which open dead letters a run is about: all that is said must be true of them; at least one thing is said."""

    consumer: str = ""
    cause: str = ""
    feed: str = ""
    messages: tuple[str, ...] = ()

    @property
    def nothing(self) -> bool:
        """Whether nothing at all is said."""
        return self == About()

    @property
    def named(self) -> str:
        """Say it for the audit."""
        if self.messages:
            return f"dead letters of {len(self.messages)} messages"
        said = ", ".join(one for one in (self.consumer, self.feed, self.cause) if one)
        return f"dead letters: {said}"


@dataclass(frozen=True, slots=True)
class Run:
    """One run. `letters` is how many there were when it began, `sent` how many it has come to; times are UTC ms.

    `again` is how many open letters of the same kind were given up since it began.
    """

    run_id: str
    about: About
    state: State
    per_second: int
    letters: int
    sent: int
    asked_by: str
    role: str
    why: str
    begun_ms: int
    changed_ms: int
    again: int = 0


def count(connection: Connection, about: About, until_ms: int) -> int:
    """Return how many open dead letters that is, given up until a time."""
    return connection.scalar(select(func.count()).select_from(dead_letter).where(*_of(about, until_ms))) or 0


def some(connection: Connection, about: About, until_ms: int, most: int) -> list[str]:
    """Return the first of them, the oldest first: one of each person and reader."""
    wanted = select(dead_letter.c.dead_id, dead_letter.c.consumer, dead_letter.c.lane)
    rows = connection.execute(_in_order(wanted.where(*_of(about, until_ms))).limit(most * 20))
    first: dict[tuple[str, str], str] = {}
    for dead_id, consumer, lane in rows:
        first.setdefault((consumer, lane), dead_id)
    return list(first.values())[:most]


def begin(
    connection: Connection, run_id: str, about: About, per_second: int, who: AuditEntry, now_ms: int
) -> Run:
    """Begin a run, with its audit entry. Raises `CannotReplay` where nothing is meant, or the same is under way."""
    if about.nothing:
        raise CannotReplay("say which: a reader, a cause, a feed, or messages")
    if len(about.messages) > MOST_NAMED:
        raise CannotReplay(f"at most {MOST_NAMED} messages can be named")
    for one in runs(connection):
        if one.run_id == run_id:
            return one
        if one.about == about and one.state in ("running", "paused"):
            raise CannotReplay(f"run {one.run_id} of the same letters is {one.state}: let it end, or stop it")
    letters = count(connection, about, now_ms)
    if not letters:
        raise CannotReplay("no open dead letter is meant by that")
    run = Run(run_id, about, "running", per_second, letters, 0, who.who, who.role, who.why, now_ms, now_ms)
    insert(connection, replay_run, [_row(run)])
    told = replace(
        who, what="dead letters sent again: begin", whom=f"replay:{run_id}", result=f"{letters} {about.named}"
    )
    audit.record(connection, told, now_ms)
    return run


def act(connection: Connection, run_id: str, wanted: Act, who: AuditEntry, now_ms: int) -> Run:
    """Hold a run still, let it go on, or end it, with its audit entry. Raises `CannotReplay`."""
    run = of(connection, run_id, lock=True)
    if run is None:
        raise CannotReplay("there is no such run")
    then = after(run.state, wanted)
    if then is None:
        raise CannotReplay(f"this run is {run.state}")
    _set(connection, run, state=then, changed_ms=now_ms)
    told = replace(
        who, what=f"dead letters sent again: {wanted}", whom=f"replay:{run_id}", result=f"{run.sent} sent"
    )
    audit.record(connection, told, now_ms)
    return replace(run, state=then, changed_ms=now_ms)


def of(connection: Connection, run_id: str, *, lock: bool = False) -> Run | None:
    """Return one run, or None; with `lock` nobody else can change it meanwhile."""
    wanted = select(replay_run).where(replay_run.c.run_id == run_id)
    row = connection.execute(wanted.with_for_update() if lock else wanted).first()
    return None if row is None else _run(row)


def runs(connection: Connection, most: int = 20) -> list[Run]:
    """Return the latest runs, the newest first."""
    newest = select(replay_run).order_by(replay_run.c.begun_ms.desc(), replay_run.c.run_id.desc())
    return [_run(row) for row in connection.execute(newest.limit(most))]


def with_those_given_up_again(connection: Connection, found: list[Run]) -> list[Run]:
    """Say of each run how many open letters of its kind were given up since it began."""
    return [
        replace(run, again=_count_since(connection, run)) if run.sent else run
        for run in found
    ]  # fmt: skip


def under_way(connection: Connection) -> list[str]:
    """Return the runs that are to go on, the oldest first."""
    running = select(replay_run.c.run_id).where(replay_run.c.state == "running")
    return list(connection.scalars(running.order_by(replay_run.c.begun_ms, replay_run.c.run_id)))


def step(connection: Connection, run_id: str, writer: str, now_ms: int) -> int:
    """Send again what a run may send by now; return how many. Nothing left ends it. One transaction, with the audit.

    While too many lanes that were put back wait for their readers it sends nothing.
    """
    run = of(connection, run_id, lock=True)
    if run is None or run.state != "running":
        return 0
    most = _may_send(run, now_ms)
    here = connection.dialect.name == "sqlite"  # the readers are beside us, and are told at once
    ahead = AHEAD if here else max(AHEAD, AHEAD_S * run.per_second)
    if not most or holds.put_back_waiting(connection, ahead) >= ahead:
        return 0
    letters = _next(connection, run, most)
    who = AuditEntry(writer, run.asked_by, run.role, "", why=run.why, where_from=f"replay:{run_id}")
    if not letters:
        _set(connection, run, state="done", changed_ms=now_ms)
        done = replace(
            who, what="dead letters sent again: done", whom=f"replay:{run_id}", result=f"{run.sent} sent"
        )
        audit.record(connection, done, now_ms)
        return 0
    sent = dead_letters.replay_all(connection, letters, now_ms)
    each = [replace(who, what="dead letter sent again", whom=f"dead-letter:{one}") for one in sent]
    audit.record_all(connection, each, now_ms)
    _set(connection, run, sent=run.sent + len(sent), changed_ms=now_ms)
    return len(sent)


def _may_send(run: Run, now_ms: int) -> int:
    """How many may be sent now: what the rate allows since the last step, and never more than a portion."""
    since_ms = now_ms - run.changed_ms
    if (
        not 0 <= since_ms < _SECOND_MS
    ):  # a clock that was set back, or a long rest, is no reason to wait or to rush
        since_ms = _SECOND_MS
    return min(PORTION, run.per_second * since_ms // _SECOND_MS)


def _next(connection: Connection, run: Run, most: int) -> list[str]:
    """The oldest letters of a run that are still open, and with each person's first all that they have in it."""
    mine = _of(run.about, run.begun_ms)
    wanted = _in_order(select(dead_letter.c.consumer, dead_letter.c.lane).where(*mine)).limit(most)
    lanes = list(dict.fromkeys(tuple(row) for row in connection.execute(wanted)))
    if not lanes:
        return []
    theirs = tuple_(dead_letter.c.consumer, dead_letter.c.lane).in_(lanes)
    return list(connection.scalars(_in_order(select(dead_letter.c.dead_id).where(*mine, theirs))))


def _of(about: About, until_ms: int) -> list[ColumnElement[bool]]:
    found = [dead_letter.c.state == "open", dead_letter.c.dead_ms <= until_ms, *_kind(about)]
    if about.messages:
        found.append(dead_letter.c.message_id.in_(about.messages))
    return found


def _kind(about: About) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if about.consumer:
        found.append(dead_letter.c.consumer == about.consumer)
    if about.cause:
        found.append(dead_letter.c.cause == about.cause)
    if about.feed:
        by = select(message_state.c.feed).where(message_state.c.message_id == dead_letter.c.message_id)
        found.append(by.scalar_subquery() == about.feed)
    return found


def _count_since(connection: Connection, run: Run) -> int:
    since = (dead_letter.c.state == "open", dead_letter.c.dead_ms > run.begun_ms)
    named = (dead_letter.c.message_id.in_(run.about.messages),) if run.about.messages else ()
    wanted = select(func.count()).select_from(dead_letter).where(*since, *_kind(run.about), *named)
    return connection.scalar(wanted) or 0


def _in_order(wanted: Any) -> Any:
    return wanted.order_by(dead_letter.c.dead_ms, dead_letter.c.dead_id)


def _set(connection: Connection, run: Run, **values: object) -> None:
    connection.execute(update(replay_run).where(replay_run.c.run_id == run.run_id).values(**values))


def _row(run: Run) -> dict[str, object]:
    said = asdict(run)
    del said["again"]
    return said | {"about": orjson.dumps(said["about"])}


def _run(row: Any) -> Run:
    said = row._asdict()
    about = orjson.loads(said.pop("about"))
    return Run(**said, about=About(**{**about, "messages": tuple(about["messages"])}))
