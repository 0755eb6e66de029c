"""A sender that retries wildly, over TCP, against a whole bridge that is killed twice meanwhile: one effect each."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import sqlite3
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from ascbridge.intake.doors.webhook_signature import sign
from tests.intake.doors.test_file_drop import LINE
from tests.journeys.bridge import PATIENCE_S, on_sqlite
from tests.servers.process import free_port

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

SECRET = b"a made-up secret of more than 32 bytes"
FEED = "council-webhook"
FACTS, SENDERS, TURNS = 80, 240, 3
"""More senders than the webhook takes connections."""


def fact(key: str, variant: int = 0) -> bytes:
    """One fact; another variant of it is another fact under the same number."""
    person = LINE["person"] | {"council_id": f"C{key}", "family_name": f"Marlowe{variant}"}
    return json.dumps(LINE | {"id": key, "person": person}).encode()


@dataclass
class Storm:
    """Senders that have every bad habit; `said` counts the answers by key, variant and status."""

    port: int
    keys: Sequence[str]
    rolls: random.Random
    said: dict[tuple[str, int], Counter[int]] = field(default_factory=lambda: defaultdict(Counter))
    strange: Counter[int] = field(default_factory=Counter)
    heard: int = 0
    over: bool = False

    async def send(self, key: str, body: bytes, habit: str) -> int | None:
        """Post once; None where nobody answered, or nobody waited for it."""
        now = int(time.time())
        head = (
            f"POST /facts HTTP/1.1\r\nContent-Type: application/json\r\nIdempotency-Key: {key}\r\n"
            f"Webhook-Timestamp: {now}\r\nWebhook-Signature: {sign(SECRET, key, now, body)}\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        ).encode()
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, TimeoutError):
            reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
            try:
                writer.write(head + (body[:-7] if habit == "cut in the middle" else body))
                if habit == "hangs up":
                    return None
                async with asyncio.timeout(0.02 if habit == "has no patience" else PATIENCE_S):
                    await writer.drain()
                    if habit == "cut in the middle":
                        return None
                    return int((await reader.readuntil(b"\r\n")).split()[1])
            finally:
                writer.transport.abort()
        return None

    async def rage(self) -> None:
        """One sender: sends anything again and again until the storm is over."""
        habits = ["waits", "waits", "hangs up", "has no patience", "cut in the middle", "another's key"]
        while not self.over:
            key, variant, habit = (
                self.rolls.choice(self.keys),
                self.rolls.randrange(2),
                self.rolls.choice(habits),
            )
            if habit == "another's key":  # the same body under a number of its own
                status = await self.send(f"X{key}", fact(key), "waits")
                self.strange[status or 0] += 1
            else:
                status = await self.send(key, fact(key, variant), habit)
                if status is not None:
                    self.said[key, variant][status] += 1
            self.heard += status is not None
            await asyncio.sleep(0 if status is not None else 0.005)


@pytest.mark.slow
@pytest.mark.timeout(900)
async def test_a_sender_that_retries_wildly_causes_no_duplicate_though_the_bridge_is_killed(
    tmp_path: Path,
) -> None:
    bridge, port = on_sqlite(tmp_path), free_port()
    secret, settings = tmp_path / "webhook.secret", tmp_path / "settings.toml"
    secret.write_bytes(SECRET)
    secret.chmod(0o600)
    settings.write_text(f'[webhook]\naddress = {{ port = {port} }}\nsecret_files = ["{secret}"]\n')
    bridge.services = {"up": [*bridge.services["up"], "--config", str(settings)]}
    bridge.start()
    storm = Storm(port, [f"F{number}" for number in range(FACTS)], random.Random(11))
    senders = []
    try:
        await bridge.ready()
        senders = [asyncio.create_task(storm.rage()) for _ in range(SENDERS)]
        for turn in range(TURNS):
            wanted = storm.heard + 300
            async with asyncio.timeout(PATIENCE_S):
                while storm.heard < wanted:
                    assert not any(one.done() for one in senders)
                    await asyncio.sleep(0.005)
            if turn < TURNS - 1:
                bridge.kill()
                bridge.start()
        storm.over = True
        await asyncio.gather(*senders)
        await bridge.ready()
        for key in storm.keys:  # who is in earnest sends until there is an answer
            for variant in range(2):
                storm.said[key, variant][await _in_earnest(storm, key, variant) or 0] += 1
        ledger: dict[str, object] = {}

        async def dealt_with() -> bool:
            ledger.update(await bridge.ledger(FEED))
            return ledger["kept"] == ledger["delivered"] + ledger["no_effect"]  # type: ignore[operator]

        await bridge.until(dealt_with, "every fact is dealt with")
    finally:
        storm.over = True
        for one in senders:
            one.cancel()
        bridge.kill()
    assert ledger["kept"] == FACTS
    _one_each(storm, tmp_path / "data" / "kept.db")


async def _in_earnest(storm: Storm, key: str, variant: int) -> int | None:
    """Send until there is an answer; those who hung up may hold connections for a moment yet."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            status = await storm.send(key, fact(key, variant), "waits")
            if status not in {None, 503}:
                return status
            await asyncio.sleep(0.05)


def _one_each(storm: Storm, kept: Path) -> None:
    for key in storm.keys:
        created = [storm.said[key, variant][201] for variant in range(2)]
        again = [storm.said[key, variant][200] for variant in range(2)]
        refused = [storm.said[key, variant][422] for variant in range(2)]
        assert sum(created) <= 1, f"{key} was kept more than once"
        (winner,) = [variant for variant in range(2) if again[variant] or created[variant]]
        assert refused[1 - winner], f"{key}: another fact under its number was not refused"
        assert not refused[winner]
    answers = {status for said in storm.said.values() for status in said}
    assert answers <= {200, 201, 422, 503}
    assert set(storm.strange) <= {0, 400, 503}
    assert storm.strange[400]
    with contextlib.closing(sqlite3.connect(f"file:{kept}?mode=ro", uri=True)) as raw:
        rows = raw.execute("SELECT control_id, outcome, count(*) FROM message GROUP BY 1, 2").fetchall()
    assert sorted(rows) == sorted((key, "kept", 1) for key in storm.keys)
