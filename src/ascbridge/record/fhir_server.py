"""A FHIR R4 server over HTTP: the one door to aiohttp.

It gets Bundles, as a transaction or as a message. Its answer is one of three things, which the publisher treats
apart: it took all, it refused, or it cannot be had now, where it matters whether it may have taken them all the
same.
"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import aiohttp
import orjson

from ascbridge.events.logs import trace_context
from ascbridge.record.origins import MESSAGE

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from ascbridge.uk_core import Json

FHIR_JSON = "application/fhir+json"
NO_LOGIN = (401, 403)
NO_SERVER = (404, 405)
TOO_BUSY = 429
CHANGED_MEANWHILE = (409, 412)
NOT_BUILT = 501
DUPLICATE = 409
AT_ONCE_BYTES = 2**19


@dataclass(frozen=True, slots=True)
class Accepted:
    """The server took the whole Bundle; `versions` are those it now holds, in the Bundle's order, empty if
    untold, and `ids` its own ids of them.
    """

    versions: tuple[str, ...]
    ids: tuple[str, ...] = field(default=(), compare=False)


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


Reply = Accepted | Refused | Unavailable


@dataclass(frozen=True, slots=True)
class Seen:
    """What the server holds of one resource: its version and body, or neither."""

    version: str = ""
    body: Json = field(default_factory=dict)


class FhirServer:
    """A FHIR R4 server. The bearer token is read from its file for each request, so that it can change."""

    def __init__(self, url: str, *, token_file: Path | None = None, timeout_s: float = 30) -> None:
        self.url = url.rstrip("/")
        self._token_file = token_file
        self._timeout = aiohttp.ClientTimeout(total=timeout_s)
        self._session: aiohttp.ClientSession | None = None

    async def transact(self, bundle: Json) -> Reply:
        """Send a transaction Bundle."""
        return await self._post("", bundle, _judge)

    async def process(self, message: Json) -> Reply:
        """Have a message Bundle processed. What the server took before (409) it has taken."""
        return await self._post("/$process-message", message, _judge_message)

    async def see(self, name: str) -> Seen | Unavailable:
        """Return what the server holds under a name (``Patient/p1``)."""
        found = await self._read(f"/{name}")
        return found if isinstance(found, Unavailable) else _seen(found or {})

    async def find(self, resource_type: str, system: str, value: str) -> list[Seen] | Unavailable:
        """Return what the server holds under an identifier: one, none, or by somebody's mistake several."""
        asked = {"identifier": f"{system}|{value}", "_count": "3"}
        found = await self._read(f"/{resource_type}", asked)
        if isinstance(found, Unavailable):
            return found
        entries = (found or {}).get("entry", ())
        return [
            _seen(each["resource"]) for each in entries if each["resource"]["resourceType"] == resource_type
        ]

    async def search(self, resource_type: str, asked: dict[str, str]) -> list[Json] | Unavailable:
        """Return what a search finds on its first page; what it includes or says beside is left out."""
        found = await self._read(f"/{resource_type}", asked)
        if isinstance(found, Unavailable):
            return found
        bodies = (each.get("resource", {}) for each in (found or {}).get("entry", ()))
        return [body for body in bodies if body.get("resourceType") == resource_type]

    async def close(self) -> None:
        """Let go of the connections."""
        if self._session is not None:
            await self._session.close()

    async def _post(self, path: str, bundle: Json, judge: Callable[[int, bytes, str], Reply]) -> Reply:
        try:
            async with self._open().post(
                self.url + path,
                data=_in_turns(orjson.dumps(bundle)),
                headers=self._headers() | trace_of(bundle),
                allow_redirects=False,
            ) as answer:
                return judge(answer.status, await answer.read(), answer.headers.get("Retry-After", ""))
        except aiohttp.ClientConnectorError:
            return Unavailable("the server cannot be reached", unknown=False)
        except TimeoutError:
            return Unavailable("the server did not answer in time", unknown=True)
        except aiohttp.ClientError as fault:
            return Unavailable(f"the connection broke: {type(fault).__name__}", unknown=True)

    async def _read(self, path: str, asked: dict[str, str] | None = None) -> Json | Unavailable | None:
        """Return what stands there, None where nothing does."""
        try:
            async with self._open().get(
                self.url + path, params=asked, headers=self._headers(), allow_redirects=False
            ) as answer:
                if answer.status in (404, 410):
                    return None
                if answer.status != 200:
                    return Unavailable(f"HTTP {answer.status} on reading", unknown=False)
                body: Json = orjson.loads(await answer.read())
                return body
        except (aiohttp.ClientError, TimeoutError, orjson.JSONDecodeError) as fault:
            return Unavailable(f"reading failed: {type(fault).__name__}", unknown=False)

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=self._timeout)
        return self._session

    def _headers(self) -> dict[str, str]:
        headers = {"Content-Type": FHIR_JSON, "Accept": FHIR_JSON, "Prefer": "return=minimal"}
        if self._token_file is not None:
            headers["Authorization"] = f"Bearer {self._token_file.read_text('utf-8').strip()}"
        return headers


def trace_of(bundle: Json) -> dict[str, str]:
    """Return the trace context of a request: that of the newest message that it brings news of (ids rise with time)."""
    sources = (
        str(one.get("resource", {}).get("meta", {}).get("source", "")) for one in bundle.get("entry", ())
    )
    newest = max((one.removeprefix(MESSAGE) for one in sources if one.startswith(MESSAGE)), default="")
    return {"traceparent": trace_context.traceparent(newest, f"sent {newest}")} if newest else {}


def _seen(body: Json) -> Seen:
    return Seen(str(body.get("meta", {}).get("versionId", "")), body)


def _in_turns(body: bytes) -> bytes | io.BytesIO:
    """Return a body as it is sent: a large one piece by piece, so that nothing else waits for it."""
    return io.BytesIO(body) if len(body) > AT_ONCE_BYTES else body


def _judge(status: int, body: bytes, retry_after: str) -> Reply:
    """Say what an answer to a transaction means."""
    if status == 200:
        return _taken(body) or Unavailable("not a transaction-response", unknown=True)
    return _not_taken(status, body, retry_after, "no FHIR server takes Bundles there; see sink.url")


def _judge_message(status: int, body: bytes, retry_after: str) -> Reply:
    """Say what an answer to a message means (hl7.org/fhir/R4/messaging.html, response codes)."""
    if 200 <= status < 300:
        code, outcome = _response(body)
        if code == "transient-error":
            return Unavailable("the receiver says: not now", unknown=False, wait_s=_seconds(retry_after))
        return Refused(422, _cause(422, outcome)) if code == "fatal-error" else Accepted(())
    if status == DUPLICATE:
        return Accepted(())
    if status == NOT_BUILT or _cause(status, body).endswith(" not-supported"):
        cause = f"HTTP {status}: the server processes no messages; see sink.strategy"
        return Unavailable(cause, unknown=False)
    return _not_taken(status, body, retry_after, "nobody takes FHIR messages there; see sink.url")


def _not_taken(status: int, body: bytes, retry_after: str, nobody: str) -> Refused | Unavailable:
    """Say what an answer other than success means. 5xx and 408 leave open whether it was taken; 429 says it was not."""
    wait_s = _seconds(retry_after)
    if status in NO_LOGIN:
        return Unavailable(f"HTTP {status}: the server refuses our token", unknown=False, wait_s=wait_s)
    if status in NO_SERVER or 200 <= status < 400:
        return Unavailable(f"HTTP {status}: {nobody}", unknown=False)
    if status == TOO_BUSY:
        return Unavailable("HTTP 429: too many requests", unknown=False, wait_s=wait_s)
    if status == 408 or status >= 500:
        return Unavailable(f"HTTP {status}", unknown=True, wait_s=wait_s)
    return Refused(status, _cause(status, body))


def _seconds(retry_after: str) -> float:
    return float(retry_after) if retry_after.isdigit() else 0.0


def _response(body: bytes) -> tuple[str, bytes]:
    """Return the code of a response message, ``ok`` where there is none, and its first OperationOutcome."""
    try:
        parts: list[Any] = [entry["resource"] for entry in orjson.loads(body).get("entry", ())]
        header: Json = next((each for each in parts if each["resourceType"] == "MessageHeader"), {})
        outcome: Json = next((each for each in parts if each["resourceType"] == "OperationOutcome"), {})
        return str(header.get("response", {}).get("code", "ok")), orjson.dumps(outcome)
    except (orjson.JSONDecodeError, KeyError, AttributeError, TypeError):
        return "ok", b""


def _taken(body: bytes) -> Accepted | None:
    try:
        responses = [entry.get("response", {}) for entry in orjson.loads(body)["entry"]]
        return Accepted(tuple(map(_version, responses)), tuple(map(_id, responses)))
    except (orjson.JSONDecodeError, KeyError, AttributeError, TypeError):
        return None


def _version(response: Json) -> str:
    etag = re.fullmatch(r'(?:W/)?"(.+)"', str(response.get("etag", "")))
    located = re.search(r"/_history/([^/]+)$", str(response.get("location", "")))
    found = etag or located
    return found.group(1) if found else ""


def _id(response: Json) -> str:
    located = re.search(
        r"(?:^|/)[A-Z][A-Za-z]+/([A-Za-z0-9.-]{1,64})(?:/_history/[^/]+)?$", str(response.get("location", ""))
    )
    return located.group(1) if located else ""


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
