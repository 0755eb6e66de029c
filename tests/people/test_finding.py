"""Finding people by name among some, and by name with a birth date or a postcode anywhere."""

import pytest

from ascbridge.people.finding import FoundByName, enough_of_a_name, find_among, find_anywhere
from tests.people.ward import KEYRING, Said, Ward, cause, details, merged, restricted

MARY = {
    "family_name": "EVANS-JONES",
    "given_names": ("MARY", "JOY"),
    "birth_date": "1941-03-14",
    "postcode": "CV1 1EX",
}
MARK = {"family_name": "Evans", "given_names": ("Mark",), "birth_date": "1941-03-14", "postcode": "CV2 2AB"}


@pytest.fixture
def two(bridge: Ward) -> Ward:
    mary, mark = bridge.patient("M1"), bridge.patient("M2")
    bridge.hear(Said(cause("m1"), [details(mary, **MARY), details(mark, **MARK)]))
    return bridge


def keys(found: list[FoundByName], bridge: Ward) -> list[str]:
    names = {bridge.key(ref): ref.value for ref in bridge.keys}
    return sorted(names[one.patient_key] for one in found)


@pytest.mark.parametrize(
    "name, expected",
    [
        ("evans", ["M1", "M2"]),
        ("EVANS, Mary", ["M1"]),
        ("mary evans", ["M1"]),
        ("joy", ["M1"]),
        ("jones", ["M1"]),
        ("evansjones", ["M1"]),
        ("mar e", ["M1", "M2"]),
        ("vans", []),
        ("evans peter", []),
        ("e", []),
        ("", []),
        ("99", []),
    ],
)
def test_each_word_begins_one_of_their_names(two: Ward, name: str, expected: list[str]) -> None:
    every = list(two.keys.values())
    assert keys(find_among(two.connection, two.data_keys, every, name), two) == expected


def test_only_those_who_are_given_are_looked_at_and_an_erased_one_is_found_no_more(two: Ward) -> None:
    mary, mark = (two.key(two.patient(name)) for name in ("M1", "M2"))
    assert keys(find_among(two.connection, two.data_keys, [mark], "evans"), two) == ["M2"]
    two.data_keys.erase(two.connection, [mary], 1)
    assert keys(find_among(two.connection, two.data_keys, [mary, mark], "evans"), two) == ["M2"]


def test_anywhere_a_name_needs_a_birth_date_or_a_postcode(two: Ward) -> None:
    def find(name: str, **more: str) -> list[str]:
        return keys(find_anywhere(two.connection, KEYRING, two.data_keys, name, **more), two)

    assert find("evans") == []
    assert find("evans", born="1941-03-14") == ["M1", "M2"]
    assert find("evans", born="1941") == []
    assert find("evans", born="1941-03-15") == []
    assert find("evans", postcode="cv11ex") == ["M1"]
    assert find("evans", postcode="CV1") == []
    assert find("smith", postcode="CV1 1EX") == []
    assert find("evans", born="1941-03-14", postcode="CV2 2AB") == ["M2"]


def test_who_moved_is_found_where_they_live_now(two: Ward) -> None:
    mary = two.patient("M1")
    moved = details(mary, 60_000, **{**MARY, "postcode": "CV3 3AA"})
    two.hear(Said(cause("m2"), [moved]))

    def find(postcode: str) -> list[str]:
        found = find_anywhere(two.connection, KEYRING, two.data_keys, "evans", postcode=postcode)
        return keys(found, two)

    assert (find("CV1 1EX"), find("CV3 3AA")) == ([], ["M1"])


def test_a_restricted_person_is_not_found_by_where_they_live(two: Ward) -> None:
    mary, other = two.patient("M1"), two.patient("C7", "COVASC")
    two.hear(Said(cause("m2"), [restricted(other), merged(two, mary, other)]))

    def find(**more: str) -> list[str]:
        return keys(find_anywhere(two.connection, KEYRING, two.data_keys, "evans mary", **more), two)

    assert find(postcode="CV1 1EX") == []
    assert find(born="1941-03-14", postcode="CV1 1EX") == []
    assert find(born="1941-03-14") == ["M1"]


def test_a_name_must_have_a_word_of_two_letters() -> None:
    assert enough_of_a_name("Li")
    assert not enough_of_a_name("L 7")
