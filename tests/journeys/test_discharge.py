"""The discharge journey, end to end: one stay from admission to a care home, as a team sees it and the record has it."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema_rs
import pytest

from ascbridge.intake.hl7v2.mllp_client import MllpClient
from tests.intake.messages import NHS_NUMBER, SECOND_NUMBER, adt
from tests.servers import kafka

if TYPE_CHECKING:
    from tests.journeys.bridge import Bridge
    from tests.journeys.conftest import Shared

CONTRACTS = Path(__file__).parents[2] / "contracts" / "events"
pytestmark = pytest.mark.timeout(900)

READY = ("PV2|||||||||202610091400", "ZU1||||||||||||||||||||||Y||20261006")
NOT_READY = ('ZU1||||||||||||||||||||||N||""',)


class Ward:
    """One patient's messages, in order, over one connection; `tasks` are theirs alone."""

    def __init__(self, bridge: Bridge, letter: str, number: str) -> None:
        self.bridge, self.letter = bridge, letter
        self.who = {"local_id": f"L-{letter}", "visit": f"V-{letter}", "nhs_number": number}
        self.sent = 0

    @classmethod
    async def of(cls, bridge: Bridge, letter: str, number: str) -> Ward:
        """A ward on a bridge that is ready, and may have done something already."""
        await bridge.ready()
        made = cls(bridge, letter, number)
        made.before = (await bridge.ledger())["kept"]
        made.others = {task["spell"] for view in ("open", "paused") for task in await bridge.tasks(view)}
        return made

    async def says(self, trigger: str, at: str, **more: Any) -> str:
        self.sent += 1
        raw = adt(trigger, control_id=f"{self.letter}{self.sent:04d}", sent=at, **self.who, **more)
        async with await MllpClient.connect("127.0.0.1", self.bridge.mllp) as client:
            return (await client.send(raw)).code.value

    async def settled(self) -> None:
        await self.bridge.settled(self.before + self.sent)

    async def tasks(self, view: str = "open") -> list[dict[str, Any]]:
        return [task for task in await self.bridge.tasks(view) if task["spell"] not in self.others]


async def test_one_stay_is_one_task_that_heals_itself(bridge: Bridge) -> None:
    ward = await Ward.of(bridge, "J", NHS_NUMBER)
    assert await ward.says("A01", "202610021015") == "AA"
    await ward.says("A08", "202610030900", extra=("PV2|||||||||20261009",))
    await ward.settled()
    assert await ward.tasks() == []

    await ward.says("A16", "202610061130", extra=READY)
    await ward.settled()
    (task,) = await ward.tasks()
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
    assert [(one["task_id"], one["status"], one["ready_on"]) for one in await ward.tasks("paused")] == [
        (first, "on-hold", "")
    ]

    await ward.says("A16", "202610100900", extra=("ZU1||||||||||||||||||||||Y||20261010",))
    await ward.says("A03", "202610111620", pv1={36: "1", 37: "19", 45: "202610111600"})
    await ward.settled()
    (task,) = await ward.tasks()
    assert (task["task_id"], task["ready_on"], task["signal"]) == (first, "2026-10-10", "discharged")
    assert task["discharged_ms"] is not None

    await ward.says("A13", "202610111730")
    await ward.settled()
    (task,) = await ward.tasks()
    assert (task["task_id"], task["discharged_ms"]) == (first, None)

    await ward.says("A03", "202610121500", pv1={36: "1", 37: "85", 45: "202610121445"})
    await ward.settled()
    (task,) = await ward.tasks()
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
    ward = await Ward.of(bridge, "L", "")
    before = await bridge.ledger()
    raws = [
        adt("A01", control_id="L1", **ward.who), adt("A16", control_id="L2", extra=READY, **ward.who),
        adt("A60", control_id="L3", **ward.who), adt("A03", control_id="L4", **ward.who | {"visit": ""}),
    ]  # fmt: skip
    async with await MllpClient.connect("127.0.0.1", bridge.mllp) as client:
        codes = [(await client.send(raw)).code.value for raw in [*raws, *raws]]
    assert codes == ["AA", "AA", "AA", "AE"] * 2
    row = await bridge.settled(ward.before + 3)
    more = {name: row[name] - before[name] for name in before if isinstance(before[name], int)}
    assert (more["received"], more["refused"], more["duplicate"], more["kept"]) == (8, 2, 3, 3)
    assert (more["delivered"], more["no_effect"]) == (2, 1)
    assert len(await ward.tasks()) == 1


@pytest.mark.kafka
@pytest.mark.postgres
async def test_another_client_reads_the_events_and_they_keep_to_their_contracts(
    shared: Shared, request: pytest.FixtureRequest
) -> None:
    bridge = shared.running("kafka", request)
    ward = await Ward.of(bridge, "C", SECOND_NUMBER)
    await ward.says("A01", "202610021015")
    await ward.says("A16", "202610061130", extra=READY)
    await ward.settled()
    lines = await asyncio.to_thread(_console, shared.bootstrap)
    kinds = {_valid(line) for line in lines}
    assert {
        "patient-admitted",
        "patient-ready-for-discharge",
        "stay-changed",
        "discharge-task-opened",
    } <= kinds
    for name in (SECOND_NUMBER, "MARLOWE", *list(ward.who.values())):
        assert name not in "".join(lines)


TOPICS = "person|discharge|task"


def _console(bootstrap: str) -> list[str]:
    """Read what is on the topics with Kafka's own console consumer: headers, key and value of each record."""
    ends = kafka.run_tool(
        "org.apache.kafka.tools.GetOffsetShell", "--bootstrap-server", bootstrap, "--topic-partitions", TOPICS.replace("|", ","),
    )  # fmt: skip
    count = sum(int(line.rpartition(":")[2]) for line in ends.splitlines())
    said = kafka.run_tool(
        "org.apache.kafka.tools.consumer.ConsoleConsumer",
        "--bootstrap-server", bootstrap, "--include", TOPICS, "--from-beginning",
        "--max-messages", str(count), "--timeout-ms", "120000",
        "--formatter-property", "print.headers=true", "--formatter-property", "print.key=true",
    )  # fmt: skip
    return [line for line in said.splitlines() if "ce_type" in line]


def _valid(line: str) -> str:
    """Hold one record to its published contract, and return the name of its fact."""
    headers, _, value = line.split("\t", 2)
    kind = next(one for one in headers.split(",") if one.startswith("ce_type:")).partition(":")[2]
    family, fact, version = kind.rsplit(".", 3)[-3:]
    schema = json.loads((CONTRACTS / f"{family}.{fact}.{version}.json").read_text())
    jsonschema_rs.validate(schema, json.loads(value))
    return fact
