"""What IT staff rely on, on both stacks: alerts can fire, health tells the truth, and a replay leaves all as it was."""

from __future__ import annotations

import json
import os
import re
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import yaml
from typer.testing import CliRunner

from ascbridge.cli import app
from ascbridge.intake.hl7v2.mllp_client import MllpClient
from tests.intake.messages import adt
from tests.journeys.bridge import Bridge, on_sqlite, run
from tests.test_supervisor import children, gone, listener

if TYPE_CHECKING:
    from collections.abc import Iterator

ALERTS = Path(__file__).parents[2] / "deploy" / "prometheus" / "alerts.yml"
READY = ("PV2|||||||||202610091400", "ZU1||||||||||||||||||||||Y||20261006")
SELECTED = re.compile(r"\b(ascbridge_\w+)(?:\{([^}]*)\})?")
CHOSEN = re.compile(r'(\w+)=~?"([^"]*)"')
pytestmark = pytest.mark.timeout(900)


async def sent(bridge: Bridge, *raws: bytes) -> None:
    async with await MllpClient.connect("127.0.0.1", bridge.mllp) as client:
        for raw in raws:
            assert (await client.send(raw)).code.value == "AA"


async def exported(bridge: Bridge) -> str:
    """Every sample that the processes of a bridge show to Prometheus, where deploy/prometheus says they are."""
    async with httpx.AsyncClient(timeout=60) as client:
        texts = [
            (await client.get(f"http://127.0.0.1:{port}/metrics")).text
            for port in (bridge.http, *bridge.health.values())
        ]
    return "\n".join(line for text in texts for line in text.splitlines() if not line.startswith("#"))


def asked_for() -> set[tuple[str, str, str]]:
    """Every metric that an alert names, with each label value that it wants (or none)."""
    found = set()
    for group in yaml.safe_load(ALERTS.read_text("utf-8"))["groups"]:
        for rule in group["rules"]:
            for name, labels in SELECTED.findall(rule["expr"]):
                wanted = CHOSEN.findall(labels) or [("", "")]
                found |= {(name, label, value) for label, values in wanted for value in values.split("|")}
    return found


async def test_alerts_can_fire_and_a_replay_leaves_all_as_it_was(bridge: Bridge) -> None:
    await bridge.ready()
    before, who = await bridge.ledger(), {"local_id": "L-R", "visit": "V-R", "nhs_number": ""}
    await sent(bridge, adt("A01", control_id="R1", **who), adt("A16", control_id="R2", extra=READY, **who))
    kept = before["kept"] + 2
    ledger, tasks = await bridge.settled(kept), await bridge.tasks()
    await every_alert_can_fire(bridge)
    data = str(bridge.key_folder or bridge.folder / "data")
    way = ["--data-dir", data, "--http", f"127.0.0.1:{bridge.http}"]
    for consumer, ask in (("translator", run), ("discharge", told), ("record", told)):
        again = ["replay", "--consumer", consumer, "--from-time", "2020-01-01T00:00Z", *way]
        asked = ask(*again, "--dry-run").splitlines()[-1]
        assert re.fullmatch(rf"{consumer} would read [1-9]\d* events again", asked)
        before = {}

        async def moved(name: str = consumer, seen: dict[str, Any] = before) -> bool:
            handled = await count(bridge, name)
            return handled > seen.setdefault("handled", handled)

        assert not await moved()
        assert asked.replace("would read", "reads") == ask(*again).splitlines()[-1]
        await bridge.until(moved, f"{consumer} reads again")
        assert await bridge.settled(kept) == ledger
    assert await bridge.tasks() == tasks
    if bridge.health:
        readers = json.loads(await bridge.answer("/health/ready"))["readers"]
        assert {"translator", "discharge", "record"} <= readers.keys()


def told(*arguments: str) -> str:
    """What a command prints, without the seconds that a program of its own takes to begin."""
    done = CliRunner().invoke(app, list(arguments))
    assert done.exit_code == 0, done.output
    return done.output


async def count(bridge: Bridge, consumer: str) -> float:
    found = re.findall(
        rf'ascbridge_events_handled_total{{consumer="{consumer}".*?}} (\S+)', await exported(bridge)
    )
    return sum(map(float, found))


NOT_OF_THESE_BRIDGES = {
    "ascbridge_polled_rows_total", "ascbridge_poll_age_seconds",  # tests/bootstrap/parts/test_polling.py
    "ascbridge_webhook_refused_total",  # tests/bootstrap/parts/test_posting.py
    "ascbridge_replies_overdue", "ascbridge_replies_total",  # tests/journeys/test_told_hospitals.py
}  # fmt: skip
"""Neither is given a database or a webhook of the council, or a hospital to tell; the tests named are, and show that these are exported."""


async def every_alert_can_fire(bridge: Bridge) -> None:
    missing: set[tuple[str, str, str]] = set()

    async def there() -> bool:
        samples = (await exported(bridge)).splitlines()
        missing.clear()
        missing.update(
            (name, label, value)
            for name, label, value in asked_for()
            if name not in NOT_OF_THESE_BRIDGES
            and not any(
                re.match(rf"{name}[{{ ]", one) and (not label or f'{label}="{value}"' in one)
                for one in samples
            )
        )
        if bridge.health:  # on many machines nobody listens beside the pages: Prometheus asks each by itself
            missing.discard(("ascbridge_answers", "", ""))
        return not missing

    await bridge.until(there, f"samples for {missing or asked_for()}")


@pytest.fixture
def one_machine(tmp_path: Path) -> Iterator[Bridge]:
    made = on_sqlite(tmp_path)
    made.start()
    yield made
    if made.processes:
        made.kill()


async def test_a_listener_that_is_stuck_turns_health_red_and_green_again(one_machine: Bridge) -> None:
    bridge = one_machine
    await bridge.ready()
    stuck = listener(bridge.mllp, children(bridge.processes[0].pid))

    async def said(wanted: str) -> bool:
        return wanted in await bridge.answer("/health/ready")

    os.kill(stuck, signal.SIGSTOP)
    try:
        await bridge.until(lambda: said('"listen":"does not answer"'), "ready is red")
        assert 'ascbridge_answers{other="listen",service="work"} 0.0' in await exported(bridge)
    finally:
        os.kill(stuck, signal.SIGCONT)
    await bridge.until(lambda: said('"status":"ready"'), "ready is green")
    assert not gone(stuck)


async def test_a_code_that_is_mapped_completes_what_waited_without_a_restart(tmp_path: Path) -> None:
    shipped = Path(__file__).parents[2] / "src/ascbridge/intake/sources/profiles/itk-v24.toml"
    profile = tmp_path / "hospital.toml"
    profile.write_text(shipped.read_text("utf-8"))
    bridge = on_sqlite(tmp_path)
    bridge.services = {"up": [*bridge.services["up"], "--feed", str(profile)]}
    bridge.start()
    try:
        await bridge.ready()
        await sent(bridge, adt("A03", control_id="C1", pv1={36: "ZZ", 37: "19"}))
        await bridge.settled(1)
        way = ["--data-dir", str(tmp_path / "data"), "--http", f"127.0.0.1:{bridge.http}"]
        text = re.sub(r"(?m)^(\[codes\.discharge_method\]\n)", r'\1ZZ = "1"\n', profile.read_text("utf-8"))
        profile.write_text(signed(text))
        assert "1 messages completed" in run("complete", *way)
        await sent(bridge, adt("A03", control_id="C2", local_id="L2", visit="V2", pv1={36: "ZZ", 37: "19"}))
        await bridge.settled(2)
        assert "0 messages completed" in run("complete", *way)  # and ends with 0: nothing is left
    finally:
        bridge.kill()


def signed(text: str) -> str:
    """The profile's text with a signature that fits it."""
    from ascbridge.intake.sources.profile import text_hash

    return re.sub(r'sha256 = "[0-9a-f]{64}"', f'sha256 = "{text_hash(text)}"', text)


async def test_sigterm_drains_and_ends_with_nothing_to_complain_of(bridge: Bridge) -> None:
    await bridge.ready()
    await sent(bridge, adt("A01", local_id="L-S", visit="V-S", nhs_number="", control_id="S1"))
    assert set(bridge.stop()) == {0}
