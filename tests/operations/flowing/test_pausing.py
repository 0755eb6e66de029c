"""Stopping and letting go on: who, why, once, written down, and how many people wait."""

import pytest

from ascbridge.events.handlers import pauses
from ascbridge.events.handlers.pauses import Pause
from ascbridge.events.ledgers import audit
from ascbridge.events.ledgers.audit import AuditEntry
from ascbridge.operations.finding import audit_search
from ascbridge.operations.flowing import pausing
from ascbridge.operations.flowing.pausing import CannotPause, Known
from ascbridge.storage.tables import dirty_person
from tests.web.city import NOON, City

KNOWN: Known = {("feed", "ward"): "The ward", ("sink", "icr"): "Shared record"}
WHO = AuditEntry("work", "Ola Green", "it-operations", "", where_from="token")


def wanted(kind: str, name: str, mode: str = "pause") -> Pause:
    return Pause(kind, name, mode, 0, "", "", "a new map", "extension 1")  # type: ignore[arg-type]  # as forms send it


def test_what_is_done_is_written_down_with_the_reason(empty_city: City) -> None:
    city = empty_city
    city.bridge.write_now(lambda c: pausing.stop(c, KNOWN, wanted("feed", "ward"), WHO, NOON))
    (one,) = city.bridge.read_now(pauses.standing)
    assert (one.who, one.role, one.since_ms, one.why, one.ring) == (
        "Ola Green", "it-operations", NOON, "a new map", "extension 1",
    )  # fmt: skip
    for faulty in (wanted("feed", "ward", "drain"), wanted("sink", "icr", "drain"), wanted("feed", "other")):
        with pytest.raises(CannotPause):
            city.bridge.write_now(lambda c, one=faulty: pausing.stop(c, KNOWN, one, WHO, NOON))
    city.bridge.write_now(lambda c: pausing.resume(c, KNOWN, "feed", "ward", WHO, NOON))
    with pytest.raises(CannotPause):
        city.bridge.write_now(lambda c: pausing.resume(c, KNOWN, "feed", "ward", WHO, NOON))
    entries = city.bridge.read_now(lambda c: audit_search.entries(c, whom="feed:ward"))
    assert {(entry.what, entry.why) for entry in entries} == {
        ("pause feed", "a new map"),
        ("resume feed", ""),
    }
    assert city.bridge.read_now(lambda c: audit.verify(c, "work", audit.day_of(NOON))) == []


def test_of_a_paused_sink_the_people_are_counted_who_wait_for_it(empty_city: City) -> None:
    city = empty_city
    city.bridge.write_now(lambda c: pausing.stop(c, KNOWN, wanted("sink", "icr"), WHO, NOON))
    rows = [
        {
            "sink": "icr",
            "person_id": f"p{n}",
            "since_ms": 1,
            "mark": 1,
            "tries": 0,
            "next_try_ms": 2,
            "fault": "",
        }
        for n in range(3)
    ]
    city.bridge.write_now(lambda c: c.execute(dirty_person.insert(), rows))
    (one,) = city.bridge.read_now(lambda c: pausing.stopped(c, KNOWN))
    assert (one.title, one.people, one.many) == ("Shared record", 3, "3")


def test_what_people_enter_by_hand_and_safeguarding_cannot_be_stopped(empty_city: City) -> None:
    known = pausing.known(empty_city.settings, empty_city.profiles)
    assert ("feed", "itk-v24") in known
    assert ("family", "discharge") in known
    assert not {("feed", "desk"), ("family", "safeguarding"), ("sink", "nudges")} & known.keys()
