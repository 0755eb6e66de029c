"""Certificates are renewed without a restart, and never wrongly."""

from __future__ import annotations

import asyncio
import os
import ssl
from typing import TYPE_CHECKING

import pytest
import trustme

from ascbridge.bootstrap.parts import certificates
from ascbridge.config_sections import TlsSettings

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path


PATIENCE_S = 120


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not await holds():  # noqa: ASYNC110  # what is waited for is another program's to say
            await asyncio.sleep(0.01)


def put(certificate: trustme.LeafCert, files: TlsSettings) -> None:
    """Write a certificate as a renewing program does: each file whole, one after the other."""
    for path, text in (
        (files.certificate, b"".join(blob.bytes() for blob in certificate.cert_chain_pems)),
        (files.private_key, certificate.private_key_pem.bytes()),
    ):
        beside = path.with_suffix(".new")
        beside.write_bytes(text)
        os.utime(beside, ns=(0, put.count))  # a time of its own, however coarse the file system's clock
        put.count += 1
        beside.replace(path)


put.count = 1  # type: ignore[attr-defined]


class Served:
    """A TLS server on the context under test; `shown` is the certificate that it shows to a new connection."""

    def __init__(self, folder: Path) -> None:
        self.authority = trustme.CA()
        self.files = TlsSettings(certificate=folder / "tls.pem", private_key=folder / "tls.key")
        self.first = self.issue()
        self.client = ssl.create_default_context()
        self.authority.configure_trust(self.client)

    def issue(self) -> trustme.LeafCert:
        return self.authority.issue_cert("localhost")

    async def start(self) -> ssl.SSLContext:
        put(self.first, self.files)
        context = certificates.tls_context(self.files)
        assert context is not None
        self.server = await asyncio.start_server(
            lambda _, writer: writer.close(), "127.0.0.1", 0, ssl=context
        )
        return context

    async def shown(self) -> bytes:
        port = self.server.sockets[0].getsockname()[1]
        _, writer = await asyncio.open_connection(
            "127.0.0.1", port, ssl=self.client, server_hostname="localhost"
        )
        found = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
        writer.close()
        return bytes(found)


def der(certificate: trustme.LeafCert) -> bytes:
    return ssl.PEM_cert_to_DER_cert(certificate.cert_chain_pems[0].bytes().decode())


async def test_a_renewed_certificate_is_used_for_new_connections_without_a_restart(tmp_path: Path) -> None:
    served = Served(tmp_path)
    context = await served.start()
    assert await served.shown() == der(served.first)
    renewing = asyncio.create_task(certificates.renew(context, served.files, every_s=0.001))
    await asyncio.sleep(0)  # it has looked once
    for _ in range(2):
        new = served.issue()
        put(new, served.files)

        async def used(wanted: bytes = der(new)) -> bool:
            return await served.shown() == wanted

        await until(used)
    renewing.cancel()
    served.server.close()


async def test_a_certificate_without_its_key_is_not_used_until_its_key_is_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    served = Served(tmp_path)
    context = await served.start()
    renewing = asyncio.create_task(certificates.renew(context, served.files, every_s=0.001))
    await asyncio.sleep(0)  # it has looked once
    new, old_key = served.issue(), served.files.private_key.read_bytes()
    put(new, served.files)
    new_key = served.files.private_key.read_bytes()
    served.files.private_key.write_bytes(old_key)
    os.utime(served.files.private_key, ns=(0, 1_001))

    async def told() -> bool:
        return "the old one stays" in capsys.readouterr().out

    await until(told)
    assert await served.shown() == der(served.first)
    served.files.private_key.unlink()  # a moment in which there is none ends nothing
    await asyncio.sleep(0)
    served.files.private_key.write_bytes(new_key)
    os.utime(
        served.files.private_key, ns=(0, 1_002)
    )  # another time, though the two may be written in one tick

    async def used() -> bool:
        return await served.shown() == der(new)

    await until(used)
    assert not renewing.done()
    renewing.cancel()
    served.server.close()


def test_a_certificate_that_cannot_be_looked_at_is_as_one_that_is_not_there(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    there = tmp_path / "file" / "below a file.pem"  # an OSError of another kind, as one without leave to look
    assert certificates._written(TlsSettings(certificate=there, private_key=there)) == [0, 0]


async def test_with_an_authority_for_senders_nobody_else_is_let_in(tmp_path: Path) -> None:
    served = Served(tmp_path)
    put(served.first, served.files)
    authority = tmp_path / "senders.pem"
    served.authority.cert_pem.write_to_path(authority)
    context = certificates.tls_context(served.files.model_copy(update={"client_ca": authority}))
    assert context is not None
    assert context.verify_mode is ssl.CERT_REQUIRED
    alone = certificates.tls_context(served.files)
    assert alone is not None
    assert alone.verify_mode is ssl.CERT_NONE


def test_without_certificates_there_is_no_tls_and_with_missing_ones_no_start(tmp_path: Path) -> None:
    assert certificates.tls_context(None) is None
    with pytest.raises(FileNotFoundError):
        certificates.tls_context(TlsSettings(certificate=tmp_path / "a", private_key=tmp_path / "b"))
