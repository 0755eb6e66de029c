"""Posts what the new case system says, signed as the bridge's webhook asks (docs/how-to/connect-the-council.md)."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Self

import httpx

from ascbridge.intake.doors.webhook_signature import sign

if TYPE_CHECKING:
    from collections.abc import Callable

    from ascbridge.simulator.new_case_system import Post

TRIES = 5


class NotTaken(Exception):
    """A post that the bridge does not take, however often it comes; the text says what it answered."""


class WebhookSender:
    """Use as ``async with WebhookSender(...) as sender``. `now_ms` is what its clock says (UTC milliseconds)."""

    def __init__(self, url: str, secret: bytes, now_ms: Callable[[], int] | None = None) -> None:
        self._client = httpx.AsyncClient(base_url=url, timeout=30)
        self._secret = secret
        self._now_ms = now_ms or (lambda: time.time_ns() // 1_000_000)
        self.kept = self.again = 0

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_exc: object) -> None:
        await self._client.aclose()

    async def send(self, post: Post) -> None:
        """Post one change, again where the bridge cannot take it now. Raises `NotTaken`."""
        said = "nothing"
        for _ in range(TRIES):
            now = self._now_ms() // 1000
            headers = {
                "Idempotency-Key": post.key,
                "Webhook-Timestamp": str(now),
                "Webhook-Signature": sign(self._secret, post.key, now, post.body),
                "Content-Type": "application/json",
            }
            try:
                answer = await self._client.post("/facts", content=post.body, headers=headers)
            except httpx.TransportError as fault:
                said = type(fault).__name__
                continue
            if answer.is_success:
                self.kept += answer.status_code == 201
                self.again += answer.status_code == 200
                return
            said = f"{answer.status_code} {answer.text[:300]}"
            if answer.status_code != 503:
                break
        raise NotTaken(said)
