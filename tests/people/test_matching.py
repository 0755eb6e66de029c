"""What may be compared of two patients, and when a number alone makes them one."""

from __future__ import annotations

from typing import Any

import pytest

from ascbridge.people.casefile import Patient
from ascbridge.people.matching import Marking, Marks, compare, number_lookup
from tests.people.ward import BAD, KEYRING, N1, N2, details

BORN = "1941-02-03"


def _marks(status: str = "01", **sealed: Any) -> Marks:
    from ascbridge.events.logs.envelope import Ref

    draft = details(Ref("patient", "RKB", "M1"), status=status, **sealed)
    return Marking(KEYRING).of(draft.fact, draft.sealed)


def _patient(key: str, said: Marks) -> Patient:
    return Patient(key, "n1", "RKB", 0, *said)


def test_marks_name_nobody_and_ignore_how_a_number_is_written() -> None:
    said = _marks(nhs_number="999 000 1006", birth_date=BORN)
    assert said == _marks(nhs_number=N1, birth_date=BORN)
    assert said.number == number_lookup(KEYRING, "999-000-1006")
    assert N1 not in repr(said)
    assert BORN not in repr(said)


@pytest.mark.parametrize(
    "status, number, state, found",
    [
        ("01", N1, "verified", True),
        ("02", N1, "unverified", True),
        ("01", BAD, "invalid", False),
        ("01", "", "none", False),
    ],
)
def test_only_a_number_that_checks_can_be_found(status: str, number: str, state: str, found: object) -> None:
    said = _marks(status, nhs_number=number)
    assert (said.number_state, bool(said.number), said.birth) == (state, found, "")


ONE = {"nhs_number": N1, "birth_date": BORN}


@pytest.mark.parametrize(
    "other, status, is_same",
    [
        (ONE, "01", True),
        (ONE, "02", False),
        (ONE | {"nhs_number": N2}, "01", False),
        (ONE | {"birth_date": "1941-02-04"}, "01", False),
        (ONE | {"birth_date": "1941"}, "01", False),
        (ONE | {"birth_date": ""}, "01", False),
        (ONE | {"nhs_number": ""}, "01", False),
    ],
)
def test_two_are_one_by_number_only_when_all_agrees(
    other: dict[str, str], status: str, is_same: object
) -> None:
    one, two = _patient("p1", _marks(**ONE)), _patient("p2", _marks(status, **other))
    assert compare(one, two).joins == compare(two, one).joins == is_same


def test_two_who_both_lack_a_day_of_birth_or_a_number_are_not_one() -> None:
    dateless = _marks(nhs_number=N1, birth_date="1941")
    assert not compare(_patient("p1", dateless), _patient("p2", dateless)).joins
    numberless = Marks("", "verified", "b")
    assert not compare(_patient("p1", numberless), _patient("p2", numberless)).joins
