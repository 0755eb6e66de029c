"""The chain of closed hours: written once, never changed, each entry with the hash of all before it.

What is found otherwise later is a new entry that names the one it corrects. The head of the chain is written into the
audit, which is a chain of its own: so entries that are cut off at the end show too.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

import orjson
from sqlalchemy import func, select

from ascbridge.events.ledgers import audit
from ascbridge.events.ledgers.chaining import NOTHING_BEFORE, chained
from ascbridge.events.ledgers.hour_count import HOUR_MS, Counted, door
from ascbridge.events.logs.envelope import first_id
from ascbridge.storage.tables import audit as audit_table
from ascbridge.storage.tables import hour_entry, intake_hour, message
from ascbridge.storage.upsert import insert

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from sqlalchemy import Connection

SEALED = "seal-ledger"
"""Under what the audit has the chain's head."""


@dataclass(frozen=True, slots=True)
class HourEntry:
    """One feed's hour as it was closed, or corrected. `corrects`: the number of the entry before of that hour."""

    number: int
    feed: str
    hour_ms: int
    kind: str
    corrects: int
    sealed_ms: int
    counted: Counted
    previous: str
    chain: str

    def line(self) -> dict[str, Any]:
        """Return it as it is exported: with what its hash is made of."""
        said = {name: getattr(self, name) for name in _PLAIN}
        return said | asdict(self.counted) | {"previous": self.previous, "chain": self.chain}


@dataclass(frozen=True, slots=True)
class Flaw:
    """A place where the chain does not hold: the number of the entry where it shows, and what it shows."""

    number: int
    said: str


_PLAIN = ("number", "feed", "hour_ms", "kind", "corrects", "sealed_ms")


def seal(
    connection: Connection, hour_ms: int, counted: Mapping[str, Counted], now_ms: int, writer: str
) -> list[HourEntry]:
    """Close an hour for each feed, in the caller's transaction; an hour that is closed already stays as it is."""
    _my_turn(connection)
    closed = last_of_hour(connection, hour_ms)
    fresh = [(feed, hour_ms, one, 0) for feed, one in sorted(counted.items()) if feed not in closed]
    return _append(connection, fresh, now_ms, writer)


def correct(
    connection: Connection, hour_ms: int, counted: Mapping[str, Counted], now_ms: int, writer: str
) -> list[HourEntry]:
    """Write down that an hour comes to something else than its last entry says, for those feeds where it does."""
    _my_turn(connection)
    closed = last_of_hour(connection, hour_ms)
    changed = [
        (feed, hour_ms, one, closed[feed].number if feed in closed else 0)
        for feed, one in sorted(counted.items())
        if feed not in closed or closed[feed].counted != one
    ]
    return _append(connection, changed, now_ms, writer)


def last_of_hour(connection: Connection, hour_ms: int) -> dict[str, HourEntry]:
    """Return what holds now of an hour: the last entry of each feed."""
    wanted = select(hour_entry).where(hour_entry.c.hour_ms == hour_ms).order_by(hour_entry.c.number)
    return {row.feed: _entry(row) for row in connection.execute(wanted)}


def next_hour(connection: Connection) -> int | None:
    """Return the hour to be closed next; None where nothing was ever counted at the door.

    A store that is older than the hourly counts begins with the first hour that was counted whole.
    """
    last = connection.scalar(select(func.max(hour_entry.c.hour_ms)))
    if last is not None:
        return int(last) + HOUR_MS
    first = connection.scalar(select(func.min(intake_hour.c.hour_ms)))
    if first is None:
        return None
    of_hour = select(message.c.outcome).where(
        message.c.message_id > first_id(first), message.c.message_id < first_id(first + HOUR_MS)
    )
    stored = sum(outcome == "kept" for outcome in connection.scalars(of_hour))
    came = sum(one.get("kept", 0) for one in door(connection, first).values())
    return int(first) + (HOUR_MS if stored > came else 0)


def head(connection: Connection) -> HourEntry | None:
    """Return the last entry of the chain."""
    row = connection.execute(
        select(hour_entry).where(hour_entry.c.number > 0).order_by(hour_entry.c.number.desc()).limit(1)
    ).first()
    return None if row is None else _entry(row)


def entries(connection: Connection, after: int = 0, most: int = 1_000, feed: str = "") -> list[HourEntry]:
    """Return entries in their order, from the one behind `after` on."""
    wanted = select(hour_entry).where(hour_entry.c.number > after).order_by(hour_entry.c.number).limit(most)
    return [
        _entry(row) for row in connection.execute(wanted.where(hour_entry.c.feed == feed) if feed else wanted)
    ]


def latest(connection: Connection, hours: int, feed: str = "") -> list[HourEntry]:
    """Return what holds of the last so many hours that were closed, the newest first."""
    last = connection.scalar(select(func.max(hour_entry.c.hour_ms)))
    if last is None:
        return []
    wanted = select(hour_entry).where(hour_entry.c.hour_ms > last - hours * HOUR_MS)
    wanted = wanted.where(hour_entry.c.feed == feed) if feed else wanted
    found = {
        (row.hour_ms, row.feed): _entry(row)
        for row in connection.execute(wanted.order_by(hour_entry.c.number))
    }
    return [found[key] for key in sorted(found, key=lambda key: (-key[0], key[1]))]


def verify(
    lines: Iterable[Mapping[str, Any]], previous: str = NOTHING_BEFORE, number: int = 0
) -> Iterator[Flaw]:
    """Say where a chain of exported entries does not hold. It needs nothing but the entries themselves."""
    hours: dict[tuple[str, int], int] = {}
    for line in lines:
        if line["number"] != number + 1:
            yield Flaw(
                line["number"], f"entry {number + 1} is missing before it, or it stands in the wrong place"
            )
        elif line["previous"] != previous:
            yield Flaw(line["number"], "what stood before it was changed, or taken out")
        if line["chain"] != chained(line["previous"], _said(line)):
            yield Flaw(line["number"], "it was changed after it was written")
        key = (line["feed"], line["hour_ms"])
        if line["corrects"] and hours.get(key, line["corrects"]) != line["corrects"]:
            yield Flaw(
                line["number"], f"it corrects entry {line['corrects']}, which is not the last of its hour"
            )
        hours[key] = line["number"]
        number, previous = line["number"], line["chain"]


def anchor_flaws(connection: Connection, now_ms: int) -> list[Flaw]:
    """Compare the chain with the head that the audit noted last: entries that were cut off at the end show."""
    days = [audit.day_of(now_ms - back) for back in range(0, 8 * 86_400_000, 86_400_000)]
    noted = connection.execute(
        select(audit_table.c.whom, audit_table.c.why)
        .where(audit_table.c.day.in_(days), audit_table.c.what == SEALED)
        .order_by(audit_table.c.position.desc())
        .limit(1)
    ).first()
    if noted is None:
        return []
    number, chain = int(noted.whom), noted.why
    here = connection.scalar(select(hour_entry.c.chain).where(hour_entry.c.number == number))
    if here is None:
        return [
            Flaw(number, "the audit knows this entry, and it is not here: the end of the chain was cut off")
        ]
    return (
        []
        if here == chain
        else [Flaw(number, "the audit has another hash for this entry: it was written anew")]
    )


def _append(
    connection: Connection, fresh: list[tuple[str, int, Counted, int]], now_ms: int, writer: str
) -> list[HourEntry]:
    last = head(connection)
    number, previous = (last.number, last.chain) if last else (0, NOTHING_BEFORE)
    made = []
    for feed, hour_ms, counted, corrects in fresh:
        number += 1
        kind = "correction" if corrects else "closed"
        one = HourEntry(number, feed, hour_ms, kind, corrects, now_ms, counted, previous, "")
        previous = chained(previous, _said(one.line()))
        made.append(replace(one, chain=previous))
    insert(connection, hour_entry, [_row(one) for one in made])
    if made:
        noted = audit.AuditEntry(writer, "ascbridge", "service", SEALED, str(number), previous)
        audit.record(connection, noted, now_ms)
    return made


def _said(line: Mapping[str, Any]) -> dict[str, Any]:
    return {name: line[name] for name in (*_PLAIN, "counts", "digests")}


def _row(one: HourEntry) -> dict[str, Any]:
    said = one.line()
    texts = {
        name: orjson.dumps(said[name], option=orjson.OPT_SORT_KEYS).decode() for name in ("counts", "digests")
    }
    return said | texts


def _entry(row: Any) -> HourEntry:
    counted = Counted(orjson.loads(row.counts), orjson.loads(row.digests))
    return HourEntry(
        row.number,
        row.feed,
        row.hour_ms,
        row.kind,
        row.corrects,
        row.sealed_ms,
        counted,
        row.previous,
        row.chain,
    )


def _my_turn(connection: Connection) -> None:
    if (
        connection.dialect.name == "postgresql"
    ):  # one process seals; a second one for a moment must not fork the chain
        connection.execute(select(func.pg_advisory_xact_lock(func.hashtext("ledger:hours"))))
