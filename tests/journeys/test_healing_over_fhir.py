"""Every way in which a stay heals, through a whole bridge to `/fhir`; and an entry by hand that outlives a kill."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from ascbridge.intake.doors.desk_door import hand_in
from ascbridge.intake.hl7v2.mllp_client import MllpClient
from tests.intake.messages import NHS_NUMBER, adt
from tests.intake.sources.test_desk_entries import ENTRY, entry
from tests.journeys.bridge import on_kafka, on_sqlite
from tests.servers import kafka

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from tests.journeys.bridge import Bridge

pytestmark = pytest.mark.timeout(900)
READY = {"extra": ("ZU1||||||||||||||||||||||Y||20261006",)}
NOT_READY = {"extra": ("ZU1||||||||||||||||||||||N",)}
DIED, LIVES = {"pid": {30: "Y"}}, {"pid": {30: "N"}}
BY_THEMSELVES = {"pv1": {36: "2", 37: "19", 45: "202610061200"}}
HOME = {"pv1": {36: "1", 37: "19", 45: "202610061200"}}
Step = tuple[str, dict[str, Any]]


@dataclass(frozen=True)
class Case:
    """What a hospital says after *ready to leave*, and what `/fhir` must say in the end: task, stay, and whether left."""

    name: str
    steps: Sequence[Step]
    task: str
    stay: str = "in-progress"
    left: bool = False


CASES = (
    Case("withdrawn", [("A11", {})], "entered-in-error", "entered-in-error"),
    Case("not-ready", [("A25", NOT_READY)], "on-hold"),
    Case("ready-again", [("A25", NOT_READY), ("A16", READY)], "requested"),
    Case("transferred", [("A02", {"ward": "W40^BAY 1^BED 1^RKB01"})], "requested"),
    Case("self-discharged", [("A03", BY_THEMSELVES)], "cancelled", "finished", left=True),
    Case("died", [("A31", DIED)], "cancelled"),
    Case("lives", [("A31", DIED), ("A31", LIVES)], "requested"),
    Case("left", [("A03", HOME)], "requested", "finished", left=True),
    Case("back", [("A03", HOME), ("A13", {})], "requested"),
    Case("merged", [("A40", {"extra": ("MRG|L-merged-old^^^RKB^MRN",)})], "requested"),
    Case("late", [("A03", HOME), ("A02", {"sent": "202610051005"})], "requested", "finished", left=True),
)


@pytest.fixture(params=["sqlite", pytest.param("kafka", marks=[pytest.mark.kafka, pytest.mark.postgres])])
def made(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bridge]:
    with ExitStack() as ends:
        if request.param == "sqlite":
            bridge = on_sqlite(tmp_path)
        else:
            database_url = request.getfixturevalue("postgres_url")
            broker = ends.enter_context(kafka.KafkaServer())
            bridge = on_kafka(tmp_path, broker.bootstrap, database_url)
        ends.callback(bridge.kill)
        yield bridge


def messages() -> Iterator[bytes]:
    """Each case's messages, in the order of their times: all come in first, are ready, and then heal."""
    for number, case in enumerate(CASES):
        who = {"nhs_number": "", "visit": f"V-{case.name}", "local_id": f"L-{case.name}"}
        came_as = {**who, "local_id": "L-merged-old"} if case.name == "merged" else who
        yield adt("A01", control_id=f"C{number}A", **came_as)
        yield adt("A16", control_id=f"C{number}B", sent="202610051030", **came_as, **READY)
        for step, (trigger, more) in enumerate(case.steps):
            at = {"sent": f"2026100612{step + 1:02d}", **more}
            without = {"visit": ""} if trigger in {"A31", "A40"} else {}
            yield adt(trigger, control_id=f"C{number}S{step}", **{**who, **without, **at})
    yield adt("A01", control_id="TWO1", nhs_number="", local_id="L-back", visit="V-second")
    yield adt(
        "A16",
        control_id="TWO2",
        nhs_number="",
        local_id="L-back",
        visit="V-second",
        sent="202610051030",
        **READY,
    )


async def read(bridge: Bridge, kind: str) -> list[dict[str, Any]]:
    found = await bridge.get(f"/fhir/{kind}?_count=50", "integration")
    return [one["resource"] for one in found.get("entry", [])]


def visit_number(stay: dict[str, Any]) -> str:
    """The hospital's own number of a stay, beside ours."""
    return next(one["value"] for one in stay["identifier"] if one["system"].endswith("-visit"))


async def test_each_healing_case_is_read_back_over_fhir(made: Bridge) -> None:
    sent = list(messages())
    made.start()
    await made.ready()
    async with await MllpClient.connect("127.0.0.1", made.mllp) as client:
        for raw in sent:
            assert (await client.send(raw)).code.value == "AA"
    await made.settled(len(sent))
    stays = {one["id"]: one for one in await read(made, "Encounter")}
    visit = {id: visit_number(one) for id, one in stays.items()}
    tasks = {visit[one["encounter"]["reference"].partition("/")[2]]: one for one in await read(made, "Task")}
    assert len(tasks) == len(CASES) + 1, "one for each stay, of which one person has two"
    there = {
        number: (tasks[number]["status"], one["status"], "end" in one.get("period", {}))
        for number, one in ((visit[id], one) for id, one in stays.items())
    }
    expected = {f"V-{case.name}": (case.task, case.stay, case.left) for case in CASES}
    assert there == {**expected, "V-second": ("requested", "in-progress", False)}


async def test_what_was_entered_by_hand_outlives_a_kill_and_its_messages_join_it(tmp_path: Path) -> None:
    bridge = on_sqlite(tmp_path)
    door = tmp_path / "data" / "desk.sock"
    said = entry(
        entered="2026-10-05T09:30:00Z", site="RKB01", admitted_on="", ward="",
        person={
            **ENTRY["person"], "nhs_number": NHS_NUMBER, "birth_date": "1941-03-07",
            "family_name": "Marlowe", "given_names": ["Ada"],
        },
    )  # fmt: skip
    try:
        bridge.start()
        await bridge.ready()
        kept = await hand_in(door, said)
        bridge.kill()
        bridge.start()
        await bridge.ready()
        assert await hand_in(door, said) == kept, "sent again, it is kept once"

        async def opened() -> bool:
            return len(await bridge.tasks()) == 1

        await bridge.until(opened, "its task is open")
        (before,) = await bridge.tasks()
        async with await MllpClient.connect("127.0.0.1", bridge.mllp) as client:
            for raw in (
                adt("A01", control_id="T1"),
                adt("A16", control_id="T2", sent="202610051100", **READY),
            ):
                assert (await client.send(raw)).code.value == "AA"
        await bridge.settled(2)
        (after,) = await bridge.tasks()
        assert after["task_id"] == before["task_id"]
        (only,) = await read(bridge, "Encounter")
        assert visit_number(only) == "V100"
    finally:
        bridge.kill()
