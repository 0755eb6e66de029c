"""Where the shared record is: this machine's own store, or a FHIR R4 server over HTTP. The one door to
aiohttp.

A FHIR server gets transaction Bundles. Its answer is one of three things, which the publisher treats apart:
it took all, it refused, or it cannot be had now, where it matters whether it may have taken them all the
same.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import aiohttp
import orjson

from ascbridge.record.resource_store import Change, put

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from sqlalchemy import Connection

    from ascbridge.events.sealing import Keyring
    from ascbridge.uk_core import Json

FHIR_JSON = "application/fhir+json"
NO_LOGIN = (401, 403)
NO_SERVER = (404, 405)
TOO_BUSY = 429
CHANGED_MEANWHILE = (409, 412)


@dataclass(frozen=True, slots=True)
class Accepted:
    """The server took the whole Bundle; `versions` are those it now holds, in the Bundle's order, empty if
    untold.
    """

    versions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Refused:
    """The server took nothing, and would refuse the same again. `cause` holds codes and places, never a
    value.
    """

    status: int
    cause: str

    @property
    def changed_meanwhile(self) -> bool:
        """Whether the server holds another version than the one we saw last."""
        return self.status in CHANGED_MEANWHILE


@dataclass(frozen=True, slots=True)
class Unavailable:
    """Not now. `unknown` says that the server may have taken the Bundle; `wait_s` is how long it asks us to
    wait.
    """

    cause: str
    unknown: bool
    wait_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Seen:
    """What the server holds of one resource: its version and body, or neither."""

    version: str = ""
    body: Json = field(default_factory=dict)


class BuiltinSink:
    """The record store in the bridge's own database: it takes resources in the transaction that notes them
    as sent.
    """

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring

    def put(
        self, connection: Connection, changes: Sequence[Change], now_ms: int, first: int = 0
    ) -> dict[str, str]:
        """Put resources and return their versions by name; `first` is the turn that was taken for them, if any."""
        return put(connection, self._keyring, changes, now_ms, first)


class FhirServerSink:
    """A FHIR R4 server. The bearer token is read from its file for each request, so that it can change."""

    def __init__(self, url: str, *, token_file: Path | None = None, timeout_s: float = 30) -> None:
        self._url = url.rstrip("/")
        self._token_file = token_file
        self._timeout = aiohttp.ClientTimeout(total=timeout_s)
        self._session: aiohttp.ClientSession | None = None

    async def transact(self, bundle: Json) -> Accepted | Refused | Unavailable:
        """Send a transaction Bundle."""
        try:
            async with self._open().post(
                self._url, data=orjson.dumps(bundle), headers=self._headers(), allow_redirects=False
            ) as answer:
                return _judge(answer.status, await answer.read(), answer.headers.get("Retry-After", ""))
        except aiohttp.ClientConnectorError:
            return Unavailable("the server cannot be reached", unknown=False)
        except TimeoutError:
            return Unavailable("the server did not answer in time", unknown=True)
        except aiohttp.ClientError as fault:
            return Unavailable(f"the connection broke: {type(fault).__name__}", unknown=True)

    async def see(self, name: str) -> Seen | Unavailable:
        """Return what the server holds under a name (``Patient/p1``)."""
        try:
            async with self._open().get(f"{self._url}/{name}", headers=self._headers()) as answer:
                if answer.status in (404, 410):
                    return Seen()
                if answer.status != 200:
                    return Unavailable(f"HTTP {answer.status} on reading", unknown=False)
                body = orjson.loads(await answer.read())
                return Seen(str(body.get("meta", {}).get("versionId", "")), body)
        except (aiohttp.ClientError, TimeoutError, orjson.JSONDecodeError) as fault:
            return Unavailable(f"reading failed: {type(fault).__name__}", unknown=False)

    async def close(self) -> None:
        """Let go of the connections."""
        if self._session is not None:
            await self._session.close()

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=self._timeout)
        return self._session

    def _headers(self) -> dict[str, str]:
        headers = {"Content-Type": FHIR_JSON, "Accept": FHIR_JSON, "Prefer": "return=minimal"}
        if self._token_file is not None:
            headers["Authorization"] = f"Bearer {self._token_file.read_text('utf-8').strip()}"
        return headers


def _judge(status: int, body: bytes, retry_after: str) -> Accepted | Refused | Unavailable:
    """Say what an answer means. 5xx and 408 leave open whether the Bundle was taken; 429 says it was not."""
    wait_s = float(retry_after) if retry_after.isdigit() else 0.0
    if status == 200:
        versions = _versions(body)
        return (
            Accepted(versions)
            if versions is not None
            else Unavailable("not a transaction-response", unknown=True)
        )
    if status in NO_LOGIN:
        return Unavailable(f"HTTP {status}: the server refuses our token", unknown=False, wait_s=wait_s)
    if status in NO_SERVER or 300 <= status < 400:
        return Unavailable(f"HTTP {status}: no FHIR server takes Bundles there; see sink.url", unknown=False)
    if status == TOO_BUSY:
        return Unavailable("HTTP 429: too many requests", unknown=False, wait_s=wait_s)
    if status == 408 or status >= 500:
        return Unavailable(f"HTTP {status}", unknown=True, wait_s=wait_s)
    return Refused(status, _cause(status, body))


def _versions(body: bytes) -> tuple[str, ...] | None:
    try:
        bundle = orjson.loads(body)
        return tuple(_version(entry.get("response", {})) for entry in bundle["entry"])
    except (orjson.JSONDecodeError, KeyError, AttributeError, TypeError):
        return None


def _version(response: Json) -> str:
    etag = re.fullmatch(r'(?:W/)?"(.+)"', str(response.get("etag", "")))
    located = re.search(r"/_history/([^/]+)$", str(response.get("location", "")))
    found = etag or located
    return found.group(1) if found else ""


def _cause(status: int, body: bytes) -> str:
    """Name the first issue by its code and place: `diagnostics` and `details` may quote what somebody is
    called.
    """
    try:
        issue = orjson.loads(body)["issue"][0]
        places = [*issue.get("expression", ()), *issue.get("location", ())]
        found = [str(issue.get("code", "")), *places[:1]]
    except (orjson.JSONDecodeError, KeyError, IndexError, AttributeError, TypeError):
        found = []
    plain = [each for each in found if re.fullmatch(r"[A-Za-z][A-Za-z0-9.\[\]:-]{0,120}", each)]
    return " ".join([f"the server refused it: HTTP {status}", *plain])
