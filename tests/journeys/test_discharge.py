"""The discharge journey, end to end: one stay from admission to a care home, as a team sees it and the record has it."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema_rs
import pytest

from ascbridge.intake.mllp_client import MllpClient
from tests.intake.messages import NHS_NUMBER, adt
from tests.journeys.bridge import on_kafka
from tests.needs import require
from tests.servers import kafka

if TYPE_CHECKING:
    from tests.journeys.bridge import Bridge

CONTRACTS = Path(__file__).parents[2] / "contracts" / "events"
pytestmark = pytest.mark.timeout(900)

READY = ("PV2|||||||||202610091400", "ZU1||||||||||||||||||||||Y||20261006")
NOT_READY = ('ZU1||||||||||||||||||||||N||""',)


class Ward:
    """One patient's messages, in order, over one connection."""

    def __init__(self, bridge: Bridge) -> None:
        self.bridge = bridge
        self.sent = 0

    async def says(self, trigger: str, at: str, **more: Any) -> str:
        self.sent += 1
        raw = adt(trigger, control_id=f"J{self.sent:04d}", sent=at, **more)
        async with await MllpClient.connect("127.0.0.1", self.bridge.mllp) as client:
            return (await client.send(raw)).code.value

    async def settled(self) -> None:
        await self.bridge.settled(self.sent)


async def test_one_stay_is_one_task_that_heals_itself(bridge: Bridge) -> None:
    await bridge.ready()
    ward = Ward(bridge)
    assert await ward.says("A01", "202610021015") == "AA"
    await ward.says("A08", "202610030900", extra=("PV2|||||||||20261009",))
    await ward.settled()
    assert await bridge.tasks() == []

    await ward.says("A16", "202610061130", extra=READY)
    await ward.settled()
    (task,) = await bridge.tasks()
    first = task["task_id"]
    assert (task["status"], task["ready_on"], task["expected_discharge"]) == (
        "requested",
        "2026-10-06",
        "2026-10-09",
    )
    assert task["planned_discharge"].startswith("2026-10-09T14:00")
    assert task["discharged_ms"] is None

    await ward.says("A25", "202610071000", extra=NOT_READY)
    await ward.settled()
    assert [(one["task_id"], one["status"], one["ready_on"]) for one in await bridge.tasks("paused")] == [
        (first, "on-hold", "")
    ]

    await ward.says("A16", "202610100900", extra=("ZU1||||||||||||||||||||||Y||20261010",))
    await ward.says("A03", "202610111620", pv1={36: "1", 37: "19", 45: "202610111600"})
    await ward.settled()
    (task,) = await bridge.tasks()
    assert (task["task_id"], task["ready_on"], task["signal"]) == (first, "2026-10-10", "discharged")
    assert task["discharged_ms"] is not None

    await ward.says("A13", "202610111730")
    await ward.settled()
    (task,) = await bridge.tasks()
    assert (task["task_id"], task["discharged_ms"]) == (first, None)

    await ward.says("A03", "202610121500", pv1={36: "1", 37: "85", 45: "202610121445"})
    await ward.settled()
    (task,) = await bridge.tasks()
    assert task["task_id"] == first
    await _the_record_agrees(bridge, task)


async def _the_record_agrees(bridge: Bridge, task: dict[str, Any]) -> None:
    found = await bridge.get(
        f"/fhir/Patient?identifier=https://fhir.nhs.uk/Id/nhs-number|{NHS_NUMBER}", "integration"
    )
    (patient,) = [
        entry["resource"] for entry in found["entry"] if entry["resource"]["resourceType"] == "Patient"
    ]
    stays = await bridge.get(f"/fhir/Encounter?patient={patient['id']}", "integration")
    tasks = await bridge.get(f"/fhir/Task?patient={patient['id']}", "integration")
    (stay,) = [entry["resource"] for entry in stays["entry"]]
    (shown,) = [entry["resource"] for entry in tasks["entry"]]
    assert stay["status"] == "finished"
    assert stay["period"]["end"].startswith("2026-10-12T")
    assert stay["hospitalization"]["dischargeDisposition"]["coding"][0]["code"] == "85"
    assert shown["id"] == task["task_id"]


async def test_the_ledger_adds_up_and_a_repeat_changes_nothing(bridge: Bridge) -> None:
    await bridge.ready()
    raws = [
        adt("A01", control_id="L1"), adt("A16", control_id="L2", extra=READY), adt("A60", control_id="L3"),
        adt("A03", control_id="L4", visit=""),
    ]  # fmt: skip
    async with await MllpClient.connect("127.0.0.1", bridge.mllp) as client:
        codes = [(await client.send(raw)).code.value for raw in [*raws, *raws]]
    assert codes == ["AA", "AA", "AA", "AE"] * 2
    row = await bridge.settled(3)
    assert (row["received"], row["refused"], row["duplicate"], row["kept"]) == (8, 2, 3, 3)
    assert (row["delivered"], row["no_effect"]) == (2, 1)
    assert len(await bridge.tasks()) == 1


async def test_sigterm_drains_and_ends_with_nothing_to_complain_of(bridge: Bridge) -> None:
    await bridge.ready()
    async with await MllpClient.connect("127.0.0.1", bridge.mllp) as client:
        await client.send(adt("A01"))
    assert set(bridge.stop()) == {0}


@pytest.mark.kafka
@pytest.mark.postgres
async def test_another_client_reads_the_events_and_they_keep_to_their_contracts(
    tmp_path: Path, postgres_url: str
) -> None:
    require(not kafka.missing(), kafka.missing())
    with kafka.KafkaServer() as broker:
        bridge = on_kafka(tmp_path, broker.bootstrap, postgres_url)
        bridge.start()
        try:
            await bridge.ready()
            ward = Ward(bridge)
            await ward.says("A01", "202610021015")
            await ward.says("A16", "202610061130", extra=READY)
            await ward.settled()
            lines = await asyncio.to_thread(_console, broker.bootstrap)
        finally:
            bridge.kill()
    kinds = {_valid(line) for line in lines}
    assert {
        "patient-admitted",
        "patient-ready-for-discharge",
        "stay-changed",
        "discharge-task-opened",
    } <= kinds
    for name in (NHS_NUMBER, "MARLOWE", "L100", "V100"):
        assert name not in "".join(lines)


def _console(bootstrap: str) -> list[str]:
    """Read what is on the topics with Kafka's own console consumer: headers, key and value of each record."""
    lines = []
    for topic in ("person", "discharge", "task"):
        said = kafka.run_tool(
            "org.apache.kafka.tools.consumer.ConsoleConsumer",
            "--bootstrap-server", bootstrap, "--topic", topic, "--from-beginning", "--timeout-ms", "8000",
            "--formatter-property", "print.headers=true", "--formatter-property", "print.key=true",
        )  # fmt: skip
        lines += [line for line in said.splitlines() if "ce_type" in line]
    return lines


def _valid(line: str) -> str:
    """Hold one record to its published contract, and return the name of its fact."""
    headers, _, value = line.split("\t", 2)
    kind = next(one for one in headers.split(",") if one.startswith("ce_type:")).partition(":")[2]
    family, fact, version = kind.rsplit(".", 3)[-3:]
    schema = json.loads((CONTRACTS / f"{family}.{fact}.{version}.json").read_text())
    jsonschema_rs.validate(schema, json.loads(value))
    return fact
