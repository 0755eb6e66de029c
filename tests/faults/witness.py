"""Reads, after a round, what the checker judges: the interfaces, and on Kafka the topics themselves."""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from tests.faults.checker import Event, Evidence, Seen, ward_step
from tests.servers import kafka

if TYPE_CHECKING:
    from tests.faults.hospital import Plan
    from tests.faults.scene import Scene

Json = dict[str, Any]
KINDS = ("Patient", "Encounter", "Task")
TOPICS = ("person", "discharge", "task")
CONSOLE = "org.apache.kafka.tools.consumer.ConsoleConsumer"


async def evidence(scene: Scene, plan: Plan, ready: str) -> Evidence:
    """Gather everything once nothing moves any more."""
    messages, events, tasks = await _messages(scene, plan)
    if scene.broker is not None:
        events = await asyncio.to_thread(on_topics, scene.broker.bootstrap)
    resources = [one for kind in KINDS for one in await scene.record(kind)]
    return Evidence(
        plan=plan,
        ledger=await scene.ledger(),
        messages=messages,
        events=events,
        tasks={
            task_id: await scene.get(f"/api/tasks/{task_id}", "discharge-team") for task_id in sorted(tasks)
        },
        resources=resources,
        seen=[*scene.seen, *_history(scene)],
        ready=ready,
    )


async def _messages(scene: Scene, plan: Plan) -> tuple[dict[str, list[Json]], list[Event], set[str]]:
    messages: dict[str, list[Json]] = {}
    events: list[Event] = []
    tasks: set[str] = set()
    for sent in plan.sent:
        rows = await scene.get(f"/api/operations/messages?find={sent.control_id}", "it-operations")
        messages[sent.control_id] = rows
        for row in rows:
            trail = await scene.get(f"/api/operations/messages/{row['message_id']}", "it-operations")
            events += [_event(one, row["message_id"]) for one in trail["events"]]
            tasks |= {one["task_id"] for one in trail["tasks"]}
    if scene.broker is not None:  # trails name no events there: the log is Kafka's
        tasks = {one["id"] for one in await scene.record("Task")}
    return messages, events, tasks


def _event(one: Json, message_id: str) -> Event:
    kind = one["event_type"].rsplit(".", 3)[-2]
    return Event(one["event_id"], message_id, kind, one["subject"], one["caused_by"])


def on_topics(bootstrap: str) -> list[Event]:
    """Every event on the topics, as Kafka's own console consumer shows it; some may stand there twice."""
    found = []
    for topic in TOPICS:
        said = kafka.run_tool(
            CONSOLE, "--bootstrap-server", bootstrap, "--topic", topic, "--from-beginning", "--timeout-ms", "5000",
            "--formatter-property", "print.headers=true", "--formatter-property", "print.value=false",
        )  # fmt: skip
        found += [read_headers(line) for line in said.splitlines() if "ce_id:" in line]
    return found


def read_headers(line: str) -> Event:
    """Read one line of the console consumer."""
    headers = dict(part.split(":", 1) for part in line.partition("\t")[0].split(",") if ":" in part)
    kind = headers["ce_type"].rsplit(".", 3)[-2]
    return Event(
        headers["ce_id"], headers["ce_correlationid"], kind, headers["ce_subject"], headers["ce_causationid"]
    )


def _history(scene: Scene) -> list[Seen]:
    """Every state of a stay that the made-up FHIR server ever held, in order."""
    if scene.fhir is None:
        return []
    return [
        Seen("sink", body["id"], ward_step(body), body["status"], version)
        for version, body in scene.fhir.history
        if body["resourceType"] == "Encounter"
    ]


def as_json(one: Evidence) -> str:
    """For a person who reads a failure."""
    return json.dumps(asdict(one), indent=1, default=str)
