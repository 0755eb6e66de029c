"""Reads over `/fhir` what the shared record says of a city's tasks and stays, and holds it against what the desk knows."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from fastapi.testclient import TestClient

from ascbridge.events.facts.catalogue import StayChanged, TaskFact
from ascbridge.operations import tokens
from ascbridge.record.preparing import Preparation
from ascbridge.record.publisher import Publisher
from ascbridge.record.sinks import BuiltinSink
from ascbridge.record.views import Council
from ascbridge.storage.tables import spell, task
from ascbridge.uk_core import fhir_id, instant
from ascbridge.web.app import create_app
from tests.web.conftest import HERE

if TYPE_CHECKING:
    from tests.web.city import City

Json = dict[str, Any]


def publish(city: City) -> None:
    """Send everybody who changed to the record that is built in."""
    council = city.settings.council
    ours = Council(council.name, council.ods_code, council.identifier_base)
    preparation = Preparation("icr", ours, city.data_keys)
    publisher = Publisher(city.bridge, BuiltinSink(city.keyring), preparation, city.clock)

    async def until_nobody_waits() -> None:
        while await publisher.round():
            pass

    asyncio.run(until_nobody_waits())


def read_back_from_fhir(city: City) -> None:
    """Publish, and see that every task and stay is in the record as the desk has it, and no other."""
    city.work()  # what people did on the pages is heard as events are
    publish(city)
    text, slip = tokens.mint(city.keyring, "integration", "reader", "test", "")
    tokens.leave_slip(city.folder, slip)
    with TestClient(create_app(city.parts()), base_url=HERE, client=("127.0.0.1", 5000)) as client:

        def read(kind: str) -> dict[str, Json]:
            headers = {"authorization": f"Bearer {text}"}
            answer = client.get(f"/fhir/{kind}?_count=50", headers=headers)
            assert answer.status_code == 200, answer.text
            return {one["resource"]["id"]: one["resource"] for one in answer.json().get("entry", [])}

        tasks, stays = read("Task"), read("Encounter")
    facts = [TaskFact.model_validate_json(row.body) for row in city.rows(task)]
    assert set(tasks) == {fhir_id(fact.task) for fact in facts}
    for fact in facts:
        _same_task(tasks[fhir_id(fact.task)], fact)
    views = [StayChanged.model_validate_json(row.view) for row in city.rows(spell)]
    for view in views:
        _same_stay(stays[fhir_id(view.spell)], view)


def _same_task(made: Json, fact: TaskFact) -> None:
    assert made["status"] == fact.status
    assert made["businessStatus"]["coding"][0]["code"] == fact.stage
    assert made["owner"]["display"] == fact.owner_team
    assert made.get("statusReason", {}).get("text", "") == fact.reason
    told = {one["type"]["coding"][0]["code"]: one for one in made.get("output", [])}
    assert told.get("outcome", {}).get("valueCodeableConcept", {}).get("text", "") == fact.outcome
    for stage, at_ms in fact.milestones.items():
        assert told[stage]["valueDateTime"] == instant(at_ms)


def _same_stay(made: Json, view: StayChanged) -> None:
    """No estimated or planned date ever stands where the end of a stay does."""
    left = instant(view.discharged_ms) if view.discharged_ms is not None else None
    assert made.get("period", {}).get("end") == left
    assert made["status"] == view.status
