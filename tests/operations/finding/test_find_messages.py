"""Whatever somebody has of a message finds it, a page goes on where the last ended, and none looks at too much."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ascbridge.operations.finding import find_messages
from ascbridge.operations.finding.find_messages import Found, Wanted
from ascbridge.people.opening import ERASED, SealedValue, open_bytes
from ascbridge.storage.tables import door_task, event_log, message, spell
from tests.intake.messages import adt
from tests.web.city import MINUTE, NOON
from tests.web.door import people_the_door
from tests.web.faults import bury_one, hold_one

if TYPE_CHECKING:
    from tests.web.city import City

OTHER = {"local_id": "L201", "visit": "V201", "nhs_number": "9993000094"}


def found(city: City, **wanted: object) -> Found:
    return city.bridge.read_now(lambda c: find_messages.find(c, Wanted(**wanted)))  # type: ignore[arg-type]  # fields of any kind


def ids(city: City, **wanted: object) -> list[str]:
    return [one.control_id for one in found(city, **wanted).messages]


def truly(city: City, **values: object) -> set[str]:
    return {
        row.control_id
        for row in city.rows(message)
        if all(getattr(row, name) == value for name, value in values.items())
    }


def test_by_what_a_message_is(city: City) -> None:
    assert ids(city) == []
    assert ids(city, control_id="T0009") == ["T0009"]
    assert set(ids(city, trigger="A16")) == truly(city, trigger="A16") != set()
    assert set(ids(city, feed="council-facts")) == truly(city, feed="council-facts") != set()
    assert ids(city, feed="council-facts", trigger="A16") == ids(city, trigger="A99") == []
    assert set(ids(city, state="delivered", trigger="A25")) == set()  # a sink still owes its part
    lately = ids(city, since_ms=NOON - 70 * MINUTE, until_ms=NOON - 40 * MINUTE)
    assert set(lately) == {
        row.control_id
        for row in city.rows(message)
        if NOON - 70 * MINUTE <= row.received_ms < NOON - 40 * MINUTE
    }


def test_by_an_id_of_what_came_of_it(city: City) -> None:
    (kept,) = found(city, control_id="T0009").messages
    event = next(
        row.event_id
        for row in city.rows(event_log)
        if f'"ce_correlationid":"{kept.message_id}"' in row.headers
    )
    task = next(
        row for row in (city.task_of(n) for n in range(4)) if kept.control_id in ids(city, ident=row.task_id)
    )
    for ident in (kept.message_id, event, f" {event.upper()}"):
        assert found(city, ident=ident).messages == (kept,)
    assert set(ids(city, ident=task.task_id)) == set(ids(city, spells=frozenset({task.spell_key})))
    assert ids(city, ident=kept.message_id, trigger="A01") == ids(city, ident="no id") == []


def test_by_the_person_also_what_nothing_was_made_of_and_it_is_gone_with_them(city: City) -> None:
    city.hear("A01", **OTHER)
    city.hear("A60", **OTHER)
    first, unused = (row for row in city.rows(message) if row.lane == city.rows(message)[-1].lane)
    assert (first.trigger, unused.trigger) == ("A01", "A60")
    assert set(ids(city, patients=frozenset({unused.lane}))) == {unused.control_id, first.control_id}
    body = SealedValue(unused.body, unused.key_id, unused.message_id)
    with_keys = city.bridge.read_now
    assert with_keys(lambda c: open_bytes(c, city.data_keys, [body]))[0].startswith(b"MSH")  # type: ignore[union-attr]  # not erased
    city.erase(unused.lane)
    assert with_keys(lambda c: open_bytes(c, city.data_keys, [body])) == [ERASED]


def test_by_the_task_of_the_front_door(city: City) -> None:
    people_the_door(city)
    task = city.rows(door_task)[0]
    about = ids(city, patients=frozenset({task.patient_key}))
    assert set(ids(city, ident=task.task_id)) == set(about) != set()


def test_by_person_or_stay_and_whatever_else_is_said(city: City) -> None:
    stay = city.task_of()
    mine = frozenset({stay.patient_key})
    told = ids(city, patients=mine)
    assert set(told) >= set(ids(city, spells=frozenset({stay.spell_key}))) != set()
    assert ids(city, patients=mine, trigger="A16") == [
        one for one in told if one in truly(city, trigger="A16")
    ]
    (one,) = found(city, control_id=told[0]).messages
    assert ids(city, patients=mine, ident=one.message_id) == [told[0]]
    others = {row.patient_key for row in city.rows(spell)} - mine
    assert ids(city, patients=frozenset({min(others)}), ident=one.message_id) == []
    assert ids(city, patients=frozenset()) == []


def test_by_state_and_by_what_was_said_of_it(empty_city: City) -> None:
    city = empty_city
    for number in range(3):
        city.hear("A01", local_id=f"L{number}", visit=f"V{number}")
    city.arrive("itk-v24", adt("A40", control_id="BAD1"))  # a merge with nobody
    city.arrive("itk-v24", adt("P99", control_id="ODD1"))
    held, parked = (record.offset for record in hold_one(city, "PV1-36 cannot be read", **OTHER))
    dead_id = bury_one(city, "PID-3 has no number (code 204)", local_id="L9", visit="V9", nhs_number="")
    city.arrive("itk-v24", adt("A01", control_id="NEW1"), work=False)
    by_position = {row.position: row.control_id for row in city.rows(message)}
    assert ids(city, state="refused") == ["BAD1"]
    assert ids(city, state="no_effect") == ["ODD1"]
    assert ids(city, state="held") == [by_position[held]]
    assert ids(city, state="parked") == [by_position[parked]]
    (dead,) = ids(city, state="dead")
    assert set(ids(city, state="waiting")) >= {"NEW1"}
    assert ids(city, words="pid-3 204") == ids(city, ident=dead_id) == [dead]
    assert ids(city, words="pid-3 205") == []
    assert "BAD1" in ids(city, words="MRG")
    assert "ODD1" in ids(city, words="P99")
    assert ids(city, words="MRG", state="dead") == []


def test_a_page_goes_on_where_the_last_one_ended(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    every = [one.message_id for one in found(city, since_ms=0).messages]
    assert every == sorted((row.message_id for row in city.rows(message)), reverse=True)
    monkeypatch.setattr(find_messages, "SHOWN", 4)
    pages = [page := found(city, since_ms=0)]
    while page.before:
        pages.append(page := found(city, since_ms=0, before=page.before))
    assert [len(one.messages) for one in pages[:-1]] == [4] * (len(pages) - 1)
    assert [one.message_id for page in pages for one in page.messages] == every


def test_a_page_looks_at_so_many_and_says_how_far_back(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    city.arrive("itk-v24", adt("A01", control_id="OLD1"))
    wanted = {"since_ms": 0, "state": "delivered"}
    whole = ids(city, **wanted)
    monkeypatch.setattr(find_messages, "_MOST_WORK", 20)
    page = found(city, **wanted)
    assert page.back_to_ms is not None
    told, pages = [one.control_id for one in page.messages], 1
    while page.before:
        page, pages = found(city, **wanted, before=page.before), pages + 1
        told += [one.control_id for one in page.messages]
    assert (told, pages > 3) == (whole, True)
    assert page.back_to_ms is None
