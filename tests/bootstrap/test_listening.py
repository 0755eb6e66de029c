"""A message comes in: waking the work, TLS with certificates that are renewed, and the whole listening service."""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
from typing import TYPE_CHECKING

import pytest
import trustme

from ascbridge.bootstrap import listening, settled
from ascbridge.clock import Clock
from ascbridge.config import TlsSettings
from ascbridge.intake import forgetting
from ascbridge.intake.mllp_client import MllpClient
from ascbridge.operations.neighbour import Neighbour
from ascbridge.people.data_keys import DataKeys
from ascbridge.storage.database import SqliteDatabase
from ascbridge.storage.tables import message
from tests.intake.messages import adt

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from ascbridge.config import Settings
    from ascbridge.intake.intake_desk import IntakeDesk

PATIENCE_S = 60


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
        context = listening.tls_context(self.files)
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
    renewing = asyncio.create_task(listening.renew(context, served.files, every_s=0.001))
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
    renewing = asyncio.create_task(listening.renew(context, served.files, every_s=0.001))
    await asyncio.sleep(0)  # it has looked once
    new, old_key = served.issue(), served.files.private_key.read_bytes()
    put(new, served.files)
    new_key = served.files.private_key.read_bytes()
    served.files.private_key.write_bytes(old_key)

    async def told() -> bool:
        return "the old one stays" in capsys.readouterr().out

    await until(told)
    assert await served.shown() == der(served.first)
    served.files.private_key.unlink()  # a moment in which there is none ends nothing
    await asyncio.sleep(0)
    served.files.private_key.write_bytes(new_key)

    async def used() -> bool:
        return await served.shown() == der(new)

    await until(used)
    assert not renewing.done()
    renewing.cancel()
    served.server.close()


def test_a_certificate_that_cannot_be_looked_at_is_as_one_that_is_not_there(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    there = tmp_path / "file" / "below a file.pem"  # an OSError of another kind, as one without leave to look
    assert listening._written(TlsSettings(certificate=there, private_key=there)) == [0, 0]


async def test_with_an_authority_for_senders_nobody_else_is_let_in(tmp_path: Path) -> None:
    served = Served(tmp_path)
    put(served.first, served.files)
    authority = tmp_path / "senders.pem"
    served.authority.cert_pem.write_to_path(authority)
    context = listening.tls_context(served.files.model_copy(update={"client_ca": authority}))
    assert context is not None
    assert context.verify_mode is ssl.CERT_REQUIRED
    alone = listening.tls_context(served.files)
    assert alone is not None
    assert alone.verify_mode is ssl.CERT_NONE


def test_without_certificates_there_is_no_tls_and_with_missing_ones_no_start(tmp_path: Path) -> None:
    assert listening.tls_context(None) is None
    with pytest.raises(FileNotFoundError):
        listening.tls_context(TlsSettings(certificate=tmp_path / "a", private_key=tmp_path / "b"))


def desk_of(settings: Settings) -> IntakeDesk:
    keyring, profile = settled.keyring_of(settings), settled.hospital_profile(settings)
    return listening.desk(
        settings, profile, keyring=keyring, data_keys=DataKeys(keyring), clock=settled.clock_of(settings)
    )


def test_work_is_woken_where_it_listens_and_nothing_breaks_where_it_does_not(settings: Settings) -> None:
    wake = desk_of(settings)._wake
    wake()
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ear:
        ear.bind(str(settled.wake_socket(settings)))
        ear.settimeout(PATIENCE_S)
        wake()
        assert ear.recv(10) == b"\x01"


async def test_the_service_keeps_messages_and_council_files_until_told_to_stop(settings: Settings) -> None:
    stop, address = asyncio.Event(), settings.mllp.address
    running = asyncio.create_task(listening.listen(settings, stop))
    folder = settings.data_dir / "council-facts"

    async def ready() -> bool:
        try:
            async with await MllpClient.connect(address.host, address.port) as client:
                return (await client.send(adt("A01"))).accepted
        except OSError:
            assert not running.done(), running
            return False

    await until(ready)
    (folder / "today.part").write_text('{"fact": "nonsense"}\n')
    (folder / "today.part").rename(folder / "today.jsonl")

    async def taken() -> bool:
        return (folder / "done" / "today.rejected.jsonl").exists()

    await until(taken)
    beside = Neighbour("listen", settled.vitals_socket(settings))
    assert await beside.trouble() == ""
    counted = await beside.counts()
    assert counted is not None
    assert 'ascbridge_messages_total{feed="itk-v24",outcome="kept"}' in counted
    stop.set()
    await asyncio.wait_for(running, PATIENCE_S)
    kept = SqliteDatabase(settled.file_of(settings, "kept"))
    found = await kept.read(lambda c: [(row.feed, row.outcome) for row in c.execute(message.select())])
    await kept.close()
    assert found == [("itk-v24", "kept"), ("council-facts", "refused")]
    assert await beside.trouble() == "does not answer"
    with pytest.raises(OSError):  # noqa: PT011  # nobody listens there any more, however the system says it
        await MllpClient.connect(address.host, address.port)


async def test_what_is_past_the_resend_window_is_forgotten_until_nothing_is_left(settings) -> None:
    stop, asked, left = asyncio.Event(), [], [forgetting.AT_ONCE, OSError("disk full"), forgetting.AT_ONCE, 3]

    async def write(_work):
        asked.append(None)
        found = left.pop(0)
        if not left:
            stop.set()
        if isinstance(found, OSError):
            raise found
        return found

    await listening.forget_resends(settings, write, Clock.system(), stop, every_s=0.01)
    assert len(asked) == 4
