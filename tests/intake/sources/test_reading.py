"""One message through its profile: who, which stay, whose, when; each answer from the bytes and the profile alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ascbridge.events.facts.catalogue import Coded, Stamp
from ascbridge.events.logs.envelope import Ref
from ascbridge.intake.agreed import profiles
from ascbridge.intake.hl7v2.hl7 import parse
from ascbridge.intake.hl7v2.hl7_errors import ErrorCode
from ascbridge.intake.sources.door import SourceFault
from ascbridge.intake.sources.reading import Reading
from tests.intake.messages import NHS_NUMBER, adt

if TYPE_CHECKING:
    from ascbridge.intake.sources.profile import Profile

ITK = profiles.read("itk-v24")
TEN_BST = 1_791_190_800_000  # 2026-10-05T10:00 in London, which is 09:00 UTC
HOUR_MS = 3_600_000


def read(trigger: str = "A01", profile: Profile = ITK, **message: Any) -> Reading:
    return Reading(parse(adt(trigger, **message)), profile, trigger)


def saying(section: str, **values: object) -> Profile:
    """The ITK profile with one section changed."""
    return ITK.model_copy(update={section: getattr(ITK, section).model_copy(update=values)})


def refused(reading: Reading, what: str) -> SourceFault:
    with pytest.raises(SourceFault) as caught:
        getattr(reading, what)
    return caught.value


# -- who ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "pid, number",
    [
        ({3: "L100^^^RKB^MRN~999 300 0019^^^NHS^NH"}, NHS_NUMBER),
        ({3: f"{NHS_NUMBER}^^^ELSEWHERE^NH~L100^^^RKB"}, NHS_NUMBER),
        ({3: "L100^^^RKB^MRN", 19: "999 300 0019"}, NHS_NUMBER),
        ({3: "L100^^^RKB^MRN"}, ""),
    ],
)
def test_the_nhs_number_is_known_by_authority_type_or_the_profiles_place(
    pid: dict[int, str], number: str
) -> None:
    assert read(pid=pid).nhs_number == number


@pytest.mark.parametrize(
    "pid, local",
    [
        ({3: "X9^^^RLT^MRN~L100^^^RKB^MRN"}, Ref("patient", "RKB", "L100")),
        ({3: "X9^^^RLT^MRN"}, Ref("patient", "RLT", "X9")),
        ({3: "L100"}, Ref("patient", "RKB", "L100")),
        ({2: "P2^^^RKB", 3: f"{NHS_NUMBER}^^^NHS"}, Ref("patient", "RKB", "P2")),
        ({3: f"{NHS_NUMBER}^^^NHS~{NHS_NUMBER}^^^OTHER^NH"}, None),
        ({3: "^^^RKB^MRN"}, None),
    ],
)
def test_our_own_number_comes_before_anothers_and_an_nhs_number_is_neither(
    pid: dict[int, str], local: Ref | None
) -> None:
    assert read(pid=pid).local == local


def test_without_a_local_number_only_a_checked_nhs_number_is_a_patient() -> None:
    assert read(local_id="").patient == Ref("patient", "NHS", NHS_NUMBER)
    for number in ("9993000018", "123", ""):
        fault = refused(read(local_id="", nhs_number=number), "patient")
        assert (fault.segment, fault.field, fault.code) == ("PID", 3, ErrorCode.REQUIRED_FIELD_MISSING)
        assert not number or number not in str(fault)


def test_who_was_merged_away_stands_in_mrg_1() -> None:
    merge = read("A40", extra=("MRG|9993000027^^^NHS~L777^^^RKB^MRN",))
    assert merge.merged_away() == Ref("patient", "RKB", "L777")
    assert read("A40").merged_away() is None


# -- which stay, and whose ----------------------------------------------------------------------------------------


def test_a_visit_is_named_with_the_authority_that_gave_it() -> None:
    assert read().visit == Ref("spell", "RKB", "V100")
    assert read(pv1={19: "V9^^^RLT"}).visit == Ref("spell", "RLT", "V9")
    assert read(pv1={19: "V9"}).visit == Ref("spell", "RKB", "V9")
    assert read(visit="").visit is None


def test_the_profile_says_where_the_visit_number_stands() -> None:
    uhcw = profiles.read("uhcw")
    assert read(profile=uhcw, visit="", pid={18: "F55^^^RKB^FIN"}).visit == Ref("spell", "RKB", "F55")


@pytest.mark.parametrize(
    "message, facility, ours",
    [
        ({}, "RKB01", True),
        ({"ward": "W21"}, "RKB", True),
        ({"ward": "W21^^^RLT01"}, "RLT01", False),
        ({"pv1": {19: "V9^^^RLT"}}, "RKB01", False),
        ({"ward": "W21", "pv1": {19: "V9"}, "msh": {4: "RLT"}}, "RLT", False),
        ({"ward": "W21", "pv1": {19: "V9"}, "msh": {4: "RKB"}}, "RKB", True),
    ],
)
def test_a_stay_is_ours_where_site_and_authority_both_are(message: Any, facility: str, ours) -> None:
    one = read(**message)
    assert (one.facility, one.ours) == (facility, ours)


# -- when ---------------------------------------------------------------------------------------------------------


def test_it_was_recorded_when_evn_2_says_else_msh_7() -> None:
    assert read(sent="202610051200", recorded="202610051000").recorded_ms == TEN_BST
    bare = parse(adt("A01").replace(b"EVN||202610051000", b"EVN||"))
    assert Reading(bare, ITK, "A01").recorded_ms == TEN_BST
    fault = refused(read(sent=""), "recorded_ms")
    assert (fault.segment, fault.field) == ("MSH", 7)


def test_it_occurred_when_evn_6_says_and_hardly_after_it_was_recorded() -> None:
    assert read(occurred="202610050900").occurred_ms == TEN_BST - HOUR_MS
    assert read(occurred="202610061000").occurred_ms == TEN_BST + 24 * HOUR_MS
    fault = refused(read(occurred="202610061001"), "occurred_ms")
    assert (fault.segment, fault.field, fault.code) == ("EVN", 6, ErrorCode.DATA_TYPE)
    assert read(profile=saying("meaning", max_hours_ahead=48), occurred="202610061001").occurred_ms > TEN_BST


def test_a_time_that_decides_is_refused_where_it_cannot_be_and_one_that_informs_is_parked() -> None:
    one = read(pv1={44: "20260231", 45: "20261006"})
    with pytest.raises(SourceFault) as caught:
        one.time("PV1-44")
    assert (caught.value.segment, caught.value.field, caught.value.code) == ("PV1", 44, ErrorCode.DATA_TYPE)
    assert "20260231" not in str(caught.value)
    assert (one.date("PV1-44"), one.date("PV1-45")) == (("", False), ("2026-10-06", True))
    assert (one.time("PV1-43"), one.date("PV1-43")) == (None, ("", True))


def test_the_stamp_counts_msh_13_only_where_the_profile_trusts_it() -> None:
    counted = {"sent": "202610051100", "recorded": "202610051000", "msh": {13: "42"}}
    sent = TEN_BST + HOUR_MS
    assert read(**counted).stamp(1) == Stamp(recorded_ms=TEN_BST, sequence=42, sent_ms=sent, rank=1)
    assert read(profile=saying("meaning", trust_sequence=False), **counted).stamp().sequence == 0
    assert read(msh={13: "x"}).stamp().sequence == 0


# -- what it means ------------------------------------------------------------------------------------------------


def test_a_code_keeps_what_was_sent_beside_what_it_means() -> None:
    one = read("A03", pv1={36: "ZZ", 37: "19"})
    assert one.coded("discharge_method") == Coded(source_code="ZZ", code=None)
    assert one.coded("discharge_destination") == Coded(source_code="19", code="19")
    assert one.coded("admission_method") is None


def test_two_quotes_clear_unless_the_feed_fills_every_empty_field_with_them() -> None:
    emptied = {"pid": {13: '""'}}
    assert read(**emptied).cleared("PID-11", "PID-13")
    assert not read(**emptied).cleared("PID-11", "PID-14")
    assert not read(profile=saying("meaning", nulls="ignore"), **emptied).cleared("PID-13")


@pytest.mark.parametrize("year", ["0001", "1799", "2200", "9999"])
def test_a_year_that_cannot_be_meant_is_refused_where_it_decides_and_parked_where_it_informs(
    year: str,
) -> None:
    reading = read("A01", occurred=f"{year}01010000", pid={7: f"{year}0101"})
    with pytest.raises(SourceFault, match="no year from 1800 to 2199"):
        reading.time("EVN-6")
    assert reading.date("PID-7") == ("", False)


def test_what_was_recorded_long_after_it_was_sent_is_refused() -> None:
    assert read("A01", sent="202610051000", recorded="202610061000").stamp()
    with pytest.raises(SourceFault, match="recorded later than it was sent"):
        read("A01", sent="202610051000", recorded="203610051000").stamp()


@pytest.mark.parametrize("number", ["9" * 5000, "9" * 20, "\u00b2"])
def test_a_sequence_number_that_is_none_counts_nothing(number: str) -> None:
    assert read("A01", msh={13: number}).stamp().sequence == 0
