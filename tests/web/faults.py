"""Makes things go wrong as the deliveries would leave them: people held, events parked, dead letters."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from ascbridge.events.handlers import dead_letters, holds
from ascbridge.events.logs.cloud_event import inbound_record
from ascbridge.events.logs.log_table import POINTER, as_pointer
from ascbridge.storage.tables import message
from tests.intake.messages import adt

if TYPE_CHECKING:
    from ascbridge.events.logs.log import Record
    from tests.web.city import City


def pointers(city: City, count: int, **fields: Any) -> list[Record]:
    """Keep messages of one person, and return the records that point at them."""
    for _ in range(count):
        city.arrive("itk-v24", adt("A08", control_id=city.control_id(), **fields), work=False)
    wanted = select(*POINTER).order_by(message.c.position.desc()).limit(count)
    rows = city.bridge.read_now(lambda c: list(c.execute(wanted)))
    return [
        replace(inbound_record(as_pointer(row), prefix=city.prefix), offset=row.position)
        for row in reversed(rows)
    ]


def hold_one(city: City, cause: str, **fields: Any) -> list[Record]:
    """Hold a person: the first of two messages failed, the second is parked behind it."""
    head, behind = pointers(city, 2, **fields)
    now_ms = city.clock.at_ms

    def work(connection: Any) -> None:
        holds.hold(connection, "translator", head, cause, now_ms + 60_000, now_ms, tries=2)
        holds.park(connection, "translator", [behind], now_ms)

    city.bridge.write_now(work)
    return [head, behind]


def bury_one(city: City, cause: str, **fields: Any) -> str:
    """Make a dead letter of one message and return its id."""
    (record,) = pointers(city, 1, **fields)
    now_ms = city.clock.at_ms

    def work(connection: Any) -> str:
        holds.hold(connection, "translator", record, cause, now_ms, now_ms)
        dead_id = dead_letters.bury(connection, "translator", record, cause, now_ms)
        holds.release(connection, "translator", record.key)
        return dead_id

    return city.bridge.write_now(work)
