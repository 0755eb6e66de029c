"""A message is found by whatever somebody has of it, and its trail tells every step without any content."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import delete

from ascbridge.operations.tracing import trace
from ascbridge.storage.tables import event_log, evidence
from tests.intake.messages import adt
from tests.web.faults import bury_one, hold_one

if TYPE_CHECKING:
    from tests.web.city import City


def a_message(city: City, control_id: str = "T0009") -> trace.Seen:
    (found,) = city.bridge.read_now(lambda c: trace.find(c, control_id))
    return found


def test_a_message_is_found_by_control_id_message_id_and_event_id(city: City) -> None:
    by_control = a_message(city, " T0009 ")
    assert (by_control.trigger, by_control.outcome, by_control.answer_code) == ("A16", "kept", "AA")
    event = next(row for row in city.rows(evidence) if row.message_id == by_control.message_id)
    for text in (by_control.message_id, event.event_id, event.event_id.upper()):
        assert city.bridge.read_now(lambda c, text=text: trace.find(c, text)) == (by_control,)
    assert city.bridge.read_now(lambda c: trace.find(c, "  ")) == ()
    assert city.bridge.read_now(lambda c: trace.find(c, "T9999")) == ()


def test_an_event_that_the_log_forgot_leads_to_its_message_by_its_millisecond(city: City) -> None:
    seen = a_message(city)
    event = next(row for row in city.rows(evidence) if row.message_id == seen.message_id)
    city.bridge.write_now(lambda c: c.execute(delete(event_log)))
    assert city.bridge.read_now(lambda c: trace.find(c, event.event_id)) == (seen,)


def test_a_trail_goes_from_the_message_by_its_events_to_the_task(city: City) -> None:
    seen = a_message(city)
    trail = city.bridge.read_now(lambda c: trace.trail(c, seen.message_id, city.readers))
    assert trail is not None
    said = {one.event_type.split(".")[-2]: one for one in trail.said}
    assert list(said) == ["patient-details-recorded", "patient-ready-for-discharge", "stay-changed",
                          "discharge-task-opened"]  # fmt: skip
    ready = said["patient-ready-for-discharge"]
    assert {one.reader: one.state for one in ready.readers} == {"discharge": "done", "record": "done"}
    assert "task opened" in ready.effect
    assert said["stay-changed"].caused_by == ready.event_id
    opened = {one.reader: one.state for one in said["discharge-task-opened"].readers}
    assert opened == {"record": "done", "sink:icr": "waiting"}
    assert [one.status for one in trail.tasks] == ["requested"]


def test_a_trail_whose_events_left_the_log_is_told_by_the_story_of_the_stay(city: City) -> None:
    """As on many machines, where the table is an outbox, and on one machine after the log's retention."""
    seen = a_message(city)
    city.bridge.write_now(lambda c: c.execute(delete(event_log)))
    trail = city.bridge.read_now(lambda c: trace.trail(c, seen.message_id, city.readers))
    assert trail is not None
    (ready,) = trail.said
    assert (ready.event_type.split(".")[-2], ready.topic) == ("patient-ready-for-discharge", "discharge")
    assert {one.reader: one.state for one in ready.readers} == {"discharge": "done", "record": "done"}
    assert "task opened" in ready.effect
    assert ready.caused_by == seen.message_id
    assert [one.status for one in trail.tasks] == ["requested"]


def test_a_trail_says_nothing_of_what_the_message_held(city: City) -> None:
    seen = a_message(city)
    trail = city.bridge.read_now(lambda c: trace.trail(c, seen.message_id, city.readers))
    assert trail is not None
    text = str(asdict(trail))
    assert not [word for word in ("EVANS", "9993000019", "1941", "V100", "W12", "INVENTED") if word in text]


def test_a_trail_shows_what_is_parked_and_what_is_dead(empty_city: City) -> None:
    head, _ = hold_one(empty_city, "a cause")
    dead_id = bury_one(empty_city, "another", local_id="L2", visit="V2", nhs_number="9993000027")
    held = empty_city.bridge.read_now(lambda c: trace.trail(c, head.event_id, empty_city.readers))
    assert held is not None
    assert held.seen.state == "held"
    (found,) = empty_city.bridge.read_now(lambda c: trace.find(c, dead_id))
    assert found.state == "dead"
    trail = empty_city.bridge.read_now(lambda c: trace.trail(c, found.message_id, empty_city.readers))
    assert trail is not None
    assert [one.dead_id for one in trail.dead] == [dead_id]


def test_a_refused_message_has_a_trail_that_says_why(empty_city: City) -> None:
    empty_city.arrive(
        "itk-v24", adt("A01", control_id="BAD1", pid={3: ""}, nhs_number="", local_id="", visit="")
    )
    (found,) = empty_city.bridge.read_now(lambda c: trace.find(c, "BAD1")) or (None,)
    if found is None or found.outcome == "kept":
        pytest.fail("the message should have been refused")
    assert found.state == "refused"
    assert found.reason
    trail = empty_city.bridge.read_now(lambda c: trace.trail(c, found.message_id, empty_city.readers))
    assert trail is not None
    assert trail.said == ()


def test_an_unknown_message_has_no_trail(empty_city: City) -> None:
    assert empty_city.bridge.read_now(lambda c: trace.trail(c, "x", {})) is None
