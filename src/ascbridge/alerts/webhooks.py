"""Posts an alert to a webhook, signed as Standard Webhooks has it (standardwebhooks.com): the one door out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import httpx
import orjson

from ascbridge.intake.doors.webhook_signature import sign

if TYPE_CHECKING:
    from collections.abc import Mapping

PATIENCE_S = 10


@dataclass(frozen=True, slots=True)
class Hook:
    """Where alerts are posted, and the secret that signs them."""

    url: str
    secret: bytes = field(repr=False)


class NotTaken(OSError):
    """The receiver cannot be reached, or did not take it; the text names no address and quotes nothing."""


def post(hook: Hook, number: str, subject: str, text: str, now_ms: int) -> None:
    """Post it, in the thread that calls; `number` is the same each time the same is tried. Raises `NotTaken`."""
    body = orjson.dumps(
        {"type": "ascbridge.alert", "timestamp": now_ms, "data": {"subject": subject, "text": text}}
    )
    try:
        answer = httpx.post(
            hook.url, content=body, headers=_headers(hook, number, body, now_ms), timeout=PATIENCE_S
        )
    except httpx.HTTPError as fault:
        raise NotTaken(type(fault).__name__) from None
    if not answer.is_success:
        raise NotTaken(f"HTTP {answer.status_code}")


def _headers(hook: Hook, number: str, body: bytes, now_ms: int) -> Mapping[str, str]:
    seconds = now_ms // 1000
    return {
        "Content-Type": "application/json",
        "webhook-id": number,
        "webhook-timestamp": str(seconds),
        "webhook-signature": sign(hook.secret, number, seconds, body),
    }
