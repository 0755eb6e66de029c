"""A message comes in: the HL7 v2 listener and the council's file drop. Imports nothing that only work needs."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from ascbridge import telemetry
from ascbridge.bootstrap import posting, proving, settled, throwing_away
from ascbridge.bootstrap.vitals import Vitals
from ascbridge.events.faults import is_infrastructure, reason_of
from ascbridge.events.wake import Waker
from ascbridge.intake import forgetting
from ascbridge.intake.file_drop import FileDrop
from ascbridge.intake.inbox import Doorkeeper
from ascbridge.intake.intake_desk import IntakeDesk
from ascbridge.intake.mllp import FaultKind
from ascbridge.intake.mllp_listener import MllpListener
from ascbridge.people.data_keys import DataKeys
from ascbridge.storage.database import SqliteDatabase

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Sequence

    from ascbridge.clock import Clock
    from ascbridge.config import Settings, TlsSettings
    from ascbridge.events.sealing import Keyring
    from ascbridge.intake.inbox import Arrival
    from ascbridge.intake.intake_desk import Announce
    from ascbridge.intake.kept import Kept
    from ascbridge.intake.sources.profile import Profile
    from ascbridge.intake.webhook import Webhook

_log = telemetry.log("listening")
LOOK_AT_CERTIFICATE_S = 30
FORGET_EVERY_S, BETWEEN_TWO_S = 60.0, 0.1
OUTCOMES = ("kept", "refused", "duplicate")


def desk(
    settings: Settings,
    profile: Profile,
    *,
    keyring: Keyring,
    data_keys: DataKeys,
    clock: Clock,
    announce: Announce | None = None,
) -> IntakeDesk:
    """The desk that keeps what arrives on one feed."""
    return IntakeDesk(
        Doorkeeper(profile, keyring),
        keyring=keyring,
        data_keys=data_keys,
        clock=clock,
        resend_window_hours=settings.mllp.resend_window_hours,
        wake=Waker(settled.wake_socket(settings)).wake,
        announce=announce,
    )


def listener(settings: Settings, feed: str, intake: IntakeDesk, **keep: object) -> MllpListener:
    """The HL7 v2 listener; give `keep` or `keep_later` as `MllpListener` says."""
    mllp = settings.mllp
    _count_from_zero(feed)
    return MllpListener(
        feed=feed,
        max_frame_bytes=mllp.max_frame_bytes,
        idle_seconds=mllp.idle_seconds,
        allowed_senders=mllp.allowed_senders,
        refuse=intake.not_now,
        **keep,  # type: ignore[arg-type]  # keep= or keep_later=
    )


def count_messages_from_zero(feed: str) -> None:
    """Show the count of a feed's messages from the start: only then can a silent feed be seen to be silent."""
    for outcome in OUTCOMES:
        telemetry.messages.labels(feed, outcome)


def _count_from_zero(feed: str) -> None:
    """Show every count of a feed from the start: only then can it be seen to rise."""
    count_messages_from_zero(feed)
    for kind in FaultKind:
        telemetry.misframed.labels(feed, kind.value)
    telemetry.miscounted_batches.labels(feed)
    telemetry.clock_ahead.labels(feed)
    telemetry.answer_seconds.labels(feed)


async def serve_mllp(settings: Settings, listening: MllpListener, stop: asyncio.Event) -> None:
    """Listen until told to stop, then answer what has arrived."""
    address, context = settings.mllp.address, tls_context(settings.mllp.tls)
    port = await listening.start(address.host, address.port, context)
    _log.info("listening for HL7 v2", address=address.host, port=port, profile=settings.mllp.feed)
    renewing = None
    if context is not None and settings.mllp.tls is not None:
        renewing = asyncio.create_task(renew(context, settings.mllp.tls))
    try:
        await stop.wait()
    finally:
        if renewing is not None:
            renewing.cancel()
        await listening.stop()


def tls_context(files: TlsSettings | None) -> ssl.SSLContext | None:
    """The listener's side of TLS, mutual where an authority for clients is named. Raises `OSError`."""
    if files is None:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(files.certificate, files.private_key)
    if files.client_ca is not None:
        context.load_verify_locations(files.client_ca)
        context.verify_mode = ssl.CERT_REQUIRED
    return context


async def renew(context: ssl.SSLContext, files: TlsSettings, every_s: float = LOOK_AT_CERTIFICATE_S) -> None:
    """Use a certificate that was renewed on disk for every connection from then on, without a restart."""
    seen = _written(files)
    while True:
        await asyncio.sleep(every_s)
        now = _written(files)
        if now == seen:
            continue
        seen = now
        try:
            # First on the side: OpenSSL lets go of the old key as soon as it is given a certificate of another one.
            ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(files.certificate, files.private_key)
            context.load_cert_chain(files.certificate, files.private_key)
        except OSError as fault:  # an `ssl.SSLError` is one
            _log.error("the renewed certificate cannot be used; the old one stays", cause=str(fault))


def _written(files: TlsSettings) -> list[int]:
    """When certificate and key were written: they are renewed one after the other, and may be away in between."""
    times = []
    for path in (files.certificate, files.private_key):
        try:
            times.append(path.stat().st_mtime_ns)
        except OSError:  # whatever it is: looking must go on, or no renewal is ever noticed again
            times.append(0)
    return times


Forgetting = Callable[[Connection], int]


async def forget_resends(
    settings: Settings,
    write: Callable[[Forgetting], Awaitable[int]],
    clock: Clock,
    stop: asyncio.Event,
    every_s: float = FORGET_EVERY_S,
) -> None:
    """Forget what is past the resend window: a little at a time, and at the pace of a busy feed at the most."""
    window_ms = round(settings.mllp.resend_window_hours * 3_600_000)
    while not stop.is_set():
        pause_s = every_s
        try:
            if await write(lambda c: forgetting.forget(c, clock.now_ms() - window_ms)) == forgetting.AT_ONCE:
                pause_s = BETWEEN_TWO_S
        except Exception as fault:
            if not is_infrastructure(fault):
                raise
            _log.warning(
                "no repeats forgotten this time", exception=type(fault).__name__, reason=reason_of(fault)
            )
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), pause_s)


async def serve_webhook(settings: Settings, posted: Webhook, stop: asyncio.Event) -> None:
    """Take posted facts until told to stop."""
    count_messages_from_zero(settled.webhook_profile(settings).feed.name)
    tls = settings.webhook.tls
    context = tls_context(tls)
    renewing = renew(context, tls) if context is not None and tls is not None else None
    await posting.serve_webhook(settings, posted, stop, context, renewing)


async def listen(settings: Settings, stop: asyncio.Event) -> None:
    """Keep what arrives, on one machine; alone writes kept.db and keys.db."""
    clock, keyring = settled.clock_of(settings), settled.keyring_of(settings)
    proving.files_are_there(settings)
    proving.key_opens_files(settings, keyring)
    data_keys = DataKeys(keyring)
    keys = SqliteDatabase(settled.file_of(settings, "keys"))
    kept = SqliteDatabase(settled.file_of(settings, "kept"))
    profile, files = settled.hospital_profile(settings), settled.council_profile(settings)
    hospital = desk(settings, profile, keyring=keyring, data_keys=data_keys, clock=clock)
    council = desk(settings, files, keyring=keyring, data_keys=data_keys, clock=clock)
    count_messages_from_zero(files.feed.name)

    def keep(arrivals: Sequence[Arrival]) -> list[list[bytes]]:
        return hospital.answers(hospital.keep_in_files(keys, kept, arrivals))

    async def keep_lines(arrivals: Sequence[Arrival]) -> list[list[Kept]]:
        return council.keep_in_files(keys, kept, arrivals)

    async def forget_here(work: Forgetting) -> int:
        return kept.write_now(work)  # in this thread, as every write of this process is

    folder = settings.council.facts_folder or settings.data_dir / "council-facts"
    listening = listener(settings, profile.feed.name, hospital, keep=keep)
    dropped = FileDrop(folder, keep_lines, files=files.files)
    checks: dict[str, Callable[[], str]] = {
        "mllp": lambda: listening.trouble,
        "council-facts": lambda: dropped.trouble,
    }
    more: list[Coroutine[None, None, None]] = []
    if settings.webhook.address is not None:
        posts = settled.webhook_profile(settings)
        door = desk(settings, posts, keyring=keyring, data_keys=data_keys, clock=clock)

        async def keep_facts(arrivals: Sequence[Arrival]) -> list[list[Kept]]:
            return door.keep_in_files(keys, kept, arrivals)

        async def reused(number: str, body: bytes) -> bool:
            return kept.read_now(partial(posting.reused, door, number, body))

        posted = posting.webhook_of(settings, posts.feed.name, keep_facts, reused, clock)
        checks["webhook"] = lambda: posted.trouble
        more.append(serve_webhook(settings, posted, stop))
    vitals = Vitals(checks)
    try:
        await settled.until(
            stop,
            *more,
            serve_mllp(settings, listening, stop),
            dropped.run(stop),
            throwing_away.throw_keys_away(settings, keys, data_keys, clock, stop),
            forget_resends(settings, forget_here, clock, stop),
            vitals.serve(
                stop, address=settings.health_address("listen"), path=settled.vitals_socket(settings)
            ),
        )
    finally:
        await kept.close()
        await keys.close()
