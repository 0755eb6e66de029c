"""Who sent a request, and that nobody changed it: HMAC-SHA256, as Standard Webhooks has it (standardwebhooks.com).

What is signed is ``KEY.TIMESTAMP.BODY``: the Idempotency-Key, the Webhook-Timestamp in seconds since 1970, and the body
as it is. Webhook-Signature holds one or more ``v1,BASE64``, so that a sender may sign with the old and the new secret
while they change it; we take two secrets at once. This module thinks; it does no input or output.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass

SHORTEST_SECRET = 32
MOST_SIGNATURES = 10
_SECONDS = re.compile(r"[0-9]{1,12}")
KEY = re.compile(r"[A-Za-z0-9_:-]{1,200}")
"""What an Idempotency-Key may be. It holds no full stop, so that what is signed can be read in one way only."""


class NotSigned(Exception):
    """A request that nobody we know signed, or not now; the text says why and quotes nothing."""


@dataclass(frozen=True, slots=True)
class Signed:
    """The headers by which a request is signed."""

    key: str
    timestamp: str
    signatures: str


def sign(secret: bytes, key: str, timestamp: int, body: bytes) -> str:
    """Return one signature of a request. `timestamp` is in seconds since 1970."""
    digest = hmac.new(secret, _content(key, str(timestamp), body), hashlib.sha256).digest()
    return "v1," + base64.b64encode(digest).decode()


def verify(secrets: tuple[bytes, ...], signed: Signed, body: bytes, *, now_ms: int, window_s: float) -> None:
    """Check that one of `secrets` signed this request, and that it was sent just now. Raises `NotSigned`.

    `window_s` is how far the sender's clock may be from ours, either way.
    """
    if not _SECONDS.fullmatch(signed.timestamp):
        raise NotSigned("Webhook-Timestamp is not a number of seconds since 1970")
    if abs(now_ms / 1000 - int(signed.timestamp)) > window_s:
        raise NotSigned(
            f"Webhook-Timestamp is more than {window_s:g} seconds from now: sign anew each time it is sent"
        )
    given = signed.signatures.split()
    if not given or len(given) > MOST_SIGNATURES:
        raise NotSigned("Webhook-Signature must hold one to ten signatures")
    content = _content(signed.key, signed.timestamp, body)
    right = False
    for secret in secrets:  # all of them, so that how long it takes says nothing
        wanted = "v1," + base64.b64encode(hmac.new(secret, content, hashlib.sha256).digest()).decode()
        for one in given:
            right |= hmac.compare_digest(one.encode("latin-1", "replace"), wanted.encode())
    if not right:
        raise NotSigned("no signature is that of a secret we know")


def _content(key: str, timestamp: str, body: bytes) -> bytes:
    return f"{key}.{timestamp}.".encode("latin-1", "replace") + body
