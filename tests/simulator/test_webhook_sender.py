"""The sender of posts: signed anew each time, again where it must be, and never for nothing."""

from __future__ import annotations

import httpx
import pytest

from ascbridge.intake.doors.webhook_signature import Signed, verify
from ascbridge.simulator.new_case_system import Post
from ascbridge.simulator.webhook_sender import TRIES, NotTaken, WebhookSender

SECRET = b"s" * 32
POST = Post(0, "ev-1", b'{"a": 1}')


class Bridge:
    """Answers with each status in turn, the last for ever; remembers what it was sent."""

    def __init__(self, *statuses: int) -> None:
        self.statuses = list(statuses)
        self.asked: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        status = self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]
        if status == 0:
            raise httpx.ConnectError("gone")
        return httpx.Response(status, text="because")


def sender_to(bridge: Bridge, now: list[int]) -> WebhookSender:
    sender = WebhookSender("http://bridge", SECRET, lambda: now.pop(0) if len(now) > 1 else now[0])
    sender._client = httpx.AsyncClient(base_url="http://bridge", transport=httpx.MockTransport(bridge))
    return sender


async def test_a_post_is_signed_as_the_webhook_asks() -> None:
    bridge = Bridge(201)
    async with sender_to(bridge, [5_000_000]) as sender:
        await sender.send(POST)
    (request,) = bridge.asked
    names = ("Idempotency-Key", "Webhook-Timestamp", "Webhook-Signature")
    verify(
        (SECRET,),
        Signed(*(request.headers[name] for name in names)),
        request.content,
        now_ms=5_000_000,
        window_s=1,
    )
    assert (request.url.path, sender.kept, sender.again) == ("/facts", 1, 0)


async def test_what_was_kept_before_is_counted_apart() -> None:
    async with sender_to(Bridge(200), [0]) as sender:
        await sender.send(POST)
        assert (sender.kept, sender.again) == (0, 1)


async def test_it_sends_again_with_a_new_time_where_it_was_not_taken_now() -> None:
    bridge = Bridge(503, 0, 201)
    async with sender_to(bridge, [1_000_000, 2_000_000, 3_000_000]) as sender:
        await sender.send(POST)
    assert [request.headers["Webhook-Timestamp"] for request in bridge.asked] == ["1000", "2000", "3000"]
    assert {request.content for request in bridge.asked} == {POST.body}


@pytest.mark.parametrize("status, times", [(422, 1), (401, 1), (503, TRIES)])
async def test_what_is_refused_is_not_sent_for_ever(status: int, times: int) -> None:
    bridge = Bridge(status)
    async with sender_to(bridge, [0]) as sender:
        with pytest.raises(NotTaken, match=f"{status} because"):
            await sender.send(POST)
    assert len(bridge.asked) == times
