"""Acknowledgements: built for sound, broken and no messages at all, chosen by mode, and read back."""

import pytest
from hl7types import decode_er7_hybrid
from hypothesis import given
from hypothesis import strategies as st

from ascbridge.intake.hl7v2.hl7 import parse
from ascbridge.intake.hl7v2.hl7_ack import (
    COMMIT,
    COMMIT_ON_ERROR,
    COMMIT_ON_SUCCESS,
    ORIGINAL,
    SILENT,
    Ack,
    AckCode,
    AckError,
    AckMode,
    ack_mode_for,
    build_ack,
    parse_ack,
)
from ascbridge.intake.hl7v2.hl7_errors import ErrorCode, UnreadableMessage
from ascbridge.intake.hl7v2.mllp import Frame, Framer, frame

NOW_MS = 1_772_446_500_000  # 2026-03-02 10:15:00 in London
HEADER = (
    rb"MSH|^~\&|PAS|RKB|ROUTE|RKB|202603021015||ADT^A01^ADT_A01|ITK0002|P|2.4|2||||GBR|UNICODE|EN||iTKv1.0"
)
MISSING_VISIT = AckError(ErrorCode.REQUIRED_FIELD_MISSING, "PV1", 1, 19)


def answer(message_or_head, code=AckCode.AA, **changes) -> bytes:
    settings = {"now_ms": NOW_MS, "our_app": "ASCBRIDGE", "our_facility": "COVASC", "control_id": "ACK1"}
    return build_ack(message_or_head, code, **(settings | changes))


@pytest.mark.parametrize(
    "sample, code, error",
    [
        ("ack_AA.hl7", AckCode.AA, None),
        ("ack_AE.hl7", AckCode.AE, MISSING_VISIT),
        ("ack_AR.hl7", AckCode.AR, AckError(ErrorCode.UNSUPPORTED_EVENT, "MSH", 1, 9)),
    ],
)
def test_the_answer_is_that_of_the_open_sample_to_the_byte(shared_data, sample, code, error):
    folder = shared_data / "adt-open" / "authored-itk-v24"
    expected = (folder / "acks" / sample).read_bytes()
    message = parse((folder / "02_A01_emergency_admission.hl7").read_bytes())
    control_id = parse(expected).control_id
    built = answer(message, code, error=error, control_id=control_id)
    built = built.replace(b"|20260302101500|", b"|202603021015|").replace(
        b"|ITK0002", b"|" + control_id[3:].encode()
    )
    assert built == expected


def test_an_answer_to_the_bytes_is_the_answer_to_the_message():
    raw = HEADER + b"\rPID|1\r"
    assert (
        answer(raw)
        == answer(parse(raw))
        == answer(b"\xef\xbb\xbf" + raw)
        == answer(raw.replace(b"\r", b"\n"))
    )


def test_sender_and_receiver_change_places_and_the_rest_follows_the_sender():
    read = parse(answer(HEADER))
    assert (read.sending_application, read.sending_facility) == ("ASCBRIDGE", "COVASC")
    assert (read.receiving_application, read.receiving_facility) == ("PAS", "RKB")
    assert (read.message_type, read.trigger, read.structure) == ("ACK", "A01", "ACK")
    assert (read.control_id, read.processing_id, read.version) == ("ACK1", "P", "2.4")
    assert (read.value("MSH-17"), read.value("MSH-18"), read.value("MSH-21")) == ("GBR", "UNICODE", "iTKv1.0")
    assert read.value("MSH-7") == "20260302101500"
    assert read.accept_acknowledgment == ""


def test_composite_sender_names_and_the_control_id_are_given_back_as_sent():
    built = answer(rb"MSH|^~\&|A\T\B^1.2.3^ISO|RKB|X|Y|2026||ADT^A03|ID\S\7 |T|2.3.1")
    assert rb"|A\T\B^1.2.3^ISO|RKB|" in built
    assert b"|ACK^A03^ACK|ACK1|T|2.3.1\r" in built
    assert built.endswith(b"MSA|AA|ID\\S\\7 \r")


def test_unusual_separators_are_kept():
    built = answer(
        b"MSH^~|\\&^SENDING^200M^REC^200^2012^^ADT~A24^99^T^2.4\r", AckCode.AE, error=MISSING_VISIT
    )
    assert built.startswith(
        b"MSH^~|\\&^ASCBRIDGE^COVASC^SENDING^200M^20260302101500^^ACK~A24~ACK^ACK1^T^2.4\r"
    )
    assert built.endswith(b"MSA^AE^99\rERR^PV1~1~19~101&Required field missing&HL70357\r")
    assert parse_ack(built) == Ack(AckCode.AE, "99", "", MISSING_VISIT)


@pytest.mark.parametrize(
    "head, control_id, trigger",
    [
        (b"", "", ""),
        (b"\x00\xff garbage", "", ""),
        (b"MSH", "", ""),
        (b"MSH|", "", ""),
        (b"MSHXABC", "", ""),
        (b"MSH|^~\\&", "", ""),
        (b"MSH|^~&|PAS|RKB|R|R|2026||ADT^A01|CTRL7|P|2.4\rPID|", "CTRL7", "A01"),
        (b"MSH|^^^^|PAS|RKB|R|R|2026||ADT^A01|CTRL7|P|2.4", "CTRL7", "A01"),
        (b"MSH#^^^^#PAS#RKB#R#R#2026##ADT^A01#CTRL7#P#2.4", "CTRL7", "A01"),
        (b"some junk\rMSH|^~\\&|PAS|RKB|R|R|2026||ADT|CTRL7|P|2.4\r\xff", "CTRL7", ""),
        (b"MSH|^~\\&|PAS|RKB|R|R|2026||ADT^A01|CTR", "CTR", "A01"),
        (b"MSH|^~\\&|PAS|RKB|R|R|2026||ADT^A01", "", "A01"),
        (b"MSH|^~\\&|PAS|RKB|R|R|2026||ADT^A01||P|2.4\r", "", "A01"),
        (b"BHS|^~\\&|PAS|RKB\rBTS|0\r", "", ""),
    ],
)
def test_an_answer_is_possible_from_next_to_nothing(head, control_id, trigger):
    built = answer(head, AckCode.AR, error=AckError(ErrorCode.INTERNAL))
    read = parse(built)
    assert parse_ack(built) == Ack(AckCode.AR, control_id, "", AckError(ErrorCode.INTERNAL))
    assert (read.message_type, read.trigger, read.version) == ("ACK", trigger, "2.4")
    assert read.processing_id == "P"
    assert read.flags == ()


@given(st.binary(max_size=120), st.sampled_from(list(AckCode)), st.sampled_from(list(ErrorCode)))
def test_an_answer_to_any_bytes_can_be_read(noise, code, fault):
    for head in (noise, b"MSH|^~\\&|" + noise, HEADER + noise):
        read = parse_ack(answer(head, code, error=AckError(fault, "PID", 2, 3)))
        assert (read.code, read.error) == (code, AckError(fault, "PID", 2, 3))


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=80))
def test_any_text_of_ours_is_escaped_and_read_back(text):
    read = parse_ack(
        answer(HEADER, AckCode.AE, text=text, error=AckError(ErrorCode.DATA_TYPE, text=f"x{text}."))
    )
    null = text.rstrip(" ") == '""'
    assert read.text == ("" if null else text.rstrip(" "))
    assert read.error == AckError(ErrorCode.DATA_TYPE, text=f"x{text}.")


@pytest.mark.parametrize(
    "charset, wire",
    [(b"UNICODE", "Zoë Ł".encode()), (b"8859/1", b"Zo\xeb ?"), (b"", b"Zo? ?"), (b"ASCII", b"Zo? ?")],
)
def test_our_text_is_written_in_the_senders_character_set(charset, wire):
    built = answer(HEADER.replace(b"UNICODE", charset), AckCode.AE, text="Zoë Ł")
    assert built.endswith(b"MSA|AE|ITK0002|" + wire + b"\r")


def test_a_long_text_is_cut_to_what_the_field_holds():
    assert parse_ack(answer(HEADER, AckCode.AE, text="x" * 200)).text == "x" * 80


def test_an_independent_reader_agrees():
    built = answer(HEADER, AckCode.AE, text="a|b", error=MISSING_VISIT).decode()
    msh, msa, err = decode_er7_hybrid(built.rstrip("\r")).generic.segments
    assert [field.value for field in msa.fields] == ["AE", "ITK0002", r"a\F\b"]
    assert [part.subcomponents for part in err.fields[0].repetitions[0].components] == [
        ("PV1",),
        ("1",),
        ("19",),
        ("101", "Required field missing", "HL70357"),
    ]
    assert msh.fields[8].value == "ACK^A01^ACK"


# -- which code -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "msh15, mode, codes",
    [
        ("", AckMode.AUTO, ORIGINAL),
        ("AL", AckMode.AUTO, COMMIT),
        (" al ", AckMode.AUTO, COMMIT),
        ("ER", AckMode.AUTO, COMMIT),
        ("SU", AckMode.AUTO, COMMIT),
        ("NE", AckMode.AUTO, ORIGINAL),
        ("??", AckMode.AUTO, ORIGINAL),
        ("", AckMode.ENHANCED, COMMIT),
        ("AL", AckMode.ENHANCED, COMMIT),
        ("ER", AckMode.ENHANCED, COMMIT_ON_ERROR),
        ("SU", AckMode.ENHANCED, COMMIT_ON_SUCCESS),
        ("NE", AckMode.ENHANCED, SILENT),
        ("??", AckMode.ENHANCED, COMMIT),
        ("", AckMode.ORIGINAL, ORIGINAL),
        ("AL", AckMode.ORIGINAL, ORIGINAL),
        ("NE", AckMode.ORIGINAL, ORIGINAL),
    ],
)
def test_the_codes_follow_the_mode_and_msh_15(msh15, mode, codes):
    assert ack_mode_for(msh15, mode) == codes


def test_the_outcomes_have_their_codes():
    assert tuple(ORIGINAL) == ("AA", "AE", "AR")
    assert tuple(COMMIT) == ("CA", "CE", "CR")
    assert tuple(COMMIT_ON_ERROR) == (None, "CE", "CR")
    assert tuple(COMMIT_ON_SUCCESS) == ("CA", None, None)
    assert tuple(SILENT) == (None, None, None)


# -- reading --------------------------------------------------------------------------------------------------


def test_the_open_samples_are_read(shared_data):
    folder = shared_data / "adt-open" / "authored-itk-v24" / "acks"
    accepted, error, reject = (
        parse_ack((folder / f"ack_{code}.hl7").read_bytes()) for code in ("AA", "AE", "AR")
    )
    assert accepted == Ack(AckCode.AA, "ITK0002")
    assert accepted.accepted
    assert (error.code, error.error) == (AckCode.AE, MISSING_VISIT)
    assert (reject.code, reject.error) == (AckCode.AR, AckError(ErrorCode.UNSUPPORTED_EVENT, "MSH", 1, 9))
    assert not error.accepted
    assert not reject.accepted


@pytest.mark.parametrize(
    "err, error",
    [
        (
            r"ERR||PID^1^3|101^Required field missing^HL70357|E",
            AckError(ErrorCode.REQUIRED_FIELD_MISSING, "PID", 1, 3),
        ),
        (r"ERR|^^^207", AckError(ErrorCode.INTERNAL)),
        (
            r"ERR|PV1^2^3^103&Not in our table",
            AckError(ErrorCode.TABLE_VALUE_NOT_FOUND, "PV1", 2, 3, "Not in our table"),
        ),
        (r"ERR|^^^999&House rule", AckError(ErrorCode.INTERNAL, text="999 House rule")),
        (r"ERR|^^^X1", AckError(ErrorCode.INTERNAL, text="X1")),
        (r"ERR|PID^x^y^101", AckError(ErrorCode.REQUIRED_FIELD_MISSING, "PID")),
        (r"ERR|PID", None),
        (r"ERR", None),
    ],
)
def test_errors_of_both_shapes_are_read(err, error):
    raw = f"MSH|^~\\&|A|B|C|D|2026||ACK|1|P|2.4\rMSA|ae|7|sorry\r{err}\r".encode()
    assert parse_ack(raw) == Ack(AckCode.AE, "7", "sorry", error)


@pytest.mark.parametrize(
    "raw, segment, field",
    [
        (b"", "MSH", 0),
        (b"MSA|AA|1\r", "MSH", 0),
        (HEADER, "MSA", 0),
        (HEADER + b"\rMSA\r", "MSA", 1),
        (HEADER + b"\rMSA|XX|1\r", "MSA", 1),
    ],
)
def test_what_is_no_answer_is_refused(raw, segment, field):
    with pytest.raises(UnreadableMessage) as caught:
        parse_ack(raw)
    assert (caught.value.segment, caught.value.field) == (segment, field)


def test_every_code_of_table_0357_has_its_wording():
    assert {code.value for code in ErrorCode} == {0, *range(100, 104), *range(200, 208)}
    assert len({code.text for code in ErrorCode}) == len(ErrorCode)
    assert ErrorCode(101).text == "Required field missing"


def test_an_unreadable_message_says_where_and_why():
    fault = UnreadableMessage("No field separator", "MSH", 1, ErrorCode.REQUIRED_FIELD_MISSING)
    assert str(fault) == "MSH-1: No field separator (101)"
    assert (
        str(UnreadableMessage("Empty message", "MSH", 0, ErrorCode.SEGMENT_SEQUENCE))
        == "MSH: Empty message (100)"
    )


@pytest.mark.parametrize("mark", [b"\x1c", b"\x0b", b"\x1c\x1c"])
def test_what_would_cut_the_answer_off_is_not_given_back(mark):
    built = answer(HEADER.replace(b"|CTRL7|", b"|CTRL7" + mark + b"\r"), AckCode.AA)
    assert Framer().feed(frame(built)) == [Frame(built)]
    assert parse_ack(built).code is AckCode.AA


@pytest.mark.parametrize("digits", ["9" * 5000, "\u00b2", "\u0663"])
def test_a_place_that_is_no_number_is_none(digits):
    raw = f"MSH|^~\\&|||||||ACK|1|P|2.4||||||UNICODE\rMSA|AE|1\rERR|PID^{digits}^{digits}^102\r"
    read = parse_ack(raw.encode())
    assert read.error == AckError(ErrorCode.DATA_TYPE, "PID", 1, 0)


def test_headers_that_differ_in_time_and_control_id_are_answered_alike_each_with_its_own():
    other = HEADER.replace(b"|202603021015|", b"|202603021016|").replace(b"ITK0002", b"ITK0003")
    assert answer(other) == answer(HEADER).replace(b"ITK0002", b"ITK0003")
    later = answer(HEADER, now_ms=NOW_MS + 1000, control_id="ACK2")
    assert later == answer(HEADER).replace(b"101500", b"101501").replace(b"ACK1", b"ACK2")


def test_a_header_too_long_to_be_remembered_is_answered_like_any_other():
    long = HEADER.replace(b"PAS", b"P" * 5000)
    assert answer(long) == answer(HEADER).replace(b"PAS", b"P" * 5000)
