"""How much each feed sends, by kind of message, ward and five minutes, and which are quiet now as they never are.

Counted once more from the kept messages, a little behind them, so that keeping and answering pay nothing for it.
Nothing here names a person.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from itertools import takewhile
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, func, select

from ascbridge.events.logs.envelope import first_id
from ascbridge.intake.keeping.usual_day import (
    BORNE_KINDS,
    BORNE_WARDS,
    BORNE_WHOLE,
    LONGEST_MS,
    SLOT_MS,
    WEEKS,
    Hours,
    like,
    missed,
    sent,
)  # fmt: skip
from ascbridge.storage.tables import arrival_count, arrival_read, feed_quiet, message
from ascbridge.storage.upsert import insert, or_change, upsert

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import date

    from sqlalchemy import Connection, Row

    Wards = Callable[[Connection, Sequence[str]], Mapping[str, str]]

WHOLE = ""
"""Stands for all kinds of messages of a feed together."""
KEEP_MS = (WEEKS + 1) * 7 * 86_400_000
SETTLED_MS = 60_000
"""Younger messages are counted the next time: on PostgreSQL one may still come whose number is lower."""
AT_ONCE = 1_000
"""Some milliseconds of the one writer: what comes in waits no longer than that."""
WARDED = frozenset({"A01", "A02", "A03"})
"""Kinds of messages that are counted ward by ward too, under the kind and the ward: ``A03 W12``."""
WARD_A_DAY = 8.0
"""From so many of a kind a day on a ward is judged: with fewer a whole day without any may be chance."""
_KIND = re.compile(r"[A-Z]\d\d")
_COUNTED = ("feed", "slot_ms", "kind", "n", "last_ms")
_COUNT = or_change(
    arrival_count,
    _COUNTED,
    lambda fresh: {"n": arrival_count.c.n + fresh.n, "last_ms": fresh.last_ms},
)
Slots = dict[str, dict[int, int]]
"""How many messages came, by kind and the slot's beginning."""


@dataclass(frozen=True, slots=True)
class Quiet:
    """A feed, or one `kind` of its messages (of one ward: ``A03 W12``), of which none came since `since_ms`; `usual`:
    how many do by now.
    """

    feed: str
    kind: str
    since_ms: int
    usual: int

    def said(self, title: str) -> str:
        """Say what does not come from the feed that people call `title`."""
        trigger, _, ward = self.kind.partition(" ")
        if not trigger:
            return f"Nothing from {title}"
        return f"No {trigger} from {ward} ({title})" if ward else f"No {trigger} from {title}"


def count_on(connection: Connection, now_ms: int, wards: Wards | None = None) -> bool:
    """Count some of the messages that were kept since the last time. Returns whether more wait.

    `wards` says which ward messages were about, as far as anybody has understood them yet.
    """
    at = connection.scalar(select(arrival_read.c.position))
    rows = connection.execute(
        select(
            message.c.position,
            message.c.feed,
            message.c.trigger,
            message.c.received_ms,
            message.c.outcome,
            message.c.message_id,
        )
        .where(message.c.position > (_beginning(connection, now_ms) if at is None else at))
        .order_by(message.c.position)
        .limit(AT_ONCE)
    ).all()
    settled = list(takewhile(lambda row: row.received_ms <= now_ms - SETTLED_MS, rows))
    kept = [row for row in settled if row.outcome == "kept"]
    warded = [row.message_id for row in kept if row.trigger in WARDED] if wards else []
    _COUNT.run(connection, _counted(kept, wards(connection, warded) if wards and warded else {}))
    if settled:
        upsert(connection, arrival_read, [{"id": 1, "position": settled[-1].position}])
    return len(settled) == AT_ONCE


def _beginning(connection: Connection, now_ms: int) -> int:
    """Where to begin in a store that was never counted: before the first message of the weeks that matter.

    Message ids lead with their time.
    """
    first = select(func.min(message.c.position)).where(message.c.message_id >= first_id(now_ms - KEEP_MS))
    return int(connection.scalar(first) or 1) - 1


def _counted(
    rows: Iterable[Row[int, str, str, int, str, str]], wards: Mapping[str, str]
) -> list[dict[str, Any]]:
    numbers: Counter[tuple[str, int, str]] = Counter()
    last: dict[tuple[str, int, str], int] = {}
    for _, feed, trigger, received_ms, _, message_id in rows:
        slot = received_ms // SLOT_MS * SLOT_MS
        kinds = {WHOLE, trigger if _KIND.fullmatch(trigger) else WHOLE}
        if message_id in wards:
            kinds.add(f"{trigger} {wards[message_id]}")
        for kind in kinds:
            numbers[feed, slot, kind] += 1
            last[feed, slot, kind] = received_ms
    return [dict(zip(_COUNTED, (*key, n, last[key]), strict=True)) for key, n in sorted(numbers.items())]


def forget(connection: Connection, now_ms: int) -> None:
    """Let go of counts that no comparison reaches any more."""
    connection.execute(delete(arrival_count).where(arrival_count.c.slot_ms < now_ms - KEEP_MS))


def look(
    connection: Connection, feeds: Sequence[str], now_ms: int, is_holiday: Callable[[date], bool]
) -> tuple[Quiet, ...]:
    """Judge these feeds anew and write down which are quiet. Returns them as `quiet` does."""
    found = [one for feed in feeds for one in _judged(connection, feed, now_ms, is_holiday)]
    connection.execute(delete(feed_quiet))
    insert(
        connection,
        feed_quiet,
        [{"feed": one.feed, "kind": one.kind, "since_ms": one.since_ms, "usual": one.usual} for one in found],
    )
    return quiet(connection)


def quiet(connection: Connection) -> tuple[Quiet, ...]:
    """Return what was quiet at the last look, whole feeds first."""
    rows = connection.execute(
        select(feed_quiet.c.feed, feed_quiet.c.kind, feed_quiet.c.since_ms, feed_quiet.c.usual).order_by(
            feed_quiet.c.kind != WHOLE, feed_quiet.c.feed, feed_quiet.c.kind
        )
    )
    return tuple(Quiet(*row) for row in rows)


def _judged(
    connection: Connection, feed: str, now_ms: int, is_holiday: Callable[[date], bool]
) -> list[Quiet]:
    """The whole feed where it is quiet, for then all its kinds are; else those of them that are."""
    known_since = connection.scalar(
        select(func.min(arrival_count.c.slot_ms)).where(arrival_count.c.feed == feed)
    )
    if known_since is None:
        return []
    today = Hours(now_ms - LONGEST_MS, now_ms)
    days = [one for one in like(today, is_holiday) if one.begins_ms >= known_since]
    slots: Slots = defaultdict(dict)
    for day in days:
        _load(connection, feed, day, slots)
    last = _last(connection, feed, today)
    whole = _quiet(feed, WHOLE, BORNE_WHOLE, last, slots, now_ms, len(days), is_holiday)
    if whole is not None:
        return [whole]

    def judged(kinds: Sequence[str], borne: float) -> list[Quiet]:
        each_borne = borne / max(1, len(kinds))
        each = (_quiet(feed, kind, each_borne, last, slots, now_ms, len(days), is_holiday) for kind in kinds)
        return [one for one in each if one is not None]

    found = judged(sorted(kind for kind in slots if kind != WHOLE and " " not in kind), BORNE_KINDS)
    told = {one.kind for one in found}
    # A ward that said nothing for a day was closed, or has another name now.
    wards = sorted(
        kind for kind in slots if " " in kind and kind in last and kind.partition(" ")[0] not in told
    )
    often = [kind for kind in wards if sum(slots[kind].values()) >= WARD_A_DAY * len(days)]
    return found + judged(often, BORNE_WARDS)


def _quiet(
    feed: str, kind: str, borne: float, last: dict[str, int], slots: Slots, now_ms: int, weeks: int,
    is_holiday: Callable[[date], bool],
) -> Quiet | None:  # fmt: skip
    since_ms = last.get(kind, now_ms - LONGEST_MS)
    hours = Hours(since_ms, now_ms)
    before = sent(like(hours, is_holiday)[:weeks], slots[kind])
    missing = missed(before, (now_ms - since_ms) / 3_600_000, borne)
    return Quiet(feed, kind, since_ms, round(missing)) if missing else None


def _load(connection: Connection, feed: str, day: Hours, slots: Slots) -> None:
    rows = connection.execute(
        select(arrival_count.c.kind, arrival_count.c.slot_ms, arrival_count.c.n).where(
            arrival_count.c.feed == feed,
            arrival_count.c.slot_ms >= day.begins_ms - SLOT_MS,
            arrival_count.c.slot_ms < day.ends_ms,
        )
    )
    for kind, slot_ms, n in rows:
        slots[kind][slot_ms] = n


def _last(connection: Connection, feed: str, today: Hours) -> dict[str, int]:
    """When each kind came last within a day, those counted and those that came since."""
    counted = (
        select(arrival_count.c.kind, func.max(arrival_count.c.last_ms))
        .where(arrival_count.c.feed == feed, arrival_count.c.slot_ms >= today.begins_ms)
        .group_by(arrival_count.c.kind)
    )
    at = connection.scalar(select(arrival_read.c.position)) or 0
    since = (
        select(message.c.trigger, func.max(message.c.received_ms))
        .where(message.c.position > at, message.c.feed == feed, message.c.outcome == "kept")
        .group_by(message.c.trigger)
    )
    found = {kind: last_ms for kind, last_ms in connection.execute(counted)}  # noqa: C416  # rows are no pairs to mypy
    for trigger, last_ms in connection.execute(since):
        for kind in (WHOLE, trigger):
            found[kind] = max(found.get(kind, 0), last_ms)
    return found
