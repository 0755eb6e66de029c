"""A bridge comes back on an empty machine by nothing but the lines of the runbook, which are read and run as they stand."""

from __future__ import annotations

import os
import re
import shutil
import signal
import ssl
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import trustme

from ascbridge.intake.hl7v2.mllp_client import MllpClient
from tests.intake.messages import adt
from tests.journeys.bridge import Bridge, run
from tests.servers.process import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
READY = ("PV2|||||||||202610091400", "ZU1||||||||||||||||||||||Y||20261006")
pytestmark = pytest.mark.timeout(600)


def runbook() -> str:
    """The lines of the runbook, as it has them."""
    page = (ROOT / "docs" / "how-to" / "back-up.md").read_text("utf-8")
    (block,) = re.findall(r"^```sh runbook=empty-machine\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    return str(block)


class Machine:
    """A folder that stands for a machine's disk: /etc and /var are lost with it, /backups and /safe are elsewhere."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.webhook = folder, free_port()
        self.bridge = Bridge(folder, {"up": ["up", "--config", str(self.at("/etc/ascbridge/settings.toml"))]})
        self.bridge.key_folder = self.at("/var/lib/ascbridge")

    def at(self, path: str) -> Path:
        return self.folder / path.lstrip("/")

    def set_up(self) -> None:
        """What somebody set up once: settings, a profile of their own, a certificate, a secret."""
        etc = self.at("/etc/ascbridge")
        etc.mkdir(parents=True)
        for name in ("/backups", "/safe"):
            self.at(name).mkdir()
        shipped = ROOT / "src/ascbridge/intake/sources/profiles/itk-v24.toml"
        shutil.copy(shipped, etc / "uhcw.toml")
        issued = trustme.CA().issue_cert("127.0.0.1")
        issued.cert_chain_pems[0].write_to_path(str(etc / "cert.pem"))
        issued.private_key_pem.write_to_path(str(etc / "key.pem"))
        (etc / "webhook").write_bytes(b"w" * 32)
        (etc / "webhook").chmod(0o600)
        (etc / "settings.toml").write_text(
            f"""
            data_dir = "{self.at("/var/lib/ascbridge")}"
            erasures_file = "{self.at("/safe/erasures.jsonl")}"
            http = {{ address = {{ host = "127.0.0.1", port = {self.bridge.http} }} }}
            [mllp]
            address = {{ host = "127.0.0.1", port = {self.bridge.mllp} }}
            feed = "{etc}/uhcw.toml"
            [webhook]
            address = {{ host = "127.0.0.1", port = {self.webhook} }}
            secret_files = ["{etc}/webhook"]
            tls = {{ certificate = "{etc}/cert.pem", private_key = "{etc}/key.pem" }}
            """
        )

    async def hear(self, *raws: bytes) -> None:
        async with await MllpClient.connect("127.0.0.1", self.bridge.mllp) as client:
            for raw in raws:
                assert (await client.send(raw)).code.value == "AA"

    def certificate(self) -> str:
        return ssl.get_server_certificate(("127.0.0.1", self.webhook))

    def lose(self) -> None:
        """The machine is gone, with everything on it."""
        shutil.rmtree(self.at("/etc"))
        shutil.rmtree(self.at("/var"))


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    made = Machine(tmp_path)
    yield made
    made.bridge.kill()


async def test_the_runbook_alone_brings_a_bridge_back_on_an_empty_machine(machine: Machine) -> None:
    machine.set_up()
    bridge = machine.bridge
    bridge.start()
    await bridge.ready()
    who = {"local_id": "L-E", "visit": "V-E", "nhs_number": ""}
    await machine.hear(adt("A01", control_id="E1", **who), adt("A16", control_id="E2", extra=READY, **who))
    ledger, tasks, certificate = await bridge.settled(2), await bridge.tasks(), machine.certificate()
    assert tasks
    data = machine.at("/var/lib/ascbridge")
    for key in ("master.key", "safeguarding.key"):
        shutil.copy(data / key, machine.at("/safe"))
    machine.at("/safe/erasures.jsonl").touch()
    told = run(
        "backup", str(machine.at("/backups/2026-11-22")),
        "--config", str(machine.at("/etc/ascbridge/settings.toml")), "--with-key",
    )  # fmt: skip
    assert "back-up in" in told
    assert bridge.stop() == [0]
    machine.lose()

    lines = runbook()
    for place in ("/backups", "/safe", "/var/lib", "/etc"):
        lines = lines.replace(f" {place}/", f" {machine.at(place)}/")
    bridge.forget_tokens()
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    with (machine.folder / "runbook.log").open("wb") as log:
        running = subprocess.Popen(  # noqa: ASYNC220  # it goes on beside the test
            ["sh", "-e", "-c", lines], stdout=log, stderr=log, start_new_session=True,
            env=os.environ | {"PATH": path}, cwd=machine.folder,
        )  # fmt: skip
    try:
        await bridge.until(lambda: is_ready(bridge, running), "the runbook's last line runs")
        assert await bridge.settled(2) == ledger
        assert await bridge.tasks() == tasks
        assert machine.certificate() == certificate
        await machine.hear(adt("A03", control_id="E3", **who))
        assert (await bridge.settled(3))["adds_up"]
    finally:
        with suppress(ProcessLookupError):
            os.killpg(running.pid, signal.SIGKILL)
        running.wait()


async def is_ready(bridge: Bridge, running: subprocess.Popen[bytes]) -> bool:
    assert running.poll() is None, bridge.logs()
    return await bridge._is_ready()
