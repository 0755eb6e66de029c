"""What takes two people takes two: by name and by sign-in."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from ascbridge.people.actor import Actor
from ascbridge.people.requests import (
    NoSuchRequest,
    RequestRefused,
    ask,
    decide,
    find,
    in_state,
    of_person,
    refuse,
    to_approve,
)
from ascbridge.storage.tables import audit
from tests.people.ward import ANNE, BEN, NOW, Said, Ward, cause, details

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection


def _person(bridge: Ward) -> str:
    one = bridge.patient("M1")
    bridge.hear(Said(cause("m1"), [details(one, family_name="HATHAWAY")]))
    return bridge.person(one)


def test_a_request_is_asked_and_approved_once(write: Callable[..., Any]) -> None:
    def work(connection: Connection) -> None:
        person = _person(Ward(connection))
        id = ask(connection, "erase", person, ANNE, "asked for it", NOW)
        assert [one.request_id for one in in_state(connection, "asked", lock=True)] == [id]
        request, keys = to_approve(connection, id, BEN)
        assert (request.asked_by, request.why, request.asked_ms, request.keys) == (
            "anne",
            "asked for it",
            NOW,
            (),
        )
        decide(connection, request, "approved", BEN, NOW + 1, patient_keys=" ".join(keys))
        assert find(connection, id).keys == keys
        with pytest.raises(RequestRefused, match="ben approved it already"):
            to_approve(connection, id, BEN)

    write(work)


@pytest.mark.parametrize(
    "approver",
    [
        Actor("anne", "information-governance", "work"),
        Actor(" Anne ", "information-governance", "work", sign_in="link:2"),
        Actor("ben", "information-governance", "work", sign_in="link:1"),
    ],
    ids=["the same name", "the same name written otherwise", "another name in the same sign-in"],
)
def test_one_person_is_not_two_whatever_name_they_type(bridge: Ward, approver: Actor) -> None:
    asker = replace(ANNE, sign_in="link:1")
    id = ask(bridge.connection, "erase", _person(bridge), asker, "why", NOW)
    with pytest.raises(RequestRefused, match="who asked may not approve"):
        to_approve(bridge.connection, id, approver)
    to_approve(bridge.connection, id, replace(BEN, sign_in="link:2"))


def test_a_refusal_has_a_reason_and_may_be_ones_own(bridge: Ward) -> None:
    person = _person(bridge)
    first = ask(bridge.connection, "erase", person, ANNE, "why", NOW)
    with pytest.raises(RequestRefused, match="say why"):
        refuse(bridge.connection, first, BEN, " ", NOW + 1)
    refuse(bridge.connection, first, ANNE, "the wrong person", NOW + 1)
    with pytest.raises(RequestRefused, match="anne refused it already"):
        to_approve(bridge.connection, first, BEN)
    (one,) = of_person(bridge.connection, person, ("refused",))
    assert (one.decided_by, one.decided_why, one.decided_ms) == ("anne", "the wrong person", NOW + 1)
    whats = bridge.connection.execute(select(audit.c.what).order_by(audit.c.position)).scalars().all()
    assert whats == ["erasing a person asked", "erasing a person refused"]


def test_the_same_is_not_asked_twice_at_once_but_again_once_it_was_refused(bridge: Ward) -> None:
    person = _person(bridge)
    first = ask(bridge.connection, "erase", person, ANNE, "why", NOW)
    with pytest.raises(RequestRefused, match="asked already"):
        ask(bridge.connection, "erase", person, BEN, "why", NOW + 1)
    refuse(bridge.connection, first, BEN, "no", NOW + 2)
    ask(bridge.connection, "erase", person, ANNE, "why", NOW + 3)


def test_nothing_is_asked_without_a_reason_about_nobody_or_found_that_is_not_there(bridge: Ward) -> None:
    with pytest.raises(RequestRefused, match="say why"):
        ask(bridge.connection, "erase", _person(bridge), ANNE, " ", NOW)
    with pytest.raises(RequestRefused, match="no such person"):
        ask(bridge.connection, "erase", "nobody", ANNE, "why", NOW)
    for look in (find, lambda c, at: to_approve(c, at, BEN), lambda c, at: refuse(c, at, BEN, "x", NOW)):
        with pytest.raises(NoSuchRequest):
            look(bridge.connection, "none")
