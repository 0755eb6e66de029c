"""A journey on the side: messages go through everything the bridge has, in files that are thrown away afterwards.

For `ascbridge try` and for the samples under ``contracts``: what is shown is what would happen, because it is the same
code on the same tables. Nothing is sent and nothing is kept.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import orjson
from sqlalchemy import select

from ascbridge.events.ledgers import ledger
from ascbridge.events.logs.cloud_event import inbound_record
from ascbridge.events.logs.log import INBOUND, Record
from ascbridge.events.logs.log_table import POINTER, as_pointer, as_record
from ascbridge.intake.hl7v2.hl7_ack import parse_ack
from ascbridge.intake.keeping.inbox import Arrival
from ascbridge.operations.sending import line
from ascbridge.storage.tables import event_log, message, message_state, resource, spell

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy import Connection

    from ascbridge.events.handlers.handling import Handler
    from ascbridge.intake.keeping.intake_desk import IntakeDesk
    from ascbridge.intake.keeping.kept import Kept
    from ascbridge.record.publisher import Publisher
    from ascbridge.storage.database import SqliteDatabase


@dataclass
class Trial:
    """Everything between a sender and the shared record, in one process. Bootstrap puts it together."""

    desk: IntakeDesk
    keys: SqliteDatabase
    kept: SqliteDatabase
    bridge: SqliteDatabase
    handlers: Sequence[Handler]
    publisher: Publisher
    prefix: str
    _read: dict[tuple[str, str], int] = field(default_factory=dict)

    def take(self, raw: bytes) -> list[bytes]:
        """Hand in one payload and let everything happen that follows; return what the sender hears."""
        return self.desk.answers([self.hand_in(raw)])[0]

    def hand_in(self, raw: bytes) -> list[Kept]:
        """The same; return what became of each message in it."""
        (kept,) = self.desk.keep_in_files(self.keys, self.kept, [Arrival(raw)])
        while sum(map(self._turn, self.handlers)):
            pass
        return kept

    def _turn(self, handler: Handler) -> int:
        records = [record for topic in handler.topics for record in self._next(handler.name, topic)]
        if records:
            self.bridge.write_now(lambda connection: self._handle(connection, handler, records))
        return len(records)

    def _handle(self, connection: Connection, handler: Handler, records: list[Record]) -> None:
        handler.handle(connection, records)
        done = [record.event_id for record in records]
        ledger.effects_done(connection, handler.name, done, max(record.time_ms for record in records))

    def _next(self, reader: str, topic: str) -> list[Record]:
        after = self._read.get((reader, topic), -1)
        found = self.inbound(after) if topic == INBOUND else self.events(topic, after)
        if found:
            self._read[reader, topic] = found[-1].offset
        return found

    def inbound(self, after: int = -1) -> list[Record]:
        """Pointers to the messages kept after a position."""
        columns = (*POINTER, message.c.position)
        wanted = select(*columns).where(message.c.outcome == "kept", message.c.position > after)
        rows = self.bridge.read_now(lambda c: list(c.execute(wanted.order_by(message.c.position))))
        return [inbound_record(as_pointer(row), prefix=self.prefix, offset=row.position) for row in rows]

    def events(self, topic: str = "", after: int = -1) -> list[Record]:
        """What was published after a position: on one topic, or on all."""
        wanted = select(event_log).where(event_log.c.position > after).order_by(event_log.c.position)
        if topic:
            wanted = wanted.where(event_log.c.topic == topic)
        return [as_record(row) for row in self.bridge.read_now(lambda c: list(c.execute(wanted)))]

    def notes(self) -> list[tuple[str, str]]:
        """For each kept message its state and what was noted about it, such as codes that nobody has mapped."""
        wanted = select(message_state.c.state, message_state.c.note).order_by(message_state.c.kept_ms)
        return [(row.state, row.note) for row in self.bridge.read_now(lambda c: list(c.execute(wanted)))]

    def decisions(self) -> list[dict[str, Any]]:
        """What the rules decided for each stay, and why."""
        wanted = select(spell.c.spell_key, spell.c.decision, spell.c.explanation).order_by(spell.c.spell_key)
        rows = self.bridge.read_now(lambda c: list(c.execute(wanted)))
        return [
            {"spell": row.spell_key, "decision": row.decision, "why": orjson.loads(row.explanation)}
            for row in rows
        ]

    async def resources(self) -> list[dict[str, Any]]:
        """The FHIR resources that the shared record would now hold."""
        while await self.publisher.round():
            pass
        wanted = select(resource.c.body).order_by(resource.c.resource_type, resource.c.resource_id)
        rows = await self.bridge.read(lambda c: list(c.execute(wanted)))
        return [orjson.loads(row.body) for row in rows]

    async def close(self) -> None:
        """Let go of the files."""
        for database in (self.bridge, self.kept, self.keys):
            await database.close()


async def tell(trial: Trial, messages: Sequence[bytes], say: Callable[[str], None]) -> int:
    """Hand in messages one by one and print what each does; return how many were not accepted."""
    refused = published = 0
    for number, raw in enumerate(messages, 1):
        for one in trial.hand_in(raw):
            refused += one.outcome == "refused"
            if one.answer:
                say(f"message  {line(parse_ack(one.answer))}")
            elif one.outcome == "refused":  # a line of a file: nobody is answered
                say(f"message  number {number} refused: {one.reason}")
        events = trial.events()[published:]
        published += len(events)
        for event in events:
            say(f"event    {event.event_type}")
            say(_indented(_shown(event)))
    say("")
    resources = await trial.resources()
    for state, note in trial.notes():
        say(f"state    {state}{': ' + note if note else ''}")
    for decision in trial.decisions():
        say(f"decision {decision['decision']} for {decision['spell']}")
        say(_indented(decision["why"]))
    for body in resources:
        say(f"fhir     {body['resourceType']}/{body['id']}")
        say(_indented(body))
    say(f"{len(messages)} messages, {refused} not accepted, {published} events; nothing was changed")
    return refused


def _shown(event: Record) -> Any:
    """An event's open part; of the sealed part only that there is one."""
    data = orjson.loads(event.value)
    return data | ({"sealed": "(sealed)"} if "sealed" in data else {})


def _indented(value: Any) -> str:
    text = orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()
    return "\n".join("         " + one for one in text.splitlines())
