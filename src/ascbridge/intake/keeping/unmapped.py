"""The ledger of what feeds send and nothing here uses: counted thing by thing, so that nobody need guess.

What a source did not read of a message is counted in memory, and written every few seconds, a row for each distinct
thing: a process that is killed loses the counts of those seconds, and no thing. Of what stood there only the shape of
the first one is kept (`Aaaa 99`), of a code the code, where it looks like one. What is about safeguarding was taken out
before a message is kept, so it is never here.
"""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from ascbridge import telemetry
from ascbridge.people.telling_words import says
from ascbridge.storage.tables import unmapped, unread_column
from ascbridge.storage.upsert import or_change

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from sqlalchemy import Connection, Table

    from ascbridge.intake.sources.unread import Thing
    from ascbridge.storage.upsert import Row as _Row

MOST_OF_A_FEED = 1_000
"""Distinct things of one feed that are told apart; all further ones are counted together."""
SHOWN = 500
KINDS = ("segment", "field", "component", "member", "column", "code", "trigger", "more")
_LONGEST_PLACE, _LONGEST_SHAPE = 100, 40
_CODE = re.compile(r"(?!.*\d\D*\d\D*\d\D*\d\D*\d)[A-Za-z0-9][A-Za-z0-9._/+-]{0,11}", re.ASCII)
_OVER = ("more", "")
_NAMES = ("feed", "kind", "place", "n", "sample", "first_ms", "last_ms")


@dataclass(frozen=True, slots=True)
class Unused:
    """One thing that a feed sends and nothing here uses: how often, the shape of the first one, from when to when."""

    feed: str
    kind: str
    place: str
    n: int
    sample: str
    first_ms: int
    last_ms: int


class _Count:
    __slots__ = ("first_ms", "last_ms", "n", "sample")

    def __init__(self, sample: str, at_ms: int) -> None:
        self.n, self.sample, self.first_ms, self.last_ms = 0, sample, at_ms, at_ms


class Unread:
    """Counts in memory what was not used, until somebody writes it down. One for each process that understands."""

    def __init__(self) -> None:
        self._counts: dict[str, dict[Thing, _Count]] = {}
        self._lock = threading.Lock()
        self._known: dict[str, set[tuple[str, str]]] = {}

    def of(self, feed: str, at_ms: int) -> Callable[[Thing, str], None]:
        """Return what a source tells of one thing that it did not use, and of the text that stood there."""
        counts = self._counts.setdefault(feed, {})

        def tell(thing: Thing, text: str) -> None:
            found = counts.get(thing)
            if found is None:
                if len(counts) > MOST_OF_A_FEED:
                    thing = _OVER
                found = counts.setdefault(thing, _Count(_shape(thing, text), at_ms))
            found.n += 1
            found.last_ms = at_ms

        return tell

    @property
    def waits(self) -> bool:
        """Whether something was counted and not written down."""
        return any(self._counts.values())

    def write(self, connection: Connection) -> None:
        """Write down what was counted since the last time, a row for each distinct thing."""
        with self._lock:
            taken, self._counts = self._counts, {}
        for feed, counts in taken.items():
            if counts:
                self._write(connection, feed, counts)

    def _write(self, connection: Connection, feed: str, counts: dict[Thing, _Count]) -> None:
        known = self._known.setdefault(feed, _known(connection, unmapped, feed))
        rows = _rows(feed, known, ((_named(thing), one) for thing, one in counts.items()))
        _put(connection, unmapped, rows)


def note_columns(connection: Connection, feed: str, told: Iterable[tuple[str, str, int]], at_ms: int) -> None:
    """Write down columns that a feed's profile does not name: which of what, a text of it, in how many rows."""

    def counted(sample: str, n: int) -> _Count:
        one = _Count(_shape(("column", ""), sample), at_ms)
        one.n = n
        return one

    fresh = [(("column", _line(name)), counted(sample, n)) for name, sample, n in told if not says(name)]
    if fresh:
        _put(connection, unread_column, _rows(feed, _known(connection, unread_column, feed), fresh))


def found(connection: Connection, feed: str = "", kind: str = "", most: int = SHOWN) -> tuple[Unused, ...]:
    """Return what is received and not used: of all feeds or one, of all kinds or one, the most frequent first."""
    both: list[Unused] = []
    for table in (unmapped, unread_column):
        wanted = select(*(table.c[name] for name in _NAMES))
        if feed:
            wanted = wanted.where(table.c.feed == feed)
        if kind:
            wanted = wanted.where(table.c.kind == kind)
        ordered = wanted.order_by(table.c.n.desc(), table.c.feed, table.c.kind, table.c.place).limit(most)
        both += [Unused(*row) for row in connection.execute(ordered)]
    return tuple(sorted(both, key=lambda one: (-one.n, one.feed, one.kind, one.place))[:most])


def distinct(connection: Connection) -> dict[tuple[str, str], int]:
    """Return how many distinct things of each feed and kind there are."""
    counted: dict[tuple[str, str], int] = {}
    for table in (unmapped, unread_column):
        wanted = select(table.c.feed, table.c.kind, func.count()).group_by(table.c.feed, table.c.kind)
        for feed, kind, n in connection.execute(wanted):
            counted[feed, kind] = counted.get((feed, kind), 0) + n
    return counted


def shape(text: str) -> str:
    """Return the shape of a text: ``Aaaa 99`` for *Kent 12*. Letters of any script become A or a, digits 9."""
    plain = "".join(
        "9" if one.isdigit() else ("A" if one.isupper() else "a") if one.isalpha() else one
        for one in text[:_LONGEST_SHAPE]
        if one.isprintable()
    )
    return plain + ("..." if len(text) > _LONGEST_SHAPE else "")


def _shape(thing: Thing, text: str) -> str:
    return "" if thing[0] in {"code", "trigger", "more"} else shape(text)


def _named(thing: Thing) -> tuple[str, str]:
    """A thing's kind and its place in words."""
    kind, *where = map(str, thing)
    if kind == "code":
        return kind, f"{where[0]} {as_code(where[1])}"
    if kind == "trigger":
        return kind, as_code(where[0])
    if kind in {"segment", "field", "component"}:
        name, *numbers = where
        name = name if re.fullmatch(r"[A-Z][A-Z0-9]{2}", name, re.ASCII) else shape(name)
        return kind, "".join([name, *(sign + number for sign, number in zip("-.", numbers, strict=False))])
    return kind, _line(".".join(where))


def as_code(sent: str) -> str:
    """A code as it was sent, where it looks like one; else its shape: somebody may type a name where a code belongs."""
    return sent if _CODE.fullmatch(sent) else f"({shape(sent)})"


def _line(text: str) -> str:
    """A name of a column or member; of what can hardly be one, its shape."""
    plain = " ".join(text.split())[:_LONGEST_PLACE]
    return plain if sum(one.isdigit() for one in plain) < 6 else shape(plain)


def _known(connection: Connection, table: Table, feed: str) -> set[tuple[str, str]]:
    wanted = select(table.c.kind, table.c.place).where(table.c.feed == feed)
    return {(kind, place) for kind, place in connection.execute(wanted)}


def _rows(
    feed: str, known: set[tuple[str, str]], counts: Iterable[tuple[tuple[str, str], _Count]]
) -> list[_Row]:
    rows: dict[tuple[str, str], _Row] = {}
    for thing, one in counts:
        here = thing if thing in known or len(known) < MOST_OF_A_FEED else _OVER
        known.add(here)
        row = rows.get(here)
        if row is None:
            rows[here] = {
                "feed": feed, "kind": here[0], "place": here[1], "n": one.n,
                "sample": one.sample if here is thing else "", "first_ms": one.first_ms, "last_ms": one.last_ms,
            }  # fmt: skip
        else:
            row["n"] += one.n
            row["last_ms"] = max(row["last_ms"], one.last_ms)
        telemetry.unmapped.labels(feed, thing[0]).inc(one.n)
        if thing[0] == "code":
            telemetry.unmapped_codes.labels(feed, thing[1].partition(" ")[0]).inc(one.n)
    return list(rows.values())


def _put(connection: Connection, table: Table, rows: list[_Row]) -> None:
    statement = or_change(table, _NAMES, lambda new: {"n": table.c.n + new["n"], "last_ms": new["last_ms"]})
    statement.run(connection, rows)
