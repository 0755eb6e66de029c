"""Those who tell safeguarding something: each says its things in order, each until it is answered, and then once more.

The last is on purpose: a sender that was killed itself, or lost our answer, does it.
"""

from __future__ import annotations

import asyncio
import json
import random
import time
from typing import TYPE_CHECKING, Any

import aiohttp

from ascbridge.intake.doors.webhook_signature import sign
from tests.faults.hospital import Sent
from tests.faults.senders import Sender

if TYPE_CHECKING:
    from pathlib import Path

    from tests.faults.concerns import Told
    from tests.faults.scene import Scene

FAULTS = (aiohttp.ClientError, OSError)
ANSWER_S = 5
AGAIN = 0.2
"""What share of all that is answered is sent again all the same."""


class ConcernSender:
    """One sender. `folder` is the one that the bridge reads; `port` and `secret` are those of its webhook."""

    def __init__(
        self, scene: Scene, told: list[Told], seed: str, folder: Path, port: int, secret: bytes
    ) -> None:
        self._scene, self._told, self._rng = scene, told, random.Random(seed)
        self._folder, self._port, self._secret = folder, port, secret

    async def run(self) -> None:
        """Say all of it; return once everything was answered."""
        for told in self._told:
            await self._until_answered(told)
            if self._rng.random() < AGAIN:
                await self._until_answered(told)

    async def _until_answered(self, told: Told) -> None:
        before = told.answers
        while told.answers == before:
            told.tries += 1
            try:
                await self._say(told)
            except FAULTS:
                await asyncio.sleep(self._rng.uniform(0.02, 0.2))

    async def _say(self, told: Told) -> None:
        match told.way:
            case "form":
                form = {"once": told.number, "origin": "gp", "place": "community", "account": told.words,
                        "family_name": "INVENTED"}  # fmt: skip
                await self._post("/raise-concern", told, data=form)
            case "api":
                await self._post("/api/concerns", told, json=told.body())
            case "flag":
                await self._post("/api/concerns/fhir?origin=gp", told, json=_flag(told))
            case "folder":
                await self._drop(told)
            case "webhook":
                for line in told.lines():
                    await self._sign(line)
                told.answers += 1
            case "hospital":
                await self._send(told)

    async def _post(self, path: str, told: Told, **what: Any) -> None:
        token = await self._scene.bridge.token("referring-professional")
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": told.number}
        url = f"http://127.0.0.1:{self._scene.bridge.http}{path}"
        timeout = aiohttp.ClientTimeout(total=ANSWER_S)
        async with self._scene.client.post(
            url, headers=headers, timeout=timeout, allow_redirects=False, **what
        ) as answer:
            if answer.status == 201:
                told.references.add(json.loads(await answer.read())["reference"])
            elif answer.status == 303:
                told.references.add(answer.headers["Location"].rpartition("/")[2])
            else:
                assert answer.status >= 500, await answer.text()
                raise ConnectionError(f"not now: {answer.status}")
        told.answers += 1

    async def _drop(self, told: Told) -> None:
        """Write a file, and wait until it is taken: it is gone, and its receipt is there."""
        name = f"{told.number}-{told.tries}"
        path = self._folder / f"{name}.part"
        path.write_bytes(b"\n".join(json.dumps(line).encode() for line in told.lines()))
        there = path.rename(self._folder / f"{name}.jsonl")
        await self._scene.until(lambda: _taken(there), 300, look_every_s=0.02)
        receipt = json.loads(there.with_suffix(".receipt.json").read_bytes())
        assert receipt["refused"] == [], receipt
        told.answers += receipt["taken"] == len(told.lines())

    async def _sign(self, line: dict[str, Any]) -> None:
        """Post one line, again until it is taken."""
        body, key = json.dumps(line).encode(), line["id"]
        while True:
            now = time.time_ns() // 1_000_000_000
            headers = {
                "Idempotency-Key": key, "Webhook-Timestamp": str(now), "Content-Type": "application/json",
                "Webhook-Signature": sign(self._secret, key, now, body),
            }  # fmt: skip
            url, timeout = f"http://127.0.0.1:{self._port}/concerns", aiohttp.ClientTimeout(total=ANSWER_S)
            try:
                async with self._scene.client.post(
                    url, headers=headers, data=body, timeout=timeout
                ) as answer:
                    if answer.status in {200, 201}:
                        return
                    assert answer.status == 503, await answer.text()
            except FAULTS:
                pass
            await asyncio.sleep(self._rng.uniform(0.02, 0.2))

    async def _send(self, told: Told) -> None:
        sent = Sent(told.number, told.message(), "refused")
        await Sender([sent], self._scene.bridge.mllp, f"{told.number} {told.tries}", 0).run()
        assert sent.acknowledged, sent.answers
        told.answers += 1


async def _taken(path: Path) -> bool:
    return _gone(path)


def _gone(path: Path) -> bool:
    return not path.exists() and path.with_suffix(".receipt.json").exists()


def _flag(told: Told) -> dict[str, Any]:
    return {
        "resourceType": "Flag", "status": "active", "subject": {"display": "INVENTED"},
        "code": {"coding": [{"system": "http://snomed.info/sct", "code": "766561000000109"}], "text": told.words},
    }  # fmt: skip
