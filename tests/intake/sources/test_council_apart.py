"""What of a council's object goes behind the wall, and what is left of it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ascbridge.intake.agreed import profiles
from ascbridge.intake.sources import council_facts
from ascbridge.intake.sources.council_apart import sift
from tests.intake.doors.test_file_drop import LINE

FACTS = profiles.read("council-facts")


def sifted(**more: Any) -> Any:
    return sift(json.dumps(LINE | more).encode(), FACTS)


def test_an_ordinary_line_is_left_as_it_came() -> None:
    assert sifted() is None
    assert sifted(note="Channel 4 and Maracaibo") is None


def test_a_person_with_such_a_name_is_left_alone() -> None:
    person = LINE["person"] | {"family_name": "Marac"}  # type: ignore[operator]  # a dict
    assert sifted(person=person) is None


def test_a_member_that_says_so_goes_and_the_fact_stays() -> None:
    found = sifted(
        safeguarding={"open": True, "why": "QUETZAL"}, notes=["fine", "a MARAC case"], flag="416936003"
    )
    assert json.loads(found.rest) == LINE | {"notes": ["fine"]}
    assert found.stray.told == (
        'safeguarding: {"open":true,"why":"QUETZAL"}', "notes: a MARAC case", "flag: 416936003",
    )  # fmt: skip
    assert found.stray.abuse == ("physical",)
    assert found.stray.raises
    assert (found.stray.about, found.stray.family_name, found.stray.given_names) == ("C100", "Marlowe", "Ada")
    assert (found.stray.council_id, found.stray.nhs_number, found.stray.birth_date) == (
        "C100",
        "9993000019",
        "1941-03-07",
    )
    assert council_facts.check(found.rest, FACTS).control_id == "F1"


@pytest.mark.parametrize(
    "value", [False, None, "", "No", "n", 0, [], {"open": "N", "since": None}, "861931000000100"]
)
def test_a_member_that_only_says_no_goes_and_raises_nothing(value: Any) -> None:
    found = sifted(safeguarding_flag=value)
    assert json.loads(found.rest) == LINE
    assert not found.stray.raises


def test_what_names_another_fact_leaves_nothing_of_the_feed() -> None:
    found = sifted(fact="safeguarding-concern")
    assert "fact" not in json.loads(found.rest), "which the door refuses, so that all of it goes"


@pytest.mark.parametrize("raw", [b'{"safeguarding": QUETZAL', b'["safeguarding"]', b'"safeguarding"'])
def test_what_is_no_object_goes_whole_or_leaves_none(raw: bytes) -> None:
    found = sift(raw, FACTS)
    assert found is not None
    assert found.rest in {None, b"[]"}


def test_a_concern_names_its_adult() -> None:
    raw = json.dumps({"id": "1", "concern": {"adult": {"council_id": "C1", "family_name": 7}}}).encode()
    found = sift(raw, FACTS)
    assert found is not None
    assert (found.stray.council_id, found.stray.family_name) == ("C1", "")
