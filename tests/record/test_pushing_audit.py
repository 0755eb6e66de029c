"""Whatever left for somebody else's record is an entry of the audit, person by person."""

import pytest

from ascbridge.events.ledgers.audit import day_of, verify
from ascbridge.record.preparing import Send, Taken, Unit
from ascbridge.record.pushing_audit import ROLE, write_down
from ascbridge.record.settling import Faulted, Held, Outcome, Postponed, Unsure
from ascbridge.storage.tables import audit
from tests.record.world import SINK, World


@pytest.mark.parametrize(
    "outcome, told",
    [
        (Held({}), ["taken, 1 resources"]),
        (Unsure("no answer"), ["perhaps taken, 1 resources"]),
        (Unsure("could not be looked at", sent=False), []),
        (Faulted("refused", by_sink=True, sent=True), ["refused, 1 resources"]),
        (Faulted("cannot be mapped"), []),
        (Postponed("the sink rests"), []),
    ],
)
async def test_whatever_went_to_the_sink_is_written_down_for_each_person(
    world: World, outcome: Outcome, told: list[str]
) -> None:
    sends = (Send("Patient/n1", {}, "d1"), Send("Task/t1", {}, "d2", held=True))
    units = [Unit(Taken("n1", 1, 1), sends, {}), Unit(None, sends, {})]  # the second is about nobody
    now_ms = world.clock.now_ms()
    await world.database.write(
        lambda c: write_down(c, "work", SINK, [(one, outcome) for one in units], now_ms)
    )
    entries = await world.rows(audit)
    assert [(row.who, row.role, row.whom, row.result) for row in entries] == [
        (SINK, ROLE, "n1", each) for each in told
    ]
    assert await world.database.read(lambda c: verify(c, "work", day_of(now_ms))) == []
