"""Whom a changed message names is given keys, once, and what cannot be read or was erased gives none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ascbridge.intake.keeping import giving_keys
from ascbridge.intake.reading import mendings
from ascbridge.storage.tables import data_key, identity
from tests.operations.conftest import empty_city
from tests.operations.mending.test_mend import Ward, ask

if TYPE_CHECKING:
    from tests.web.city import City

__all__ = ["empty_city"]


def give(city: City) -> int:
    wanting = city.bridge.read_now(mendings.wanting_keys)
    return city.keys.write_now(
        lambda c: giving_keys.give(c, wanting, city.profiles, city.keyring, city.data_keys, city.clock.at_ms)
    )


def test_everybody_who_is_named_is_given_a_key_and_a_data_key_once(empty_city: City) -> None:
    city = empty_city
    ward = Ward(city)
    mending_id = ask(city, ward.bury(ward.admit()), {"PID-3": "L99^^^RKB^PI"})
    assert not city.bridge.read_now(lambda c: city.mender.has_keys(c, mending_id))
    before = len(city.rows(identity)), len(city.rows(data_key))
    new = give(city)
    assert new > 0
    assert len(city.rows(identity)) == before[0] + new
    assert len(city.rows(data_key)) > before[1]
    assert city.bridge.read_now(lambda c: city.mender.has_keys(c, mending_id))
    assert give(city) == 0
    assert not any(b"L99" in row.lookup.encode() for row in city.rows(identity))
    city.profiles.clear()
    assert give(city) == 0


def test_what_cannot_be_read_names_nobody(empty_city: City) -> None:
    assert giving_keys.named_by(b"no message", empty_city.profiles["itk-v24"]) == ()
