"""Tells open pages that something changed, and which kind of page that concerns; never what.

One poller for all pages reads a few counters that every change moves. A page that hears *changed* fetches
itself again. Nothing is polled while nobody looks. Heartbeats come only while the counters can be read, so
that a page can tell a quiet hour from a broken link.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import StreamingResponse
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from ascbridge.events.handlers import pauses
from ascbridge.events.logs.log import TASK
from ascbridge.storage.tables import dead_letter, event_log, feed_heard, held, position, urgent_matter
from ascbridge.telemetry import log
from ascbridge.web.visitors import AnyRole, Visitor
from ascbridge.web.wording import clock_time

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping

    from sqlalchemy import Connection

    from ascbridge.clock import Clock
    from ascbridge.storage.database import Database

router = APIRouter(include_in_schema=False)

_log = log("web.live")


class Listener:
    """One open page: the views that changed since it was last told."""

    def __init__(self) -> None:
        self.changed: set[str] = set()
        self.woken = asyncio.Event()


class Live:
    """Fans changes out to open pages. Times in seconds of this machine, however fast the shown clock runs.

    `marks` gives a text for each view that changes whenever something it shows may have changed. `beside` is another
    link of the same process, which ends with this one.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        marks: Callable[[Connection], Mapping[str, str]],
        *,
        beside: Live | None = None,
        poll_s: float = 0.1,
        together_s: float = 0.25,
        heartbeat_s: float = 10,
    ) -> None:
        self._database, self._clock, self._read, self._beside = database, clock, marks, beside
        self._poll_s, self._together_s, self._heartbeat_s = poll_s, together_s, heartbeat_s
        self._listeners: set[Listener] = set()
        self._poller: asyncio.Task[None] | None = None
        self._begun = asyncio.Event()
        self._well = True
        self._stopped = False

    async def stream(self) -> AsyncIterator[str]:
        """Give server-sent events for one page until it goes away: ``changed`` with view names, and
        heartbeats. These come at their own times, whatever changes meanwhile: who is not told of a change
        must not see it by a heartbeat that is late.
        """
        listener = Listener()
        self._listeners.add(listener)
        if self._poller is None or self._poller.done():
            self._begun = asyncio.Event()
            self._poller = asyncio.create_task(self._poll(self._begun))
        try:
            await self._begun.wait()  # what comes after the greeting is told: the page has asked anew by then
            yield self._said("hello", "")
            time_of = asyncio.get_running_loop().time
            beats, rests = time_of() + self._heartbeat_s, 0.0
            while not self._stopped:
                now = time_of()
                if now >= beats:
                    beats += self._heartbeat_s * (1 + (now - beats) // self._heartbeat_s)
                    if self._well:
                        yield self._said("heartbeat", "")
                elif now < rests:
                    await asyncio.sleep(min(rests, beats) - now)
                elif await _within(beats - now, listener.woken):
                    listener.woken.clear()
                    views, listener.changed = listener.changed, set()
                    if views:
                        yield self._said("changed", " ".join(sorted(views)))
                        rests = time_of() + self._together_s
        finally:
            self._listeners.discard(listener)
            if not self._listeners and self._poller is not None:
                self._poller.cancel()
                self._poller = None  # whoever comes before it has ended gets another

    def stop(self) -> None:
        """End every stream, so that the server can close."""
        self._stopped = True
        if self._beside is not None:
            self._beside.stop()
        self._begun.set()
        for listener in list(self._listeners):
            listener.woken.set()
        if self._poller is not None:
            self._poller.cancel()

    def _said(self, kind: str, views: str) -> str:
        return f"event: {kind}\ndata: {clock_time(self._clock.now_ms())} {views}\n\n"

    async def _poll(self, begun: asyncio.Event) -> None:
        try:
            known = await self._marks()
        finally:
            begun.set()
        while True:
            await asyncio.sleep(self._poll_s)
            now = await self._marks()
            if now and known:
                self._tell({view for view in now if now[view] != known[view]})
            elif now:
                self._tell(set(now))
            known = now

    def _tell(self, views: set[str]) -> None:
        for listener in self._listeners if views else ():
            listener.changed |= views
            listener.woken.set()

    async def _marks(self) -> Mapping[str, str]:
        try:
            marks = await self._database.read(self._read)
        except (SQLAlchemyError, OSError) as fault:
            if self._well:
                _log.warning("live link stops: the database cannot be read", cause=type(fault).__name__)
            self._well = False
            return {}
        self._well = True
        return marks


async def _within(seconds: float, woken: asyncio.Event) -> bool:
    """Wait so long for an event. Returns whether it came."""
    try:
        await asyncio.wait_for(woken.wait(), seconds)
    except TimeoutError:
        return False
    return True


def marks_now(connection: Connection, partitions: int) -> dict[str, str]:
    """Return a text for each view that changes whenever something it shows may have changed."""
    moved = {
        (consumer, topic): offset
        for consumer, topic, offset in connection.execute(
            select(position.c.consumer, position.c.topic, func.sum(position.c.next_offset)).group_by(
                position.c.consumer, position.c.topic
            )
        )
    }
    # On one machine the log says it first; on many the table is an outbox, and the readers' positions say it.
    newest = [
        connection.scalar(
            select(func.max(event_log.c.position)).where(
                event_log.c.topic == TASK, event_log.c.partition == partition
            )
        )
        for partition in range(partitions)
    ]
    urgent = connection.scalar(select(func.max(urgent_matter.c.changed_ms)))
    paused = [(one.kind, one.name, one.since_ms) for one in pauses.standing(connection)]
    tasks = f"{newest} {sorted((key, n) for key, n in moved.items() if key[1] == TASK)} {urgent} {paused}"
    faults = [
        connection.execute(select(func.count(), func.max(held.c.next_try_ms))).one(),
        connection.execute(
            select(func.count(), func.max(dead_letter.c.dead_ms)).where(dead_letter.c.state == "open")
        ).one(),
    ]
    heard = connection.scalar(select(func.max(feed_heard.c.last_ms)))
    everything = f"{tasks} {sorted(moved.items())}"
    return {"worklist": tasks, "person": everything, "operations": f"{everything} {faults} {heard}"}


@router.get("/live")
async def live(request: Request, _: Annotated[Visitor, Depends(AnyRole())]) -> StreamingResponse:
    """Server-sent events: that something changed, and heartbeats."""
    link: Live = request.app.state.live
    return StreamingResponse(
        link.stream(),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )
