"""Two records that may be one person's though no NHS number says so: found, compared, and put before a person.

Who has the same birth date and family name, or the same birth date and postcode, is read by index and compared by the
matching table. What it calls *possible* waits here; nothing is joined and nothing withheld. A pair goes by itself when
the table no longer says so, and does not come back once a person said that they are two, until something that is
compared changes. Where more are alike than `MOST_ALIKE`, that is said instead, and none of them is compared.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import bindparam, delete, func, or_, select, text

from ascbridge.people import casefile_store, turns
from ascbridge.people.casefile import Mark
from ascbridge.people.groups import Statement, pair_of, stated
from ascbridge.people.identities import in_lists
from ascbridge.people.matching import Traits, likeness, traits
from ascbridge.people.matching_table import row_of, rows
from ascbridge.people.membership import restricted
from ascbridge.storage.prepared import Prepared, unindexed
from ascbridge.storage.tables import link, patient, possible_match
from ascbridge.storage.upsert import upsert

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from sqlalchemy import Connection, Select

    from ascbridge.people.casefile import CaseFile, Patient
    from ascbridge.people.data_keys import DataKeys
    from ascbridge.people.groups import Pair

MOST_ALIKE = 20
"""With as many others one record is compared under one mark; of more it is said that they are too many."""
MOST_LISTED = 200
TOO_MANY = "too-many-alike"
_TOO_MANY_WORDS = (
    f"more than {MOST_ALIKE} records share birth date and family name, or postcode, with this one"
)
_t = possible_match.c
_READ = MOST_ALIKE + 2  # themselves, and one more than may be: what is read never grows with the store
_ONE_MARK = {
    "family": Prepared.of(
        lambda _: (
            select(patient.c.patient_key)
            .where(
                patient.c.birth_lookup == bindparam("birth"), patient.c.family_lookup == bindparam("value")
            )
            .limit(_READ)
        )
    ),
    "home": Prepared.of(
        lambda _: (
            select(patient.c.patient_key)
            .where(
                patient.c.postcode_lookup == bindparam("value"), patient.c.birth_lookup == bindparam("birth")
            )
            .limit(_READ)
        )
    ),
}
_MANY_MARKS = text(
    "SELECT w.kind, w.birth, w.value, p.patient_key "
    "FROM unnest(CAST(:kinds AS text[]), CAST(:births AS text[]), CAST(:all_values AS text[])) "
    "AS w(kind, birth, value) CROSS JOIN LATERAL ("
    "(SELECT patient_key FROM patient WHERE w.kind = 'family' AND birth_lookup = w.birth "
    "AND family_lookup = w.value LIMIT :most) UNION ALL "
    "(SELECT patient_key FROM patient WHERE w.kind = 'home' AND birth_lookup = w.birth "
    "AND postcode_lookup = w.value LIMIT :most)) AS p"
)
"""The same of many marks at once, where each statement is a way there and back (PostgreSQL)."""
_STANDING = Prepared.of(
    lambda one_of: select(_t.low, _t.high, _t.row_id, _t.state, _t.decided, _t.since_ms).where(
        or_(one_of(_t.low, "keys"), one_of(_t.high, "keys"))
    )
)
_SAID = Prepared.of(
    lambda one_of: select(link.c.low, link.c.high, link.c.joined, link.c.statement, link.c.stamp).where(
        one_of(link.c.low, "lows"), one_of(unindexed(link.c.high), "highs")
    )
)


class Possible(NamedTuple):
    """Two records that wait for a person, and which row of the matching table says so, since when (UTC ms).

    `high` is empty where too many are like the first.
    """

    low: str
    high: str
    row: str
    since_ms: int

    @property
    def words(self) -> str:
        """What decided, in words."""
        if self.row == TOO_MANY:
            return _TOO_MANY_WORDS
        return next((row.words for row in rows() if row.id == self.row), self.row)


class _Stands(NamedTuple):
    row: str
    state: str
    decided: str
    since_ms: int


def take_turns(connection: Connection, file: CaseFile) -> None:
    """Wait until nobody else compares who is alike to those in the file who changed; before any row is written."""
    stirred = (mark for one in file.patients.values() for mark in one.stirred)
    turns.take(connection, {":".join(("alike", *mark)) for mark in stirred})


def save(connection: Connection, file: CaseFile, data_keys: DataKeys, now_ms: int) -> None:
    """Compare those who changed with everybody alike, and open, change or take away what waits of them."""
    stirred = {one.key: one for one in file.patients.values() if one.stirred}
    if not stirred:
        return
    pairs, crowded = _alike(connection, stirred.values())
    if not pairs and not crowded and all(one.new for one in stirred.values()):
        return
    standing = _standing(connection, stirred)
    looked = _Looking(connection, file, data_keys, now_ms)
    asked = looked.possible(pairs | {pair for pair in standing if pair[1]})
    told = {(key, ""): TOO_MANY for key in crowded} | {pair: row for pair, (row, _) in asked.items()}
    marks = {(key, ""): _crowd_mark(data_keys, stirred[key]) for key in crowded}
    marks |= {pair: mark for pair, (_, mark) in asked.items()}
    parted = _parted(connection, asked)
    waiting = {
        pair: row
        for pair, row in told.items()
        if (
            standing[pair].decided != marks[pair]
            if pair in standing and standing[pair].decided
            else pair not in parted
        )
    }
    _write(connection, standing, waiting, now_ms)


def waiting(connection: Connection, patient_keys: Collection[str] = ()) -> list[Possible]:
    """Return what waits for a person, the oldest first, so many and no more: all, or what concerns these records."""
    wanted = select(_t.low, _t.high, _t.row_id, _t.since_ms).where(_t.state == "open")
    if patient_keys:
        keys = list(patient_keys)
        wanted = wanted.where(or_(_t.low.in_(keys), _t.high.in_(keys)))
    return _listed(connection, wanted)


def how_many_wait(connection: Connection) -> int:
    """Count the pairs that wait."""
    return connection.scalar(select(func.count()).select_from(possible_match).where(_t.state == "open")) or 0


def between(connection: Connection, mine: Collection[str], theirs: Collection[str]) -> list[Possible]:
    """Return what waits between the records of two persons; with none of `theirs`, that too many are like one."""
    here, there = list(mine), list(theirs) or [""]
    sides = or_(_t.low.in_(here) & _t.high.in_(there), _t.low.in_(there) & _t.high.in_(here))
    return _listed(
        connection, select(_t.low, _t.high, _t.row_id, _t.since_ms).where(_t.state == "open", sides)
    )


def decided_two(
    connection: Connection, data_keys: DataKeys, settled: Iterable[Possible], now_ms: int
) -> None:
    """Remember that a person said so of these, with a mark of all that was compared: nobody is asked again by it."""
    rows_ = list(settled)
    file = casefile_store.meet(
        connection, {one.low for one in rows_} | {one.high for one in rows_} - {""}, now_ms
    )
    looking = _Looking(connection, file, data_keys, now_ms)
    looking.open(set(file.patients))
    upsert(
        connection,
        possible_match,
        [
            {
                "low": one.low,
                "high": one.high,
                "row_id": one.row,
                "state": "settled",
                "decided": looking.mark((one.low, one.high))
                if one.high
                else _crowd_mark(data_keys, file.patients[one.low]),
                "since_ms": one.since_ms,
            }
            for one in rows_
        ],
    )


def forget(connection: Connection, patient_keys: Iterable[str]) -> None:
    """Take away every row of these records, which are erased."""
    for part in in_lists(sorted(set(patient_keys))):
        connection.execute(delete(possible_match).where(or_(_t.low.in_(part), _t.high.in_(part))))


class _Looking:
    """Opens those who are compared, beside the file that is at hand, and compares them."""

    def __init__(self, connection: Connection, file: CaseFile, data_keys: DataKeys, now_ms: int) -> None:
        self._connection = connection
        self._file = file
        self._data_keys = data_keys
        self._now_ms = now_ms
        self._patients: dict[str, Patient] = {}
        self._hidden: frozenset[str] = frozenset()

    def open(self, keys: set[str]) -> None:
        """Open these records, each at the most once."""
        here, away = keys & self._file.patients.keys(), keys - self._file.patients.keys()
        casefile_store.unseal(self._connection, self._file, self._data_keys, here)
        others = casefile_store.meet(self._connection, away, self._now_ms)
        casefile_store.unseal(self._connection, others, self._data_keys, away)
        self._patients = {**self._file.patients, **others.patients}
        self._hidden = restricted(self._connection, keys)

    def possible(self, pairs: set[Pair]) -> dict[Pair, tuple[str, str]]:
        """Return of which of these pairs the table says *possible* without a number: the row, and the mark of it."""
        if pairs:
            self.open({key for pair in pairs for key in pair})
        found = {}
        for pair in sorted(pairs):
            one, other = (self._patients[key] for key in pair)
            said = likeness(self._traits(one), self._traits(other))
            if one.person == other.person or said.number in {"verified", "unverified"}:
                continue  # of who shares a number quarantine asks
            row = row_of(said)
            if row.decision == "possible":
                found[pair] = row.id, self.mark(pair)
        return found

    def mark(self, pair: Pair) -> str:
        """Return a keyed hash of all that is compared of a pair."""
        parts = [text for key in pair for text in _texts(self._traits(self._patients[key]))]
        return self._data_keys.lookup("compared", *parts)

    def _traits(self, one: Patient) -> Traits:
        """Of who is restricted by any of their records, where they live is not compared."""
        said = traits(one)
        return said._replace(postcode="") if one.key in self._hidden else said


def _texts(said: Traits) -> tuple[str, ...]:
    given = ",".join(sorted(said.given))
    return said.number, str(said.verified), said.birth, said.family, given, said.sex, said.postcode


def _crowd_mark(data_keys: DataKeys, one: Patient) -> str:
    return data_keys.lookup("crowd", *(text for mark in sorted(one.marks()) for text in mark))


def _alike(connection: Connection, stirred: Collection[Patient]) -> tuple[set[Pair], set[str]]:
    """Return each of these with each who is alike, and those of whom too many are."""
    found = _found(connection, sorted({mark for one in stirred for mark in one.marks()}))
    pairs, crowded = set[tuple[str, str]](), set[str]()
    for one in stirred:
        for mark in one.marks():
            others = [key for key in found.get(mark, ()) if key != one.key]
            if len(others) > MOST_ALIKE:
                crowded.add(one.key)
            else:
                pairs |= {pair_of(one.key, other) for other in others}
    return pairs, crowded


def _found(connection: Connection, marks: Sequence[Mark]) -> dict[Mark, list[str]]:
    if connection.dialect.name == "sqlite":
        return {
            mark: [
                key for (key,) in _ONE_MARK[mark.kind].rows(connection, birth=mark.birth, value=mark.value)
            ]
            for mark in marks
        }
    found: dict[Mark, list[str]] = {}
    if marks:
        kinds, births, values = map(list, zip(*marks, strict=True))
        asked: dict[str, Any] = {"kinds": kinds, "births": births, "all_values": values, "most": _READ}
        for kind, birth, value, key in connection.execute(_MANY_MARKS, asked):
            found.setdefault(Mark(kind, birth, value), []).append(key)
    return found


def _standing(connection: Connection, keys: Collection[str]) -> dict[Pair, _Stands]:
    return {(low, high): _Stands(*more) for low, high, *more in _STANDING.rows(connection, keys=sorted(keys))}


def _parted(connection: Connection, pairs: Collection[Pair]) -> set[Pair]:
    """Return those of whom a source or a person said last that they are two."""
    if not pairs:
        return set()
    lows, highs = (sorted(set(side)) for side in zip(*pairs, strict=True))
    said: dict[Pair, list[Statement]] = {}
    for low, high, joined, kind, order in _SAID.rows(connection, lows=lows, highs=highs):
        said.setdefault((low, high), []).append(Statement((low, high), bool(joined), kind, order))
    return {pair for pair, all_said in said.items() if (last := stated(all_said)) and not last.joined}


def _write(
    connection: Connection, standing: Mapping[Pair, _Stands], waiting_now: Mapping[Pair, str], now_ms: int
) -> None:
    """Open what waits; take away what no longer does, but keep what a person said."""
    rows_ = []
    for pair, row in sorted(waiting_now.items()):
        known = standing.get(pair)
        if known is None or (known.row, known.state) != (row, "open"):
            since_ms = known.since_ms if known is not None and known.state == "open" else now_ms
            rows_.append(_row(pair, row, "open", known.decided if known else "", since_ms))
    over = {
        pair: known for pair, known in standing.items() if known.state == "open" and pair not in waiting_now
    }
    rows_ += [
        _row(pair, known.row, "settled", known.decided, known.since_ms)
        for pair, known in sorted(over.items())
        if known.decided
    ]
    upsert(connection, possible_match, rows_)
    gone = [{"one": low, "other": high} for (low, high), known in sorted(over.items()) if not known.decided]
    if gone:
        here = (_t.low == bindparam("one"), _t.high == bindparam("other"))
        connection.execute(delete(possible_match).where(*here), gone)


def _row(pair: Pair, row: str, state: str, decided: str, since_ms: int) -> dict[str, Any]:
    return {
        "low": pair[0],
        "high": pair[1],
        "row_id": row,
        "state": state,
        "decided": decided,
        "since_ms": since_ms,
    }


def _listed(connection: Connection, wanted: Select[Any]) -> list[Possible]:
    ordered = wanted.order_by(_t.since_ms, _t.low, _t.high).limit(MOST_LISTED)
    return [Possible(*row) for row in connection.execute(ordered)]
