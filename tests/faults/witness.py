"""Reads, after a round, what the checker judges: the interfaces, and the topics themselves."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sqlite3
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from tests.faults.checker import Event, Evidence, Seen, ward_step
from tests.servers import kafka

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from pathlib import Path

    from tests.faults.hospital import Plan
    from tests.faults.scene import Scene

Json = dict[str, Any]
VIEWS = ("open", "paused", "closed-today")
KINDS = ("Patient", "Encounter", "Task")
AT_A_TIME = 6
TOPICS = ("person", "discharge", "task")
OFFSETS = "org.apache.kafka.tools.GetOffsetShell"
CONSOLE = "org.apache.kafka.tools.consumer.ConsoleConsumer"


async def evidence(scene: Scene, plan: Plan, ready: str) -> Evidence:
    """Gather everything once nothing moves any more."""
    messages = await _all_of(
        [sent.control_id for sent in plan.sent],
        lambda control_id: scene.get(f"/api/operations/messages?find={control_id}", "it-operations"),
    )
    resources = [one for kind in KINDS for one in await scene.record(kind)]
    tasks = {one["id"] for one in resources if one["resourceType"] == "Task"}
    for view in VIEWS:
        tasks |= {task["task_id"] for task in await scene.worklist(view)}
    return Evidence(
        plan=plan,
        ledger=await scene.ledger(),
        messages=messages,
        events=await asyncio.to_thread(_on_topics, scene),
        tasks=await _all_of(
            sorted(tasks), lambda task_id: scene.get(f"/api/tasks/{task_id}", "discharge-team")
        ),
        resources=resources,
        seen=[*scene.seen, *await _history(scene)],
        ready=ready,
    )


async def _all_of(names: Sequence[str], ask: Callable[[str], Awaitable[Any]]) -> dict[str, Any]:
    """What each of them is answered, a few asked at a time."""
    found: dict[str, Any] = dict.fromkeys(names)
    left = iter(found)

    async def some() -> None:
        for name in left:
            found[name] = await ask(name)

    await asyncio.gather(*(some() for _ in range(AT_A_TIME)))
    return found


def _on_topics(scene: Scene) -> list[Event]:
    """Every event on the topics, however it got there."""
    return on_kafka(scene.broker.bootstrap) if scene.broker is not None else on_sqlite(scene.data)


def on_sqlite(data: Path) -> list[Event]:
    """Every event on the topics of one machine: there a table is the log."""
    wanted = f"SELECT headers, event_id, key FROM event_log WHERE topic IN {TOPICS}"
    with contextlib.closing(sqlite3.connect(f"file:{data / 'bridge.db'}?mode=ro", uri=True)) as file:
        rows = file.execute(wanted).fetchall()
    # A row leaves out what its other columns say.
    return [_event(json.loads(text) | {"ce_id": one, "ce_subject": whom}) for text, one, whom in rows]


def on_kafka(bootstrap: str) -> list[Event]:
    """Every event on the topics, as Kafka's own console consumer shows it; some may stand there twice."""
    found = []
    for topic in TOPICS:
        ends = kafka.run_tool(OFFSETS, "--bootstrap-server", bootstrap, "--topic", topic)
        count = sum(int(line.rpartition(":")[2]) for line in ends.splitlines() if line.startswith(topic))
        if not count:
            continue
        said = kafka.run_tool(
            CONSOLE, "--bootstrap-server", bootstrap, "--topic", topic, "--from-beginning",
            "--max-messages", str(count), "--timeout-ms", "240000",
            "--formatter-property", "print.headers=true", "--formatter-property", "print.value=false", timeout=400,
        )  # fmt: skip
        lines = [line for line in said.splitlines() if "ce_id:" in line]
        assert len(lines) == count, f"{topic} has {count} records, and {len(lines)} could be read"
        found += [read_headers(line) for line in lines]
    return found


def read_headers(line: str) -> Event:
    """Read one line of the console consumer."""
    return _event(dict(part.split(":", 1) for part in line.partition("\t")[0].split(",") if ":" in part))


def _event(headers: dict[str, str]) -> Event:
    kind = headers["ce_type"].rsplit(".", 3)[-2]
    return Event(
        headers["ce_id"], headers["ce_correlationid"], kind, headers["ce_subject"], headers["ce_causationid"]
    )


async def _history(scene: Scene) -> list[Seen]:
    """Every state of a stay that the FHIR server ever held, in order."""
    if scene.hapi is not None:
        every = (await scene.of_hapi("Encounter/_history?_count=200")).values()
        history = sorted((int(one["meta"]["versionId"]), one["id"], one) for one in every)
        return [Seen("sink", name, ward_step(one), one["status"], at) for at, name, one in history]
    return [
        Seen("sink", body["id"], ward_step(body), body["status"], version)
        for version, body in (scene.fhir.history if scene.fhir is not None else ())
        if body["resourceType"] == "Encounter"
    ]


def as_json(one: Evidence) -> str:
    """For a person who reads a failure."""
    return json.dumps(asdict(one), indent=1, default=str)
