"""Certificates of the listeners: how they are used, and used anew when they were renewed on disk."""

from __future__ import annotations

import asyncio
import ssl
from typing import TYPE_CHECKING

from ascbridge import telemetry

if TYPE_CHECKING:
    from ascbridge.config_sections import TlsSettings

_log = telemetry.log("certificates")
LOOK_AT_CERTIFICATE_S = 30


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
