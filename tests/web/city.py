"""A small city for the pages: real messages through the real door, translator, desk and record, in one thread."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from sqlalchemy import literal_column, select

from ascbridge.clock import Clock
from ascbridge.config import load
from ascbridge.discharge.deciding import reference
from ascbridge.discharge.folding.engine import DischargeEngine
from ascbridge.discharge.folding.stays import Desk
from ascbridge.events.handlers import handling
from ascbridge.events.handlers.switches import Pair
from ascbridge.events.logs.cloud_event import inbound_record
from ascbridge.events.logs.log import INBOUND, Assignment
from ascbridge.events.logs.log_table import POINTER, as_pointer, as_record
from ascbridge.events.logs.outbox import Outbox
from ascbridge.events.logs.positions import claim, move
from ascbridge.events.logs.sealing import Keyring
from ascbridge.events.logs.sqlite_log import SqliteEventLog
from ascbridge.frontdoor import door_rules
from ascbridge.frontdoor.front_work import FrontDoor
from ascbridge.frontdoor.reception import Reception
from ascbridge.intake.agreed import profiles
from ascbridge.intake.doors.desk_door import keep_entry
from ascbridge.intake.keeping.inbox import Arrival, Doorkeeper
from ascbridge.intake.keeping.intake_desk import IntakeDesk
from ascbridge.intake.reading.translator import Translator
from ascbridge.operations.mending.completing import Completing
from ascbridge.operations.mending.foreseeing import Handlers
from ascbridge.operations.mending.mend import Mender
from ascbridge.people.data_keys import DataKeys
from ascbridge.record.preparing import Preparation
from ascbridge.record.projection import RecordProjection
from ascbridge.record.views import Council
from ascbridge.storage import migration
from ascbridge.storage.database import SqliteDatabase
from ascbridge.storage.tables import event_log, message, position, task
from ascbridge.web.parts import WebParts
from tests.intake.messages import adt

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from ascbridge.events.handlers.handling import Handler
    from ascbridge.intake.keeping.kept import Kept
    from ascbridge.intake.sources.profile import Profile
    from ascbridge.people.behind_wall import PutsApart

NOON = 1_792_323_000_000  # Sunday 18 October 2026, 13:50 in Coventry, British summer time
MINUTE = 60_000
COUNCIL = Council("Coventry City Council", "E08000026", "https://bridge.invalid/id")
CODE = "one-time-code-of-the-tests"


CALLED = {"PANGOLIN Trust": "council", "Care, Echidna": "council"}
"""What sign-ins call organisations in the tests of who is kept from a concern."""


class SetClock(Clock):
    """A clock that stands where a test puts it."""

    def __init__(self, at_ms: int) -> None:
        super().__init__()
        self.at_ms = at_ms

    def now_ms(self) -> int:
        return self.at_ms


class City:
    """One hospital, one council, and everything behind them. `hear` and `council` bring messages all the way."""

    row_number = "rowid"
    """What the database numbers its rows by as they are written."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        self.folder = folder
        self.clock = SetClock(NOON)
        self.settings = load(
            None, data_dir=folder, invented_people=True, **{"sign_in": {"organisations": CALLED}, **settings}
        )
        self.keyring = Keyring(bytes(range(32)))
        self.data_keys = DataKeys(self.keyring)
        self.kept, self.keys, self.bridge = self._open()
        self.profiles = self._profiles()
        self.prefix = self.settings.council.event_prefix
        self.handlers: list[Handler] = []
        self.wall: PutsApart | None = None
        self._desks = {name: self._desk(name) for name in self.profiles}
        self._read = self._positions()
        self._build()

    def _open(self) -> tuple[SqliteDatabase, SqliteDatabase, SqliteDatabase]:
        """What is kept, the keys, and all else."""
        migration.upgrade_sqlite(self.folder)
        kept, keys = (SqliteDatabase(self.folder / name) for name in ("kept.db", "keys.db"))
        attached = {"kept": kept.path, "keys": keys.path}
        return kept, keys, SqliteDatabase(self.folder / "bridge.db", attached=attached)

    def open_letter_box(self, wall: PutsApart) -> None:
        """Let what strays into a feed go through here from now on."""
        self.wall = wall
        self._desks = {name: self._desk(name) for name in self.profiles}

    def _profiles(self) -> dict[str, Profile]:
        """The feeds that are listened to."""
        return {name: profiles.read(name) for name in ("itk-v24", "council-facts", "desk")}

    @property
    def pair(self) -> Pair | None:
        """The feeds of the cut-over that the settings name."""
        chosen = self.settings.cutover
        return Pair(chosen.old, chosen.new, chosen.ids == "same") if chosen.old else None

    def _positions(self) -> dict[tuple[str, str], int]:
        """How far each handler had read when this city was last open."""
        rows = self.bridge.read_now(lambda c: list(c.execute(select(position))))
        return {(row.consumer, row.topic): row.next_offset - 1 for row in rows}

    def _desk(self, feed: str) -> IntakeDesk:
        return IntakeDesk(
            Doorkeeper(self.profiles[feed], self.keyring), keyring=self.keyring, data_keys=self.data_keys,
            clock=self.clock, resend_window_hours=72, wake=lambda: None, wall=self.wall,
        )  # fmt: skip

    def _build(self) -> None:
        readers = {
            "translator": (INBOUND,),
            "discharge": DischargeEngine.topics,
            "record": RecordProjection.topics,
        }
        self.readers = readers
        outbox = Outbox(1, self.prefix, readers)  # one partition, as on one machine
        self.desk = Desk(reference.load(), outbox, self.data_keys, self.prefix, invented=True)
        self.door = FrontDoor(self.desk, door_rules.load())
        translator = Translator(
            profiles=self.profiles, keyring=self.keyring, data_keys=self.data_keys, outbox=outbox,
            clock=self.clock, prefix=self.prefix, pair=self.pair,
        )  # fmt: skip
        self.translator = translator
        self.completing = Completing(translator, lambda: self.profiles, self.bridge)
        self.mender = Mender(
            Handlers(translator, self._following, Preparation("icr", COUNCIL, self.data_keys)),
            self.data_keys, self.keyring,
        )  # fmt: skip
        self.log = SqliteEventLog(self.bridge, clock=self.clock, prefix=self.prefix)
        self.handlers = [translator, *self._following(self.clock)]

    def _following(self, clock: Clock) -> list[Handler]:
        return [
            Reception(DischargeEngine(self.desk, clock), self.door, clock),
            RecordProjection("icr", clock),
        ]

    # -- what comes in -------------------------------------------------------------------------------------------------

    def hear(self, trigger: str, at_ms: int | None = None, **fields: Any) -> None:
        """One hospital message, sent at a time (default: now), brought all the way."""
        at_ms = self.clock.at_ms if at_ms is None else at_ms
        before, self.clock.at_ms = self.clock.at_ms, at_ms
        self.arrive("itk-v24", adt(trigger, sent=hl7_time(at_ms), control_id=self.control_id(), **fields))
        self.clock.at_ms = max(before, at_ms)

    def council(
        self, local_id: str, nhs_number: str, name: tuple[str, str], born: str, fact: str, **said: Any
    ) -> None:
        """One line of the council's case system."""
        line = {
            "id": self.control_id(), "fact": fact, "recorded": iso(self.clock.at_ms),
            "person": {"council_id": local_id, "nhs_number": nhs_number, "number_status": "01", "family_name": name[0],
                       "given_names": [name[1]], "birth_date": born, "gender": "female"},
            **said,
        }  # fmt: skip
        self.arrive("council-facts", json.dumps(line).encode())

    def arrive(self, feed: str, raw: bytes, *, work: bool = True) -> None:
        self._desks[feed].keep_in_files(self.keys, self.kept, [Arrival(raw)])
        if work:
            self.work()

    async def enter(self, entry: bytes) -> str:
        """Keep what somebody entered by hand, and bring it all the way."""
        message_id = await keep_entry(self._keep_entry, entry)
        self.work()
        return message_id

    async def _keep_entry(self, arrivals: Sequence[Arrival]) -> list[list[Kept]]:
        return self._desks["desk"].keep_in_files(self.keys, self.kept, arrivals)

    def control_id(self) -> str:
        """A control id that no message of this city has had."""
        count = self.bridge.read_now(lambda c: len(list(c.execute(select(message.c.position)))))
        return f"T{count + 1:04d}"

    # -- what follows --------------------------------------------------------------------------------------------------

    def work(self) -> None:
        """Let every handler read what it has not read yet, as the deliveries do."""
        for handler in self.handlers:
            for topic in handler.topics:
                self._step(handler, topic)

    def _step(self, handler: Handler, topic: str) -> None:
        done = self._read.get((handler.name, topic), 0)

        def run(connection: Any) -> int:
            if topic == INBOUND:
                wanted = select(*POINTER).where(message.c.outcome == "kept", message.c.position > done)
                rows = list(connection.execute(wanted.order_by(message.c.position)))
                records = [inbound_record(as_pointer(row), prefix=self.prefix) for row in rows]
            else:
                wanted = select(event_log).where(event_log.c.topic == topic, event_log.c.position > done)
                rows = list(connection.execute(wanted.order_by(event_log.c.position)))
                records = [as_record(row) for row in rows]
            if not records:
                return done
            here = Assignment(topic, 0)
            claimed = claim(connection, handler.name, [here], "city", self.clock.at_ms)[here]
            move(connection, handler.name, here, claimed, rows[-1].position + 1, self.clock.at_ms)
            handling.act(connection, handler, records, self.clock.at_ms)
            return int(rows[-1].position)

        self._read[handler.name, topic] = self.bridge.write_now(run)

    # -- for the tests -------------------------------------------------------------------------------------------------

    def parts(self, **more: Any) -> WebParts:
        """What the pages are built from."""
        values = {
            "settings": self.settings, "clock": self.clock, "database": self.bridge, "keyring": self.keyring,
            "desk": self.desk, "door": self.door, "log": self.log, "completing": self.completing,
            "mender": self.mender, "profiles": self.profiles,
            "readers": self.readers, "one_time_code": CODE, "pair": self.pair, "enter": self.enter,
        }  # fmt: skip
        return WebParts(**{**values, **more})

    def rows(self, table: Any) -> list[Any]:
        return self.bridge.read_now(lambda c: list(c.execute(select(table))))

    def task_of(self, spell_number: int = 0) -> Any:
        """The tasks in the order in which they were opened; two of one moment in the order in which they were written."""
        as_written = select(task).order_by(literal_column(self.row_number))
        rows = self.bridge.read_now(lambda c: list(c.execute(as_written)))
        return sorted(rows, key=lambda row: row.opened_ms)[spell_number]

    def erase(self, patient_key: str) -> None:
        """Throw away a person's keys, as an erasure does."""
        self.keys.write_now(lambda c: self.data_keys.erase(c, [patient_key], self.clock.at_ms))

    def close(self) -> None:
        for database in (self.kept, self.keys, self.bridge):
            database._write_thread.shutdown()
            database._read_threads.shutdown()
            for engine in (database._writer, database._readers):
                if engine is not None:
                    engine.dispose()


def hl7_time(at_ms: int) -> str:
    from ascbridge.web.wording import _local

    return _local(at_ms).strftime("%Y%m%d%H%M")


def iso(at_ms: int) -> str:
    from ascbridge.web.wording import iso as utc

    return utc(at_ms)


def people_the_city(city: City) -> None:
    """A worklist as it is on an afternoon: late and early work, marks of every kind, one restricted, one erased later."""
    now = city.clock.at_ms
    hour = 60 * MINUTE
    city.clock.at_ms = now - 30 * hour

    def stay(
        number: int, name: str, born: str, nhs: str, ward: str, hours_ago: float, **more: Any
    ) -> dict[str, Any]:
        fields = {"local_id": f"L{number}", "visit": f"V{number}", "name": name, "born": born, "nhs_number": nhs,
                  "ward": ward, **more}  # fmt: skip
        city.hear("A01", now - round(hours_ago * hour), **fields)
        return fields

    evans = stay(100, "EVANS^MARY^JOY^^MRS^^L", "19410314", "9993000019", "W12^BAY 3^BED 4^RKB01", 70)
    okafor = stay(101, "OKAFOR^SAMUEL^^^MR^^L", "19380702", "9993000027", "W21^BAY A^BED 11^RKB01", 52)
    singh = stay(102, "SINGH^HARBHAJAN^^^MRS^^L", "19520119", "9993000035", "W33^SIDE ROOM 2^^RKB01", 28)
    kowal = stay(103, "KOWALCZYK^ZOFIA^^^MS^^L", "19610930", "9993000043", "W12^BAY 1^BED 2^RKB01", 27)
    hidden = stay(104, "HOLLOWAY^JANE^^^MS^^L", "19700505", "9993000051", "W40^BAY 9^BED 9^RKB01", 26,
                  extra=("ZU8||||2",))  # fmt: skip
    left = stay(105, "ADEYEMI^GRACE^^^MRS^^L", "1944", "9993000078", "W21^BAY C^BED 3^RKB01", 25)
    looks = stay(106, "BRADLEY-SMYTHE^BARTHOLOMEW^^^DR^^L", "19331224", "", "W12^BAY 2^BED 8^RKB01", 24)
    pause = stay(107, "TANAKA^KENJI^^^MR^^L", "19490811", "9993000086", "W33^BAY D^BED 1^RKB01", 23)

    city.hear("A16", now - 9 * hour, **evans, extra=("PV2|||||||||20261019", zu1("Y", "20261017")))
    city.hear("A16", now - 100 * MINUTE, **okafor, extra=("PV2|||||||||20261020", zu1("Y", "20261018")))
    city.hear("A16", now - 20 * MINUTE, **singh, extra=("PV2|||||||||20261021", zu1("Y", "20261018")))
    city.hear("A16", now - 5 * MINUTE, **kowal, extra=(zu1("Y", ""),))
    hidden.pop("extra")
    city.hear("A16", now - 50 * MINUTE, **hidden, extra=("ZU8||||2", zu1("Y", "20261018")))
    city.hear("A16", now - 5 * hour, **left, extra=(zu1("Y", "20261018"),))
    city.hear("A03", now - 2 * hour, **left, pv1={36: "1", 37: "19", 45: hl7_time(now - 2 * hour)})
    city.hear("A16", now - 4 * hour, **looks, extra=(zu1("Y", "20261018"),))
    city.hear("A03", now - 3 * hour, **looks, pv1={36: "4", 37: "XX", 45: hl7_time(now - 3 * hour)})
    city.hear("A16", now - 7 * hour, **pause, extra=(zu1("Y", "20261018"),))
    city.hear("A25", now - 1 * hour, **pause, extra=(zu1("N", ""),))
    city.clock.at_ms = now - 30 * MINUTE
    city.council("C100", "9993000019", ("EVANS", "MARY"), "1941-03-14", "known", known=True)
    city.council("C100", "9993000019", ("EVANS", "MARY"), "1941-03-14", "package",
                 package={"id": "P1", "status": "live", "kind": "Home support, four calls a day",
                          "started_on": "2026-02-01"})  # fmt: skip
    city.council("C100", "9993000019", ("EVANS", "MARY"), "1941-03-14", "worker",
                 worker={"team": "Integrated Locality Team North", "name": "Amina Yusuf"})  # fmt: skip
    city.clock.at_ms = now


def zu1(ready: str, on: str) -> str:
    fields = [""] * 25
    fields[0], fields[22], fields[24] = "ZU1", ready, on
    return "|".join(fields).rstrip("|")
