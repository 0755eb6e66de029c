"""Hears alerts as whoever is on call does: a webhook on loopback that takes them, and remembers when each came."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from aiohttp import web
from aiohttp.test_utils import TestServer

from ascbridge.intake.doors.webhook_signature import sign

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

SECRET = "s" * 32
EVERY_S = 0.05


@dataclass(frozen=True, slots=True)
class Heard:
    """One alert as it came: when, by a steady clock, and its words."""

    at: float
    subject: str
    text: str

    @property
    def is_over(self) -> bool:
        return self.subject.startswith("ascbridge: Over: ")


@dataclass
class Bell:
    """Every alert that was posted, in the order in which they came."""

    url: str = ""
    heard: list[Heard] = field(default_factory=list)
    forged: int = 0
    """How many were not signed as agreed."""

    async def take(self, request: web.Request) -> web.Response:
        """Take one alert."""
        body = await request.read()
        number, seconds = request.headers["webhook-id"], int(request.headers["webhook-timestamp"])
        right = sign(SECRET.encode(), number, seconds, body)
        self.forged += request.headers["webhook-signature"] != right
        said = json.loads(body)["data"]
        self.heard.append(Heard(time.monotonic(), said["subject"], said["text"]))
        return web.Response()

    async def first(self, title: str, since: float, patience_s: float, *, over: bool = False) -> Heard | None:
        """Wait for the first alert with a title that came since a moment; None where none came."""
        end = time.monotonic() + patience_s
        while True:
            found = [
                one for one in self.heard if one.at >= since and one.is_over == over and title in one.subject
            ]
            if found or time.monotonic() > end:
                return found[0] if found else None
            await asyncio.sleep(EVERY_S)


@contextlib.asynccontextmanager
async def bell() -> AsyncIterator[Bell]:
    """Hang one up."""
    made = Bell()
    app = web.Application()
    app.router.add_post("/alerts", made.take)
    server = TestServer(app)
    await server.start_server()
    made.url = str(server.make_url("/alerts"))
    try:
        yield made
    finally:
        await server.close()


def settings(made: Bell, folder: Path) -> dict[str, str]:
    """Variables by which a bridge posts its alerts there, at any hour."""
    secret = folder / "bell.secret"
    secret.write_text(SECRET)
    secret.chmod(0o600)
    hook = {"bell": {"url": made.url, "secret_file": str(secret)}}
    return {
        "ASCBRIDGE_ALERTS__WEBHOOKS": json.dumps(hook),
        "ASCBRIDGE_ALERTS__QUIET_FROM": "00:00",
        "ASCBRIDGE_ALERTS__QUIET_TO": "00:00",
        "ASCBRIDGE_ALERTS__LEAST_FREE_MB": "20",
    }
