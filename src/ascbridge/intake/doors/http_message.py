"""HTTP/1.1 (RFC 9112), as much of it as a webhook needs: the head of a request, and an answer.

A request's body has a Content-Length; transfer codings are refused, for two readings of one length are how requests are
smuggled. This module thinks; it does no input or output.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import orjson

LONGEST_HEAD = 16_384
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_LENGTH = re.compile(r"[0-9]{1,12}")
_ONCE = frozenset(
    {"content-length", "content-type", "idempotency-key", "webhook-timestamp", "webhook-signature", "host"}
)


class BadRequest(Exception):
    """A request that cannot be taken; the text is for the sender's engineer and quotes nothing of it."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Request:
    """The head of a request. Header names are in small letters."""

    method: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    keep_alive: bool = True

    def length(self, most: int) -> int:
        """Return how long the body is, in bytes. Raises `BadRequest` where that cannot be told or is too much."""
        if "transfer-encoding" in self.headers:
            raise BadRequest(411, "send a Content-Length and no Transfer-Encoding")
        said = self.headers.get("content-length")
        if said is None:
            raise BadRequest(411, "a Content-Length is needed")
        if not _LENGTH.fullmatch(said):
            raise BadRequest(400, "Content-Length is no number")
        if int(said) > most:
            raise BadRequest(413, f"the body may have {most} bytes")
        return int(said)


def read_head(head: bytes) -> Request:
    """Read a request's head, which ends in an empty line. Raises `BadRequest`."""
    first, *lines = head.decode("latin-1").removesuffix("\r\n\r\n").split("\r\n")
    words = first.split(" ")
    if len(words) != 3 or words[2] not in {"HTTP/1.1", "HTTP/1.0"}:
        raise BadRequest(400, "this is no HTTP/1.1 request")
    headers: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon or not _TOKEN.fullmatch(name):
            raise BadRequest(400, "a header line cannot be read")
        name = name.lower()
        if name in headers and name in _ONCE:
            raise BadRequest(400, f"{name} stands twice")
        headers[name] = value.strip(" \t")
    stays = headers.get("connection", "").lower() != "close" and words[2] == "HTTP/1.1"
    return Request(words[0], words[1].partition("?")[0], headers, stays)


def answer(status: int, body: Mapping[str, Any], *, close: bool = False, **headers: str) -> bytes:
    """Write an answer: JSON, or problem+json (RFC 9457) where the status says that it went wrong."""
    payload = orjson.dumps(body)
    lines = [
        f"HTTP/1.1 {status} {HTTPStatus(status).phrase}",
        f"Content-Type: application/{'problem+json' if status >= 400 else 'json'}",
        f"Content-Length: {len(payload)}",
        "Cache-Control: no-store",
        *(f"{name.replace('_', '-')}: {value}" for name, value in headers.items()),
        *(["Connection: close"] if close else []),
    ]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1") + payload


def problem(status: int, detail: str, **more: Any) -> dict[str, Any]:
    """Return problem details (RFC 9457)."""
    return {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        **more,
    }
