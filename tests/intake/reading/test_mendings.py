"""Changes to messages: one in force for each message, all kept, and none decided twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ascbridge.events.logs.sealing import unseal
from ascbridge.intake.reading import mendings
from ascbridge.intake.reading.mendings import Changed, NoMending
from ascbridge.people.actor import Actor
from tests.web.conftest import empty_city

if TYPE_CHECKING:
    from tests.web.city import City

__all__ = ["empty_city"]
KEY = ("p1.1", bytes(32))
OLA = Actor("Ola Green", "it-operations", "work", sign_in="s1")


def asked(city: City, at_ms: int, message_id: str = "m1") -> str:
    new = Changed(message_id, "d1", "itk-v24", KEY, b"MSH|", ("PV1-36", "PID-5"), ("PID-5",))
    return city.bridge.write_now(lambda c: mendings.ask(c, new, OLA, "a wrong code", at_ms))


def test_the_next_in_force_takes_the_place_of_the_last_and_all_are_kept(empty_city: City) -> None:
    city = empty_city
    first, second = asked(city, 1_000), asked(city, 2_000)
    assert city.bridge.read_now(lambda c: mendings.in_force(c, ["m1"])) == {}
    assert [one.mending_id for one in city.bridge.read_now(mendings.waiting)] == [first, second]
    for one in (first, second):
        city.bridge.write_now(lambda c: mendings.decide(c, one, "in force", "Pat", "", 3_000))  # noqa: B023  # used at once
    ((mending_id, key_id, body),) = city.bridge.read_now(
        lambda c: mendings.in_force(c, ["m1", "m2"])
    ).values()
    assert (mending_id, key_id, unseal(body, KEY[1], mending_id)) == (second, "p1.1", b"MSH|")
    kept = city.bridge.read_now(lambda c: mendings.of_message(c, "m1"))
    assert [(one.state, one.places, one.about_whom) for one in kept] == [
        ("taken back", ("PV1-36", "PID-5"), ("PID-5",)),
        ("in force", ("PV1-36", "PID-5"), ("PID-5",)),
    ]


def test_nothing_is_decided_twice(empty_city: City) -> None:
    city = empty_city
    one = asked(city, 1_000)
    city.bridge.write_now(lambda c: mendings.decide(c, one, "refused", "Pat", "no", 2_000))
    for again in (lambda c: mendings.decide(c, one, "in force", "Pat", "", 3_000),
                  lambda c: mendings.foresee_again(c, one, b"{}", 3_000, wants_keys=False), lambda c: mendings.of(c, "m9")):  # fmt: skip
        with pytest.raises(NoMending):
            city.bridge.write_now(again)
    assert city.bridge.read_now(mendings.waiting) == ()
