"""What a sender says: taken as it is written, and told what is wrong with it, all at once."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from ascbridge.safeguarding import practice_rules
from ascbridge.safeguarding.concern_words import AdultSaid, ConcernSaid, faults
from tests.safeguarding.behind import said

RULES = practice_rules.load()


def test_words_without_a_fault_have_none() -> None:
    assert faults(RULES, said()) == {}
    assert faults(RULES, said(adult=AdultSaid(council_id="C1"), abuse_types=())) == {}


@pytest.mark.parametrize(
    "field, more",
    [
        ("origin", {"origin": "neighbour"}),
        ("place", {"place": "moon"}),
        ("severity", {"severity": "very"}),
        ("family_name", {"adult": AdultSaid(birth_date="1941-03-14")}),
        ("nhs_number", {"adult": AdultSaid(nhs_number="9993000018")}),
        ("birth_date", {"adult": AdultSaid(family_name="E", birth_date="14/03/1941")}),
        ("birth_date", {"adult": AdultSaid(family_name="E", birth_date="19410314")}),
        ("occurred_on", {"occurred_on": "yesterday"}),
        ("account", {"account": "  "}),
    ],
)
def test_each_fault_is_told_at_its_field(field: str, more: dict[str, Any]) -> None:
    assert list(faults(RULES, said(**more))) == [field]


@pytest.mark.parametrize(
    "text",
    ["See data:image/png;base64,iVBORw0KGgo", "A" * 400, r"{\rtf1 secret}", "%PDF-1.7 ...", "QUJD" * 120],
)
def test_attachments_are_refused_however_they_come(text: str) -> None:
    assert "Attachments are not taken" in faults(RULES, said(account=text))["account"]
    with pytest.raises(ValidationError):
        ConcernSaid(**said().model_dump(), attachment="x")


def test_ten_kinds_of_abuse_and_no_other() -> None:
    with pytest.raises(ValidationError):
        said(abuse_types=("rudeness",))
    every = (
        "physical", "domestic", "sexual", "psychological", "modern-slavery", "financial-or-material",
        "neglect-and-acts-of-omission", "discriminatory", "organisational", "self-neglect",
    )  # fmt: skip
    assert len(said(abuse_types=every).abuse_types) == 10


def test_nothing_endless_is_taken() -> None:
    with pytest.raises(ValidationError):
        said(account="x" * 8_001)
    with pytest.raises(ValidationError):
        said(source_named=("x",) * 21)
