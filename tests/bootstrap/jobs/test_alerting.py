"""What a process sees of itself and of its machine, and that alerts are put together as they are set."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
import trustme
from cryptography import x509

from ascbridge.alerts import alert_store
from ascbridge.bootstrap.commands import prepare
from ascbridge.bootstrap.jobs import alerting
from ascbridge.bootstrap.jobs.alerting import ClockWatch
from ascbridge.bootstrap.parts.ground import open_ground
from ascbridge.bootstrap.parts.settled import CannotStart
from ascbridge.config_sections import KafkaSettings, MllpSettings, TlsSettings
from tests.bootstrap.jobs.test_nudging import SET
from tests.bootstrap.parts.test_certificates import put
from tests.bootstrap.parts.test_replying import folder, grounds
from tests.servers.process import free_port

if TYPE_CHECKING:
    from pathlib import Path

    from ascbridge.config import Settings

__all__ = ["folder"]
TO: dict[str, Any] = {"nudges": SET | {"to": {}}, "alerts": {"to": ["desk@council.example"]}}


def test_a_clock_that_jumps_is_told_for_a_while() -> None:
    wall, steady = [1_000.0], [10.0]
    watch = ClockWatch(lambda: wall[0], lambda: steady[0])
    wall[0], steady[0] = wall[0] + 5, steady[0] + 5
    assert list(watch.look()) == []
    wall[0], steady[0] = wall[0] - 3_600, steady[0] + 5
    (one,) = watch.look()
    assert one.text == "The clock of this machine jumped back by 3,605 seconds"
    steady[0], wall[0] = steady[0] + 601, wall[0] + 601
    assert list(watch.look()) == []


def test_a_clock_that_a_demonstration_moves_did_not_jump() -> None:
    wall, steady, pace = [1_000.0], [10.0], [1.0]
    watch = ClockWatch(lambda: wall[0], lambda: steady[0], lambda: pace[0])
    for speed in (60.0, 60.0, 1.0):
        pace[0], steady[0], wall[0] = speed, steady[0] + 5, wall[0] + 300
        assert list(watch.look()) == []
    wall[0], steady[0] = wall[0] + 300, steady[0] + 5
    assert len(list(watch.look())) == 1


async def test_a_part_that_stands_still_a_full_disk_and_a_feed_become_alerts(settings: Settings) -> None:
    prepare(settings)
    wanted = settings.model_copy(
        update={"alerts": settings.alerts.model_copy(update={"least_free_mb": 10_000_000})}
    )
    ground = open_ground(wanted)
    ground.deliver(ground.engine())
    trouble = {
        "translator": "12 people are held with one cause: a map",
        "safeguarding": "is missing",
        "record": "",
    }
    checks = {name: (lambda text=text: text) for name, text in trouble.items()}
    made = alerting.alerter(ground, checks)
    await made.step()
    found = await ground.database.read(alert_store.standing)
    assert {(one.cause, one.about) for one in found} == {
        ("reader-stopped", "service:translator"), ("disk-full", "machine:disk"),
    }  # fmt: skip
    await ground.database.close()


async def test_brokers_of_which_none_lets_anybody_connect_are_told(settings: Settings) -> None:
    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0)
    port, nobody = server.sockets[0].getsockname()[1], free_port()

    async def told(bootstrap: str) -> list[str]:
        kafka = KafkaSettings(bootstrap=bootstrap)
        return [one.cause for one in await alerting.brokers(settings.model_copy(update={"kafka": kafka}))]

    assert await told("") == []
    assert await told(f"127.0.0.1:{nobody}, 127.0.0.1:{port}") == []
    assert await told(f"127.0.0.1:{nobody}") == ["broker-down"]
    server.close()
    await server.wait_closed()


def test_a_certificate_is_told_thirty_days_ahead_and_when_it_has_ended(
    settings: Settings, tmp_path: Path
) -> None:
    files = TlsSettings(certificate=tmp_path / "tls.pem", private_key=tmp_path / "tls.key")
    put(trustme.CA().issue_cert("localhost"), files)
    mllp = MllpSettings(tls=files)
    wanted = settings.model_copy(update={"mllp": mllp})
    ends = x509.load_pem_x509_certificate(files.certificate.read_bytes()).not_valid_after_utc
    ends_ms = round(ends.timestamp() * 1000)
    day = 86_400_000
    told = {
        days: [one.cause for one in alerting.certificates(wanted, ends_ms - days * day)]
        for days in (31, 29, 0, -1)
    }
    assert told == {31: [], 29: ["certificate-ends"], 0: ["certificate-over"], -1: ["certificate-over"]}
    files.certificate.write_text("no certificate")
    assert [one.text for one in alerting.certificates(wanted, ends_ms)] == [
        "The certificate of mllp cannot be read"
    ]


def test_who_is_written_to_needs_a_server_and_a_hook_its_secret(folder: Path) -> None:
    for ground in grounds(folder, **TO):
        assert alerting.alerter(ground, {}).name == "alerts"
    secret = folder / "hook"
    secret.write_text("s" * 32)
    secret.chmod(0o644)
    hook = {"url": "https://hooks.example/x", "secret_file": str(secret)}
    for ground in grounds(folder, alerts={"webhooks": {"teams": hook}}):
        with pytest.raises(CannotStart, match=r"alerts\.webhooks\.teams.*chmod 600"):
            alerting.alerter(ground, {})


async def test_each_service_says_what_is_wrong_with_its_parts_until_it_ends(settings: Settings) -> None:
    prepare(settings)
    ground, stop = open_ground(settings), asyncio.Event()
    running = asyncio.create_task(
        alerting.say_of_parts(ground, "intake", {"translator": lambda: "stuck"}, stop)
    )
    now_ms, wanted = ground.clock.now_ms(), {(f"intake {ground.member}", "translator"): "stuck"}
    async with asyncio.timeout(60):
        while (await ground.database.read(lambda c: alert_store.said_of_parts(c, now_ms)))[0] != wanted:  # noqa: ASYNC110  # a table tells nobody
            await asyncio.sleep(0.01)
    stop.set()
    await asyncio.wait_for(running, 60)
    assert await ground.database.read(lambda c: alert_store.said_of_parts(c, now_ms)) == ({}, frozenset())
    await ground.database.close()
