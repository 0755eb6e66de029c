"""Facts over the webhook: signed, kept before they are answered, and once, however wildly they are sent."""

from __future__ import annotations

import asyncio
import json
import random
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from ascbridge.clock import Clock
from ascbridge.intake.agreed import profiles
from ascbridge.intake.doors.webhook import Terms, Webhook
from ascbridge.intake.doors.webhook_signature import sign
from ascbridge.intake.keeping.sender_numbers import given_to_another
from tests.intake.doors.test_file_drop import LINE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

    from ascbridge.intake.keeping.inbox import Arrival
    from ascbridge.intake.keeping.kept import Kept
    from tests.intake.conftest import Intake

SECRET = b"s" * 32
NOW = 1_791_190_000


class Still(Clock):
    """A clock that stands still."""

    def now_ms(self) -> int:
        return NOW * 1000


@dataclass
class Posted:
    """A webhook that listens, and a client that knows the secret."""

    intake: Intake
    webhook: Webhook
    port: int
    client: httpx.AsyncClient

    async def post(self, body: bytes, *, key: str = "F1", at: int = NOW, **headers: str) -> httpx.Response:
        wanted = {
            "content-type": "application/json",
            "idempotency-key": key,
            "webhook-timestamp": str(at),
            "webhook-signature": sign(SECRET, key, at, body),
        } | {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.client.post(f"http://127.0.0.1:{self.port}/facts", content=body, headers=wanted)


@pytest.fixture
def council(open_intake: Callable[..., Intake]) -> Intake:
    return open_intake(profiles.read("council-webhook"))


@asynccontextmanager
async def listening(council: Intake, keep: Any = None, most: int = 10_000) -> AsyncIterator[Posted]:
    async def kept(arrivals: Sequence[Arrival]) -> list[list[Kept]]:
        return council.desk.keep_in_files(council.keys, council.kept, arrivals)

    async def reused(number: str, body: bytes) -> bool:
        digest = council.desk.digest(body)
        return council.kept.read_now(lambda c: given_to_another(c, council.desk.feed, number, digest, 0))

    terms = Terms("council-webhook", lambda: (SECRET,), 300, most)
    webhook = Webhook(terms, keep or kept, reused, Still())
    port = await webhook.start("127.0.0.1", 0)
    async with httpx.AsyncClient(timeout=60) as client:
        yield Posted(council, webhook, port, client)
    await webhook.stop()


def fact(**more: object) -> bytes:
    return json.dumps(LINE | more).encode()


async def test_a_signed_fact_is_kept_and_the_same_again_is_not(council: Intake) -> None:
    async with listening(council) as posted:
        first, again = await posted.post(fact()), await posted.post(fact(), at=NOW + 20)
    assert (first.status_code, first.json()["outcome"]) == (201, "kept")
    assert (again.status_code, again.json()["outcome"]) == (200, "duplicate")
    assert again.json()["message_id"] == first.json()["message_id"]
    assert council.counts() == {"received": 2, "kept": 1, "duplicate": 1}


async def test_what_breaks_the_contract_is_told_with_its_place_and_kept(council: Intake) -> None:
    wrong = LINE | {"person": LINE["person"] | {"gender": "Marlowe"}}  # type: ignore[operator]
    async with listening(council) as posted:
        answer = await posted.post(json.dumps(wrong).encode())
        broken = await posted.post(b"not json")
    assert answer.status_code == broken.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["errors"] == [
        {"pointer": "/person/gender", "detail": "not a value that the contract lists"}
    ]
    assert "Marlowe" not in answer.text
    assert council.counts() == {"received": 2, "refused": 2}


async def test_a_mended_fact_may_come_under_its_number_again_and_another_fact_may_not(
    council: Intake,
) -> None:
    async with listening(council) as posted:
        assert (await posted.post(fact(known="perhaps"))).status_code == 422
        assert (await posted.post(fact())).status_code == 201
        other = await posted.post(fact(known=False))
    assert other.status_code == 422
    assert "another fact" in other.json()["detail"]
    assert council.counts() == {"received": 2, "kept": 1, "refused": 1}


@pytest.mark.parametrize(
    "more, status",
    [
        ({"webhook_signature": sign(b"x" * 32, "F1", NOW, fact())}, 401),
        ({"webhook_signature": ""}, 401),
        ({"webhook_timestamp": "yesterday"}, 401),
        ({"at": NOW - 301}, 401),
        ({"at": NOW + 301}, 401),
        ({"key": "another"}, 400),
        ({"idempotency_key": ""}, 400),
        ({"content_type": "text/plain"}, 415),
    ],
)
async def test_what_nobody_signed_now_is_not_kept(council: Intake, more: dict[str, Any], status: int) -> None:
    async with listening(council) as posted:
        answer = await posted.post(fact(), **more)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert council.counts() == {}


async def test_what_is_too_long_or_goes_elsewhere_is_refused_unread(council: Intake) -> None:
    async with listening(council, most=50) as posted:
        assert (await posted.post(fact())).status_code == 413
        base = f"http://127.0.0.1:{posted.port}"
        assert (await posted.client.get(f"{base}/facts")).status_code == 405
        assert (await posted.client.post(f"{base}/", content=b"x")).status_code == 404
        assert (await posted.client.post(f"{base}/facts", headers={"x": "a" * 20_000})).status_code == 431
    assert council.counts() == {}


async def test_what_cannot_be_kept_is_not_answered_as_kept(council: Intake) -> None:
    async def full(_: object) -> list[list[Kept]]:
        raise OSError("disk full")

    async with listening(council, keep=full) as posted:
        answer = await posted.post(fact())
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
        assert "could not be kept: OSError" in posted.webhook.trouble


async def test_a_sender_that_retries_wildly_causes_no_duplicate(council: Intake) -> None:
    """Twenty at once send the same thirty facts in any order; some hang up before they hear anything."""
    rolls = random.Random(4)
    facts = {f"F{number}": fact(id=f"F{number}") for number in range(30)}

    async def send(posted: Posted) -> None:
        for key in rolls.sample(sorted(facts), 30):
            body, signed = facts[key], sign(SECRET, key, NOW, facts[key])
            head = (
                f"POST /facts HTTP/1.1\r\nContent-Type: application/json\r\nIdempotency-Key: {key}\r\n"
                f"Webhook-Timestamp: {NOW}\r\nWebhook-Signature: {signed}\r\nContent-Length: {len(body)}\r\n\r\n"
            )
            reader, writer = await asyncio.open_connection("127.0.0.1", posted.port)
            cut = rolls.random()
            writer.write(head.encode() + (body[:-5] if cut < 0.2 else body))
            if cut > 0.4:
                assert (await reader.readline()).split()[1] in {b"200", b"201"}
            writer.close()

    async with listening(council) as posted:
        await asyncio.gather(*(send(posted) for _ in range(20)))
        for key, body in facts.items():  # whoever heard nothing sends it once more
            assert (await posted.post(body, key=key)).status_code in {200, 201}
    counts = council.counts()
    assert counts["kept"] == 30
    assert set(counts) == {"received", "kept", "duplicate"}


async def test_one_connection_may_bring_many_facts(council: Intake) -> None:
    async with listening(council) as posted:
        reader, writer = await asyncio.open_connection("127.0.0.1", posted.port)
        for number in range(3):
            body = fact(id=f"F{number}")
            signed = sign(SECRET, f"F{number}", NOW, body)
            writer.write(
                f"POST /facts HTTP/1.1\r\nContent-Type: application/json; charset=utf-8\r\n"
                f"Idempotency-Key: F{number}\r\nWebhook-Timestamp: {NOW}\r\nWebhook-Signature: {signed}\r\n"
                f"Content-Length: {len(body)}\r\n\r\n".encode()
                + body
            )
        for _ in range(3):
            head = await reader.readuntil(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 201 Created")
            length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
            await reader.readexactly(length)
        writer.close()
    assert council.counts() == {"received": 3, "kept": 3}


async def test_a_trace_that_the_sender_began_is_kept_with_the_fact_and_nonsense_is_not(
    council: Intake,
) -> None:
    theirs = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    async with listening(council) as posted:
        assert (await posted.post(fact(), traceparent=theirs)).status_code == 201
        other = fact(id="F2")
        assert (await posted.post(other, key="F2", traceparent="nonsense")).status_code == 201
    assert [row.flags for row in council.rows()] == [f"trace={theirs}", ""]
