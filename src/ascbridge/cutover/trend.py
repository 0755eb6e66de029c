"""How far the events of two case systems agree, day by day, and those that do not, one by one.

Read from counts that are kept as events are paired, and from pages of an index: never from all that was told.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select

from ascbridge.calendars import LONDON
from ascbridge.cutover import strands
from ascbridge.cutover.as_we_know import AsWeKnow
from ascbridge.cutover.comparing import VERDICTS, Thing
from ascbridge.events.handlers.switches import WORDS
from ascbridge.events.ledgers import said_events
from ascbridge.people.membership import person_of, restricted
from ascbridge.storage.tables import pair_count

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import Connection

    from ascbridge.events.handlers.switches import Pair
    from ascbridge.events.ledgers.said_events import Off, SaidEvent


@dataclass(frozen=True, slots=True)
class Tally:
    """Of how many events of a day (`YYYY-MM-DD`, of Coventry) and event type what came.

    `waiting` are alone, and a partner may still come: they are in none of the others. `put_right` of those that differ,
    are missing or extra were put right: since then both systems said the same of the thing.
    """

    day: str
    word: str
    agree: int = 0
    differs: int = 0
    missing: int = 0
    extra: int = 0
    put_right: int = 0
    waiting: int = 0

    @property
    def whole(self) -> int:
        """All that was judged."""
        return self.agree + self.differs + self.missing + self.extra

    @property
    def still_off(self) -> int:
        """What does not agree and was not put right."""
        return self.whole - self.agree - self.put_right

    @property
    def agreement(self) -> float:
        """The share that agreed at once; 1 where there is nothing to judge."""
        return self.agree / self.whole if self.whole else 1.0

    @property
    def by_now(self) -> float:
        """The share that agreed, or was put right since."""
        return 1 - self.still_off / self.whole if self.whole else 1.0


@dataclass(frozen=True, slots=True)
class Found:
    """One event with its partner, or alone. `thing` is what is compared of both; times are UTC epoch milliseconds."""

    event_id: str
    verdict: str
    thing: Thing
    day: str
    put_right: bool
    due_ms: int
    old: SaidEvent | None
    new: SaidEvent | None

    def waits(self, now_ms: int) -> bool:
        """Whether a partner may still come."""
        return self.verdict in ("missing", "extra") and not self.put_right and self.due_ms > now_ms


def first_day(now_ms: int, days: int) -> str:
    """Return the first of the last `days` days in Coventry, today among them."""
    today = datetime.fromtimestamp(now_ms / 1000, UTC).astimezone(LONDON).date()
    return (today - timedelta(days=days - 1)).isoformat()


def tallies(connection: Connection, pair: Pair, now_ms: int, days: int) -> list[Tally]:
    """Return what came of the events of the last days, by day and event type, the newest day first."""
    first = first_day(now_ms, days)
    counted = select(pair_count).where(pair_count.c.pair == strands.name_of(pair), pair_count.c.day >= first)
    found: dict[tuple[str, str], dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for row in connection.execute(counted.where(pair_count.c.n > 0)):
        one = found[row.day, row.event_type]
        one[row.verdict] += row.n
        one["put_right"] += row.n * row.put_right
    due = said_events.count_due(connection, (pair.old, pair.new), now_ms)
    for (day, event_type, verdict), n in due.items():
        if day >= first:
            one = found[day, event_type]
            one[verdict] -= n
            one["waiting"] += n
    order = list(WORDS)
    made = [Tally(day, WORDS[event_type], **counts) for (day, event_type), counts in found.items()]
    places = {WORDS[name]: place for place, name in enumerate(order)}
    return sorted(made, key=lambda one: (one.day, -places[one.word]), reverse=True)


def summed(made: Iterable[Tally], *, by: str) -> list[Tally]:
    """Return sums `by` day or word (the other one is empty), in the order in which they first come."""
    groups: dict[str, list[Tally]] = {}
    for one in made:
        groups.setdefault(getattr(one, by), []).append(one)
    names = (*VERDICTS, "put_right", "waiting")
    return [
        Tally(
            key if by == "day" else "",
            key if by == "word" else "",
            **{name: sum(getattr(one, name) for one in each) for name in names},
        )
        for key, each in groups.items()
    ]


def off(
    connection: Connection, pair: Pair, wanted: Off, before: tuple[str, str] | None, most: int
) -> list[Found]:
    """Return the newest events that do not agree, at most `most`, from behind a day and event id on."""
    return _found(connection, pair, said_events.off(connection, (pair.old, pair.new), wanted, before, most))


def one_event(connection: Connection, pair: Pair, event_id: str) -> Found | None:
    """Return one event of either system, with its partner; None where it is none of theirs."""
    told = [
        one for one in said_events.by_id(connection, [event_id]).values() if one.feed in (pair.old, pair.new)
    ]
    if told and told[0].verdict == "partner":
        told = list(said_events.by_id(connection, [told[0].partner]).values())
    return next(iter(_found(connection, pair, told)), None)


def _found(connection: Connection, pair: Pair, told: Sequence[SaidEvent]) -> list[Found]:
    partners = said_events.by_id(connection, [one.partner for one in told])
    known = AsWeKnow(connection, pair)
    known.learn([*told, *partners.values()])
    keys = {known.side(one).patient_key for one in told}
    people, hidden = person_of(connection, keys), restricted(connection, keys)
    found = []
    for one in told:
        both = [one, *([partners[one.partner]] if one.partner in partners else [])]
        old, new = (next((each for each in both if each.feed == feed), None) for feed in (pair.old, pair.new))
        side = known.side(one)
        thing = Thing(
            WORDS[one.event_type], one.event_type, side.patient_key, side.slot,
            one.verdict if one.verdict in VERDICTS else "agree", tuple(one.fields.split()),
            known.side(old) if old else None, known.side(new) if new else None,
            people.get(side.patient_key, ""), side.patient_key in hidden,
        )  # fmt: skip
        found.append(
            Found(one.event_id, one.verdict, thing, one.day, bool(one.put_right), one.due_ms, old, new)
        )
    return found
