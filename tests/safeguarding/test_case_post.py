"""What a case system posts: kept behind the wall before it is answered, told by fields alone, and counted nowhere."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

import httpx
from prometheus_client import generate_latest

from ascbridge import telemetry
from ascbridge.intake.doors.webhook import Terms, Webhook
from ascbridge.intake.doors.webhook_signature import sign
from ascbridge.safeguarding.case_post import PATH, CasePost
from tests.safeguarding.behind import said
from tests.safeguarding.test_case_lines import later

if TYPE_CHECKING:
    import pytest

    from tests.safeguarding.behind import Behind

SECRET = b"s" * 32


async def posted(
    behind: Behind, *bodies: bytes, path: str = PATH, secret: bytes = SECRET
) -> list[httpx.Response]:
    post = CasePost(behind.vault)
    terms = Terms("", lambda: (SECRET,), 300, 10_000, path=PATH, told=False)
    webhook = Webhook(terms, post.keep, post.reused, behind.clock)
    port = await webhook.start("127.0.0.1", 0)
    found = []
    async with httpx.AsyncClient(timeout=60) as client:
        for body in bodies:
            key = json.loads(body)["id"]
            at = behind.clock.at_ms // 1000
            headers = {
                "content-type": "application/json", "idempotency-key": key, "webhook-timestamp": str(at),
                "webhook-signature": sign(secret, key, at, body),
            }  # fmt: skip
            found.append(await client.post(f"http://127.0.0.1:{port}{path}", content=body, headers=headers))
    await webhook.stop()
    return found


def concern(**more: object) -> bytes:
    return json.dumps({"id": "1", "concern": said(**more).model_dump(mode="json")}).encode()


async def test_a_concern_and_what_became_of_it_are_answered_once_they_are_kept(behind: Behind) -> None:
    first, again, decided = await posted(behind, concern(), concern(), later("decision"))
    assert [one.status_code for one in (first, again, decided)] == [201, 200, 201]
    assert first.json() == {"outcome": "kept", "message_id": "1"}
    (one,) = behind.lists()["enquiries"]
    assert one.stood.said.account == said().account


async def test_what_cannot_be_taken_is_told_without_its_words_and_nothing_is_counted_or_said(
    behind: Behind, capfd: pytest.CaptureFixture[str]
) -> None:
    telemetry.configure_logs("debug")
    before = generate_latest(telemetry.registry)
    (refused,) = await posted(behind, concern(origin="QUETZAL"))
    (stranger,) = await posted(behind, concern(), secret=b"x" * 32)
    (elsewhere,) = await posted(behind, concern(), path="/facts")
    assert [one.status_code for one in (refused, stranger, elsewhere)] == [422, 401, 404]
    assert refused.json()["errors"] == [{"pointer": "/origin", "detail": "cannot be taken as it is"}]
    assert "QUETZAL" not in refused.text
    assert generate_latest(telemetry.registry) == before
    assert capfd.readouterr() == ("", "")
    assert behind.lists()["to-decide"] == []


async def test_while_it_cannot_be_kept_its_sender_keeps_it(
    behind: Behind, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(*_: object) -> None:
        raise OSError("QUETZAL")

    monkeypatch.setattr(behind.vault.database, "write", fails)
    (answer,) = await posted(behind, concern())
    assert answer.status_code == 503
    assert "QUETZAL" not in answer.text
    await asyncio.sleep(0)
