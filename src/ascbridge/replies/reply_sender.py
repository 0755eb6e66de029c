"""Sends to one hospital what it is to be told: one message in flight, each answer matched by MSA-2.

A hospital that cannot be reached is waited for, however long; that it is not told shows after the overdue time. What
was sent and not well answered is sent again, with the same MSH-10, a bounded number of times. An answer that names
another message, or bytes that are none, close the connection: what was answered is then not known. AE and CE settle a
message for good, for the receiver calls its content wrong; AR and CR, and silence, do not.
"""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from ascbridge import telemetry
from ascbridge.events.handlers import pauses
from ascbridge.events.ledgers import sink_counts
from ascbridge.events.logs.faults import is_infrastructure, reason_of
from ascbridge.intake.hl7v2.hl7_ack import AckCode
from ascbridge.intake.hl7v2.hl7_errors import UnreadableMessage
from ascbridge.intake.hl7v2.mllp_client import MllpClient, NoAnswer
from ascbridge.replies import reply_store
from ascbridge.replies.rri import write

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Coroutine

    from sqlalchemy import Connection

    from ascbridge.clock import Clock
    from ascbridge.intake.hl7v2.hl7_ack import Ack
    from ascbridge.replies.reply_store import Queued
    from ascbridge.replies.rri import Envelope, Told
    from ascbridge.storage.alone import Turn
    from ascbridge.storage.database import Database

_log = telemetry.log("replies")
LOOK_S = 1.0
LONGEST_PAUSE_S = 900
_REJECTED = frozenset({AckCode.AR, AckCode.CR})


@dataclass(frozen=True, slots=True)
class Terms:
    """One hospital's receiver, and how long what is done. `overdue_s`: when waiting becomes somebody's business."""

    receiver: str
    host: str
    port: int
    envelope: Envelope
    answer_s: float = 30
    tries: int = 10
    retry_s: float = 30
    overdue_s: float = 3600


class ReplySender:
    """Tells one hospital. Its loop waits out every failure; `trouble` says what somebody must look at."""

    def __init__(
        self,
        terms: Terms,
        database: Database,
        told_of: Callable[[Connection, Queued], Told | None],
        *,
        clock: Clock,
        turn: Turn,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.trouble = ""
        self._terms, self._database, self._told_of = terms, database, told_of
        self._clock, self._turn, self._tls = clock, turn, tls
        self._client: MllpClient | None = None
        self._used = False
        """Whether the connection has brought an answer: one that stood idle may have been closed meanwhile."""
        self._unreachable = 0
        self._began_ms: int | None = clock.now_ms()
        """When this process began, until that is written: what is kept from then on is told."""
        self._overdue = telemetry.replies_overdue.labels(terms.receiver)
        for result in ("acknowledged", "refused", "given-up", "needless"):
            telemetry.replies.labels(terms.receiver, result)

    @property
    def name(self) -> str:
        """What it is called where health is told."""
        return f"replies to {self._terms.receiver}"

    @property
    def sink(self) -> str:
        """The name by which it is paused."""
        return sink_name(self._terms.receiver)

    def trouble_now(self) -> str:
        """Say what somebody must look at, or nothing."""
        return self.trouble

    async def run(self, stop: asyncio.Event) -> None:
        """Tell what is due until told to stop."""
        try:
            while not stop.is_set():
                pause_s = LOOK_S
                try:
                    pause_s = await self._or_stop(self._step(), stop)
                except Exception as fault:
                    if not is_infrastructure(fault):
                        raise
                    self.trouble = reason_of(fault)
                if pause_s:
                    with contextlib.suppress(TimeoutError):
                        await asyncio.wait_for(stop.wait(), pause_s)
        finally:
            await self._hang_up()
            await self._turn.let_go()

    async def _or_stop(self, step: Coroutine[None, None, float], stop: asyncio.Event) -> float:
        """Let a step end, but for one that waits for an answer when the process is to stop: that is sent again."""
        stepping, stopping = asyncio.create_task(step), asyncio.create_task(stop.wait())
        await asyncio.wait({stepping, stopping}, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        if stepping.done():
            return stepping.result()
        stepping.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await stepping
        return 0

    async def _step(self) -> float:
        """Send what is due first; return for how many seconds to rest."""
        if not await self._may_tell():
            await self._hang_up()
            return LOOK_S
        name, began_ms, now_ms = self._terms.receiver, self._began_ms, self._clock.now_ms()
        if began_ms is not None:
            await self._database.write(partial(reply_store.told_since, receiver=name, began_ms=began_ms))
            self._began_ms = None
        queued = await self._database.read(partial(reply_store.next_due, receiver=name, now_ms=now_ms))
        await self._judge(now_ms)
        if queued is None:
            return LOOK_S
        told = await self._database.read(lambda connection: self._told_of(connection, queued))
        if told is None:
            await self._settle(queued, "needless", "nobody can be named any more")
            return 0
        try:
            client = await self._connected()
        except (OSError, TimeoutError) as fault:
            return await self._not_reached(queued, fault)
        self._unreachable = 0
        try:
            answer = await client.send(write(told, self._terms.envelope, self._clock.now_ms()))
        except (NoAnswer, OSError):
            if (
                self._used
            ):  # it stood open since the last answer, and may have been closed: once more on a new one
                await self._hang_up()
                return 0
            return await self._not_answered(queued, "no answer")
        except UnreadableMessage:
            return await self._not_answered(queued, "the answer cannot be read")
        return await self._answered(queued, answer)

    async def _may_tell(self) -> bool:
        """Whether it is our turn, and nobody paused it: then nothing is overdue either, and the pause is shown."""
        if not await self._turn.mine():
            return False
        if not await self._database.read(partial(pauses.is_paused, kind="sink", name=self.sink)):
            return True
        self._overdue.set(0)
        self.trouble = ""
        return False

    async def _answered(self, queued: Queued, answer: Ack) -> float:
        if answer.control_id != queued.control_id:
            return await self._not_answered(queued, "the answer names another message")
        self._used = True
        note = answer.code.value if answer.error is None else f"{answer.code.value} {answer.error.code.value}"
        if answer.accepted:
            await self._settle(queued, "acknowledged", note)
        elif answer.code in _REJECTED:
            return await self._again(queued, note)
        else:
            await self._settle(queued, "refused", note)
        return 0

    async def _not_reached(self, queued: Queued, fault: Exception) -> float:
        """Wait for a receiver that is away: nothing was sent, so it is nobody's try."""
        self._unreachable += 1
        note = f"cannot be reached: {type(fault).__name__}"
        now_ms = self._clock.now_ms()
        await self._database.write(
            partial(reply_store.try_later, reply_id=queued.reply_id, note=note, next_ms=now_ms, counts=False)
        )
        self.trouble = f"{self._terms.receiver} {note}"
        return _pause(self._terms.retry_s, self._unreachable - 1)

    async def _not_answered(self, queued: Queued, note: str) -> float:
        await self._hang_up()
        return await self._again(queued, note)

    async def _again(self, queued: Queued, note: str) -> float:
        if queued.tries + 1 >= self._terms.tries:
            await self._settle(queued, "given-up", note)
            return 0
        pause_s = _pause(self._terms.retry_s, queued.tries)
        next_ms = self._clock.now_ms() + round(pause_s * 1000)
        await self._database.write(
            partial(reply_store.try_later, reply_id=queued.reply_id, note=note, next_ms=next_ms, counts=True)
        )
        return 0

    async def _settle(self, queued: Queued, state: reply_store.Settled, note: str) -> None:
        now_ms = self._clock.now_ms()

        def settle(connection: Connection) -> None:
            reply_store.settle(connection, queued.reply_id, state, note, now_ms)
            sink_counts.went(connection, self.sink, int(state == "acknowledged"), now_ms)

        await self._database.write(settle)
        telemetry.replies.labels(self._terms.receiver, state).inc()
        if state in reply_store.TROUBLE:
            _log.warning(
                "a hospital was not told", sink=self._terms.receiver, task_id=queued.task_id, cause=note
            )

    async def _judge(self, now_ms: int) -> None:
        """See whether something waits for too long."""
        before_ms = now_ms - round(self._terms.overdue_s * 1000)
        late = await self._database.read(
            partial(reply_store.overdue, receiver=self._terms.receiver, before_ms=before_ms)
        )
        self._overdue.set(late)
        if late:
            self.trouble = f"{self._terms.receiver}: {late} replies are overdue"
        elif not self._unreachable:
            self.trouble = ""

    async def _connected(self) -> MllpClient:
        if self._client is None:
            terms = self._terms
            self._client = await MllpClient.connect(
                terms.host, terms.port, tls=self._tls, timeout_s=terms.answer_s
            )
        return self._client

    async def _hang_up(self) -> None:
        client, self._client, self._used = self._client, None, False
        if client is not None:
            await client.close()


def sink_name(receiver: str) -> str:
    """Return the name by which telling a receiver is paused."""
    return f"replies-{receiver}"


def _pause(first_s: float, times: int) -> float:
    """Return how long to rest after the first failure (0), the second..., each twice as long as the one before."""
    return min(first_s * float(1 << min(times, 10)), LONGEST_PAUSE_S)
