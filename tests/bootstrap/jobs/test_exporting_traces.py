"""Traces reach a collector by OTLP; one that is slow, away or wrong costs traces and nothing else."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest
from aiohttp import web

from ascbridge import telemetry
from ascbridge.bootstrap.jobs import exporting_traces
from ascbridge.bootstrap.jobs.exporting_traces import BEHIND_MS, SETTLE_MS, TraceExporter
from tests.intake.messages import adt
from tests.web.city import City

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from ascbridge.bootstrap.parts.ground import Ground

PATIENCE_S = 60


@pytest.fixture
def small_city(tmp_path: Path) -> Iterator[City]:
    made = City(tmp_path)
    yield made
    made.close()


def counted(result: str) -> float:
    return float(telemetry.traces.labels(result)._value.get())


def exporter(city: City, bodies: list[dict[str, Any]], *, takes: bool = True) -> TraceExporter:
    async def post(body: dict[str, Any]) -> bool:
        bodies.append(body)
        return takes

    return TraceExporter(city.bridge, city.readers, post, city.clock.at_ms - 1)


def spans_in(bodies: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [span for body in bodies for span in body["resourceSpans"][0]["scopeSpans"][0]["spans"]]


async def test_each_message_is_exported_once_when_it_is_through(small_city: City) -> None:
    city, bodies = small_city, list[dict[str, Any]]()
    made = exporter(city, bodies)
    city.hear("A01")
    assert await made.step(city.clock.at_ms + SETTLE_MS - 1) == 0
    before = counted("exported")
    assert [await made.step(city.clock.at_ms + SETTLE_MS + 1) for _ in range(2)] == [1, 0]
    assert counted("exported") == before + 1
    assert [one["name"] for one in spans_in(bodies)][:2] == ["message", "understood"]


@pytest.mark.parametrize("fault", [None, OSError("away"), ValueError("broken")])
async def test_a_collector_that_takes_nothing_costs_traces_that_are_counted(
    small_city: City, fault: Exception | None
) -> None:
    city = small_city

    async def post(_: dict[str, Any]) -> bool:
        if fault is not None:
            raise fault
        return False

    made = TraceExporter(city.bridge, city.readers, post, city.clock.at_ms - 1)
    city.hear("A01")
    before = counted("dropped")
    assert await made.step(city.clock.at_ms + SETTLE_MS + 1) == 1
    assert counted("dropped") == before + 1


async def test_what_is_far_behind_is_left_out_and_counted(small_city: City) -> None:
    city, bodies = small_city, list[dict[str, Any]]()
    made = exporter(city, bodies)
    city.hear("A01")
    before = counted("dropped")
    assert await made.step(city.clock.at_ms + SETTLE_MS + BEHIND_MS + 1) == 0
    assert (counted("dropped"), bodies) == (before + 1, [])


@asynccontextmanager
async def collector(taken: list[dict[str, Any]]) -> AsyncIterator[str]:
    """A small OTLP collector on loopback, which decodes what it gets."""

    async def traces(request: web.Request) -> web.Response:
        assert request.headers["content-type"] == "application/json"
        taken.append(await request.json())
        return web.json_response({})

    app = web.Application()
    app.router.add_post("/v1/traces", traces)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = cast("Any", site)._server.sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    await runner.cleanup()


async def test_a_real_collector_gets_the_spans_of_a_message(small_city: City) -> None:
    city, taken, stop = small_city, list[dict[str, Any]](), asyncio.Event()
    async with collector(taken) as url:
        settings = city.settings.model_copy(
            update={"telemetry": city.settings.telemetry.model_copy(update={"otlp_url": url})}
        )
        ground = cast("Ground", SimpleNamespace(settings=settings, database=city.bridge, clock=city.clock))
        city.clock.at_ms -= 1
        running = asyncio.create_task(exporting_traces.export_traces(ground, stop))
        await asyncio.sleep(0)
        city.clock.at_ms += 1
        city.arrive("itk-v24", adt("A01", nhs_number=""))
        city.clock.at_ms += SETTLE_MS + 1
        async with asyncio.timeout(PATIENCE_S):
            while not taken:  # noqa: ASYNC110  # what a server got
                await asyncio.sleep(0.01)
        stop.set()
        await running
    names = [one["name"] for one in spans_in(taken)]
    assert names[0] == "message"
    assert any(name.startswith("event ") for name in names)


async def test_where_no_collector_is_set_nothing_is_read(small_city: City) -> None:
    stop = asyncio.Event()
    stop.set()
    await exporting_traces.export_traces(cast("Ground", SimpleNamespace(settings=small_city.settings)), stop)
