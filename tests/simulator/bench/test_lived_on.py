"""What a bridge does behind its messages is done to a store at once; the bridge then finds nothing of it to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, func, select

from ascbridge.events.ledgers import hour_chain
from ascbridge.events.ledgers.hour_count import HOUR_MS
from ascbridge.intake.keeping import arrivals
from ascbridge.simulator.bench.lived_on import catch_up
from ascbridge.storage.tables import arrival_count, arrival_read, intake_hour, message
from tests.web.city import City, zu1

if TYPE_CHECKING:
    from pathlib import Path

WHO = {"local_id": "L1", "visit": "V1", "nhs_number": "9993000019"}
LATER_MS = 5 * HOUR_MS


async def test_hours_are_closed_and_feeds_counted(tmp_path: Path) -> None:
    city = City(tmp_path)
    city.hear("A01", **WHO)
    city.hear("A16", **WHO, extra=(zu1("Y", "20261018"),))
    city.kept.write_now(lambda c: c.execute(delete(intake_hour)))  # as a copy has none
    now_ms = city.clock.now_ms() + LATER_MS
    await city.bridge.close()

    await catch_up(tmp_path, now_ms)

    city.kept, city.keys, city.bridge = city._open()
    with city.bridge._readers.connect() as connection:
        entries = hour_chain.entries(connection)
        assert sum(one.counted.counts.get("stored", 0) for one in entries) == 2
        assert all(one.counted.adds_up for one in entries)
        assert 0 <= now_ms - (hour_chain.next_hour(connection) or 0) < 3 * HOUR_MS
        last = connection.scalar(select(func.max(message.c.position)))
        assert connection.scalar(select(arrival_read.c.position)) == last
        counted = select(func.sum(arrival_count.c.n)).where(arrival_count.c.kind == arrivals.WHOLE)
        assert connection.scalar(counted) == 2
    city.close()
