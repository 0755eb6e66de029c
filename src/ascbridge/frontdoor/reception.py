"""The front door as a handler of events, behind the discharge desk, and as what watches the time.

It hears what the desk heard, in the same transaction, so that it always finds the council's word as the desk has just
kept it, and needs no reader and no copy of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson

from ascbridge.discharge.folding.engine import DischargeEngine
from ascbridge.events.facts.care import (
    CareActAssessmentStated,
    InterimSupportStated,
    PackageStated,
    PlacementStated,
    ReviewStated,
    ShortTermEpisodeStated,
    SupportPlanStated,
    WorkerAllocated,
)
from ascbridge.events.facts.catalogue import DeathStatusRecorded, PatientsLinked, PatientsUnlinked, kind_of
from ascbridge.events.facts.referral import RequestFact
from ascbridge.events.ledgers import history
from ascbridge.events.logs.cloud_event import epoch_ms, message_of
from ascbridge.events.logs.envelope import Cause, derived_id, id_millisecond
from ascbridge.frontdoor import door_store
from ascbridge.frontdoor.front_work import FrontDoor, FrontWork

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from ascbridge.clock import Clock
    from ascbridge.events.logs.log import Record

_LINKS = (PatientsLinked, PatientsUnlinked)
_HEEDED = (
    RequestFact,
    CareActAssessmentStated,
    InterimSupportStated,
    PackageStated,
    PlacementStated,
    ReviewStated,
    ShortTermEpisodeStated,
    SupportPlanStated,
    WorkerAllocated,
    DeathStatusRecorded,
    *_LINKS,
)
AT_ONCE = 50
"""How many people's time is looked at in one transaction: nobody else waits long for the writer."""
PUT_OFF_MS = 3_600_000


class Reception:
    """Handler `discharge`, with the front door's work behind the desk's. Hearing an event again changes nothing."""

    name = DischargeEngine.name
    topics = DischargeEngine.topics

    def __init__(self, engine: DischargeEngine, door: FrontDoor, clock: Clock) -> None:
        self._engine, self._door, self._clock = engine, door, clock

    def handle(self, connection: Connection, records: Sequence[Record]) -> None:
        """Let the desk hear, then decide about everybody at the front door of whom something was said."""
        self._engine.handle(connection, records)
        last: dict[str, Record] = {}
        first_ms: dict[tuple[str, str], int] = {}
        for record in records:
            kind = kind_of(record.event_type)
            if kind is None or not issubclass(kind, _HEEDED):
                continue
            for key in _named(record, kind):
                last[key] = record
            if issubclass(kind, RequestFact):
                _first_recorded(first_ms, record, kind)
        if not last:
            return
        work = FrontWork(connection, self._door, self._clock.now_ms())
        work.load(last, first_ms)
        by_person = {work.person_id(key): (key, record) for key, record in last.items()}
        for key, record in by_person.values():
            work.decide(key, _cause(record), epoch_ms(record.headers["ce_time"]))
        work.save()

    def time_has_come(self, connection: Connection) -> bool:
        """Whether time alone may have changed something for anybody."""
        return bool(door_store.due(connection, self._clock.now_ms(), 1))

    def take_up_history(self, connection: Connection, most: int = AT_ONCE) -> int:
        """Have some of those decided about whose history is whole now; return how many there were."""
        if not history.whole(connection):
            return 0
        keys, now_ms = history.let_go(connection, most), self._clock.now_ms()
        door_store.save_clocks(connection, dict.fromkeys(keys, now_ms))
        return len(keys)

    def put_off(self, connection: Connection) -> str:
        """Let whoever comes first wait for an hour, because nothing can be decided about them; return their key."""
        now_ms = self._clock.now_ms()
        for key, _ in door_store.due(connection, now_ms, 1):
            door_store.save_clocks(connection, {key: now_ms + PUT_OFF_MS})
            return key
        return ""

    def watch(self, connection: Connection, most: int = AT_ONCE) -> int:
        """Decide about some of those for whom time alone may have changed something; return how many there were."""
        now_ms = self._clock.now_ms()
        due = door_store.due(connection, now_ms, most)
        if not due:
            return 0
        work = FrontWork(connection, self._door, now_ms)
        work.load([key for key, _ in due])
        for key, at_ms in due:
            id = derived_id(now_ms, "front door's time", key, at_ms)
            work.pass_time(key)
            work.decide(key, Cause(id, id, now_ms), now_ms)
        work.save()
        return len(due)


def _named(record: Record, kind: type) -> set[str]:
    if not issubclass(kind, _LINKS):
        return {record.key}
    return {record.key, orjson.loads(record.value)["other"]}


def _first_recorded(first_ms: dict[tuple[str, str], int], record: Record, kind: type[RequestFact]) -> None:
    said = orjson.loads(record.value)  # the desk has read it as a fact just now
    if "shadow" in said.get("marks", ()):
        return  # nobody signed its feed's profile as it stands
    name, recorded_ms = (record.key, f"{kind.slot}:{said[kind.about]}"), said["stamp"]["recorded_ms"]
    first_ms[name] = min(recorded_ms, first_ms.get(name, recorded_ms))


def _cause(record: Record) -> Cause:
    return Cause(
        message_id=message_of(record),
        event_id=record.event_id,
        kept_ms=id_millisecond(record.event_id),
        traceparent=record.headers.get("ce_traceparent", ""),
        read_by=record.headers.get("ce_readby", ""),
    )
