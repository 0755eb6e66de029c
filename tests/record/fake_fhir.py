"""A FHIR server in this process that does what a test tells it: takes, refuses, fails, or takes and says nothing."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from aiohttp import web
from aiohttp.test_utils import TestServer

Bundle = dict
Act = Callable[["FakeFhir", Bundle], "web.Response | None"]


def references(node):
    """Give every literal reference in a resource."""
    if isinstance(node, dict):
        if isinstance(node.get("reference"), str):
            yield node["reference"]
        for each in node.values():
            yield from references(each)
    elif isinstance(node, list):
        for each in node:
            yield from references(each)


def failing(status: int, body: object = None, **headers: str) -> Act:
    """Answer with a status and take nothing."""
    text = json.dumps(body) if body is not None else ""
    return lambda server, bundle: web.Response(status=status, text=text, headers=headers)


class FakeFhir:
    """Holds resources by name. `acts` are done one after the other, one a Bundle; then it behaves."""

    def __init__(self) -> None:
        self.held: dict[str, tuple[int, dict]] = {}
        self.acts: list[Act | str] = []
        self.bundles: list[Bundle] = []
        self.reads: list[str] = []
        self.tokens: list[str] = []
        self.traces: list[str] = []
        self.refuses: Callable[[dict], bool] = lambda resource: False
        self.go_on = asyncio.Event()
        self.busy = asyncio.Event()
        self.url = ""

    def names(self) -> list[list[str]]:
        """What each Bundle put, by name."""
        return [[entry["request"]["url"] for entry in bundle["entry"]] for bundle in self.bundles]

    async def transact(self, request: web.Request) -> web.StreamResponse:
        bundle = json.loads(await request.read())
        self.bundles.append(bundle)
        self.tokens.append(request.headers.get("Authorization", ""))
        self.traces.append(request.headers.get("traceparent", ""))
        act = self.acts.pop(0) if self.acts else None
        if act == "slow":
            # It goes on with what it has begun, also where whoever sent it has hung up.
            return await asyncio.shield(asyncio.ensure_future(self._slowly(bundle)))
        if act in ("take and hang", "take and drop"):
            self._take(bundle)
            if act == "take and hang":
                await self.go_on.wait()
            assert request.transport is not None
            request.transport.close()
            return web.Response(status=500)
        if callable(act):
            answer = act(self, bundle)
            if answer is not None:
                return answer
        return self._judge(bundle)

    async def _slowly(self, bundle: Bundle) -> web.StreamResponse:
        self.busy.set()
        await self.go_on.wait()
        return self._judge(bundle)

    def _judge(self, bundle: Bundle) -> web.Response:
        """Take all of it or none, as a transaction does."""
        coming = {entry["request"]["url"] for entry in bundle["entry"]}
        for entry in bundle["entry"]:
            name, resource = entry["request"]["url"], entry["resource"]
            version = self.held.get(name, (0, {}))[0]
            wanted = entry["request"].get("ifMatch")
            if wanted is not None and wanted != f'W/"{version}"':
                return self._outcome(412, "conflict", name.split("/")[0])
            if self.refuses(resource):
                return self._outcome(422, "invalid", f"{resource['resourceType']}.name[0].family")
            if missing := set(references(resource)) - coming - self.held.keys():
                return self._outcome(400, "not-found", min(missing).split("/")[0])
        return web.json_response(
            {"resourceType": "Bundle", "type": "transaction-response", "entry": self._take(bundle)}
        )

    def _take(self, bundle: Bundle) -> list[dict]:
        entries = []
        for entry in bundle["entry"]:
            name = entry["request"]["url"]
            version = self.held.get(name, (0, {}))[0] + 1
            self.held[name] = (version, entry["resource"])
            entries.append({"response": {"status": "200 OK", "etag": f'W/"{version}"'}})
        return entries

    def _outcome(self, status: int, code: str, place: str) -> web.Response:
        issue = {
            "severity": "error",
            "code": code,
            "expression": [place],
            "diagnostics": "Ash-Canary, 9990001006",
        }
        return web.json_response({"resourceType": "OperationOutcome", "issue": [issue]}, status=status)

    async def read(self, request: web.Request) -> web.Response:
        name = f"{request.match_info['type']}/{request.match_info['id']}"
        self.reads.append(name)
        if name not in self.held:
            return web.json_response({"resourceType": "OperationOutcome"}, status=404)
        version, resource = self.held[name]
        meta = {**resource.get("meta", {}), "versionId": str(version), "lastUpdated": "2026-11-01T00:00:00Z"}
        return web.json_response({**resource, "meta": meta, "text": {"status": "generated", "div": "<div/>"}})


@asynccontextmanager
async def fake_fhir() -> AsyncIterator[FakeFhir]:
    """Start one on loopback."""
    fake = FakeFhir()
    app = web.Application(client_max_size=64 * 1024**2)
    app.router.add_post("/fhir", fake.transact)
    app.router.add_get("/fhir/{type}/{id}", fake.read)
    server = TestServer(app)
    await server.start_server()
    fake.url = str(server.make_url("/fhir"))
    try:
        yield fake
    finally:
        fake.go_on.set()
        await server.close()
