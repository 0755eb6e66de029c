"""Takes one council fact a request, signed, and answers once it is kept.

201: kept. 200: the same again, kept before. 422: it breaks the contract (kept too, sealed, for the sender's questions),
or its Idempotency-Key was another fact's. 401: nobody we know signed it now; of such a request nothing is kept.
503: not now, send it again. A request is answered only after its transaction; a sender that hears nothing sends it
again, and that has no second effect.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import orjson

from ascbridge import telemetry
from ascbridge.events.logs import trace_context
from ascbridge.intake.doors.http_message import LONGEST_HEAD, BadRequest, Request, answer, problem, read_head
from ascbridge.intake.doors.webhook_signature import KEY, NotSigned, Signed, verify
from ascbridge.intake.keeping.inbox import Arrival

if TYPE_CHECKING:
    import ssl
    from asyncio import StreamReader, StreamWriter
    from collections.abc import Awaitable, Callable, Sequence

    from ascbridge.clock import Clock
    from ascbridge.intake.keeping.kept import Kept

    Keep = Callable[[Sequence[Arrival]], Awaitable[list[list[Kept]]]]
    Reused = Callable[[str, bytes], Awaitable[bool]]

_log = telemetry.log("webhook")
PATH = "/facts"
PATIENCE_S = 30
MOST_CONNECTIONS = 200
RETRY_AFTER_S = 5
NOT_KEPT = (400, 401, 404, 405, 411, 413, 415, 422, 431, 503)
"""The statuses of requests of which nothing is kept."""
_PLACE = re.compile(r"^\$((?:\.[A-Za-z_]+|\[\d+\])*)(?:: )?")


@dataclass(frozen=True, slots=True)
class Terms:
    """What is agreed with the sender. `secrets` gives those that hold now: two while they are changed.

    `told`: counts and logs may tell of what is posted. Of what stands behind the safeguarding wall they may not.
    """

    feed: str
    secrets: Callable[[], tuple[bytes, ...]]
    window_s: float
    max_body_bytes: int
    path: str = PATH
    told: bool = True


class Webhook:
    """Listens for signed facts.

    `keep` has facts kept and says what became of each; `reused` says whether a number was given to another fact.
    While it is `shut` nothing is taken: 503, with a time to come again.
    """

    def __init__(
        self, terms: Terms, keep: Keep, reused: Reused, clock: Clock, shut: Callable[[], bool] = lambda: False
    ) -> None:
        self._shut = shut
        self._terms, self._keep, self._reused, self._clock = terms, keep, reused, clock
        for status in NOT_KEPT if terms.told else ():  # from 0, so that the first ones can be seen
            telemetry.webhook_refused.labels(terms.feed, str(status))
        self._busy: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self.trouble = "not listening yet"
        """Why the sender is not served, in words for an IT desk; empty while it is."""

    async def start(self, host: str, port: int, tls: ssl.SSLContext | None = None) -> int:
        """Listen; returns the port, which the system chose when `port` is 0."""
        self._server = await asyncio.start_server(self._meet, host, port, ssl=tls, limit=LONGEST_HEAD)
        self.trouble = ""
        return int(self._server.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        """Stop listening; who is being answered still is, for a moment."""
        if self._server is not None:
            self._server.close()
        if self._busy:
            await asyncio.wait(self._busy, timeout=1)
        for task in self._busy:
            task.cancel()

    async def _meet(self, reader: StreamReader, writer: StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._busy.add(task)
        try:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError, TimeoutError):
                while await self._serve(reader, writer):
                    continue
        finally:
            self._busy.discard(task)
            writer.close()

    async def _serve(self, reader: StreamReader, writer: StreamWriter) -> bool:
        """Answer one request; return whether the connection stays for another."""
        stays = False
        async with asyncio.timeout(PATIENCE_S):
            try:
                if len(self._busy) > MOST_CONNECTIONS:
                    raise BadRequest(503, "too many connections at once")
                request, body = await self._read(reader)
                stays = request.keep_alive
                said = await self._take(request, body)
            except BadRequest as fault:
                stays = False
                if self._terms.told:
                    telemetry.webhook_refused.labels(self._terms.feed, str(fault.status)).inc()
                said = answer(
                    fault.status, problem(fault.status, fault.detail), close=True, **_advice(fault.status)
                )
            writer.write(said)
            await writer.drain()
        return stays

    async def _read(self, reader: StreamReader) -> tuple[Request, bytes]:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
        except asyncio.LimitOverrunError:
            raise BadRequest(431, f"the head of a request may have {LONGEST_HEAD} bytes") from None
        request = read_head(head)
        if request.path != self._terms.path:
            raise BadRequest(404, f"facts are taken at {self._terms.path}")
        if request.method != "POST":
            raise BadRequest(405, "facts are sent by POST")
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            raise BadRequest(415, "a fact is application/json")
        return request, await reader.readexactly(request.length(self._terms.max_body_bytes))

    async def _take(self, request: Request, body: bytes) -> bytes:
        """Have one fact kept. Raises `BadRequest` for what is not kept."""
        key = self._signed(request, body)
        if self._shut():
            raise BadRequest(503, "nothing of this feed is taken just now: send it again later")
        if _id_of(body) not in {None, key}:
            raise BadRequest(400, "the Idempotency-Key must be the fact's id")
        try:
            if await self._reused(key, body):
                raise BadRequest(
                    422, "this Idempotency-Key was sent with another fact: give each fact its own id"
                )
            trace = trace_context.sent(request.headers.get("traceparent", ""))
            ((kept,),) = await self._keep([Arrival(body, key, traceparent=trace)])
        except BadRequest:
            raise
        except Exception as fault:  # noqa: BLE001  # whatever it was, the sender must keep its fact
            self.trouble = f"the last fact could not be kept: {type(fault).__name__}"
            if self._terms.told:
                _log.error("fact not kept", feed=self._terms.feed, exception=type(fault).__name__)
            raise BadRequest(503, "not now: send it again") from None
        self.trouble = ""
        if kept.outcome == "refused":
            place, reason = _place(kept.reason)
            errors = [{"pointer": place, "detail": reason}]
            said = problem(422, "the fact breaks the contract", errors=errors, message_id=kept.message_id)
            return answer(422, said)
        new = kept.outcome == "kept"
        return answer(201 if new else 200, {"outcome": kept.outcome, "message_id": kept.message_id})

    def _signed(self, request: Request, body: bytes) -> str:
        headers = request.headers
        key = headers.get("idempotency-key", "")
        if not KEY.fullmatch(key):
            raise BadRequest(
                400, "an Idempotency-Key is needed: the fact's id, up to 200 letters, digits and _:-"
            )
        signed = Signed(key, headers.get("webhook-timestamp", ""), headers.get("webhook-signature", ""))
        try:
            verify(
                self._terms.secrets(),
                signed,
                body,
                now_ms=self._clock.now_ms(),
                window_s=self._terms.window_s,
            )
        except NotSigned as fault:
            raise BadRequest(401, str(fault)) from None
        return key


def _advice(status: int) -> dict[str, str]:
    if status == 503:
        return {"Retry_After": str(RETRY_AFTER_S)}
    return {"Allow": "POST"} if status == 405 else {}


def _id_of(body: bytes) -> str | None:
    """Return the fact's id, or None where it cannot be read: the door says what is wrong with it."""
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    said = found.get("id") if isinstance(found, dict) else None
    return said if isinstance(said, str) else None


def _place(reason: str) -> tuple[str, str]:
    """Part a refusal into the place, as a JSON pointer (RFC 6901), and the words."""
    found = _PLACE.match(reason)
    if found is None:
        return "", reason
    steps = re.findall(r"[A-Za-z_]+|\d+", found.group(1))
    return "".join(f"/{step}" for step in steps), reason[found.end() :]
