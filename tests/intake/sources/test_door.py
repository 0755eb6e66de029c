"""What a source says at the door: words for the sender's engineer, with the place and without the patient."""

from __future__ import annotations

from ascbridge.events.logs.envelope import Ref
from ascbridge.intake.hl7v2.hl7_errors import ErrorCode
from ascbridge.intake.sources.door import Door, SourceFault, Translation


def test_a_fault_reads_as_its_place_and_its_reason() -> None:
    fault = SourceFault("no visit number", segment="PV1", field=19, code=ErrorCode.REQUIRED_FIELD_MISSING)
    assert str(fault) == "PV1-19: no visit number"
    assert (fault.text, fault.segment, fault.field) == ("no visit number", "PV1", 19)


def test_a_fault_of_a_whole_segment_names_no_field() -> None:
    fault = SourceFault("segments end in LF", segment="MSH", field=0, code=ErrorCode.SEGMENT_SEQUENCE)
    assert str(fault) == "MSH: segments end in LF"


def test_a_fault_is_one_of_content_unless_it_says_that_we_never_take_such_a_thing() -> None:
    content = SourceFault("x", segment="PID", field=3, code=ErrorCode.DATA_TYPE)
    never = SourceFault("x", segment="MSH", field=9, code=ErrorCode.UNSUPPORTED_EVENT, answer="AR")
    assert (content.answer, never.answer) == ("AE", "AR")


def test_a_door_that_names_nobody_else_has_its_lane_alone() -> None:
    door = Door(Ref("lane", "RKB", "X1"), lambda _keys: Translation(note="not ours"))
    assert (door.refs, door.flags, door.control_id) == ((), (), "")


def test_a_door_is_what_it_names_and_says_what_it_means_when_asked() -> None:
    door = Door(Ref("lane", "RKB", "X1"), lambda keys: Translation(note=" ".join(keys.values())))
    assert door == Door(Ref("lane", "RKB", "X1"), lambda _keys: Translation())
    assert door.translate({Ref("lane", "RKB", "X1"): "l1"}).note == "l1"


def test_a_translation_without_drafts_has_no_effect() -> None:
    assert Translation(note="not ours").drafts == Translation().drafts == Translation().not_mapped == ()
