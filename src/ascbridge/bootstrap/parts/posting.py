"""Puts the webhook together: its secrets, its desk, and where it listens."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from ascbridge import telemetry
from ascbridge.bootstrap.parts.certificates import renew, tls_context
from ascbridge.bootstrap.parts.settled import CannotStart
from ascbridge.intake.doors.webhook import Terms, Webhook
from ascbridge.intake.doors.webhook_signature import SHORTEST_SECRET
from ascbridge.intake.keeping.sender_numbers import given_to_another

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from sqlalchemy import Connection

    from ascbridge.clock import Clock
    from ascbridge.config_sections import PostedSettings
    from ascbridge.intake.doors.webhook import Keep, Reused
    from ascbridge.intake.keeping.intake_desk import IntakeDesk

_log = telemetry.log("posting")


class SecretFiles:
    """The secrets in files, read again when a file changes. Raises `CannotStart` where one cannot be used at the start.

    A file that cannot be used later, as while it is being written, leaves what it held before.
    """

    def __init__(self, paths: Sequence[Path]) -> None:
        self._paths = tuple(paths)
        self._seen = [(0, b"")] * len(self._paths)
        for number, path in enumerate(self._paths):
            try:
                self._seen[number] = (path.stat().st_mtime_ns, secret_of(path))
            except (OSError, ValueError) as fault:
                raise CannotStart(f"webhook.secret_files: {path}: {fault}") from None

    def __call__(self) -> tuple[bytes, ...]:
        """Return the secrets that hold now."""
        for number, path in enumerate(self._paths):
            try:
                written = path.stat().st_mtime_ns
                if written != self._seen[number][0]:
                    self._seen[number] = (written, secret_of(path))
            except (OSError, ValueError) as fault:
                _log.error("a secret cannot be used; the old one stays", path=str(path), cause=str(fault))
        return tuple(secret for _, secret in self._seen)


def secret_of(path: Path) -> bytes:
    """Read a secret that is its owner's alone. Raises `OSError`, or `ValueError` saying what is wrong with it."""
    if path.stat().st_mode & 0o077:
        raise ValueError("others may read it: chmod 600")
    secret = path.read_bytes().strip()
    if len(secret) < SHORTEST_SECRET:
        raise ValueError(f"a secret has at least {SHORTEST_SECRET} bytes")
    return secret


def reused(desk: IntakeDesk, number: str, body: bytes, connection: Connection) -> bool:
    """Whether a sender's number was given to another fact that is kept."""
    return given_to_another(connection, desk.feed, number, desk.digest(body), desk.repeats_since_ms)


def webhook_of(
    wanted: PostedSettings,
    feed: str,
    keep: Keep,
    reused: Reused,
    clock: Clock,
    shut: Callable[[], bool] = lambda: False,
) -> Webhook:
    """The webhook of a feed, as it is set. Raises `CannotStart`."""
    secrets = SecretFiles(wanted.secret_files)
    terms = Terms(feed, secrets, wanted.replay_seconds, wanted.max_body_bytes)
    return Webhook(terms, keep, reused, clock, shut)


async def serve_webhook(wanted: PostedSettings, webhook: Webhook, stop: asyncio.Event) -> None:
    """Take what is posted until told to stop. Raises `CannotStart`."""
    address, files = wanted.address, wanted.tls
    assert address is not None
    context = tls_context(files)
    try:
        port = await webhook.start(address.host, address.port, context)
    except OSError as fault:
        here = f"{address.host}:{address.port}"
        raise CannotStart(f"the webhook cannot listen at {here}: {fault.strerror}") from None
    _log.info("listening for facts", address=address.host, port=port)
    renewing = None
    if context is not None and files is not None:
        renewing = asyncio.create_task(renew(context, files))
    try:
        await stop.wait()
    finally:
        if renewing is not None:
            renewing.cancel()
        await webhook.stop()
