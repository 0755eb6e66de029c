"""A wish that information governance writes down is said of every record of the person, and of nobody else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson
import pytest
from sqlalchemy import insert, text
from sqlalchemy.dialects import sqlite

from ascbridge.calendars import iso_day
from ascbridge.events.facts.care import ObjectionRecorded
from ascbridge.events.facts.catalogue import read_fact
from ascbridge.people import objections
from ascbridge.people.links import DecisionRefused
from ascbridge.people.objections import Wish, newest, standing, state
from ascbridge.storage.tables import audit, care
from tests.people.ward import ANNE, NOW, PREFIX, Said, Ward, cause, merged

if TYPE_CHECKING:
    from ascbridge.events.logs.envelope import Ref, ReleasedEvent

TODAY = iso_day(NOW)
WHY = "told by telephone, called back"


def _two_records(bridge: Ward) -> tuple[Ref, Ref]:
    one, other = bridge.patient("M1"), bridge.patient("C1", "COVASC")
    bridge.hear(Said(cause("m1"), [merged(bridge, one, other)]))
    return one, other


def _state(bridge: Ward, person: str, *, objects: bool, stated_on: str = TODAY) -> list[ReleasedEvent]:
    wish = Wish(objects, stated_on)
    return state(
        bridge.connection, bridge.data_keys, person, wish, actor=ANNE, why=WHY, prefix=PREFIX, now_ms=NOW
    )


def _said_before(bridge: Ward, ref: Ref, *, objects: bool, heard_ms: int = NOW) -> None:
    """What the desk keeps of a council's word."""
    value = orjson.dumps({"objects": objects, "stated_on": "2026-01-05", "event": "e"})
    row = {
        "patient_key": bridge.key(ref),
        "slot": "objection",
        "stamp": "s",
        "value": value,
        "changed_ms": heard_ms,
    }
    bridge.connection.execute(insert(care), row)


def test_it_is_said_of_every_record_and_audited_as_the_persons(bridge: Ward) -> None:
    one, other = _two_records(bridge)
    bridge.patient("M2")
    events = _state(bridge, bridge.person(one), objects=True)
    assert {event.subject for event in events} == {bridge.key(one), bridge.key(other)}
    for event in events:
        fact = read_fact(event.type, event.data)
        assert isinstance(fact, ObjectionRecorded)
        assert (fact.objects, fact.stated_on, fact.stamp.recorded_ms) == (True, TODAY, NOW)
        assert event.correlation_id == events[0].correlation_id
    (row,) = bridge.connection.execute(audit.select()).all()
    assert (row.who, row.what, row.whom, row.why) == ("anne", "objection recorded", bridge.person(one), WHY)


def test_what_a_council_said_is_taken_back_under_its_own_record_too(bridge: Ward) -> None:
    one, other = _two_records(bridge)
    _said_before(bridge, other, objects=True)
    with pytest.raises(DecisionRefused, match="object already"):
        _state(bridge, bridge.person(one), objects=True)
    events = _state(bridge, bridge.person(one), objects=False)
    assert bridge.key(other) in {event.subject for event in events}
    assert {event.data["objects"] for event in events} == {False}


def test_nothing_is_said_that_changes_nothing_or_of_a_day_to_come(bridge: Ward) -> None:
    one, _ = _two_records(bridge)
    for objects, day, whose, why in (
        (False, TODAY, bridge.person(one), "no objection of theirs stands"),
        (True, iso_day(NOW + 86_400_000), bridge.person(one), "yet to come"),
        (True, TODAY, "nobody", "no such person"),
    ):
        with pytest.raises(DecisionRefused, match=why):
            _state(bridge, whose, objects=objects, stated_on=day)
    assert bridge.connection.execute(audit.select()).all() == []


def test_the_list_has_those_that_stand_the_newest_first(bridge: Ward) -> None:
    one, other = _two_records(bridge)
    third = bridge.patient("M3")
    for ref, objects, heard in ((one, True, NOW), (other, False, NOW + 1), (third, True, NOW + 2)):
        _said_before(bridge, ref, objects=objects, heard_ms=heard)
    assert [found.patient_key for found in newest(bridge.connection)] == [bridge.key(third), bridge.key(one)]
    (mine,) = standing(bridge.connection, [bridge.key(one), bridge.key(other)])
    assert (mine.stated_on, mine.heard_ms) == ("2026-01-05", NOW)


def test_the_list_is_read_from_the_few_words_that_are_about_it(bridge: Ward) -> None:
    asked = objections._NEWEST.compile(dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True})
    steps = [row[3] for row in bridge.connection.execute(text(f"EXPLAIN QUERY PLAN {asked}"))]
    assert "care_objection" in steps[0]
