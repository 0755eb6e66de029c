"""What is wrong with an entry, said so that whoever reads it knows which field is meant, and how it is tidied."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ascbridge.web.discharge.stay_entry import EnterForm, faults, tidy

if TYPE_CHECKING:
    from tests.web.city import City

RIGHT: dict[str, Any] = {
    "once": "x" * 20, "at": 1, "nhs_number": "9993000019", "checked": "yes", "family_name": "Evans",
    "given_names": "Mary", "birth_date": "1941-03-14", "local_number": "L1", "site": "RKB01", "ready": "yes",
}  # fmt: skip
NAMED: dict[str, tuple[dict[str, Any], str]] = {
    "nhs_number": ({"nhs_number": "9993000018"}, "NHS number"),
    "checked": ({"checked": ""}, "NHS number was checked"),
    "birth_date": ({"birth_date": "14.3.41"}, "date of birth"),
    "admitted_on": ({"admitted_on": "soon"}, "since when they are in hospital"),
    "expected_on": ({"expected_on": "soon"}, "expected to leave"),
    "lives": ({"lives": "moon"}, "where they live"),
    "site": ({"site": ""}, "hospital"),
    "ready": ({"ready": ""}, "ready to leave"),
}
"""What is wrong with each field that can be, and the words by which its line names it."""


def test_what_is_right_has_no_fault(city: City) -> None:
    assert faults(EnterForm(**RIGHT), city.parts()) == {}


@pytest.mark.parametrize("name", NAMED)
def test_each_line_of_what_is_wrong_names_its_field(city: City, name: str) -> None:
    changed, words = NAMED[name]
    wrong = faults(EnterForm(**{**RIGHT, **changed}), city.parts())
    assert list(wrong) == [name]
    assert words in wrong[name]


def test_an_entry_is_tidied_and_dated_by_when_it_was_made_unless_that_is_long_ago() -> None:
    now_ms = 1_792_323_000_000
    form = tidy(
        EnterForm(nhs_number=" 999 300 0019 ", family_name=" Evans  Hill ", at=now_ms - 60_000), now_ms
    )
    assert (form.nhs_number, form.family_name, form.at) == ("9993000019", "Evans Hill", now_ms - 60_000)
    assert tidy(EnterForm(at=1), now_ms).at == now_ms
    assert len(tidy(EnterForm(ward="w" * 999), now_ms).ward) == 200
