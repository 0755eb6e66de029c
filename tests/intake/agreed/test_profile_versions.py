"""Texts of profiles are numbered feed by feed, decided once, and hold from moments that only go on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ascbridge.intake.agreed import profile_versions
from ascbridge.intake.agreed.profile_versions import NoSuchProfile, Wanted
from ascbridge.people.actor import Actor

if TYPE_CHECKING:
    from tests.web.city import City

OLA = Actor("Ola Green", "it-operations", "work", sign_in="a")


def asked(city: City, feed: str = "itk-v24") -> int:
    wanted = Wanted(feed, "x = 1", "0" * 64, f"{feed}@1", "nothing")
    return city.bridge.write_now(lambda c: profile_versions.ask(c, wanted, OLA, "why", 5))


def test_versions_are_numbered_feed_by_feed(empty_city: City) -> None:
    assert [asked(empty_city), asked(empty_city), asked(empty_city, "desk")] == [1, 2, 1]
    assert [one.number for one in empty_city.bridge.read_now(profile_versions.latest)] == [1, 2, 1]
    keys = {("itk-v24", 2), ("desk", 1), ("desk", 9)}
    assert empty_city.bridge.read_now(lambda c: profile_versions.texts(c, keys)).keys() == {
        ("itk-v24", 2),
        ("desk", 1),
    }


def test_one_is_decided_once(empty_city: City) -> None:
    asked(empty_city)
    one = empty_city.bridge.read_now(lambda c: profile_versions.of(c, "itk-v24", 1))
    empty_city.bridge.write_now(lambda c: profile_versions.decide(c, one, "signed", "Nia", "", 6))
    with pytest.raises(NoSuchProfile):
        empty_city.bridge.write_now(lambda c: profile_versions.decide(c, one, "refused", "Nia", "", 7))
    with pytest.raises(NoSuchProfile):
        empty_city.bridge.read_now(lambda c: profile_versions.of(c, "itk-v24", 9))


def test_a_later_activation_never_holds_before_an_earlier_one(empty_city: City) -> None:
    def put(number: int, from_ms: int) -> int:
        return empty_city.bridge.write_now(
            lambda c: profile_versions.activate(c, "itk-v24", number, from_ms, "Ola", "", 1)
        )

    assert [put(1, 100), put(0, 90), put(1, 300)] == [100, 101, 300]
    said = empty_city.bridge.read_now(profile_versions.activations)
    assert [(one.number, one.from_ms) for one in said] == [(1, 100), (0, 101), (1, 300)]
