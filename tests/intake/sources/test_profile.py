"""A profile is checked whole, and runs in shadow unless somebody signed exactly its text."""

from __future__ import annotations

import pytest

from ascbridge.config import ConfigError
from ascbridge.intake.agreed import profiles
from ascbridge.intake.sources.profile import WhereSection, text_hash

BODY = '[feed]\nname = "f"\ntitle = "t"\nsource = "hospital_adt"\nsource_name = "s"\nauthority = "RKB"\n'


def signed(body: str, digest: str) -> str:
    return f'{body}\n[signed_off]\nby = "A. Person"\non = "2026-11-01"\nsha256 = "{digest}"\n'


def test_unsigned_is_shadow_and_signed_is_not() -> None:
    assert profiles.parse(BODY, "f").shadow
    assert not profiles.parse(signed(BODY, text_hash(BODY)), "f").shadow


def test_a_changed_text_loses_its_signature() -> None:
    changed = BODY.replace('"RKB"', '"RLT"')
    assert profiles.parse(signed(changed, text_hash(BODY)), "f").shadow


def test_line_ends_do_not_break_a_signature() -> None:
    assert not profiles.parse(signed(BODY, text_hash(BODY)).replace("\n", "\r\n"), "f").shadow


def test_every_fault_is_told_at_once() -> None:
    body = (
        BODY + '[where]\nvisit_number = ["PV1.19"]\n[codes.colour]\n"1" = "red"\n[meaning]\nnulls = "guess"\n'
    )
    with pytest.raises(ConfigError) as caught:
        profiles.parse(body, "f")
    for part in ("where", "colour", "nulls"):
        assert part in str(caught.value)


def test_only_our_facilities_are_ours() -> None:
    profile = profiles.read("itk-v24")
    assert profile.ours("RKB01")
    assert not profile.ours("RLT01")
    assert not profile.ours("")


def test_a_code_that_nobody_mapped_has_no_meaning() -> None:
    profile = profiles.read("itk-v24")
    assert (profile.code("discharge_method", "4"), profile.code("discharge_method", "X")) == ("4", None)
    assert profile.code("no_such_list", "4") is None


@pytest.mark.parametrize("place", ["PV1-19.1\n", "PV1-\uff11", "PV1-0", "pv1-19", "PV1"])
def test_a_place_that_no_message_has_is_told_and_not_found_out_by_the_first_message(place: str) -> None:
    with pytest.raises(ValueError, match="is not an HL7 place"):
        WhereSection(visit_number=(place,))
