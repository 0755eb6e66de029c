"""How a task went is read from what its events left, of a period and no more, whatever stages it knows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
import pytest
from sqlalchemy import event, update

from ascbridge.reports.task_journeys import Delayed, facilities, journeys, months_back
from ascbridge.storage.tables import task
from tests.discharge.builders import at, discharged, ready

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from tests.frontdoor.builders import DoorBench

LONG_AGO, SOON = 0, at("2026-04-01T00:00")


def say(bench: DoorBench, body: dict[str, Any]) -> None:
    """Give the one task these stages and delays, as its last event would."""
    fact = bench.task().model_dump(mode="json") | body
    bench.write(lambda c: c.execute(update(task).values(body=orjson.dumps(fact))))


def test_a_journey_has_the_times_of_its_stages_and_delays(real_bench: DoorBench) -> None:
    real_bench.say(ready("2026-03-20T09:00", ready_on="2026-03-20"))
    real_bench.say(discharged("2026-03-20T11:00"))
    milestones = {"accepted": at("2026-03-20T09:10"), "first-visit": at("2026-03-21T10:00")}
    delays = [{"reason": "no-plan", "from_ms": 5, "to_ms": None, "list": "delay-2022@1"}, {"reason": ""}]
    say(real_bench, {"milestones": milestones, "pathway": 1, "delays": delays})
    (one,) = real_bench.write(lambda c: journeys(c, LONG_AGO, SOON))
    assert one.reached == milestones
    assert (one.pathway, one.left_ms, one.ended_ms) == ("1", at("2026-03-20T11:00"), at("2026-03-20T11:00"))
    assert one.delays == (Delayed("no-plan", 5, None),)
    assert one.ready_ms == one.opened_ms
    assert real_bench.write(lambda c: facilities(c, [one.spell])) == {"s1": "RKB"}
    assert real_bench.write(lambda c: journeys(c, one.opened_ms + 1, SOON)) == []
    assert real_bench.write(lambda c: journeys(c, LONG_AGO, one.opened_ms)) == []
    assert real_bench.write(lambda c: journeys(c, LONG_AGO, SOON, most=0)) == []


@pytest.mark.parametrize(
    "ready_on, since",
    [
        ("2026-03-18", "2026-03-18T00:00"),
        ("2026-03-20T08:15", "2026-03-20T08:15"),
        ("", None),
        ("soon", None),
    ],
)
def test_since_when_somebody_is_ready(bench: DoorBench, ready_on: str, since: str | None) -> None:
    bench.say(ready("2026-03-20T09:00"))
    say(bench, {"ready_on": ready_on})
    (one,) = bench.write(lambda c: journeys(c, LONG_AGO, SOON))
    assert one.ready_ms == (at(since) if since else None)
    assert (one.reached, one.pathway, one.delays) == ({}, "", ())


def test_a_period_is_read_by_the_index_of_opening(bench: DoorBench) -> None:
    asked: list[tuple[str, Any]] = []

    def run(connection: Connection) -> list[str]:
        def hear(_c: Any, _cursor: Any, text: str, parameters: Any, *_: Any) -> None:
            asked.append((text, parameters))

        event.listen(connection, "before_cursor_execute", hear)
        journeys(connection, 1, 2)
        event.remove(connection, "before_cursor_execute", hear)
        ((text, parameters),) = asked
        raw: Any = connection.connection.driver_connection
        return [row[3] for row in raw.execute(f"EXPLAIN QUERY PLAN {text}", parameters)]

    (step,) = bench.write(run)
    assert step == "SEARCH task USING INDEX task_by_opening (opened_ms>? AND opened_ms<?)"


def test_months_go_back_over_a_year_and_over_midnight_in_summer() -> None:
    assert months_back(at("2026-02-15T12:00"), 4) == ["2026-02", "2026-01", "2025-12", "2025-11"]
    assert months_back(at("2026-07-01T00:10"), 1) == ["2026-07"]
