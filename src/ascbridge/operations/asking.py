"""Asks a running bridge over its own API: what the commands `trace`, `dead-letters`, `replay` and `complete` do.

They go through the front door like everybody else, so that roles are checked and reads are audited.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import httpx

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

TIMEOUT_S = 10
LONG_WORK_S = 600
OPERATIONS = "operations"


class NotAnswered(Exception):
    """The bridge cannot be reached or said no; the text says which, for people."""


class Asking:
    """A bridge at `address` (``http://127.0.0.1:8080``), asked with a bearer token."""

    def __init__(self, address: str, token: str) -> None:
        self._address = address.rstrip("/")
        self._headers = {"Authorization": f"Bearer {token}"}

    def get(self, path: str, *, timeout_s: float = TIMEOUT_S, part: str = OPERATIONS, **query: str) -> Any:
        """Read something, of a part of the interface. Raises `NotAnswered`."""
        return self._ask("GET", part, path, params=query, timeout=timeout_s)

    def post(
        self,
        path: str,
        body: Mapping[str, object] | None = None,
        *,
        timeout_s: float = TIMEOUT_S,
        part: str = OPERATIONS,
    ) -> Any:
        """Do something. Raises `NotAnswered`."""
        return self._ask("POST", part, path, json=body, timeout=timeout_s)

    def _ask(self, method: str, part: str, path: str, **more: Any) -> Any:
        url = f"{self._address}/api/{part}/{path}"
        try:
            answer = httpx.request(method, url, headers=self._headers, **{"timeout": TIMEOUT_S, **more})
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


def find(asking: Asking, wanted: Mapping[str, object], say: Callable[[str], None]) -> int:
    """Say which messages fit, one line each, and with what the next page is asked for; return how many there are."""
    found = asking.post("find", wanted)
    for one in found["messages"]:
        at = datetime.fromtimestamp(one["received_ms"] / 1000, UTC).isoformat(timespec="milliseconds")
        said = (one[name] for name in ("message_id", "feed", "trigger", "control_id", "state"))
        say("\t".join([at, *said]))
    if found["before"]:
        say(f"for what is older: --before {found['before']}")
    return len(found["messages"])


def read_again(
    asking: Asking, consumer: str, wanted: Mapping[str, object], say: Callable[[str], None]
) -> None:
    """Let a reader read again, or with `dry_run` ask what that would be; `wanted` as the interface takes it."""
    found = asking.post(f"readers/{quote(consumer, safe='')}/read-again", wanted, timeout_s=LONG_WORK_S)
    for step in found["steps"]:
        say(f"{step['topic']}/{step['partition']}\tfrom {step['offset']} to {step['next_offset'] - 1}")
    does = "reads" if found["done"] else "would read"
    say(f"{consumer} {does} {found['events']} events again")


def unmapped(asking: Asking, feed: str, kind: str, say: Callable[[str], None]) -> int:
    """Say what feeds send and nothing uses, one line each; return how many there are."""
    found = asking.get("unmapped", feed=feed, kind=kind)
    for one in found:
        when = (_time(one["first_ms"]), _time(one["last_ms"]))
        said = (one["feed"], one["kind"], one["place"], str(one["n"]), one["sample"] or "-", *when)
        say("\t".join(said))
    return len(found)


def _time(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, UTC).isoformat(timespec="seconds")


def maps(asking: Asking, act: str, words: Sequence[str], why: str, say: Callable[[str], None]) -> None:
    """List versions of code maps, or do something to one; say each in a line."""
    if act == "list":
        found = asking.get("maps")
    elif act == "ask":
        row = dict(zip(("feed", "name", "sent", "meant"), words, strict=True))
        found = [asking.post("maps", row | {"why": why}, timeout_s=LONG_WORK_S)]
    else:
        path = f"maps/{quote(words[0], safe='')}/{quote(words[1], safe='')}/{act}"
        found = [asking.post(path, {"why": why} if act == "take-back" else None, timeout_s=LONG_WORK_S)]
    for one in found:
        names = ("feed", "number", "state", "name", "sent", "meant", "made_by", "decided_by", "said")
        say("\t".join(str(one[name]) for name in names))


def complete(asking: Asking, say: Callable[[str], None]) -> int:
    """Complete what was parked for want of a code, and say what is still not mapped; return how many lines that is."""
    found = asking.post("complete", timeout_s=LONG_WORK_S)
    for line in found["maps"]:
        say(line)
    say(f"{found['completed']} messages completed")
    for one in found["not_mapped"]:
        say(f"not mapped\t{one['feed']}\t{one['codes']}\t{one['messages']} messages")
    return len(found["not_mapped"])


def trail(asking: Asking, wanted: str) -> list[Any]:
    """Return the trail of each message that an id or control id names."""
    found = asking.get("messages", find=wanted)
    return [asking.get(f"messages/{one['message_id']}") for one in found]


def missing(asking: Asking, say: Callable[[str], None]) -> int:
    """Say what the ledger found missing, one line each; return how much that is."""
    found = asking.get("ledger/missing")
    for one in found:
        say("\t".join([one["hop"], one["feed"], one["message_id"], one["said"]]))
    return len(found)


def ledger_lines(asking: Asking) -> list[dict[str, Any]]:
    """Return every entry of the hourly ledger, and last the head of its chain with its signature."""
    lines: list[dict[str, Any]] = []
    while True:
        some = asking.get(
            "ledger/hours", timeout_s=LONG_WORK_S, after=str(lines[-1]["number"] if lines else 0)
        )
        lines += some["entries"]
        if not some["entries"] or lines[-1]["number"] >= some["number"]:
            return [*lines, {name: some[name] for name in ("number", "head", "signature")}]
