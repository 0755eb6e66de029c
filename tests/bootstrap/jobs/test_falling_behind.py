"""The record says that it is behind by its setting, and not for what somebody stopped or what the sink refuses."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import httpx

from ascbridge.bootstrap.jobs.falling_behind import Behind
from ascbridge.bootstrap.parts.ground import Ground
from ascbridge.bootstrap.parts.vitals import Vitals
from ascbridge.config_sections import HealthSettings, HostPort
from ascbridge.events.handlers import pauses
from ascbridge.events.handlers.pauses import Pause
from ascbridge.events.logs.envelope import first_id
from ascbridge.storage.tables import dirty_person, open_effect
from tests.bootstrap.parts.test_vitals import answers
from tests.servers.process import free_port
from tests.web.city import MINUTE, NOON, City
from tests.web.conftest import empty_city

if TYPE_CHECKING:
    from ascbridge.events.handlers.pauses import Kind

__all__ = ["empty_city"]


def behind(city: City, seconds: float = 300) -> Behind:
    settings = SimpleNamespace(health=HealthSettings(behind_seconds=seconds), sink=city.settings.sink)
    return Behind(cast("Ground", SimpleNamespace(settings=settings, database=city.bridge, clock=city.clock)))


def write(city: City, table: Any, **values: Any) -> None:
    city.bridge.write_now(lambda c: c.execute(table.insert(), values))


def stop(city: City, kind: Kind, name: str) -> None:
    one = Pause(kind, name, "pause", NOON, "Ola Green", "it-operations", "a new map")
    city.bridge.write_now(lambda c: pauses.begin(c, one))


async def test_events_that_wait_for_longer_than_the_setting_are_told(empty_city: City) -> None:
    city = empty_city
    one = behind(city)
    await one.look(NOON)
    assert (one.reader(), one.sink()) == ("", "")
    write(city, open_effect, reader="record", event_id=first_id(NOON), message_id="m", subject="s")
    await one.look(NOON + 5 * MINUTE)
    assert one.reader() == ""
    await one.look(NOON + 5 * MINUTE + 1_000)
    assert one.reader() == "the oldest event waits to be read for 301 seconds"
    stop(city, "family", "person")
    await one.look(NOON + 6 * MINUTE)
    assert one.reader() == ""


async def test_people_who_wait_to_be_sent_are_told_but_not_whom_the_sink_refuses(empty_city: City) -> None:
    city = empty_city
    sink = city.settings.sink.name
    city.bridge.write_now(lambda c: c.execute(dirty_person.delete()))
    write(
        city, dirty_person, sink=sink, person_id="p1", since_ms=NOON - 60 * MINUTE, next_try_ms=0, fault="422"
    )
    one = behind(city, 60)
    await one.look(NOON)
    assert one.sink() == ""
    write(city, dirty_person, sink=sink, person_id="p2", since_ms=NOON - 2 * MINUTE, next_try_ms=0)
    await one.look(NOON)
    assert one.sink() == "whoever waits longest waits to be sent for 120 seconds"
    stop(city, "sink", sink)
    await one.look(NOON)
    assert one.sink() == ""


async def test_a_sink_that_is_away_leaves_it_ready_and_a_database_that_is_away_does_not(
    empty_city: City,
) -> None:
    city = empty_city
    publisher = SimpleNamespace(trouble="", sink_takes_nothing=False)
    settings = SimpleNamespace(health=HealthSettings(), sink=city.settings.sink)
    ground = Ground.__new__(Ground)
    ground.settings, ground.publisher = cast("Any", settings), cast("Any", publisher)
    ground.database, ground.clock = city.bridge, cast("Any", city.clock)
    one, address, stopping = Behind(ground), HostPort(port=free_port()), asyncio.Event()
    serving = asyncio.create_task(
        Vitals({"publisher": one.publisher}, one.apart()).serve(stopping, address=address)
    )

    async def said() -> tuple[int, str, dict[str, str]]:
        async with httpx.AsyncClient() as client:
            answer = await client.get(f"http://127.0.0.1:{address.port}/health/ready")
            return answer.status_code, answer.json()["status"], answer.json()["wrong"]

    async with asyncio.timeout(60):
        while not await answers(address=address):  # noqa: ASYNC110  # nobody tells that it listens
            await asyncio.sleep(0.01)
        assert await said() == (200, "ready", {})
        publisher.trouble, publisher.sink_takes_nothing = "503 Service Unavailable", True
        name = f"sink {city.settings.sink.name}"
        assert await said() == (200, "degraded", {name: "503 Service Unavailable"})
        publisher.trouble, publisher.sink_takes_nothing = "the database refuses: OperationalError", False
        assert await said() == (503, "not ready", {"publisher": publisher.trouble})
        publisher.trouble = ""
        write(city, open_effect, reader="record", event_id=first_id(NOON), message_id="m", subject="s")
        await one.look(NOON + 10 * MINUTE)
        words = "the oldest event waits to be read for 600 seconds"
        assert await said() == (200, "degraded", {"record is behind": words})
    stopping.set()
    await serving
