"""The webhook as it is set: its secrets in files, changed while it runs, and where it listens."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING

import httpx
import pytest

from ascbridge.bootstrap import listening
from ascbridge.bootstrap.parts import settled
from ascbridge.bootstrap.parts.posting import SecretFiles
from ascbridge.bootstrap.parts.settled import CannotStart
from ascbridge.config_sections import HostPort
from ascbridge.intake.doors.webhook_signature import sign
from ascbridge.operations.flowing.neighbour import Neighbour
from tests.bootstrap.test_listening import PATIENCE_S, until
from tests.intake.doors.test_webhook import fact
from tests.servers.process import free_port

if TYPE_CHECKING:
    from pathlib import Path

    from ascbridge.config import Settings


def write(path: Path, secret: bytes, at: int = 1) -> Path:
    path.write_bytes(secret)
    path.chmod(0o600)
    os.utime(path, ns=(at, at))
    return path


def test_a_secret_is_read_again_when_its_file_changes(tmp_path: Path) -> None:
    old, new = write(tmp_path / "old", b"o" * 32 + b"\n"), write(tmp_path / "new", b"n" * 32)
    secrets = SecretFiles([old, new])
    assert secrets() == (b"o" * 32, b"n" * 32)
    write(old, b"p" * 32, at=2)
    assert secrets() == (b"p" * 32, b"n" * 32)
    write(old, b"short", at=3)
    assert secrets() == (b"p" * 32, b"n" * 32)
    old.unlink()
    assert secrets() == (b"p" * 32, b"n" * 32)


@pytest.mark.parametrize(
    "secret, mode, said", [(b"short", 0o600, "at least 32 bytes"), (b"s" * 32, 0o640, "chmod 600")]
)
def test_a_secret_that_cannot_be_used_is_told_at_the_start(
    tmp_path: Path, secret: bytes, mode: int, said: str
) -> None:
    path = write(tmp_path / "secret", secret)
    path.chmod(mode)
    with pytest.raises(CannotStart, match=said):
        SecretFiles([path])
    with pytest.raises(CannotStart, match=r"secret_files.*none"):
        SecretFiles([tmp_path / "none"])


def test_the_posted_facts_have_a_feed_where_they_are_taken(settings: Settings) -> None:
    assert "council-webhook" not in settled.profiles_of(settings)
    webhook = settings.webhook.model_copy(update={"address": HostPort(port=0)})
    posting = settings.model_copy(update={"webhook": webhook})
    assert "council-webhook" in settled.profiles_of(posting)


async def test_the_service_takes_posted_facts_until_told_to_stop(settings: Settings, tmp_path: Path) -> None:
    secret, port = b"s" * 40, free_port()
    webhook = settings.webhook.model_copy(
        update={"address": HostPort(port=port), "secret_files": (write(tmp_path / "s", secret),)}
    )
    settings = settings.model_copy(update={"webhook": webhook})
    stop = asyncio.Event()
    running = asyncio.create_task(listening.listen(settings, stop))
    now, body, said = settled.clock_of(settings).now_ms() // 1000, fact(), []

    async def taken() -> bool:
        assert not running.done(), running
        headers = {"content-type": "application/json", "idempotency-key": "F1", "webhook-timestamp": str(now),
                   "webhook-signature": sign(secret, "F1", now, body)}  # fmt: skip
        try:
            async with httpx.AsyncClient(timeout=PATIENCE_S) as client:
                said.append(
                    await client.post(f"http://127.0.0.1:{port}/facts", content=body, headers=headers)
                )
        except httpx.TransportError:
            return False
        return True

    await until(taken)
    assert said[-1].status_code == 201
    counted = await Neighbour("listen", settled.vitals_socket(settings), PATIENCE_S).counts()
    assert counted is not None
    assert 'ascbridge_messages_total{feed="council-webhook",outcome="kept"}' in counted
    assert 'ascbridge_webhook_refused_total{feed="council-webhook",status="401"} 0.0' in counted
    stop.set()
    await asyncio.wait_for(running, PATIENCE_S)
