"""What of an HL7 v2 message goes behind the wall, and what is left of it."""

from __future__ import annotations

import pytest

from ascbridge.intake.agreed import profiles
from ascbridge.intake.sources import hospital_adt
from ascbridge.intake.sources.hospital_apart import sift
from tests.intake.messages import adt

ITK = profiles.read("itk-v24")
FLAG = "AL1|1||766561000000109^Adult safeguarding concern^SCT|||"


def test_an_ordinary_message_is_left_as_it_came() -> None:
    assert sift(adt("A01"), ITK) is None
    assert sift(adt("A01", name="MARAC^IVAN"), ITK) is None
    assert sift(adt("A01", local_id="416936003"), ITK) is None


@pytest.mark.parametrize(
    "segment",
    [
        FLAG,
        "DG1|1||417361000^At risk^SCT",
        "OBX|1|TX|note||QUETZAL told the safeguarding nurse",
        "NTE|1||known to MARAC",
        "ZSG|SGC",
        "PRB|AD|20261005|248054003^Self-neglect^SCT",
    ],
)
def test_a_segment_that_says_so_goes_and_the_stay_is_left(segment: str) -> None:
    plain = adt("A01")
    found = sift(adt("A01", extra=(segment,)), ITK)
    assert found is not None
    assert found.rest == plain
    assert hospital_adt.check(found.rest, ITK).refs == hospital_adt.check(plain, ITK).refs
    assert [line.split(": ")[0] for line in found.stray.told] == [segment[:3]]
    assert found.stray.about == "L100|V100"
    assert (found.stray.family_name, found.stray.given_names) == ("MARLOWE", "ADA JOY")
    assert not found.stray.whole


def test_of_a_segment_that_says_who_it_is_only_the_field_goes() -> None:
    found = sift(adt("A01", pv1={16: "SAFEGUARDING"}, extra=("PV2|||417430008^Vulnerable adult^SCT",)), ITK)
    assert found is not None
    assert found.stray.told == (
        "PV1-16: SAFEGUARDING", "PV2-3: 417430008^Vulnerable adult^SCT (417430008 Vulnerable adult)",
    )  # fmt: skip
    assert found.rest is not None
    assert b"SAFEGUARDING" not in found.rest
    assert b"417430008" not in found.rest
    assert b"PV1|" in found.rest


def test_codes_say_what_is_feared_and_that_nothing_was_found_raises_nothing() -> None:
    found = sift(adt("A01", extra=(FLAG, "DG1|1||697949003^Suspected^SCT")), ITK)
    assert found is not None
    assert (found.stray.abuse, found.stray.raises) == (("physical",), True)
    none = sift(adt("A01", extra=("OBX|1|CE|||861931000000100^None^SCT",)), ITK)
    assert none is not None
    assert not none.stray.raises


def test_what_is_no_adt_or_comes_from_such_a_system_leaves_nothing() -> None:
    for fields in ({9: "REF^I12"}, {3: "SAFEGUARDING"}):
        found = sift(adt("A01", msh=fields, extra=(FLAG,)), ITK)
        assert found is not None
        assert found.rest is None


def test_what_cannot_be_read_goes_whole_and_its_sender_hears_why() -> None:
    raw = b"PID|||safeguarding"
    found = sift(raw, ITK)
    assert found is not None
    assert (found.rest, found.stray.whole) == (raw, True)
