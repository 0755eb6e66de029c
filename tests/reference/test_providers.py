"""Providers: who is meant, on which day, and whether they take new work."""

from datetime import date

import pytest

from ascbridge.reference.list_files import BadList
from tests.reference.lists import LEVELS, made

HOMES = """
[[provider]]
name = "Elm House"
also_called = ["The Elms"]
cqc_location = "1-1111111"
status = "open"
level = 4
cqc_rating = "Inadequate"
since = 2026-03-01

[[provider]]
name = "Elm House"
cqc_location = "1-1111111"
status = "open"
level = 1
until = 2026-02-28

[[provider]]
name = "Oak Care"
status = "suspended"
"""
MARCH, FEBRUARY = date(2026, 3, 14), date(2026, 2, 14)


@pytest.mark.parametrize(
    "name, number, day, stopped",
    [
        ("", "1-1111111", MARCH, "quality level 4, Persistent Serious Concerns"),
        ("", "1-1111111", FEBRUARY, ""),
        ("the  elms", "", MARCH, "quality level 4, Persistent Serious Concerns"),
        ("OAK CARE", "", MARCH, "suspended"),
        ("Oak Care", "1-2222222", MARCH, "suspended"),
    ],
)
def test_a_provider_is_found_and_judged_by_its_day(name: str, number: str, day: date, stopped: str) -> None:
    providers = made("providers", LEVELS + HOMES)
    found = providers.find(name, number, day)
    assert found is not None
    assert providers.stopped(found) == stopped


@pytest.mark.parametrize(
    "name, number, day",
    [
        ("Elm House", "1-2222222", MARCH),  # another place of that name
        ("The Elms", "", FEBRUARY),  # it was not called so then
        ("Elm", "", MARCH),
        ("", "", MARCH),
        ("", "1-3333333", MARCH),
    ],
)
def test_nobody_is_guessed(name: str, number: str, day: date) -> None:
    assert made("providers", LEVELS + HOMES).find(name, number, day) is None


def test_levels_and_providers_in_words() -> None:
    told = {one.name: dict(one.said) for one in made("providers", LEVELS + HOMES).things()}
    assert told["Level 4"] == {"means": "Persistent Serious Concerns", "new work": "stopped"}
    assert told["Elm House (from 2026-03-01)"] == {
        "status": "Open",
        "level": "4",
        "new work": "stopped: quality level 4, Persistent Serious Concerns",
        "CQC location": "1-1111111",
        "CQC rating": "Inadequate",
        "also called": "The Elms",
    }
    assert told["Oak Care"]["level"] == "not stated"


@pytest.mark.parametrize(
    "old, new, fault",
    [
        ("until = 2026-02-28", "until = 2026-03-01", "Elm House: two entries hold on one day"),
        ("level = 4", "level = 3", "Elm House: there is no level 3"),
        ('"suspended"', '"open"\nsince = 2026-03-02\nuntil = 2026-03-01', "Oak Care: until is before since"),
        ("number = 4", "number = 1", "level 1 stands there twice"),
        ('"1-1111111"\nstatus = "open"\nlevel = 4', '"Elm"\nstatus = "open"\nlevel = 4', "cqc_location"),
    ],
)
def test_what_cannot_be_so_is_told(old: str, new: str, fault: str) -> None:
    with pytest.raises(BadList, match=fault):
        made("providers", (LEVELS + HOMES).replace(old, new, 1))
