"""Numbers and names of the outside world become keys; what can find nobody is refused before anybody looks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ascbridge.operations.finding import find_whom
from ascbridge.operations.finding.find_whom import CannotLook, Keys, Whom

if TYPE_CHECKING:
    from tests.web.city import City


def look(city: City, **whom: str) -> Keys:
    authorities = find_whom.authorities_of(city.profiles)
    return city.bridge.read_now(
        lambda c: find_whom.look(c, city.keyring, city.data_keys, Whom(**whom).checked(), authorities)
    )


def test_a_person_is_found_by_each_of_their_numbers_and_by_name(city: City) -> None:
    evans = city.task_of()
    for whom in (
        {"nhs_number": " 999 300 0019 "},
        {"local_id": "L100"},
        {"local_id": "L100", "authority": "RKB"},
        {"name": "evans", "born": "1941-03-14"},
    ):
        assert look(city, **whom).people == {evans.person_id}, whom
    assert look(city, visit="V100").stays == {evans.spell_key}
    assert look(city, local_id="L100", authority="XXX") == look(city, local_id="L999") == Keys()
    keys = city.bridge.read_now(lambda c: find_whom.patients_of(c, {evans.person_id}))
    assert len(keys) == 2  # the hospital's and the council's
    assert evans.patient_key in keys


@pytest.mark.parametrize(
    "whom", [{"nhs_number": "999 300 0018"}, {"name": "evans"}, {"name": "e", "born": "1941-03-14"}]
)
def test_what_can_find_nobody_is_refused(whom: dict[str, str]) -> None:
    with pytest.raises(CannotLook):
        Whom(**whom).checked()
    assert Whom().nobody
