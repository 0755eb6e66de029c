"""Which answer a message gets: its code, its words and its place, and never an exception on the way."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ascbridge.intake.agreed import profiles
from ascbridge.intake.hl7v2.hl7_ack import AckCode, AckMode, parse_ack
from ascbridge.intake.hl7v2.hl7_errors import ErrorCode
from ascbridge.intake.keeping import answers
from ascbridge.intake.keeping.answers import Header, header_of
from ascbridge.intake.sources.door import SourceFault
from ascbridge.intake.sources.profile import AcknowledgmentSection, Profile
from tests.intake.messages import adt

ITK = profiles.read("itk-v24")
NOW_MS = 1_791_200_000_000
CONTENT = SourceFault("no visit number", segment="PV1", field=19, code=ErrorCode.REQUIRED_FIELD_MISSING)
NEVER = SourceFault("not ADT", segment="MSH", field=9, code=ErrorCode.UNSUPPORTED_MESSAGE_TYPE, answer="AR")


def answering(**how: str) -> Profile:
    return ITK.model_copy(update={"acknowledgment": AcknowledgmentSection(**how)})


def test_a_header_shows_what_an_answer_needs() -> None:
    seen = answers.header_of(adt("A03", control_id="X77", msh={15: "AL"}))
    assert (seen.control_id, seen.trigger, seen.accept_acknowledgment) == ("X77", "A03", "AL")
    assert not seen.is_acknowledgment
    assert answers.header_of(b"MSH|^~\\&|A|B|C|D|1||ACK^A01|X1|P|2.4\rMSA|AA|T1\r").is_acknowledgment


def test_a_header_is_read_by_its_own_separators_and_behind_whatever_stands_before_it() -> None:
    seen = answers.header_of(b"\x00junk\rMSH#*~\\&#A#B#C#D#1##ADT*A01#X5#P#2.4\nPID#1")
    assert (seen.control_id, seen.trigger) == ("X5", "A01")


@pytest.mark.parametrize("raw", [b"", b"hello", b"MSH", b"MSH|", b"MSH\r|", b"PID|1||MS"])
def test_bytes_without_a_header_show_nothing(raw: bytes) -> None:
    assert answers.header_of(raw) == answers.Header()


def test_a_control_id_is_one_that_postgresql_takes() -> None:
    raw = adt("A01", control_id="A\x00B" + "9" * 300)
    seen = answers.header_of(raw)
    assert seen.control_id == "AB" + "9" * 198


@given(st.binary(max_size=60), st.binary(max_size=60))
def test_no_bytes_make_it_fail(before: bytes, after: bytes) -> None:
    seen = answers.header_of(before + b"MSH" + after)
    assert "\x00" not in seen.control_id
    assert len(seen.control_id) <= 200


@pytest.mark.parametrize("mode", list(AckMode))
def test_the_mode_is_the_profiles(mode: AckMode) -> None:
    assert answers.mode(answering(mode=mode.value)) is mode


def test_what_is_kept_is_accepted_in_the_name_of_the_profile() -> None:
    profile = answering(our_application="BRIDGE", our_facility="COV1")
    code, raw = answers.accepted(adt("A01"), answers.ORIGINAL, profile, NOW_MS, "OUR1")
    ack = parse_ack(raw)
    assert code == "AA"
    assert (ack.code, ack.control_id, ack.error) == (AckCode.AA, "T0001", None)
    assert raw.startswith(b"MSH|^~\\&|BRIDGE|COV1|PAS|RKB|")
    assert b"|OUR1|" in raw


def test_a_sender_that_asked_for_silence_gets_it() -> None:
    assert answers.accepted(adt("A01"), answers.SILENT, ITK, NOW_MS, "OUR1") == ("", b"")
    assert answers.refused(adt("A01"), answers.SILENT, CONTENT, 0, ITK, NOW_MS, "OUR1") == ("", b"")


def test_a_refusal_names_the_place_the_code_and_the_reason() -> None:
    code, raw = answers.refused(adt("A03"), answers.ORIGINAL, CONTENT, 0, ITK, NOW_MS, "OUR1")
    ack = parse_ack(raw)
    assert (code, ack.code, ack.text) == ("AE", AckCode.AE, "no visit number")
    assert ack.error is not None
    assert (ack.error.segment, ack.error.field, ack.error.code) == (
        "PV1",
        19,
        ErrorCode.REQUIRED_FIELD_MISSING,
    )


@pytest.mark.parametrize("repeats, code", [(0, "AR"), (2, "AR"), (3, "AE"), (9, "AE")])
def test_what_we_never_take_is_rejected_until_retrying_is_hopeless(repeats: int, code: str) -> None:
    assert answers.refused(adt("A01"), answers.ORIGINAL, NEVER, repeats, ITK, NOW_MS, "OUR1")[0] == code


def test_a_fault_of_ours_asks_for_the_message_again() -> None:
    (raw,) = answers.not_now(adt("A01"), answering(temporary="reject"), NOW_MS)
    ack = parse_ack(raw)
    assert (ack.code, ack.control_id, ack.text) == (AckCode.AR, "T0001", "not kept, please send again")
    assert ack.error is not None
    assert ack.error.code is ErrorCode.INTERNAL


def test_a_feed_may_want_a_closed_connection_instead() -> None:
    assert answers.not_now(adt("A01"), answering(temporary="close"), NOW_MS) == []


@pytest.mark.parametrize("separator", [b"A", b"7", b" "])
def test_a_letter_or_a_blank_separates_no_fields(separator: bytes) -> None:
    assert header_of(b"MSH|^~\\&|PAS|RKB|||2026||ADT^A01|T1".replace(b"|", separator)) == Header()


def test_a_trigger_is_shown_by_its_beginning() -> None:
    assert len(header_of(adt("A" * 5000)).trigger) == 20
