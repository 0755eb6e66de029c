"""What every working service stands on: the bridge's database, the log, the outbox and the discharge desk."""

from __future__ import annotations

import gc
import os
import socket
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from typing import TYPE_CHECKING

from ascbridge import telemetry
from ascbridge.bootstrap.parts import keeping_profiles, proving, replying, settled, sinking
from ascbridge.cutover.comparison_rules import Rules, shipped
from ascbridge.cutover.comparison_rules import load as load_comparison_rules
from ascbridge.discharge.deciding.reference import ReferenceFault
from ascbridge.discharge.deciding.reference import load as load_reference
from ascbridge.discharge.folding.engine import DischargeEngine
from ascbridge.discharge.folding.stays import Desk
from ascbridge.events.handlers.delivery import Delivery
from ascbridge.events.logs.outbox import Outbox
from ascbridge.events.logs.relay import Relay
from ascbridge.events.logs.sqlite_log import SqliteEventLog
from ascbridge.frontdoor.door_rules import load as load_door_rules
from ascbridge.frontdoor.front_work import FrontDoor
from ascbridge.frontdoor.reception import Reception
from ascbridge.intake.agreed.profiles_in_force import ProfilesInForce
from ascbridge.intake.reading.translator import Translator
from ascbridge.operations.flowing.paces import Paces
from ascbridge.operations.mending.foreseeing import Handlers
from ascbridge.operations.mending.mend import Mender
from ascbridge.people.data_keys import DataKeys
from ascbridge.record.preparers import Preparers
from ascbridge.record.projection import RecordProjection
from ascbridge.record.publisher import Publisher
from ascbridge.record.settling import Faulted, Held, Postponed, Unsure
from ascbridge.record.views import Council
from ascbridge.storage.database import Database, PostgresDatabase, SqliteDatabase

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Awaitable, Callable, Coroutine, Sequence

    from ascbridge.clock import Clock
    from ascbridge.config import Settings
    from ascbridge.events.handlers.handling import Handler
    from ascbridge.events.logs.log import EventLog
    from ascbridge.events.logs.sealing import Keyring

READERS = {
    DischargeEngine.name: DischargeEngine.topics,
    RecordProjection.name: RecordProjection.topics,
}
"""Which consumer owes an effect for each event of which topic."""


LOCAL_LEASE_S = 5
COLLECT_AFTER = (50_000, 20, 50)
"""When to look for garbage in circles: a batch makes thousands of objects, hardly any of which stand in one. At
Python's 700 a fifth of the processor time of understanding a message went into looking.
"""


@dataclass
class Ground:
    """One working process: what it stands on, and the parts that were put on it so far."""

    settings: Settings
    clock: Clock
    keyring: Keyring
    database: Database
    log: EventLog
    desk: Desk
    door: FrontDoor
    rules: Rules = field(default_factory=shipped)
    deliveries: list[Delivery] = field(default_factory=list)
    publisher: Publisher | None = None
    relay: Relay | None = None
    preparers: Preparers | None = None
    paces: Paces = field(default_factory=Paces)
    proved: bool = True
    """Whether the master key is known to open what is stored; on PostgreSQL only once that was asked."""

    after_profiles: Callable[[], Awaitable[object]] | None = None
    """What is done when another version of a feed's profile holds."""

    @cached_property
    def profiles(self) -> ProfilesInForce:
        """Every feed's profile as it holds now. Raises `ConfigError`."""
        return ProfilesInForce(settled.profiles_of(self.settings), self.clock.now_ms)

    @property
    def member(self) -> str:
        """The process's name in consumer groups, the same after a restart."""
        return os.environ.get("ASCBRIDGE_MEMBER") or socket.gethostname()

    def woken(self) -> None:
        """Let every part of this process look for work now."""
        if isinstance(self.log, SqliteEventLog):
            self.log.notify()
        if self.publisher is not None:
            self.publisher.wake()
        if self.relay is not None:
            self.relay.notify()

    def checks(self) -> dict[str, Callable[[], str]]:
        """For each part, a question to which the answer is what is wrong with it, or nothing."""
        parts: dict[str, Delivery | Publisher | Relay] = {one.name: one for one in self.deliveries}
        if self.publisher is not None:
            parts["publisher"] = self.publisher
        if self.relay is not None:
            parts["relay"] = self.relay
        found = {name: _trouble_of(part) for name, part in parts.items()} | {"reference data": self.misfit}
        for name, trouble in found.items():
            telemetry.well.labels(name).set_function(partial(_is_nothing, trouble))
        return found

    def sink_away(self) -> str:
        """Say why the sink takes nothing while everything here works, or nothing: then people wait, and no more."""
        one = self.publisher
        return one.trouble if one is not None and one.sink_takes_nothing else ""

    def misfit(self) -> str:
        """Say what does not fit together in the lists of reference data as they were last read, or nothing."""
        lists = self.desk.known_lists.now
        return "; ".join(lists.faults(self.desk.reference.owner_team, self.clock.now_ms()))

    def beginnings(self) -> dict[str, Callable[[], str]]:
        """For each reader the same question until it has begun to read: on many machines that may take a while."""
        return {f"{one.name} reader": _beginning_of(one) for one in self.deliveries}

    async def prove(self) -> Ground:
        """See that the database opens with our master key, before anything rests on it. Raises `ConfigError`."""
        try:
            self.proved = await proving.key_opens(self.settings, self.keyring, self.database)
        except Exception:
            await self.database.close()
            raise
        return self

    async def run(self, stop: asyncio.Event, *more: Coroutine[None, None, None]) -> None:
        """Run every part until told to stop, then let go of the log and the database."""
        gc.collect()
        gc.freeze()  # what is loaded by now stays: no collection need look at it again
        gc.set_threshold(*COLLECT_AFTER)
        parts = [one.run() for one in self.deliveries]
        parts += [one.run() for one in (self.publisher, self.relay) if one is not None]
        if not self.proved:  # the database was away: ask again when it is back
            parts.append(proving.until_key_opens(self.settings, self.keyring, self.database, stop))
        keeping = keeping_profiles.keep_profiles(self.profiles, self.database.read, stop, self.after_profiles)
        try:
            await settled.until(stop, *parts, keeping, self._stop_parts(stop), *more)
        finally:
            await self.log.close()
            await self.database.close()
            if self.preparers is not None:
                self.preparers.close()

    async def _stop_parts(self, stop: asyncio.Event) -> None:
        await stop.wait()
        for part in (*self.deliveries, self.publisher, self.relay):
            if part is not None:
                part.stop()

    # -- the parts ------------------------------------------------------------------------------------------------

    def deliver(self, handler: Handler) -> None:
        """Bring a handler the events of its topics."""
        settings = self.settings
        delivery = Delivery(
            handler,
            self.log,
            self.database,
            clock=self.clock,
            member=self.member,
            batch=settings.batch,
            batch_behind=settings.batch_behind,
            pause_ms=settings.pause_ms,
            rules=settled.hold_rules_of(settings),
            wake=self.woken,
        )
        for count in (
            telemetry.dead_letters,
            telemetry.unknown_events,
        ):  # from 0, so that the first can be seen
            count.labels(handler.name)
        self.deliveries.append(delivery)

    def translator(self) -> Translator:
        """The handler that understands kept messages."""
        return Translator(
            profiles=settled.profiles_of(self.settings),
            keyring=self.keyring,
            data_keys=self.desk.data_keys,
            outbox=self.desk.outbox,
            clock=self.clock,
            prefix=self.desk.prefix,
            pair=settled.pair_of(self.settings),
        )

    def engine(self) -> Reception:
        """The handler that turns facts into discharge work, and into the front door's."""
        return Reception(DischargeEngine(self.desk, self.clock), self.door, self.clock)

    def projection(self) -> RecordProjection:
        """The handler that notes what the shared record must show."""
        return RecordProjection(self.settings.sink.name, self.clock)

    def _issuer(self) -> Council:
        council = self.settings.council
        return Council(council.name, council.ods_code, council.identifier_base)

    def mender(self, translator: Translator) -> Mender:
        """What changes dead letters, and shows before what would follow."""
        sink = self.settings.sink
        target = sinking.sink_of(sink, self._issuer(), self.keyring)
        preparation = sinking.preparation_for(target, sink, self._issuer(), self.desk.data_keys)

        def following(clock: Clock) -> Sequence[Handler]:
            then = replace(self, clock=clock)
            return then.engine(), then.projection()

        return Mender(Handlers(translator, following, preparation), self.desk.data_keys, self.keyring)

    def publish(self) -> Publisher:
        """Publish people to the sink."""
        sink = self.settings.sink
        for outcome in (Held, Unsure, Postponed, Faulted):  # counts begin at 0, so that the first can be seen
            telemetry.published.labels(sink.name, outcome.__name__.lower())
        issuer = self._issuer()
        target = sinking.sink_of(sink, issuer, self.keyring)
        preparation = sinking.preparation_for(target, sink, issuer, self.desk.data_keys)
        if self.settings.workers:  # forked now, before there are threads
            opened = partial(_bridge_file, self.settings, writable=False)
            self.preparers = Preparers(self.settings.workers, preparation, opened)
        self.publisher = Publisher(
            self.database,
            target,
            preparation,
            self.clock,
            people_per_bundle=sink.people_per_bundle,
            in_flight=sink.in_flight,
            # What a killed publisher had taken up is taken up again after this; only a server may still be at it.
            lease_s=LOCAL_LEASE_S if sink.kind == "builtin" else 3 * sink.timeout_seconds,
            catch_up_per_second=sink.catch_up_per_second,
            preparers=self.preparers,
            behind=lambda: any(one.behind for one in self.deliveries),
            writer=self.member,
        )
        return self.publisher

    def carry(self) -> None:
        """Carry the outbox to Kafka, or stand by for whoever does."""
        if isinstance(self.database, PostgresDatabase):
            self.relay = Relay(self.database, self.log, clock=self.clock)


def _trouble_of(part: Delivery | Publisher | Relay) -> Callable[[], str]:
    return lambda: part.trouble


def _beginning_of(reader: Delivery) -> Callable[[], str]:
    return lambda: "" if reader.progress_ms else "has not begun to read"


def _is_nothing(trouble: Callable[[], str]) -> int:
    return int(not trouble())


def _bridge_file(settings: Settings, *, writable: bool = True) -> SqliteDatabase:
    attached = {name: settled.file_of(settings, name) for name in ("kept", "keys")}
    return SqliteDatabase(settled.file_of(settings, "bridge"), attached=attached, writable=writable)


def open_ground(settings: Settings, clock: Clock | None = None) -> Ground:
    """Open the bridge's database for writing, and the log beside it.

    Raises `ReferenceFault`, `DoorRulesFault`, `RulesFault` or `ConfigError` with every fault in the reference
    data and the profiles, or where files and keys do not belong together.
    """
    clock, keyring = clock or settled.clock_of(settings), settled.keyring_of(settings)
    if not settings.on_postgres:
        proving.files_are_there(settings)
        proving.key_opens_files(settings, keyring)
    prefix, chosen = settings.council.event_prefix, settings.discharge
    owing = READERS | replying.readers(settings)
    outbox = Outbox(settings.kafka.partitions if settings.on_postgres else 1, prefix, owing)
    reference = load_reference(chosen.rules, owner_team=chosen.owner_team)
    desk = Desk(
        reference, outbox, DataKeys(keyring), prefix, settings.invented_people,
        late_news_ms=round(settings.discharge.late_news_minutes * 60_000),
    )  # fmt: skip
    door = FrontDoor(desk, load_door_rules(settings.front_door.rules_file))
    rules = load_comparison_rules(settings.cutover.rules_file)
    database: Database
    log: EventLog
    if settings.on_postgres:
        from ascbridge.events.logs.kafka_log import KafkaEventLog  # one machine does without its driver

        database, log = (
            PostgresDatabase(settings.database_url),
            KafkaEventLog(settings.kafka, session_timeout_ms=round(settings.kafka.session_seconds * 1000)),
        )
    else:
        database = _bridge_file(settings)
        log = SqliteEventLog(database, clock=clock, prefix=prefix, wake_socket=settled.wake_socket(settings))
    ground = Ground(settings, clock, keyring, database, log, desk, door, rules)
    if isinstance(database, SqliteDatabase):
        _fit(ground, database)
    return ground


def _fit(ground: Ground, database: SqliteDatabase) -> None:
    database.read_now(ground.desk.known_lists.read)
    if misfit := ground.misfit():
        raise ReferenceFault(misfit)
