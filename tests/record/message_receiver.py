"""A receiver of FHIR messages in this process, written from hl7.org/fhir/R4/messaging.html and not from our code.

It refuses what is not whole: no MessageHeader first, a resource that is not valid, a reference that nothing in the
Bundle answers to. What it was told before it does not take twice, nor what is older than what it knows.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from urllib.parse import urljoin

from aiohttp import web
from aiohttp.test_utils import TestServer
from fhir.resources.R4B import get_fhir_model_class


def references(node: object) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("reference"), str):
            yield node["reference"]
        for name, each in node.items():
            if name != "link":  # of a person who was merged away: told in another message
                yield from references(each)
    elif isinstance(node, list):
        for each in node:
            yield from references(each)


class Receiver:
    """What it holds of each person, by the focus of the message. `acts` are done first, one a message."""

    def __init__(self) -> None:
        self.people: dict[str, dict[str, dict]] = {}
        self.told: dict[str, str] = {}
        self.ids: list[str] = []
        self.acts: list[str | int] = []
        self.dismissed = 0
        self.url = ""

    async def process(self, request: web.Request) -> web.Response:
        message = json.loads(await request.read())
        act = self.acts.pop(0) if self.acts else ""
        if isinstance(act, int):
            return web.json_response({"resourceType": "OperationOutcome", "issue": []}, status=act)
        if act in ("transient-error", "fatal-error"):
            return self._answer(message, act)
        try:
            answer = self._take(message)
        except (AssertionError, ValueError, KeyError) as fault:
            issue = {
                "severity": "error",
                "code": "structure",
                "expression": ["Bundle"],
                "diagnostics": str(fault),
            }
            return web.json_response({"resourceType": "OperationOutcome", "issue": [issue]}, status=422)
        if act == "take and drop":
            assert request.transport is not None
            request.transport.close()
            await asyncio.sleep(0)
        return answer

    def _take(self, message: dict) -> web.Response:
        get_fhir_model_class("Bundle").model_validate(message)
        assert message["type"] == "message"
        header = message["entry"][0]["resource"]
        assert header["resourceType"] == "MessageHeader"
        assert header["id"] == message["id"]
        if header["id"] in self.ids:
            return web.json_response({"resourceType": "OperationOutcome", "issue": []}, status=409)
        urls = {entry["fullUrl"]: entry["resource"] for entry in message["entry"]}
        assert len(urls) == len(message["entry"]), "two entries with one address"
        for url, resource in urls.items():
            base = url.removesuffix(f"{resource['resourceType']}/{resource['id']}")
            assert base != url, "an address that does not end with type and id"
            for reference in references(resource):
                assert urljoin(base, reference) in urls, f"{reference} is not in the message"
        (focus,) = [each["reference"] for each in header["focus"]]
        self.ids.append(header["id"])
        if message["timestamp"] < self.told.get(focus, ""):
            self.dismissed += 1
            return self._answer(message, "ok")
        self.told[focus] = message["timestamp"]
        self.people[focus] = {f"{each['resourceType']}/{each['id']}": each for each in urls.values()}
        return self._answer(message, "ok")

    def _answer(self, message: dict, code: str) -> web.Response:
        header = {
            "resourceType": "MessageHeader",
            "eventUri": "urn:answer",
            "source": {"endpoint": self.url},
            "response": {"identifier": message["id"], "code": code},
        }
        issue = {
            "severity": "error",
            "code": "business-rule",
            "expression": ["Patient.name"],
            "diagnostics": "Ash-Canary",
        }
        outcome = {"resourceType": "OperationOutcome", "issue": [issue]}
        parts = [header] if code == "ok" else [header, outcome]
        return web.json_response(
            {"resourceType": "Bundle", "type": "message", "entry": [{"resource": each} for each in parts]}
        )


@asynccontextmanager
async def message_receiver() -> AsyncIterator[Receiver]:
    """Start one on loopback."""
    receiver = Receiver()
    app = web.Application(client_max_size=64 * 1024**2)
    app.router.add_post("/fhir/$process-message", receiver.process)
    server = TestServer(app)
    await server.start_server()
    receiver.url = str(server.make_url("/fhir"))
    try:
        yield receiver
    finally:
        await server.close()
