"""A comparison of everybody in steps, each a short reading of its own: how far it has got can be written down.

So nobody waits for it, a restart goes on with it, and no reading keeps the database from tidying up behind it. What is
compared may change on the way; what a switch goes by holds at its moment (`cutover.ahead`).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, func, select, update

from ascbridge.cutover import comparing, strands
from ascbridge.cutover.whole import Whole, unpacked
from ascbridge.storage.tables import comparison, feed_person
from ascbridge.storage.upsert import upsert

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from ascbridge.cutover.comparison_rules import Rules
    from ascbridge.events.handlers.switches import Pair

STALE_MS = 3_600_000
"""A comparison that began longer ago than that is not taken up: what it saw first is too old."""


@dataclass
class Step:
    """How far a comparison has got: `looked` people, the last of them `after`. Times are UTC epoch milliseconds."""

    began_ms: int
    after: str = ""
    looked: int = 0
    ended_ms: int | None = None
    found: Whole = field(default_factory=Whole)


def step(connection: Connection, pair: Pair, rules: Rules, at: Step, now_ms: int) -> Step:
    """Compare some more people; return how far it has got then. `ended_ms` says that there were no more."""
    keys = comparing.people(connection, pair, at.after, comparing.AT_ONCE)
    if not keys:
        return replace(at, ended_ms=now_ms)
    at.found.add(comparing.of_people(connection, pair, rules, keys), pair, rules)
    return replace(at, after=keys[-1], looked=at.looked + len(keys))


def everybody(connection: Connection, pair: Pair) -> int:
    """Return how many people there are to compare, by their systems' own keys."""
    feeds = feed_person.c.feed.in_((pair.old, pair.new))
    wanted = select(feed_person.c.patient_key).where(feeds).distinct().subquery()
    return connection.scalar(select(func.count()).select_from(wanted)) or 0


def load(connection: Connection, pair: Pair, rules: Rules, now_ms: int) -> Step | None:
    """Return the comparison that is written down, under way or ended; None where it is old, or by other rules."""
    row = connection.execute(
        select(comparison).where(comparison.c.pair == strands.name_of(pair))
    ).one_or_none()
    if row is None or row.rules != strands.digest(rules) or now_ms - row.began_ms > STALE_MS:
        return None
    return Step(row.began_ms, row.after, row.looked, row.ended_ms, unpacked(row.found))


def begin(connection: Connection, pair: Pair, rules: Rules, at: Step) -> None:
    """Write down that a comparison begins; one that was written down before is forgotten."""
    stand(connection, strands.name_of(pair), rules, at)


def stand(connection: Connection, name: str, rules: Rules, at: Step) -> None:
    """Write down under a name of its own that a comparison begins."""
    upsert(connection, comparison, [{"pair": name, **_row(rules, at)}])


def stands(connection: Connection, name: str) -> bool:
    """Whether a comparison of that name still counts: nobody changed what is compared by."""
    return connection.scalar(select(comparison.c.pair).where(comparison.c.pair == name)) is not None


def keep(connection: Connection, pair: Pair, rules: Rules, at: Step) -> bool:
    """Write down how far a comparison has got; return whether it still counts.

    It does not where somebody changed what is compared since it began, or began another one.
    """
    mine = (comparison.c.pair == strands.name_of(pair), comparison.c.began_ms == at.began_ms)
    return connection.execute(update(comparison).where(*mine).values(**_row(rules, at))).rowcount == 1


def forget(connection: Connection) -> None:
    """Let go of what is written down, because somebody changed what is compared."""
    connection.execute(delete(comparison))


def _row(rules: Rules, at: Step) -> dict[str, Any]:
    return {
        "rules": strands.digest(rules), "after": at.after, "looked": at.looked, "began_ms": at.began_ms,
        "ended_ms": at.ended_ms, "found": at.found.packed(),
    }  # fmt: skip
