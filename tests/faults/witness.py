"""Reads, after a round, what the checker judges: the interfaces, and on Kafka the topics themselves."""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from tests.faults.checker import Event, Evidence, Seen, ward_step
from tests.servers import kafka

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from tests.faults.hospital import Plan
    from tests.faults.scene import Scene

Json = dict[str, Any]
KINDS = ("Patient", "Encounter", "Task")
AT_A_TIME = 6
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
        tasks=await _all_of(
            sorted(tasks), lambda task_id: scene.get(f"/api/tasks/{task_id}", "discharge-team")
        ),
        resources=resources,
        seen=[*scene.seen, *_history(scene)],
        ready=ready,
    )


async def _messages(scene: Scene, plan: Plan) -> tuple[dict[str, list[Json]], list[Event], set[str]]:
    messages = await _all_of(
        [sent.control_id for sent in plan.sent],
        lambda control_id: scene.get(f"/api/operations/messages?find={control_id}", "it-operations"),
    )
    if scene.broker is not None:  # trails name no events there: the log is Kafka's
        return messages, [], {one["id"] for one in await scene.record("Task")}
    trails = await _all_of(
        [row["message_id"] for rows in messages.values() for row in rows],
        lambda message_id: scene.get(f"/api/operations/messages/{message_id}", "it-operations"),
    )
    events = [_event(one, message_id) for message_id, trail in trails.items() for one in trail["events"]]
    return messages, events, {one["task_id"] for trail in trails.values() for one in trail["tasks"]}


async def _all_of(names: Sequence[str], ask: Callable[[str], Awaitable[Any]]) -> dict[str, Any]:
    """What each of them is answered, a few asked at a time."""
    found: dict[str, Any] = dict.fromkeys(names)
    left = iter(found)

    async def some() -> None:
        for name in left:
            found[name] = await ask(name)

    await asyncio.gather(*(some() for _ in range(AT_A_TIME)))
    return found


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
