"""A FHIR server that is out of order now and then, and remembers every state that it ever held."""

from __future__ import annotations

import random
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from aiohttp import web
from aiohttp.test_utils import TestServer

from tests.record.fake_fhir import FakeFhir, failing

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

WAYS = (
    failing(500), failing(503, None, **{"Retry-After": "1"}), failing(429), failing(409), failing(412), failing(422),
    failing(200, {"resourceType": "Bundle"}), "slow", "take and hang", "take and drop",
)  # fmt: skip
"""How it may fail: plainly, by telling lies, by taking everything and saying nothing, by answering much too late."""


class BrokenFhir(FakeFhir):
    """`break_for` a number of Bundles; `mend` lets it behave, and answers whoever was kept waiting."""

    def __init__(self) -> None:
        super().__init__()
        self.history: list[tuple[int, dict]] = []
        self.first_at: dict[str, float] = {}
        """When each resource came for the first time, by a steady clock."""
        self.server: TestServer | None = None
        self.port = 0

    def break_for(self, bundles: int, rng: random.Random) -> None:
        """Fail so many Bundles, each in a way of its own."""
        self.go_on.clear()
        self.acts = [rng.choice(WAYS) for _ in range(bundles)]

    def mend(self) -> None:
        """Behave from now on."""
        self.acts = []
        self.go_on.set()

    def _judge(self, bundle: dict) -> web.Response:
        """Refuse a first send that comes after a later one: R4 has no guard for it, and the bridge puts it right two
        minutes later, which tests/record/test_publisher.py shows and no round has the time for.
        """
        first = [entry["request"] for entry in bundle["entry"] if "ifMatch" not in entry["request"]]
        if any(request["url"] in self.held for request in first):
            return self._outcome(409, "conflict", "Bundle")
        return super()._judge(bundle)

    def _take(self, bundle: dict) -> list[dict]:
        entries = super()._take(bundle)
        for entry in bundle["entry"]:
            self.first_at.setdefault(entry["request"]["url"], time.monotonic())
        self.history += [self.held[entry["request"]["url"]] for entry in bundle["entry"]]
        return entries

    async def up(self) -> None:
        """Listen, on the same port as before."""
        app = web.Application(client_max_size=64 * 1024**2)
        app.router.add_post("/fhir", self.transact)
        app.router.add_get("/fhir/{type}/{id}", self.read)
        self.server = TestServer(app, port=self.port or None)
        await self.server.start_server()
        self.port = self.server.port or 0
        self.url = str(self.server.make_url("/fhir"))

    async def down(self) -> None:
        """Be away: nobody listens."""
        if self.server is not None:
            self.go_on.set()
            await self.server.close()
        self.server = None


@asynccontextmanager
async def broken_fhir() -> AsyncIterator[BrokenFhir]:
    """Start one on loopback."""
    made = BrokenFhir()
    await made.up()
    try:
        yield made
    finally:
        made.mend()
        await made.down()
