"""What an ADT message says of the stay: one fact for each trigger, its dates apart, and what must name a visit."""

from __future__ import annotations

import re
from typing import Any

import pytest

from ascbridge.events.facts import catalogue as words
from ascbridge.events.facts.catalogue import Coded, SealedVisit, StayFact, Ward
from ascbridge.intake.agreed import profiles
from ascbridge.intake.hl7v2.hl7 import parse
from ascbridge.intake.hl7v2.hl7_errors import ErrorCode
from ascbridge.intake.sources import hospital_stay
from ascbridge.intake.sources.door import SourceFault
from ascbridge.intake.sources.hospital_stay import STAYS
from ascbridge.intake.sources.reading import Reading
from tests.intake.messages import adt

TEN_BST = 1_791_190_800_000  # 2026-10-05T10:00 in London
HALF_HOUR_MS = 1_800_000


def read(trigger: str, *, profile: str = "itk-v24", **message: Any) -> Reading:
    return Reading(parse(adt(trigger, **message)), profiles.read(profile), trigger)


def fact(trigger: str, **message: Any) -> Any:
    return hospital_stay.draft(read(trigger, **message), "s1").fact


def test_every_trigger_of_the_table_is_a_trigger_and_makes_its_fact() -> None:
    for trigger, (kind, rank, _) in STAYS.items():
        assert re.fullmatch(r"A\d\d", trigger)
        draft = hospital_stay.draft(read(trigger), "s1")
        assert type(draft.fact) is kind
        assert isinstance(draft.fact, StayFact)
        assert (draft.fact.spell, draft.fact.stamp.rank) == ("s1", rank)
        assert (draft.slot, draft.happened_ms, draft.sealed) == (
            "stay",
            TEN_BST,
            SealedVisit(visit_number="V100"),
        )


def test_a_cancellation_ranks_after_what_it_cancels() -> None:
    assert {trigger for trigger, (_, rank, _) in STAYS.items() if rank} == {
        "A11", "A12", "A13", "A23", "A25", "A27", "A38", "A52", "A53",
    }  # fmt: skip


@pytest.mark.parametrize(
    "trigger, patient_class, needs, speaks",
    [
        ("A01", "I", True, True),
        ("A08", "I", False, True),
        ("A04", "E", True, True),
        ("A04", "O", False, False),
        ("A31", "I", False, False),
    ],
)
def test_who_must_name_a_visit(trigger: str, patient_class: str, needs, speaks) -> None:
    one = read(trigger, pv1={2: patient_class})
    assert (hospital_stay.needs_visit(one), hospital_stay.speaks_of_stay(one)) == (needs, speaks)


def test_a_stay_that_cannot_be_told_is_refused_at_the_place_that_the_profile_names() -> None:
    with pytest.raises(SourceFault) as caught:
        hospital_stay.check(read("A01", visit=""))
    fault = caught.value
    assert (fault.segment, fault.field, fault.code) == ("PV1", 19, ErrorCode.REQUIRED_FIELD_MISSING)
    hospital_stay.check(read("A08", visit=""))  # speaks of the person only


@pytest.mark.parametrize(
    "trigger, pv1, field",
    [("A01", {44: "20260231"}, 44), ("A03", {45: "20260231"}, 45), ("A03", {45: "202610071000"}, 45)],
)
def test_times_that_cannot_be_are_refused_at_the_door(trigger: str, pv1: dict[int, str], field: int) -> None:
    with pytest.raises(SourceFault) as caught:
        hospital_stay.check(read(trigger, pv1=pv1))
    assert (caught.value.segment, caught.value.field, caught.value.code) == (
        "PV1",
        field,
        ErrorCode.DATA_TYPE,
    )


def test_an_admission_says_how_whence_and_when() -> None:
    said = fact("A01", pv1={4: "21", 14: "??", 44: "202610050930"})
    assert said.admission_method == Coded(source_code="21", code="21")
    assert said.admission_source == Coded(source_code="??", code=None)
    assert said.admitted_ms == TEN_BST - HALF_HOUR_MS
    assert fact("A01").admitted_ms == TEN_BST


def test_a_discharge_says_how_whither_and_when() -> None:
    said = fact("A03", pv1={36: "1", 37: "85", 45: "202610050930"})
    assert (said.discharge_method.code, said.discharge_destination.code) == ("1", "85")
    assert said.discharged_ms == TEN_BST - HALF_HOUR_MS
    assert fact("A03").discharged_ms == TEN_BST


def test_a_plan_says_for_when() -> None:
    assert fact("A05", extra=("PV2||||||||20261012",)).expected_admission == "2026-10-12"


def test_where_somebody_lies_is_a_ward_a_room_a_bed_and_a_site() -> None:
    assert fact("A02").ward == Ward(ward="W21", room="BAY B", bed="BED 4", site="RKB01")
    assert fact("A02", ward="").ward is None
    assert (fact("A02").patient_class, fact("A02").facility) == ("I", "RKB01")


def test_the_same_date_field_is_a_plan_in_a16_and_an_estimate_elsewhere() -> None:
    pv2 = "PV2|||||||||20261009"
    planned, estimated = fact("A16", extra=(pv2,)), fact("A08", extra=(pv2,))
    assert (planned.planned_discharge, planned.expected_discharge) == ("2026-10-09", "")
    assert (estimated.planned_discharge, estimated.expected_discharge) == ("", "2026-10-09")


@pytest.mark.parametrize(
    "zu1_22, zu1_24, ready, ready_on",
    [
        ("Y", "", True, ""),
        ("N", "20261006", False, "2026-10-06"),
        ("", "20261006", True, "2026-10-06"),
        ("", "", None, ""),
        ("?", "", None, ""),
    ],
)
def test_ready_is_what_is_stated_else_that_there_is_a_date(zu1_22: str, zu1_24: str, ready, ready_on) -> None:
    said = fact("A08", extra=("ZU1" + "|" * 22 + f"{zu1_22}||{zu1_24}",))
    assert (said.ready, said.ready_on) == (ready, ready_on)


def test_what_is_emptied_is_named_and_what_cannot_be_read_is_marked() -> None:
    emptied = fact("A08", ward='""', extra=('PV2|||||||||""', "ZU1" + "|" * 24 + '""'))
    assert emptied.clears == ("expected_discharge", "ready_on", "ward")
    odd = fact("A08", extra=("PV2|||||||||20261341", "ZU1" + "|" * 24 + "soon"))
    assert set(odd.marks) == {"unreadable:PV2-9", "unreadable:ZU1-24"}
    assert (odd.expected_discharge, odd.ready_on, odd.ready) == ("", "", None)


def test_a_fact_says_what_it_rests_on() -> None:
    bare = parse(adt("A08").replace(b"||||202610051000\r", b"\r", 1))
    assert bare.value("EVN-6") == ""
    said = hospital_stay.draft(Reading(bare, profiles.read("uhcw"), "A08"), "s1").fact
    assert isinstance(said, words.StayDetailsRecorded)
    assert said.marks == ("shadow", "occurred-not-stated")
