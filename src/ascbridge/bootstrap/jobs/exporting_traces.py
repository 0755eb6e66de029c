"""Exports each message's trace to an OpenTelemetry collector, where the settings name one: beside everything else.

It reads what is stored about messages that came a little while ago, and sends it by OTLP over HTTP. Nothing that
handles a message knows of it: a collector that is slow or away costs traces, which are counted, and never a message.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from ascbridge import __version__, telemetry
from ascbridge.bootstrap.parts import replying
from ascbridge.bootstrap.parts.ground import READERS
from ascbridge.bootstrap.parts.job_loop import again_and_again
from ascbridge.events.logs.envelope import first_id
from ascbridge.operations.tracing import hops, spans, trace
from ascbridge.storage.tables import message

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from sqlalchemy import Connection

    from ascbridge.bootstrap.parts.ground import Ground
    from ascbridge.operations.tracing.hops import Traced
    from ascbridge.storage.database import Database

    Post = Callable[[dict[str, Any]], Awaitable[bool]]

_log = telemetry.log("exporting_traces")
SETTLE_MS = 10_000
"""How old a message is when its trace is exported: most are through by then."""
AT_ONCE = 50
BEHIND_MS = 60_000
"""What is further behind is left out: the newest traces are those that somebody looks at."""
TIMEOUT_S = 5.0


class TraceExporter:
    """Exports traces in the order in which messages came, from when it began on. `post` sends one body."""

    def __init__(
        self, database: Database, readers: Mapping[str, tuple[str, ...]], post: Post, began_ms: int
    ) -> None:
        self._database, self._readers, self._post = database, readers, post
        self._after = first_id(began_ms)
        self._told = False

    async def step(self, now_ms: int) -> int:
        """Export some of what came; return how many messages. Raises what the database raises, and nothing else."""
        before = first_id(now_ms - SETTLE_MS)
        oldest = first_id(now_ms - SETTLE_MS - BEHIND_MS)
        if self._after < oldest:
            skipped = await self._database.read(lambda c: _ids(c, self._after, oldest, AT_ONCE * 1_000))
            telemetry.traces.labels("dropped").inc(len(skipped))
            self._after = oldest
        ids = await self._database.read(lambda c: _ids(c, self._after, before, AT_ONCE))
        if not ids:
            return 0
        found = await self._database.read(
            lambda c: [one for id in ids if (one := _traced(c, id, self._readers))]
        )
        self._after = f"{ids[-1]}~"
        taken = await self._send(spans.request_of(found, "ascbridge", __version__))
        telemetry.traces.labels("exported" if taken else "dropped").inc(len(found))
        return len(ids)

    async def _send(self, body: dict[str, Any]) -> bool:
        try:
            taken = await self._post(body)
            cause = "" if taken else "the collector did not take them"
        except Exception as fault:  # noqa: BLE001  # whatever a collector does, nothing else may notice
            taken, cause = False, type(fault).__name__
        if not taken and not self._told:
            _log.warning("traces are not exported", cause=cause)
        self._told = not taken
        return taken


async def export_traces(ground: Ground, stop: asyncio.Event) -> None:
    """Export until told to stop; nothing where no collector is set."""
    url = ground.settings.telemetry.otlp_url
    if not url:
        await stop.wait()
        return
    import httpx  # only where a collector is set

    async with httpx.AsyncClient(timeout=TIMEOUT_S) as client:

        async def post(body: dict[str, Any]) -> bool:
            answer = await client.post(f"{url.rstrip('/')}/v1/traces", json=body)
            return answer.is_success

        exporter = TraceExporter(
            ground.database, READERS | replying.readers(ground.settings), post, ground.clock.now_ms()
        )

        async def step() -> None:
            while await exporter.step(ground.clock.now_ms()) == AT_ONCE and not stop.is_set():
                pass

        await again_and_again(step, stop, "traces to export")


def _ids(connection: Connection, after: str, before: str, most: int) -> list[str]:
    wanted = select(message.c.message_id).where(message.c.message_id > after, message.c.message_id < before)
    return list(connection.scalars(wanted.order_by(message.c.message_id).limit(most)))


def _traced(connection: Connection, message_id: str, readers: Mapping[str, tuple[str, ...]]) -> Traced | None:
    trail = trace.trail(connection, message_id, readers)
    return None if trail is None else hops.traced(connection, trail)
