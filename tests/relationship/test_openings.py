"""What is opened without a relationship waits until somebody else has looked at it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ascbridge.operations.finding import audit_search
from ascbridge.people.actor import Actor
from ascbridge.relationship import openings
from ascbridge.relationship.grounds import Reader
from ascbridge.relationship.openings import LATELY_MS, NoSuchOpening, ReviewRefused, Tally
from ascbridge.relationship.own_words import Stated
from ascbridge.storage.tables import opening

if TYPE_CHECKING:
    from tests.web.city import City

IG = Actor("Imran Gill", "information-governance", "work", sign_in="link:9")


def open_one(city: City, who: str, after_ms: int = 0, number: int = 0) -> Any:
    reader = Reader(who, "front-door", "link:1", "Coventry City Council")
    actor = Actor(who, "front-door", "work", sign_in="link:1")
    now = city.clock.at_ms + after_ms
    stated = Stated(
        city.task_of(number).person_id, "Something else", "Fell at home", now, now + 60, now + 100
    )
    city.bridge.write_now(lambda c: openings.break_glass(c, city.data_keys, reader, actor, stated))
    return next(row for row in city.rows(opening) if row.who == who)


def review(city: City, id: str, by: Actor = IG, outcome: str = "talk", text: str = "Asked them") -> None:
    now = city.clock.at_ms + 50
    city.bridge.write_now(lambda c: openings.review(c, city.data_keys, by, id, outcome, text, now))


def test_what_waits_is_counted_with_its_oldest_and_what_is_due_stands_first(city: City) -> None:
    now = city.clock.at_ms
    assert city.bridge.read_now(lambda c: openings.tally(c, now)) == Tally(0, 0, None)
    open_one(city, "Second", 5)
    open_one(city, "First", 0)
    assert city.bridge.read_now(lambda c: openings.tally(c, now + 100)) == Tally(2, 1, now)
    first, second = city.bridge.read_now(lambda c: openings.waiting(c, city.data_keys))
    assert [first.who, second.who] == ["First", "Second"]
    assert (first.organisation, first.reason, first.words) == (
        "Coventry City Council",
        "Something else",
        "Fell at home",
    )
    assert {one.words for one in city.bridge.read_now(lambda c: openings.waiting(c, None))} == {""}


def test_opening_again_while_it_is_open_is_the_same_opening_and_stands_once_in_the_audit(city: City) -> None:
    row = open_one(city, "Nia Brown")
    open_one(city, "Nia Brown", 59)
    assert [one.opening_id for one in city.rows(opening)] == [row.opening_id]
    open_one(city, "Nia Brown", 60)
    assert len(city.rows(opening)) == 2
    entries = city.bridge.read_now(lambda c: audit_search.entries(c, who="Nia Brown"))
    assert [one.what for one in entries] == ["opened without a relationship"] * 2
    assert {one.whom for one in entries} == {row.person_id}


def test_a_review_ends_the_wait_and_stays_for_a_month(city: City) -> None:
    row, now = open_one(city, "Nia Brown"), city.clock.at_ms
    review(city, row.opening_id)
    assert city.bridge.read_now(lambda c: openings.waiting(c, city.data_keys)) == []
    (one,) = city.bridge.read_now(lambda c: openings.reviewed(c, city.data_keys, now + 50 + LATELY_MS))
    assert (one.outcome, one.review, one.words, one.reviewed_by) == (
        "talk",
        "Asked them",
        "Fell at home",
        "Imran Gill",
    )
    assert city.bridge.read_now(lambda c: openings.reviewed(c, city.data_keys, now + 51 + LATELY_MS)) == []
    assert b"Asked" not in city.rows(opening)[0].review_sealed


@pytest.mark.parametrize(
    "by, outcome, text, said",
    [
        (Actor("nia  brown", "information-governance", "work", sign_in="x"), "proper", "x", "who opened it"),
        (Actor("Other", "information-governance", "work", sign_in="link:1"), "proper", "x", "who opened it"),
        (IG, "fine", "x", "choose"),
        (IG, "proper", " ", "words"),
    ],
)
def test_what_is_no_review_is_refused(city: City, by: Actor, outcome: str, text: str, said: str) -> None:
    row = open_one(city, "Nia Brown")
    with pytest.raises(ReviewRefused, match=said):
        review(city, row.opening_id, by, outcome, text)
    assert city.rows(opening)[0].outcome == ""


def test_a_second_review_is_refused_and_one_of_nothing_too(city: City) -> None:
    row = open_one(city, "Nia Brown")
    review(city, row.opening_id)
    with pytest.raises(ReviewRefused, match="Imran Gill looked at it already"):
        review(city, row.opening_id, outcome="proper")
    with pytest.raises(NoSuchOpening):
        review(city, "o0")
