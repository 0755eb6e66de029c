"""A message's ward is what the desk understood of it, and only what looks like a ward's code."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from ascbridge.discharge.keeping.wards_heard import wards
from ascbridge.storage.tables import message
from tests.web.conftest import empty_city

__all__ = ["empty_city"]

if TYPE_CHECKING:
    from tests.web.city import City


def test_the_ward_of_a_message_is_what_was_understood_of_it(empty_city: City) -> None:
    city = empty_city
    city.hear("A01", local_id="L1", visit="V1", ward="W12^BAY^1^RKB01")
    city.hear("A01", local_id="L2", visit="V2", ward="what nobody^BAY^1^RKB01")
    ids = city.bridge.read_now(lambda c: c.scalars(select(message.c.message_id)).all())
    assert len(ids) == 2
    assert list(city.bridge.read_now(lambda c: wards(c, ids)).values()) == ["W12"]
    assert city.bridge.read_now(lambda c: wards(c, ["nobody"])) == {}
