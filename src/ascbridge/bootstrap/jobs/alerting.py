"""Puts together what tells of trouble: what this process knows of itself and of its machine, and where alerts go."""

from __future__ import annotations

import asyncio
import shutil
import time
from functools import partial
from typing import TYPE_CHECKING

from cryptography import x509

from ascbridge.alerts import alert_store, webhooks
from ascbridge.alerts.alert_rules import Terms, Trouble
from ascbridge.alerts.alert_store import Routes
from ascbridge.alerts.alerter import Alerter, Ways
from ascbridge.bootstrap.jobs import nudging
from ascbridge.bootstrap.parts import replying
from ascbridge.bootstrap.parts.ground import READERS
from ascbridge.bootstrap.parts.job_loop import again_and_again
from ascbridge.bootstrap.parts.posting import secret_of
from ascbridge.bootstrap.parts.settled import CannotStart
from ascbridge.config_sections import HostPort
from ascbridge.discharge.keeping import late_news
from ascbridge.events.logs import retention_rounds
from ascbridge.intake.keeping import arrivals
from ascbridge.nudges.mailing import send
from ascbridge.operations.flowing import (
    extract_drift,
    flow_map,
    flows,
    pausing,
    sender_clocks,
    strangeness,
    what_is_wrong,
)
from ascbridge.storage.alone import AlwaysMine, PostgresTurn
from ascbridge.storage.database import PostgresDatabase

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from sqlalchemy import Connection

    from ascbridge.bootstrap.parts.ground import Ground
    from ascbridge.config import Settings
    from ascbridge.operations.flowing.neighbour import Neighbour

    Checks = Mapping[str, Callable[[], str]]

ANSWER_S = 2.0
SOON_DAYS = 30
MOST_JUMP_MS = 2_000
JUMP_SHOWN_MS = 600_000
"""A clock that jumped is told for so long: somebody should look why, though it goes on rightly."""
SAY_EVERY_MS = 10_000


class Watch:
    """What one process sees: the flow map, its own parts, its neighbour, and the machine under it."""

    def __init__(self, ground: Ground, checks: Checks, beside: Neighbour | None = None) -> None:
        self._ground, self._checks, self._beside = ground, checks, beside
        self._profiles = ground.profiles
        self._hospitals = {
            name: one.feed.source_name
            for name, one in sorted(self._profiles.items())
            if one.feed.source == "hospital_adt" and not one.feed.history
        }
        self._senders, self._extracts = sender_clocks.Minutely(), sender_clocks.Minutely()
        self._tables = {one.name: one.title for one in self._feeds if one.name not in self._hospitals}
        clock = ground.clock
        self._clock = ClockWatch(lambda: clock.now_ms() / 1000, pace=clock.pace)

    @property
    def _feeds(self) -> tuple[flows.Feed, ...]:
        return tuple(
            flows.Feed(name, one.feed.source_name, one.feed.late_after_minutes * 60_000)
            for name, one in sorted(self._profiles.items())
            if not one.feed.history and one.feed.source != "desk_entries"
        )

    async def look(self) -> Sequence[Trouble]:
        """Return everything that is wrong now. Raises what the database raises."""
        ground, now_ms = self._ground, self._ground.clock.now_ms()
        own = {name: check() for name, check in self._checks.items()}
        heard = await ground.database.read(partial(flows.heard, feeds=self._feeds, now_ms=now_ms))
        quiet = await ground.database.read(arrivals.quiet)
        others, silent = await ground.database.read(partial(alert_store.said_of_parts, now_ms=now_ms))
        known = pausing.known(ground.settings, self._profiles)
        theirs = {part: text for (_, part), text in others.items()}
        flow = await flow_map.look(
            ground.database, ground.log, known, heard, self._readers(), theirs | own, now_ms
        )
        rounds = await ground.database.read(retention_rounds.rounds)
        titles = {feed.name: feed.title for feed in self._feeds}
        strange = await ground.database.read(partial(strangeness.look, titles=titles, now_ms=now_ms))
        shown = {box.name for box in (*flow.readers, *flow.sinks)} | {"publisher"}
        drained = {box.name for box in flow.feeds if box.stopped is not None}
        quiet = tuple(one for one in quiet if one.feed not in drained)
        return [
            *what_is_wrong.of_map(flow, quiet),
            *what_is_wrong.of_quiet(quiet, titles),
            *strange,
            *await ground.database.read(partial(self._wrong_clocks, now_ms=now_ms)),
            *await ground.database.read(partial(self._drifted, now_ms=now_ms)),
            *what_is_wrong.of_parts({name: text for name, text in own.items() if name not in shown}),
            *what_is_wrong.of_services(
                {key: text for key, text in others.items() if key[1] not in shown}, silent
            ),
            *what_is_wrong.of_rounds(rounds, now_ms),
            *await self._neighbour(),
            *await brokers(ground.settings),
            *machine(ground.settings, now_ms),
            *self._clock.look(),
        ]

    def _wrong_clocks(self, connection: Connection, now_ms: int) -> list[Trouble]:
        bound_ms = round(self._ground.settings.alerts.sender_clock_minutes * 60_000)
        keys, titles = self._ground.desk.data_keys, self._hospitals
        return self._senders.look(
            lambda: sender_clocks.look(connection, keys, titles, bound_ms, now_ms), now_ms
        )

    def _drifted(self, connection: Connection, now_ms: int) -> list[Trouble]:
        return self._extracts.look(lambda: extract_drift.look(connection, self._tables, now_ms), now_ms)

    def _readers(self) -> Mapping[str, tuple[str, ...]]:
        return READERS | replying.readers(self._ground.settings)

    async def _neighbour(self) -> list[Trouble]:
        if self._beside is None:
            return []
        said = await self._beside.trouble()
        if not said:
            return []
        if said == "does not answer":
            about = f"service:{self._beside.name}"
            return [Trouble("listener-silent", about, "The process that answers hospitals does not answer")]
        return [
            what_is_wrong.of_part(part.partition(": ")[0], part.partition(": ")[2])
            for part in said.split("; ")
        ]

    def adrift(self, fault: Exception) -> Trouble:
        """Say why nothing can be written."""
        full = list(disk(self._ground.settings))
        if full and not self._ground.settings.on_postgres:
            return full[0]
        return Trouble(
            "database-down", what_is_wrong.DATABASE, f"The database cannot be used: {type(fault).__name__}"
        )


class ClockWatch:
    """Notices that the clock jumped: by one that only goes forward, and at an even pace.

    `pace`: how many seconds of it pass in a real one. While that is not 1, or changes, a demonstration moves it on
    purpose.
    """

    def __init__(
        self,
        wall: Callable[[], float] = time.time,
        steady: Callable[[], float] = time.monotonic,
        pace: Callable[[], float] = lambda: 1.0,
    ) -> None:
        self._wall, self._steady, self._pace = wall, steady, pace
        self._apart, self._was_even = wall() - steady(), pace() == 1
        self._jumped: tuple[float, float] | None = None

    def look(self) -> Iterator[Trouble]:
        """Say that it jumped, until it has gone on for some minutes."""
        even, wall = self._pace() == 1, self._wall()
        apart = wall - self._steady()
        by_ms = (apart - self._apart) * 1000
        if even and self._was_even and abs(by_ms) >= MOST_JUMP_MS:
            self._jumped = wall, by_ms
        self._apart, self._was_even = apart, even
        if self._jumped is not None and 0 <= (wall - self._jumped[0]) * 1000 < JUMP_SHOWN_MS:
            way = "forward" if self._jumped[1] > 0 else "back"
            said = f"The clock of this machine jumped {way} by {abs(self._jumped[1]) / 1000:,.0f} seconds"
            yield Trouble("clock-jumped", "machine:clock", said)


async def brokers(settings: Settings) -> list[Trouble]:
    """Say that not one broker lets anybody connect: readers notice only once they want something."""
    if not settings.kafka.bootstrap:
        return []
    named = [HostPort.parse(one.strip()) for one in settings.kafka.bootstrap.split(",")]
    if any(await asyncio.gather(*(_answers(one) for one in named))):
        return []
    return [Trouble("broker-down", what_is_wrong.BROKER, "Kafka cannot be used: its brokers do not answer")]


async def _answers(address: HostPort) -> bool:
    try:
        async with asyncio.timeout(ANSWER_S):
            _, writer = await asyncio.open_connection(address.host, address.port)
    except (OSError, TimeoutError):
        return False
    writer.close()
    return True


def machine(settings: Settings, now_ms: int) -> Iterator[Trouble]:
    """Say what is wrong with the machine: its disk, and the certificates of its listeners."""
    yield from disk(settings)
    yield from certificates(settings, now_ms)


def disk(settings: Settings) -> Iterator[Trouble]:
    """Say that there is too little room where the data is."""
    folder: Path = settings.data_dir.absolute()
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    if free < settings.alerts.least_free_mb * 1_000_000:
        yield Trouble("disk-full", "machine:disk", f"Only {free / 1e9:.1f} GB are free where the data is")


def certificates(settings: Settings, now_ms: int) -> Iterator[Trouble]:
    """Say which listener's certificate has ended, cannot be read, or ends within thirty days; none behind the wall."""
    for name, files in (
        ("mllp", settings.mllp.tls),
        ("http", settings.http.tls),
        ("webhook", settings.webhook.tls),
    ):
        if files is None:
            continue
        about = f"certificate:{name}"
        try:
            found = x509.load_pem_x509_certificate(files.certificate.read_bytes())
        except (OSError, ValueError):
            yield Trouble("certificate-over", about, f"The certificate of {name} cannot be read")
            continue
        left_ms = found.not_valid_after_utc.timestamp() * 1000 - now_ms
        days = int(left_ms // 86_400_000)
        if left_ms <= 0:
            yield Trouble(
                "certificate-over", about, f"The certificate of {name} has ended: senders are turned away"
            )
        elif days < SOON_DAYS:
            yield Trouble("certificate-ends", about, f"The certificate of {name} ends in {days} days")


def alerter(ground: Ground, checks: Checks, beside: Neighbour | None = None) -> Alerter:
    """Return what tells of trouble. Raises `CannotStart`."""
    wanted, watch = ground.settings.alerts, Watch(ground, checks, beside)
    mail = None
    if wanted.to:
        mail = partial(send, nudging.mail_server(ground.settings), ground.settings.nudges.sender)
    hooks = {
        name: partial(_post, ground, _hook(name, one.url, one.secret_file))
        for name, one in wanted.webhooks.items()
    }
    turn = (
        PostgresTurn(ground.database, "alerts")
        if isinstance(ground.database, PostgresDatabase)
        else AlwaysMine()
    )
    rows = (wanted.to, *wanted.then) if wanted.to else ()
    terms = Terms(
        max(1, len(rows)), round(wanted.escalate_minutes * 60_000), wanted.quiet_from, wanted.quiet_to,
        ground.settings.nudges.link.rstrip("/"), wanted.docs,
    )  # fmt: skip
    ways = Ways(terms, Routes(tuple(map(tuple, rows)), tuple(hooks)), mail, hooks)
    late = partial(late_words, generation=ground.desk.generation)
    return Alerter(ground.database, watch.look, watch.adrift, ways, ground.clock, turn, late)


def late_words(connection: Connection, since_ms: int, until_ms: int, generation: int) -> str:
    """Say of how many people news reached the desk late, by team, and how late; of whom stands on the desk's list."""
    found = late_news.by_team(connection, since_ms, until_ms, generation)
    said = [
        f"{team}: {many:,} {'person' if many == 1 else 'people'}, up to {late_ms // 60_000:,} minutes late"
        for team, (many, late_ms) in sorted(found.items())
    ]
    return (
        f"News came late. {'; '.join(said)}. Who: People to check by phone, on the worklist" if said else ""
    )


def _hook(name: str, url: str, path: Path) -> webhooks.Hook:
    try:
        return webhooks.Hook(url, secret_of(path))
    except (OSError, ValueError) as fault:
        raise CannotStart(f"alerts.webhooks.{name}.secret_file: {path}: {fault}") from None


def _post(ground: Ground, hook: webhooks.Hook, name: str, subject: str, text: str) -> None:
    webhooks.post(hook, name, subject, text, ground.clock.now_ms())


async def say_of_parts(ground: Ground, service: str, checks: Checks, stop: asyncio.Event) -> None:
    """On many machines: write down, every few seconds, what is wrong with this process's parts, for whoever tells."""
    member, said_ms = f"{service} {ground.member}", -SAY_EVERY_MS

    async def step() -> None:
        nonlocal said_ms
        now_ms = ground.clock.now_ms()
        if 0 <= now_ms - said_ms < SAY_EVERY_MS:
            return
        parts = {name: check() for name, check in checks.items()}
        await ground.database.write(
            partial(alert_store.say_of_parts, member=member, parts=parts, now_ms=now_ms)
        )
        said_ms = now_ms

    await again_and_again(step, stop, "what parts say of themselves")
    await ground.database.write(partial(alert_store.left, member=member))
