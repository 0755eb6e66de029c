"""What left for a sink, what it and a hospital answered, and which version of a resource a message wrote."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson
from sqlalchemy import insert

from ascbridge.events.ledgers.audit import AuditEntry, record
from ascbridge.record.pushing_audit import ROLE, WHAT
from ascbridge.storage.tables import dirty_person, reply, resource, resource_version
from tests.operations.tracing.test_hops import traced

if TYPE_CHECKING:
    from tests.web.city import City


def test_a_push_and_its_answer_and_a_reply_and_its_answer_are_hops(city: City) -> None:
    task_row = city.task_of(0)
    first = traced(city)
    at_ms = first.hops[-1].at_ms
    assert task_row.task_id in {one.task_id for one in first.trail.tasks}

    def work(connection: object) -> None:
        entry = AuditEntry(
            "record", "icr", ROLE, WHAT, task_row.person_id, "publishing", result="accepted, 4 resources"
        )
        record(connection, entry, at_ms + 1_000)  # type: ignore[arg-type]  # what write_now gives
        row = {
            "reply_id": "r1", "receiver": "rkb", "task_id": task_row.task_id, "spell_key": task_row.spell_key,
            "subject": "s", "progress": "received", "reason": "", "owner_team": "", "since_ms": at_ms,
            "control_id": "C1", "state": "acknowledged", "note": "AA", "queued_ms": at_ms + 2_000,
            "next_ms": 0, "settled_ms": at_ms + 2_500,
        }  # fmt: skip
        connection.execute(insert(reply), [row])  # type: ignore[attr-defined]  # what write_now gives

    city.bridge.write_now(work)
    last = traced(city).hops[-3:]
    assert [(one.kind, one.title, one.since_ms) for one in last] == [
        ("sent", "Sent to icr", 1_000),
        ("reply", "To be told to rkb: received", 1_000),
        ("reply", "rkb answered AA", 500),
    ]


def test_each_version_that_a_message_wrote_is_told_beside_the_one_before(city: City) -> None:
    message_id = traced(city).trail.seen.message_id
    person, at_ms = city.task_of(0).person_id, city.clock.at_ms + 5_000
    row = {"resource_type": "Task", "resource_id": "t1", "person_id": person, "status": "", "rule": "task/1"}

    def body(status: str, source: str) -> bytes:
        return orjson.dumps(
            {"resourceType": "Task", "status": status, "meta": {"source": f"urn:uuid:{source}"}}
        )

    def work(connection: object) -> None:
        older = [
            {**row, "version": 1, "updated_ms": at_ms - 1, "body": body("requested", "another")},
            {**row, "version": 2, "updated_ms": at_ms, "body": body("accepted", message_id)},
        ]
        connection.execute(insert(resource_version), older)  # type: ignore[attr-defined]  # what write_now gives
        newest = {**row, "version": 3, "updated_ms": at_ms + 1, "updated_position": 1, "category": ""}
        connection.execute(insert(resource), [{**newest, "body": body("completed", "later")}])  # type: ignore[attr-defined]  # as above

    city.bridge.write_now(work)
    (hop,) = [one for one in traced(city).hops if one.kind == "resource"]
    assert (hop.title, hop.at_ms, hop.ident) == ("Task version 2 written", at_ms, "Task/t1/_history/2")
    assert [(one.name, one.before, one.now) for one in hop.values] == [("status", "requested", "accepted")]


def test_what_a_sink_would_not_take_says_why_it_waits(city: City) -> None:
    person = city.task_of(0).person_id
    city.bridge.write_now(
        lambda c: c.execute(
            dirty_person.update().where(dirty_person.c.person_id == person).values(fault="HTTP 422", tries=3)
        )
    )
    (waits,) = [one for one in traced(city).hops if one.kind == "stuck"]
    assert (waits.title, waits.words) == ("Waits to be sent to icr", "HTTP 422 (tried 3 times)")
