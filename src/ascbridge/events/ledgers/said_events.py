"""Each event that one of two case systems told, while one takes over from the other: heard or not, and its partner.

The translator writes them down in its transaction; `ascbridge.cutover` pairs them afterwards. Nothing here names
anybody: what is sealed is a keyed hash.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import delete, func, select, text, tuple_, update

from ascbridge.storage.tables import said_event
from ascbridge.storage.upsert import upsert

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from sqlalchemy import Connection

State = Literal["waiting", "paired", "gone"]
Place = tuple[int, str]
"""When an event was kept, and its id: the order in which old ones are let go of."""
TO_PAIR, ALONE = text("state <> 'paired'"), text("verdict IN ('missing', 'extra')")
OFF = text("verdict IN ('differs', 'missing', 'extra')")
"""Each in the words of the index of just these."""
_AT_ONCE = 500
_RESULT = ("state", "strand", "verdict", "partner", "fields", "put_right", "day", "due_ms")


@dataclass(frozen=True, slots=True)
class SaidEvent:
    """One event as its feed told it, in that feed's own ids, and what came of pairing it.

    `at_ms` is when the system says that it was recorded, `kept_ms` when we had it, `due_ms` until when a partner may
    come (UTC epoch milliseconds). `day` is of Coventry. `fields` are the names of those that differ, by spaces.
    """

    event_id: str
    message_id: str
    feed: str
    event_type: str
    patient_key: str
    slot: str
    at_ms: int
    kept_ms: int
    stamp: str
    value: bytes
    sealed_digest: str
    state: str = "waiting"
    strand: str = ""
    verdict: str = ""
    partner: str = ""
    fields: str = ""
    put_right: int = 0
    day: str = ""
    due_ms: int = 0


@dataclass(frozen=True, slots=True)
class Off:
    """Which of the events that do not agree are wanted; an empty text wants all. Those put right only on demand."""

    event_type: str = ""
    day: str = ""
    verdict: str = ""
    put_right: bool = False


NAMES = tuple(field.name for field in fields(SaidEvent))
_TOLD = tuple(name for name in NAMES if name not in _RESULT)
COLUMNS = tuple(said_event.c[name] for name in NAMES)


def put(connection: Connection, told: Sequence[SaidEvent], again: Iterable[str] = ()) -> None:
    """Write events down. `again` are messages that were understood before: what they told then goes, or is as now."""
    for part in _parts(sorted(set(again))):
        connection.execute(update(said_event).where(said_event.c.message_id.in_(part)).values(state="gone"))
    rows = [{name: getattr(one, name) for name in (*_TOLD, "state")} for one in told]
    upsert(connection, said_event, rows, changed=("value", "sealed_digest", "stamp", "state"))


def waiting(connection: Connection, feeds: Sequence[str], most: int) -> list[SaidEvent]:
    """Return up to `most` events that are not paired yet, person by person: so a backlog reads nobody twice.

    What is read to be paired is kept from the translator until this transaction ends.
    """
    wanted = select(*COLUMNS).where(TO_PAIR, said_event.c.feed.in_(feeds))
    return _read(connection, wanted.order_by(said_event.c.patient_key, said_event.c.event_id).limit(most))


def count_waiting(connection: Connection, feeds: Sequence[str], most: int) -> int:
    """Return how many are not paired yet, counted up to `most`."""
    wanted = select(said_event.c.event_id).where(TO_PAIR, said_event.c.feed.in_(feeds)).limit(most)
    return len(connection.scalars(wanted).all())


def following(
    connection: Connection, feeds: Sequence[str], patient_key: str, event_id: str, most: int
) -> list[SaidEvent]:
    """Return the next events in the order of persons, behind one, whatever their state."""
    place = tuple_(said_event.c.patient_key, said_event.c.event_id)
    wanted = select(*COLUMNS).where(place > (patient_key, event_id), said_event.c.feed.in_(feeds))
    return _read(connection, wanted.order_by(said_event.c.patient_key, said_event.c.event_id).limit(most))


def of_strands(connection: Connection, strands: Iterable[str]) -> list[SaidEvent]:
    """Return every event that was put on these strands."""
    return [
        one
        for part in _parts(sorted(set(strands)))
        for one in _read(connection, select(*COLUMNS).where(said_event.c.strand.in_(part)))
    ]


def by_id(connection: Connection, event_ids: Iterable[str]) -> dict[str, SaidEvent]:
    """Return these events."""
    return {
        one.event_id: one
        for part in _parts(sorted(set(event_ids) - {""}))
        for one in _shown(connection, select(*COLUMNS).where(said_event.c.event_id.in_(part)))
    }


def off(
    connection: Connection, feeds: Sequence[str], wanted: Off, before: tuple[str, str] | None, most: int
) -> list[SaidEvent]:
    """Return the newest events that do not agree, from behind `before` (day and event id) on."""
    conditions: list[Any] = [OFF, said_event.c.feed.in_(feeds)]
    for column, value in ((said_event.c.event_type, wanted.event_type), (said_event.c.day, wanted.day),
                          (said_event.c.verdict, wanted.verdict)):  # fmt: skip
        if value:
            conditions.append(column == value)
    if not wanted.put_right:
        conditions.append(said_event.c.put_right == 0)
    if before is not None:
        conditions.append(tuple_(said_event.c.day, said_event.c.event_id) < before)
    newest = (said_event.c.day.desc(), said_event.c.event_id.desc())
    return _shown(connection, select(*COLUMNS).where(*conditions).order_by(*newest).limit(most))


def count_due(connection: Connection, feeds: Sequence[str], now_ms: int) -> dict[tuple[str, str, str], int]:
    """Return by day, event type and verdict how many are alone, and a partner may still come."""
    by = (said_event.c.day, said_event.c.event_type, said_event.c.verdict)
    wanted = select(*by, func.count()).where(ALONE, said_event.c.due_ms > now_ms, said_event.c.put_right == 0)
    rows = connection.execute(wanted.where(said_event.c.feed.in_(feeds)).group_by(*by))
    return {(day, event_type, verdict): n for day, event_type, verdict, n in rows}


def keep_results(connection: Connection, judged: Sequence[SaidEvent]) -> None:
    """Write down what came of pairing; those that are gone are forgotten."""
    rows = [{name: getattr(one, name) for name in NAMES} for one in judged if one.state != "gone"]
    upsert(connection, said_event, rows, changed=_RESULT)
    for part in _parts([one.event_id for one in judged if one.state == "gone"]):
        connection.execute(delete(said_event).where(said_event.c.event_id.in_(part)))


def forget(connection: Connection, patient_keys: Iterable[str], until_ms: int) -> None:
    """Let go of all that was told of these patient keys up to a moment: they were erased. Counts by day stay."""
    for part in _parts(sorted(set(patient_keys))):
        connection.execute(
            delete(said_event).where(said_event.c.patient_key.in_(part), said_event.c.kept_ms <= until_ms)
        )


def prune(connection: Connection, before_ms: int, after: Place, most: int) -> Place | None:
    """Look at up to `most` of the oldest events behind `after`, and let go of those nobody compares any more.

    A strand goes as a whole, once nothing was told on it since `before_ms`: what is said again would else be taken
    for new. Returns where to go on, and None at the end. Counts by day stay.
    """
    place = (said_event.c.kept_ms, said_event.c.event_id)
    looked = connection.execute(
        select(*place, said_event.c.strand)
        .where(said_event.c.kept_ms < before_ms, tuple_(*place) > after)
        .order_by(*place)
        .limit(most)
    ).all()
    strands = {row.strand for row in looked} - {""}
    for part in _parts(sorted(strands - _told_of_since(connection, strands, before_ms))):
        connection.execute(delete(said_event).where(said_event.c.strand.in_(part)))
    for part in _parts([row.event_id for row in looked if not row.strand]):
        connection.execute(delete(said_event).where(said_event.c.event_id.in_(part)))
    return (looked[-1].kept_ms, looked[-1].event_id) if len(looked) == most else None


def _told_of_since(connection: Connection, strands: Iterable[str], since_ms: int) -> set[str]:
    lately = select(said_event.c.strand).where(said_event.c.kept_ms >= since_ms)
    return {
        strand
        for part in _parts(sorted(strands))
        for strand in connection.scalars(lately.where(said_event.c.strand.in_(part)).distinct())
    }


def _read(connection: Connection, wanted: Any) -> list[SaidEvent]:
    return [SaidEvent(*row) for row in connection.execute(wanted.with_for_update())]


def _shown(connection: Connection, wanted: Any) -> list[SaidEvent]:
    return [SaidEvent(*row) for row in connection.execute(wanted)]


def _parts(values: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(values), _AT_ONCE):
        yield values[start : start + _AT_ONCE]
