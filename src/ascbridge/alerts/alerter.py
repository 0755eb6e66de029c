"""Looks every few seconds what is wrong, writes it down as alerts, and tells it; of many processes one does.

While nothing can be written, what is wrong with that is sent at once by the process that wrote last, and written down
when it can be again. What could not be sent is tried again: an alert may be heard twice, and none is missed.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING

import tenacity

from ascbridge import telemetry
from ascbridge.alerts import alert_rules, alert_store
from ascbridge.alerts.alert_rules import Alert, Letter, Trouble
from ascbridge.alerts.alert_store import Watched
from ascbridge.alerts.causes import CAUSES
from ascbridge.events.handlers import pauses
from ascbridge.events.logs.faults import is_infrastructure, reason_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from sqlalchemy import Connection

    from ascbridge.alerts.alert_rules import Terms
    from ascbridge.alerts.alert_store import Post, Routes
    from ascbridge.clock import Clock
    from ascbridge.storage.alone import Turn
    from ascbridge.storage.database import Database

    Mail = Callable[[Sequence[str], str, str], None]
    Hooks = Mapping[str, Callable[[str, str, str], None]]
    Look = Callable[[], Awaitable[Sequence[Trouble]]]

_log = telemetry.log("alerts")
LOOK_S = 5.0
TRIES = 3
FIRST_WAIT_MS = 15_000


@dataclass(frozen=True, slots=True)
class Ways:
    """How alerts go out: `mail` sends one to addresses and `hooks` post one, and both may block their thread."""

    terms: Terms
    routes: Routes
    mail: Mail | None = None
    hooks: Hooks = field(default_factory=dict)


class Alerter:
    """Tells what is wrong. `look` says what is; `adrift` says of a fault of the database what it is in plain words."""

    name = "alerts"

    def __init__(
        self, database: Database, look: Look, adrift: Callable[[Exception], Trouble], ways: Ways, clock: Clock,
        turn: Turn, late_news: Callable[[Connection, int, int], str] | None = None,
    ) -> None:  # fmt: skip
        self.trouble = ""
        self._database, self._look, self._adrift, self._clock, self._turn = (
            database,
            look,
            adrift,
            clock,
            turn,
        )
        self._ways, self._late_news = ways, late_news
        self._mine = False
        self._watched_since_ms = clock.now_ms()
        self._unwritten: dict[tuple[str, str], Alert] = {}
        """What began, and was told, while nothing could be written."""

    def trouble_now(self) -> str:
        """Say what somebody must look at, or nothing."""
        return self.trouble

    async def run(self, stop: asyncio.Event) -> None:
        """Look and tell until told to stop."""
        try:
            while not stop.is_set():
                await self.step()
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), LOOK_S)
        finally:
            await self._turn.let_go()

    async def step(self) -> None:
        """Look once, and send what is due."""
        try:
            was, self._mine = self._mine, await self._turn.mine()
            if not self._mine:
                await self._write_down()
                if was:
                    self._count({})  # another process tells from now on
                return
            if not was or self._watched_since_ms > self._clock.now_ms():  # or the clock was set back since
                self._watched_since_ms = self._clock.now_ms()
            found = await self._look()
            await self._write_down()
            await self._judge(found)
            await self._send_due()
        except Exception as fault:
            if not is_infrastructure(fault):
                raise
            await self._tell_unwritten(fault)

    async def _judge(self, found: Sequence[Trouble]) -> None:
        watched = Watched(self._watched_since_ms, self._late_news)
        await self._database.write(
            partial(
                alert_store.judge, troubles=found, terms=self._ways.terms, routes=self._ways.routes,
                watched=watched, now_ms=self._clock.now_ms(),
            )
        )  # fmt: skip
        self._count(Counter(one.cause for one in await self._database.read(alert_store.standing)))
        telemetry.alerts_looked.set(self._clock.now_ms() / 1000)

    async def _write_down(self) -> None:
        """Write down what this process told while nothing could be written, though another may have the turn by now."""
        if self._unwritten:
            told, now_ms = tuple(self._unwritten.values()), self._clock.now_ms()
            await self._database.write(partial(alert_store.write_down, told=told, now_ms=now_ms))
            self._unwritten.clear()

    def _count(self, standing: Mapping[str, int]) -> None:
        for cause, said in CAUSES.items():
            telemetry.alerts.labels(cause, said.severity).set(standing.get(cause, 0))

    # -- sending -----------------------------------------------------------------------------------------------------

    async def _send_due(self) -> None:
        if await self._database.read(partial(pauses.is_paused, kind="sink", name=self.name)):
            return
        trouble = ""
        for post in await self._database.read(partial(alert_store.due, now_ms=self._clock.now_ms())):
            fault = await self._send(post)
            now_ms = self._clock.now_ms()
            if fault:
                trouble = f"{post.route} cannot be sent: {fault}"
                wait_ms = min(alert_store.LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** min(post.tries, 10))
                await self._database.write(
                    partial(alert_store.was_not_sent, post=post, fault=fault, next_ms=now_ms + wait_ms)
                )
            else:
                await self._database.write(partial(alert_store.was_sent, number=post.number, now_ms=now_ms))
                self.trouble = ""
        self.trouble = trouble or self.trouble

    async def _send(self, post: Post) -> str:
        """Send one message; return what was wrong, or nothing."""
        name = f"alert-{post.number}-{post.made_ms}"
        try:
            await asyncio.to_thread(self._some_times, partial(self._once, post, name))
        except OSError as fault:
            _log.warning("an alert was not sent", exception=type(fault).__name__, tries=post.tries + 1)
            return type(fault).__name__
        return ""

    def _some_times(self, send: Callable[[], None]) -> None:
        """Try a few times at once: most of what goes wrong with a mail server is over in a second."""
        trying = tenacity.Retrying(
            stop=tenacity.stop_after_attempt(TRIES),
            wait=tenacity.wait_random_exponential(multiplier=0.1, max=1),
            retry=tenacity.retry_if_exception_type(OSError),
            reraise=True,
        )
        trying(send)

    def _once(self, post: Post, name: str) -> None:
        if post.route == "mail":
            if self._ways.mail is not None:
                self._ways.mail(post.goes_to, post.subject, post.text)
        elif (hook := self._ways.hooks.get(post.goes_to[0])) is not None:  # else the settings name it no more
            hook(name, post.subject, post.text)

    async def _tell_unwritten(self, fault: Exception) -> None:
        """Send what is wrong with the database itself, once, where this process is the one that tells."""
        self.trouble = reason_of(fault)
        trouble = self._adrift(fault)
        key, now_ms = (trouble.cause, trouble.about), self._clock.now_ms()
        if not self._mine or key in self._unwritten:
            return
        _log.error("nothing can be written about alerts", cause=trouble.cause, reason=reason_of(fault))
        one = Alert(0, trouble.cause, trouble.about, trouble.text, now_ms, now_ms)
        letter = Letter("new", trouble.cause, (one,), 0)
        subject, text = alert_rules.subject(letter), alert_rules.words(letter, self._ways.terms)
        routes = [("mail", self._ways.routes.mail[0])] if self._ways.routes.mail else []
        routes += [("webhook", (hook,)) for hook in self._ways.routes.webhooks]
        faults = [
            await self._send(alert_store.Post(0, route, to, subject, text, now_ms, 0)) for route, to in routes
        ]
        if not all(faults) or not routes:
            self._unwritten[key] = replace(one, told_ms=now_ms, step=1)
