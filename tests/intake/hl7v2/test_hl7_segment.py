"""Places in a segment: text, presence, repetitions and the wire text, each as HL7 v2.4 chapter 2 has it."""

import pytest

from ascbridge.intake.hl7v2.hl7 import NULL, Presence, parse
from ascbridge.intake.hl7v2.hl7_segment import Segment
from ascbridge.intake.hl7v2.hl7_text import read_separators
from tests.intake.hl7_texts import SAMPLE, message


@pytest.mark.parametrize(
    "path, text",
    [
        ("PID-3", "9993001015"),
        ("PID-3.4", "NHS"),
        ("PID-3[2]", "U1"),
        ("PID-3[2].4", "RKB"),
        ("PID-3[2].4.2", "2.16"),
        ("PID-3[2].4.3", "ISO"),
        ("PID-3[2].4.4", ""),
        ("PID-3[3].1", ""),
        ("PID-5.1", "O^NEIL"),
        ("PID-5.2", ""),
        ("PID-5.3", ""),
        ("PID-5.4", "last"),
        ("PID-7", ""),
        ("PID-10[3].1.2", "d"),
        ("PID-10[3].2", "e"),
        ("PID-99", ""),
        ("PV1-19.1", ""),
        ("NK1-2", "FIRST"),
        ("MSH-1", "|"),
        ("MSH-2", "^~\\&"),
        ("MSH-3", "PAS"),
        ("MSH-9.3", "ADT_A01"),
    ],
)
def test_the_text_at_a_place(path, text):
    assert SAMPLE.value(path) == text


@pytest.mark.parametrize(
    "path, presence",
    [
        ("ZU1-22", Presence.VALUE),
        ("ZU1-23", Presence.ABSENT),
        ("ZU1-24", Presence.NULL),
        ("ZU1-24.1", Presence.NULL),
        ("ZU1-24.3", Presence.NULL),
        ("ZU1-25", Presence.ABSENT),
        ("ZZZ-1", Presence.ABSENT),
        ("PID-3", Presence.VALUE),
        ("PID-3.2", Presence.ABSENT),
        ("PID-5", Presence.VALUE),
        ("PID-5.2", Presence.NULL),
        ("PID-5.3", Presence.ABSENT),
        ("PID-7", Presence.NULL),
        ("PID-8", Presence.ABSENT),
        ("PID-9", Presence.ABSENT),
        ("PID-10[2]", Presence.VALUE),
        ("PID-10[4]", Presence.ABSENT),
        ("MSH-1", Presence.VALUE),
    ],
)
def test_absent_null_and_value_are_three_things(path, presence):
    assert SAMPLE.presence(path) is presence


def test_a_field_of_nulls_only_is_null_and_one_with_a_value_among_them_is_a_value():
    found = message('PV1||""^""^^""|""^X')
    assert found.presence("PV1-2") is Presence.NULL
    assert found.presence("PV1-3") is Presence.VALUE
    assert found.value("PV1-2.1") == ""


def test_repetitions_keep_their_places():
    status = message("PID" + "|" * 32 + "~~~ED~~NSTS01")
    found = status.repetitions("PID-32")
    assert [one.component(1) for one in found] == ["", "", "", "ED", "", "NSTS01"]
    assert status.value("PID-32[6]") == "NSTS01"
    assert status.repetitions("PID-33") == []
    assert status.repetitions("PV1-1") == []


def test_a_repetition_gives_components_subcomponents_and_presence():
    first, second = SAMPLE.repetitions("PID-3")
    assert (first.component(1), first.component(4), first.component(9)) == ("9993001015", "NHS", "")
    assert first.components(1, 4, 5, 9) == ("9993001015", "NHS", "", "")
    assert second.components(5, 4, 1) == ("MRN", "RKB", "U1")
    assert (second.sub(4, 1), second.sub(4, 3), second.sub(4, 9)) == ("RKB", "ISO", "")
    assert second.wire == "U1^^^RKB&2.16&ISO^MRN"
    assert (first.presence(), first.presence(2)) == (Presence.VALUE, Presence.ABSENT)
    (null,) = SAMPLE.repetitions("PID-7")
    assert null.presence() is null.presence(3) is Presence.NULL
    assert null.component(1) == ""
    assert null.components(1, 3) == ("", "")


def test_the_wire_text_is_what_was_sent():
    assert SAMPLE.wire("PID-3") == "9993001015^^^NHS~U1^^^RKB&2.16&ISO^MRN"
    assert SAMPLE.wire("PID-5.1") == r"O\S\NEIL"
    assert SAMPLE.wire("PID-5.2") == NULL
    assert SAMPLE.wire("MSH-2") == "^~\\&"


@pytest.mark.parametrize(
    "path", ["PID", "PID5", "PID-", "PID-5.", "pid-5", "PID-5.1.1.1", "PID-5[]", "PID-٣", ""]
)
def test_a_path_that_is_no_path_is_our_mistake(path):
    with pytest.raises(ValueError, match="not an HL7 path"):
        SAMPLE.value(path)


def test_trailing_blanks_carry_no_meaning_but_are_kept():
    raw = b"MSH|^~\\&|PAS  |RKB\rPID|1 ^ 2 \r"
    found = parse(raw)
    assert (found.sending_application, found.value("PID-1.1"), found.value("PID-1.2")) == ("PAS", "1", " 2")
    assert found.wire("PID-1") == "1 ^ 2 "
    assert bytes(found) == raw


def test_a_segment_stands_alone_too():
    assert Segment("PID|1||x^y", read_separators(b"MSH|^~\\&|")).value("3.2") == "y"
