"""Asks a running bridge over its own API: what the commands `trace`, `dead-letters` and `replay` do.

They go through the front door like everybody else, so that roles are checked and reads are audited.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx

if TYPE_CHECKING:
    from collections.abc import Callable

TIMEOUT_S = 10


class NotAnswered(Exception):
    """The bridge cannot be reached or said no; the text says which, for people."""


class Asking:
    """A bridge at `address` (``http://127.0.0.1:8080``), asked with a bearer token."""

    def __init__(self, address: str, token: str) -> None:
        self._address = address.rstrip("/")
        self._headers = {"Authorization": f"Bearer {token}"}

    def get(self, path: str, **query: str) -> Any:
        """Read something. Raises `NotAnswered`."""
        return self._ask("GET", path, params=query)

    def post(self, path: str) -> Any:
        """Do something. Raises `NotAnswered`."""
        return self._ask("POST", path)

    def _ask(self, method: str, path: str, **more: Any) -> Any:
        url = f"{self._address}/api/operations/{path}"
        try:
            answer = httpx.request(method, url, headers=self._headers, timeout=TIMEOUT_S, **more)
        except httpx.HTTPError as fault:
            raise NotAnswered(f"nobody answers at {self._address}: {fault}") from None
        if answer.is_error:
            raise NotAnswered(_said(answer))
        return answer.json()


def _said(answer: httpx.Response) -> str:
    try:
        problem = answer.json()
    except ValueError:
        return f"HTTP {answer.status_code}"
    return f"{problem.get('title', answer.status_code)}: {problem.get('detail', '')}".rstrip(": ")


def dead_letters(asking: Asking, say: Callable[[str], None]) -> int:
    """List what was given up on, one line each; return how many there are."""
    letters = asking.get("dead-letters")
    for one in letters:
        say("\t".join(str(one.get(name, "")) for name in ("dead_id", "consumer", "message_id", "cause")))
    return len(letters)


def trail(asking: Asking, wanted: str) -> list[Any]:
    """Return the trail of each message that an id or control id names."""
    found = asking.get("messages", find=wanted)
    return [asking.get(f"messages/{one['message_id']}") for one in found]
