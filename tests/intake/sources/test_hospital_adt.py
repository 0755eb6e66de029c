"""What each ADT message is answered and what it says, by profile itk-v24."""

from __future__ import annotations

import csv
import re
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from ascbridge.events.facts import catalogue as words
from ascbridge.events.logs.envelope import Draft, Ref
from ascbridge.intake.agreed import profiles
from ascbridge.intake.hl7v2.hl7_errors import ErrorCode, UnreadableMessage
from ascbridge.intake.sources import hospital_adt
from ascbridge.intake.sources.door import SourceFault, Translation
from tests.intake.messages import NHS_NUMBER, SECOND_NUMBER, adt

if TYPE_CHECKING:
    from pathlib import Path

    from ascbridge.intake.sources.profile import Profile

ITK = profiles.read("itk-v24")


def translate(raw: bytes, profile: Profile = ITK) -> Translation:
    door = hospital_adt.check(raw, profile)
    keys = {ref: f"{ref.kind}:{ref.authority}:{ref.value}" for ref in (door.lane, *door.refs)}
    return door.translate(keys)


def fact(raw: bytes, kind: type[words.Fact]) -> words.Fact:
    found = [draft.fact for draft in translate(raw).drafts if type(draft.fact) is kind]
    assert len(found) == 1, found
    return found[0]


def refusal(raw: bytes, profile: Profile = ITK) -> SourceFault:
    with pytest.raises(SourceFault) as caught:
        hospital_adt.check(raw, profile)
    return caught.value


def test_each_authored_message_is_answered_as_expected(shared_data: Path) -> None:
    folder = shared_data / "adt-open" / "authored-itk-v24"
    wrong = []
    with (folder / "expected.csv").open() as rows:
        for row in csv.DictReader(rows):
            try:
                hospital_adt.check((folder / row["file"]).read_bytes(), ITK)
                got = "AA"
            except SourceFault as fault:
                got = fault.answer
            if got != row["ack_suggested"]:
                wrong.append((row["file"], got))
    assert wrong == []


def test_every_open_sample_is_answered_and_none_crashes(shared_data: Path) -> None:
    answered = 0
    for path in sorted((shared_data / "adt-open").rglob("*.hl7")):
        for profile in map(profiles.read, ("itk-v24", "cerner-millennium", "uhcw")):
            with suppress(SourceFault, UnreadableMessage):  # both are answers; anything else is a crash
                translate(path.read_bytes(), profile)
            answered += 1
    assert answered > 200


@pytest.mark.parametrize(
    "trigger, kind, rank",
    [
        ("A01", words.PatientAdmitted, 0), ("A06", words.PatientAdmitted, 0), ("A02", words.PatientTransferred, 0),
        ("A05", words.AdmissionPlanned, 0), ("A14", words.AdmissionPlanned, 0),
        ("A08", words.StayDetailsRecorded, 0), ("A11", words.AdmissionCancelled, 1),
        ("A23", words.AdmissionCancelled, 1), ("A12", words.TransferCancelled, 1),
        ("A13", words.DischargeCancelled, 1), ("A16", words.PatientReadyForDischarge, 0),
        ("A25", words.PatientNotReadyForDischarge, 1), ("A21", words.PatientWentOnLeave, 0),
        ("A22", words.PatientReturnedFromLeave, 0), ("A52", words.PatientReturnedFromLeave, 1),
        ("A53", words.PatientWentOnLeave, 1), ("A27", words.AdmissionPlanCancelled, 1),
        ("A38", words.AdmissionPlanCancelled, 1), ("A03", words.PatientDischarged, 0),
    ],
)  # fmt: skip
def test_each_trigger_has_its_fact_and_a_cancel_ranks_after_what_it_cancels(
    trigger: str, kind: type[words.Fact], rank: int
) -> None:
    said = fact(adt(trigger), kind)
    assert isinstance(said, words.StayFact)
    assert (said.spell, said.stamp.rank) == ("spell:RKB:V100", rank)


def test_a_pending_admission_is_not_a_pending_discharge() -> None:
    assert fact(adt("A14"), words.AdmissionPlanned).ready is None  # type: ignore[attr-defined]


def test_four_dates_stay_four_fields() -> None:
    ready = fact(
        adt("A16", extra=("PV2|||||||||202610091400", "ZU1||||||||||||||||||||||Y||20261006")),
        words.PatientReadyForDischarge,
    )
    estimate = fact(adt("A08", extra=("PV2|||||||||20261009",)), words.StayDetailsRecorded)
    left = fact(adt("A03", pv1={45: "202610050930"}), words.PatientDischarged)
    assert isinstance(ready, words.StayFact)
    assert isinstance(estimate, words.StayFact)
    assert isinstance(left, words.PatientDischarged)
    assert (ready.planned_discharge, ready.expected_discharge) == ("2026-10-09T14:00:00+01:00", "")
    assert (ready.ready, ready.ready_on) == (True, "2026-10-06")
    assert (estimate.expected_discharge, estimate.planned_discharge) == ("2026-10-09", "")
    assert left.discharged_ms == 1_791_189_000_000  # 09:30 in London, in summer time


def test_a_ready_date_alone_is_a_ready_signal_and_a_null_clears_it() -> None:
    dated = fact(adt("A08", extra=("ZU1||||||||||||||||||||||||20261006",)), words.StayDetailsRecorded)
    cleared = fact(adt("A25", extra=('ZU1||||||||||||||||||||||N||""',)), words.PatientNotReadyForDischarge)
    assert isinstance(dated, words.StayFact)
    assert isinstance(cleared, words.StayFact)
    assert dated.ready is True
    assert (cleared.ready, cleared.clears) == (False, ("ready_on",))


def test_an_unmapped_code_parks_the_value_and_not_the_fact() -> None:
    said = translate(adt("A03", pv1={36: "ZZ", 37: "19"}))
    left = next(d.fact for d in said.drafts if isinstance(d.fact, words.PatientDischarged))
    assert left.discharge_method == words.Coded(source_code="ZZ", code=None)
    assert left.discharge_destination == words.Coded(source_code="19", code="19")
    assert said.not_mapped == ("discharge_method ZZ",)


@pytest.mark.parametrize(
    "pid, expected",
    [
        ({30: "Y"}, (True, "")),
        ({29: "202610040500"}, (True, "2026-10-04T05:00:00+01:00")),
        ({29: "20261004", 30: "Y"}, (True, "2026-10-04")),
        ({30: "N"}, (False, "")),
        ({29: '""', 30: '""'}, (False, "")),
    ],
)
def test_death_is_said_by_pid_29_or_pid_30(pid: dict[int, str], expected: tuple[bool, str]) -> None:
    said = fact(adt("A31", pid=pid), words.DeathStatusRecorded)
    assert isinstance(said, words.DeathStatusRecorded)
    assert (said.died, said.died_on) == expected


def test_a_discharge_code_is_never_a_death() -> None:
    kinds = [type(d.fact) for d in translate(adt("A03", pv1={36: "4", 37: "79"})).drafts]
    assert words.DeathStatusRecorded not in kinds


def test_restriction_is_read_and_its_absence_says_nothing() -> None:
    assert fact(adt("A01", extra=("ZU8||||2",)), words.PatientRestricted).level == "national"  # type: ignore[attr-defined]
    for segment in ("ZU8||||0", "ZU8||||"):
        kinds = [type(d.fact) for d in translate(adt("A01", extra=(segment,))).drafts]
        assert words.PatientRestricted not in kinds


def test_another_trusts_stay_makes_no_fact_but_is_no_fault() -> None:
    said = translate(adt("A03", ward="W7^A^2^RLT01", pv1={19: "V9^^^RLT^VISITID"}))
    assert (said.drafts, said.note) == ((), "facility RLT01 is not on the profile")


def test_a_visit_number_of_another_trust_on_our_ward_is_not_ours() -> None:
    assert translate(adt("A03", pv1={19: "V9^^^RLT^VISITID"})).drafts == ()


@pytest.mark.parametrize("trigger", ["A40", "A34", "A47"])
def test_a_merge_of_a_patient_with_itself_links_nobody(trigger: str) -> None:
    drafts = translate(adt(trigger, local_id="L100", extra=("MRG|L100^^^RKB^MRN",))).drafts
    assert [type(draft.fact) for draft in drafts] == [words.PatientDetailsRecorded]


def test_a_merge_names_both_and_a_merge_without_the_prior_number_is_refused() -> None:
    merged = fact(adt("A40", extra=("MRG|L777^^^RKB^MRN",)), words.PatientsLinked)
    assert isinstance(merged, words.PatientsLinked)
    assert (merged.other, merged.statement) == ("patient:RKB:L777", "merged")
    assert refusal(adt("A40")).segment == "MRG"
    assert refusal(adt("A34", extra=("MRG|",))).field == 1


def test_a_moved_visit_names_the_stay_and_whom_it_is_moved_from() -> None:
    moved = fact(adt("A45", extra=("MRG|L777^^^RKB^MRN||||V55^^^RKB",)), words.VisitMoved)
    assert isinstance(moved, words.VisitMoved)
    assert (moved.spell, moved.from_patient) == ("spell:RKB:V55", "patient:RKB:L777")


def test_a_swap_moves_two_patients_each_to_a_ward_of_their_own() -> None:
    first, second = (
        adt("A17"),
        adt("A17", local_id="L200", nhs_number=SECOND_NUMBER, visit="V200", ward="W9^^^RKB"),
    )
    raw = first + b"".join(line + b"\r" for line in second.split(b"\r")[2:4])
    moves = [d for d in translate(raw).drafts if isinstance(d.fact, words.PatientTransferred)]
    assert [(d.about.value, d.fact.spell, d.fact.ward.ward) for d in moves] == [  # type: ignore[attr-defined]
        ("L100", "spell:RKB:V100", "W21"),
        ("L200", "spell:RKB:V200", "W9"),
    ]
    assert len({draft.slot for draft in translate(raw).drafts}) == len(translate(raw).drafts)


def test_without_a_local_number_a_checked_nhs_number_stands_in_and_an_unchecked_one_never() -> None:
    assert hospital_adt.check(adt("A31", local_id=""), ITK).lane == Ref("patient", "NHS", NHS_NUMBER)
    fault = refusal(adt("A31", local_id="", nhs_number="9993000018"))
    assert (fault.segment, fault.field, fault.code) == ("PID", 3, ErrorCode.REQUIRED_FIELD_MISSING)


@pytest.mark.parametrize(
    "raw, place, answer",
    [
        (adt("A01", control_id=""), ("MSH", 10), "AR"),
        (adt("A01", msh={9: "ORU^R01"}), ("MSH", 9), "AR"),
        (adt("A01", msh={9: "ADT"}), ("MSH", 9), "AR"),
        (adt("A03", visit=""), ("PV1", 19), "AE"),
        (adt("A03", occurred="203610051000"), ("EVN", 6), "AE"),
        (adt("A03", pv1={45: "203610051000"}), ("PV1", 45), "AE"),
        (adt("A03", pv1={45: "20260231"}), ("PV1", 45), "AE"),
        (adt("A01", occurred="202613051000"), ("EVN", 6), "AE"),
        (adt("A01", segments_end="\n"), ("MSH", 0), "AE"),
        (adt("A01", sent="", recorded=""), ("MSH", 7), "AE"),
    ],
)
def test_what_is_refused_says_where(raw: bytes, place: tuple[str, int], answer: str) -> None:
    fault = refusal(raw)
    assert ((fault.segment, fault.field), fault.answer) == (place, answer)
    assert NHS_NUMBER not in str(fault)


def test_a_date_that_only_informs_is_parked_and_marked() -> None:
    said = fact(adt("A08", extra=("PV2|||||||||20261341",)), words.StayDetailsRecorded)
    assert isinstance(said, words.StayFact)
    assert (said.expected_discharge, said.marks) == ("", ("unreadable:PV2-9",))


def test_a_message_that_changes_nothing_says_why() -> None:
    for trigger in ("A60", "A29", "A15"):
        said = translate(adt(trigger))
        assert said.drafts == ()
        assert trigger in said.note


def test_a_message_that_changes_nothing_is_the_patients_whom_it_names() -> None:
    whose = hospital_adt.check(adt("A08"), ITK).lane
    assert whose.kind == "patient"
    for trigger in ("A60", "A29", "A15", "A07", "Z99"):
        assert hospital_adt.check(adt(trigger), ITK).lane == whose
    nobody = adt("A60", local_id="", nhs_number="9993000018")  # which fails its check
    two = adt("A60", extra=("PID|1||L777^^^RKB^MRN",))
    without = re.sub(rb"PID\|[^\r]*\r", b"", adt("A60"))
    for raw in (nobody, two, without, b"MSH|^~\\&|A|B|C|D|202610051000||ACK^A01|T0001|P|2.4\rMSA|AA|T0001\r"):
        assert hospital_adt.check(raw, ITK).lane.kind == "lane"


def test_an_acknowledgment_that_arrives_is_let_in_and_means_nothing() -> None:
    raw = b"MSH|^~\\&|A|B|C|D|202610051000||ACK^A01|X1|P|2.4\rMSA|AA|T0001\r"
    assert translate(raw).note.startswith("an acknowledgment")


def test_an_outpatient_registration_speaks_of_the_person_only() -> None:
    assert [d.slot for d in translate(adt("A04", pv1={2: "O"}, visit="")).drafts] == ["person"]
    assert [d.slot for d in translate(adt("A04", pv1={2: "E"})).drafts] == ["person", "stay"]


def test_an_unsigned_profile_marks_every_fact_as_shadow() -> None:
    drafts: tuple[Draft, ...] = translate(adt("A03"), profiles.read("uhcw")).drafts
    assert [d.fact.marks for d in drafts] == [("shadow",), ("shadow",)]  # type: ignore[attr-defined]


def test_the_open_part_of_a_fact_names_nobody() -> None:
    for trigger in ("A01", "A03", "A08", "A16", "A40"):
        for draft in translate(adt(trigger, extra=("MRG|L777^^^RKB^MRN",))).drafts:
            text = draft.fact.model_dump_json()
            for name in (NHS_NUMBER, "MARLOWE", "ADA", "INVENTED", "CV99", "1941-03-07", "02470000000"):
                assert name not in text


@pytest.mark.parametrize("trigger", ["A31", "A28", "A04", "A08", "A40", "A44", "A03"])
@pytest.mark.parametrize(
    "fields", [{"recorded": "20260230"}, {"sent": "20261301", "recorded": "202610051000"}]
)
def test_an_impossible_time_is_refused_at_the_door_whatever_the_trigger(
    trigger: str, fields: dict[str, str]
) -> None:
    fault = refusal(adt(trigger, extra=("MRG|L200^^^RKB^MRN||||V200^^^RKB",), **fields))
    assert (fault.answer, fault.code) == ("AE", ErrorCode.DATA_TYPE)


@pytest.mark.parametrize("trigger", ["A02", "A03", "A08", "A16", "A21"])
def test_an_admission_time_that_only_informs_is_parked_where_it_cannot_be_read(trigger: str) -> None:
    raw = adt(trigger, pv1={44: "20260230"})
    (stay,) = [draft.fact for draft in translate(raw).drafts if isinstance(draft.fact, words.StayFact)]
    assert stay.admitted_ms is None
    assert "unreadable:PV1-44" in stay.marks


def test_two_patients_in_a_message_about_one_are_refused() -> None:
    other = adt("A01", local_id="L2", nhs_number="", visit="V2").split(b"\r", 2)[2]
    for trigger in ("A01", "A03", "A08", "A31"):
        fault = refusal(adt(trigger) + other)
        assert (fault.segment, fault.code) == ("PID", ErrorCode.SEGMENT_SEQUENCE)
    assert len(translate(adt("A17") + other).drafts) == 4


@pytest.mark.parametrize("segment", ["PID", "ZU1"])
def test_a_segment_that_no_event_could_carry_is_refused(segment: str) -> None:
    long = "x" * 40_000
    raw = adt("A01", pid={15: long}) if segment == "PID" else adt("A01", extra=(f"ZU1|{long}",))
    assert refusal(raw).segment == segment
    translate(adt("A01", extra=(f"OBX|1|ED|||{long}",)))  # nobody reads it


def test_a_visit_number_missing_from_a_repetition_is_refused_at_its_field() -> None:
    where = ITK.where.model_copy(update={"visit_number": ("PID-18[2].1",)})
    fault = refusal(adt("A01"), ITK.model_copy(update={"where": where}))
    assert (fault.segment, fault.field) == ("PID", 18)


def test_what_a_message_without_effect_notes_is_short() -> None:
    assert len(translate(adt("Z" * 5000)).note) < 100
    assert len(translate(adt("A31", ward=f"W1^^^{'X' * 5000}")).note) < 100
