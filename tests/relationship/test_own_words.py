"""What people wrote about somebody: sealed, gone with the person's keys, and of a restricted person not shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ascbridge.relationship import own_words
from ascbridge.relationship.own_words import LONGEST, NOT_SHOWN, Kept
from ascbridge.storage.tables import patient

if TYPE_CHECKING:
    from tests.web.city import City


def put(city: City, person_id: str, text: str) -> Kept:
    found = city.bridge.read_now(lambda c: own_words.put(c, city.data_keys, person_id, "row-1", text))
    return Kept(person_id, *found, "row-1")


def shown(city: City, kept: Kept) -> str:
    return city.bridge.read_now(lambda c: own_words.read(c, city.data_keys, [kept]))["row-1"]


def test_words_are_sealed_and_opened_until_the_person_is_erased(city: City) -> None:
    row = city.task_of(0)
    kept = put(city, row.person_id, "Rang about the stairs")
    assert kept.sealed
    assert b"stairs" not in kept.sealed
    assert shown(city, kept) == "Rang about the stairs"
    for key in {one.patient_key for one in city.rows(patient) if one.person_id == row.person_id}:
        city.erase(key)
    assert shown(city, kept) == "Erased"
    assert put(city, row.person_id, "more") == Kept(row.person_id, None, "", "row-1")


def test_a_restricted_persons_are_shown_to_nobody(city: City) -> None:
    hidden = next(row.person_id for row in city.rows(patient) if row.restricted)
    assert shown(city, put(city, hidden, "She is at her mother's")) == NOT_SHOWN


def test_no_more_than_so_much_is_kept_and_nothing_of_nothing(city: City) -> None:
    person = city.task_of(0).person_id
    assert len(shown(city, put(city, person, "x" * 9_000))) == LONGEST
    assert shown(city, put(city, person, "")) == ""
