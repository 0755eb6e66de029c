"""What lets a reader open a record, from facts alone; by the clock what ends ends to the millisecond."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from ascbridge.people.actor import Actor
from ascbridge.relationship import duty_contacts, openings
from ascbridge.relationship.grounds import LATELY_MS, Ground, Reader, at_work, ground_of
from ascbridge.relationship.own_words import Stated
from ascbridge.storage.tables import patient
from tests.web.city import MINUTE
from tests.web.conftest import Someone
from tests.web.door import HOLLOWAY, at_door, contact, people_the_door

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.web.city import City

NIA = Reader("Nia Brown", "front-door", "link:1", employer="council")
ACTOR = Actor("Nia Brown", "front-door", "work", sign_in="link:1")
MARGARET = ("C900", "", ("EVANS", "MARGARET"), "1950-01-01")


def ground(city: City, reader: Reader, person_id: str, now_ms: int | None = None) -> Ground | None:
    at_ms = city.clock.at_ms if now_ms is None else now_ms
    return city.bridge.read_now(lambda c: ground_of(c, city.data_keys, reader, person_id, at_ms))


def hospital_only(city: City) -> str:
    """Somebody of whom the front door knows nothing."""
    return str(city.task_of(3).person_id)


def test_work_that_ended_lately_is_still_a_reason_and_work_long_ago_is_not(
    city: City, somebody: Callable[..., Someone]
) -> None:
    row = city.task_of(0)
    somebody("discharge-team").fill(f"/tasks/{row.task_id}/complete", choice="no-support")
    ends = city.clock.at_ms + LATELY_MS
    assert city.bridge.read_now(lambda c: at_work(c, row.person_id, ends, "council", "discharge-team"))
    assert not city.bridge.read_now(
        lambda c: at_work(c, row.person_id, ends + 1, "council", "discharge-team")
    )
    assert not city.bridge.read_now(lambda c: at_work(c, "nobody", ends, "council", "discharge-team"))


def test_work_is_a_reason_only_on_a_list_that_the_role_sees(city: City) -> None:
    people_the_door(city)
    contact(city, MARGARET, "CT-9", "2026-10-17")
    door = at_door(city, "contact:CT-9").person_id
    assert ground(city, NIA, door) == Ground("task")
    assert ground(city, Reader("Ola Green", "discharge-team", "link:2", employer="council"), door) is None
    assert ground(city, replace(NIA, employer="agency"), door) == Ground("task")
    for other in ("uhcw", "elsewhere", ""):
        assert ground(city, replace(NIA, employer=other), door) is None, "the role is not held there"
    assert ground(city, NIA, hospital_only(city)) is None


@pytest.mark.parametrize(
    "reader, words",
    [
        (Reader("amina  yusuf", "front-door", "x", employer="council"), "allocated to them"),
        (Reader("Nia Brown", "front-door", "x", teams=("Integrated Locality Team north",), employer="council"), "allocated to their team"),
        (Reader("Nia Brown", "front-door", "x", teams=("Integrated Locality Team South",), employer="council"), ""),
        (Reader("Nia Brown", "front-door", "x", employer="council"), ""),
        (Reader("Amina Yusuf", "it-operations", "x", employer="council"), ""),
    ],
)  # fmt: skip
def test_whom_the_council_allocated_somebody_to_may_open_them(city: City, reader: Reader, words: str) -> None:
    evans = city.task_of(0).person_id
    found = ground(city, reader, evans)
    assert (found.words if found else "") == words


def test_an_allocation_ends_with_the_councils_word(city: City) -> None:
    evans, amina = city.task_of(0).person_id, Reader("Amina Yusuf", "front-door", "x", employer="council")
    assert ground(city, amina, evans)
    city.clock.at_ms += MINUTE
    city.council("C100", "9993000019", ("EVANS", "MARY"), "1941-03-14", "worker", worker={"team": ""})
    assert ground(city, amina, evans) is None


def test_a_restricted_persons_own_worker_is_connected_with_them_too(city: City) -> None:
    hidden = next(row.person_id for row in city.rows(patient) if row.restricted)
    city.council(*HOLLOWAY, "worker", worker={"team": "Canary North", "name": "Amina Yusuf"})
    for reader in (
        Reader("Nia Brown", "front-door", "x", teams=("Canary North",), employer="council"),
        Reader("Amina Yusuf", "front-door", "x", employer="council"),
    ):
        found = ground(city, reader, hidden)
        assert found is not None
        assert found.kind == "allocation"
    assert ground(city, NIA, hidden) is None


def test_a_contact_connects_whoever_took_it_until_their_shift_ends(city: City) -> None:
    person, now = hospital_only(city), city.clock.at_ms
    stated = Stated(person, "family", "The daughter rang", now, now + 10)
    city.bridge.write_now(lambda c: duty_contacts.log_contact(c, city.data_keys, NIA, ACTOR, stated, "uk.x"))
    found = ground(city, NIA, person, now + 9)
    assert found == Ground("contact", "contact: Family, a friend or a neighbour")
    assert ground(city, NIA, person, now + 10) is None
    for other in (
        Reader("Ola Green", "front-door", "link:1", employer="council"),
        Reader("Nia Brown", "out-of-hours", "link:1", employer="council"),
        Reader("Nia Brown", "front-door", "link:2", employer="council"),
    ):
        assert ground(city, other, person, now) != found
    assert ground(city, NIA, city.task_of(4).person_id, now) is None


def test_an_opening_ends_by_the_clock_and_is_one_readers_alone(city: City) -> None:
    person, now = hospital_only(city), city.clock.at_ms
    stated = Stated(person, "Something else", "Fell", now, now + 60, now + 99)
    city.bridge.write_now(lambda c: openings.break_glass(c, city.data_keys, NIA, ACTOR, stated))
    assert ground(city, NIA, person, now + 59) == Ground("opening", "Something else", now + 60)
    assert ground(city, NIA, person, now + 60) is None
    assert ground(city, Reader("Nia Brown", "front-door", "link:2", employer="council"), person, now) is None
