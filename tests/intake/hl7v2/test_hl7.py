"""The parser against two independent readers, the open samples, odd line ends and bad input."""

import csv

import hl7 as python_hl7
import pytest
from hl7types import decode_er7_hybrid
from hypothesis import given
from hypothesis import strategies as st

from ascbridge.intake.hl7v2.hl7 import NULL, ErrorCode, Flag, Presence, UnreadableMessage, parse
from ascbridge.intake.hl7v2.hl7_batch import split_batch
from tests.intake.hl7_texts import MSH, SAMPLE, message, msh_with_charset, segments


def test_segments_that_repeat_are_asked_one_by_one():
    assert [segment.value("2") for segment in SAMPLE.segments_named("NK1")] == ["FIRST", "SECOND"]
    assert [segment.value("NK1-1") for segment in SAMPLE.segments_named("NK1")] == ["1", "2"]
    assert SAMPLE.segments_named("ZBE") == []
    assert [segment.name for segment in SAMPLE.segments] == ["MSH", "EVN", "PID", "NK1", "NK1", "ZU1"]


def test_the_header_by_name():
    assert SAMPLE.sending_application == "PAS"
    assert SAMPLE.sending_facility == "RKB"
    assert SAMPLE.receiving_application == "ROUTE"
    assert SAMPLE.receiving_facility == "COV"
    assert (SAMPLE.message_type, SAMPLE.trigger, SAMPLE.structure) == ("ADT", "A01", "ADT_A01")
    assert (SAMPLE.control_id, SAMPLE.processing_id, SAMPLE.version) == ("ITK0002", "P", "2.4")
    assert SAMPLE.sequence_number == 7
    assert SAMPLE.accept_acknowledgment == "AL"
    assert SAMPLE.flags == ()


@pytest.mark.parametrize(
    "text, number", [("12", 12), ("", None), ("x", None), ("-1", None), ("²", None), ("0", 0)]
)
def test_a_sequence_number_is_a_number_or_none(text, number):
    assert message(msh=rf"MSH|^~\&|||||||ADT^A01|1|P|2.4|{text}|||||UNICODE").sequence_number == number


def test_the_trigger_may_come_from_evn_and_is_flagged():
    found = message("EVN|A03|2026", msh=r"MSH|^~\&|||||||ADT|1|P|2.4")
    assert found.trigger == "A03"
    assert found.flags == (Flag.TRIGGER_FROM_EVN,)
    assert message("EVN|A03|2026").trigger == "A01"


def test_the_shortest_message_is_a_header_alone():
    assert parse(b"MSH|^~\\&").control_id == ""


@pytest.mark.parametrize(
    "raw, names, flags",
    [
        (b"MSH|^~\\&|A\nPID|1\n", "MSH PID", {Flag.LF_TERMINATED}),
        (b"MSH|^~\\&|A\nPID|1", "MSH PID", {Flag.LF_TERMINATED, Flag.UNTERMINATED}),
        (b"MSH|^~\\&|A\r\nPID|1\r\n", "MSH PID", {Flag.CRLF_TERMINATED}),
        (b"MSH|^~\\&|A\rPID|1", "MSH PID", {Flag.UNTERMINATED}),
        (b"\xef\xbb\xbfMSH|^~\\&|A\rPID|1\r", "MSH PID", {Flag.BOM}),
        (b"\r\n MSH|^~\\&|A\rPID|1\r", "MSH PID", {Flag.BLANK_LINES}),
        (b"MSH|^~\\&|A\r\r\rPID|1\r\r", "MSH PID", {Flag.BLANK_LINES}),
        (b"MSH|^~\\&|A\r   \rPID|1\r", "MSH PID", {Flag.BLANK_LINES, Flag.TRAILING_SPACES}),
        (b"MSH|^~\\&|A  \rPID|1 \r", "MSH PID", {Flag.TRAILING_SPACES}),
        (b"MSH|^~\\&|A\n\nPID|1 \nPV1\n", "MSH PID PV1", {Flag.LF_TERMINATED, Flag.TRAILING_SPACES}),
        (b"MSH|^~\\&|A\rPID|1\nPV1|2\r", "MSH PID PV1", {Flag.LF_TERMINATED}),
        (b"MSH|^~\\&|A\rNTE|one\ntwo|x\rPID|1\r", "MSH NTE PID", {Flag.EMBEDDED_LF}),
        (b"MSH|^~\\&|A\rpid|1\r", "MSH pid", {Flag.ODD_SEGMENT_NAME}),
        (b"MSH|^~\\&|A\rnonsense\r", "MSH nonsense", {Flag.ODD_SEGMENT_NAME}),
        (b"MSH|^~\\&|A\rPID\r", "MSH PID", set()),
        (b"MSH|^~\\&|A\n", "MSH", {Flag.LF_TERMINATED}),
    ],
)
def test_line_ends(raw, names, flags):
    found = parse(raw)
    assert " ".join(segment.name for segment in found.segments) == names
    assert set(found.flags) == flags
    assert len(found.flags) == len(flags)
    assert found.raw == raw


def test_a_line_feed_inside_a_text_does_not_cut_the_field_off():
    found = parse(b"MSH|^~\\&|A\nNTE|1||line one\n\nline three|RE\nPID|1\n")
    assert found.value("NTE-3") == "line one\n\nline three"
    assert found.value("NTE-4") == "RE"
    assert found.value("PID-1") == "1"


def test_no_odd_line_break_character_of_unicode_ends_a_segment():
    text = "a\x0bb\x0cc\x1cd\x1de\x1ef\x85g\u2028h\u2029i"
    assert message(f"NTE|{text}").value("NTE-1") == text


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\r\n",
        b"\xef\xbb\xbf",
        b"PID|1\rMSH|^~\\&|A\r",
        b"hello",
        b"\x00\x01",
        "MSH|^~\\&|A\rPID|1\r".encode("utf-16"),
        b"msh|^~\\&|A\r",
        b"BHS|^~\\&|A\rMSH|^~\\&|A\r",
        b"MSH|^~\\&|A\rPID|1\rMSH|^~\\&|B\rPID|2\r",
        b"MSH|^~\\&|A\nPID|1\nMSH|^~\\&|B\nPID|2\n",
    ],
)
def test_what_is_not_one_message_is_refused(raw):
    with pytest.raises(UnreadableMessage) as caught:
        parse(raw)
    assert (caught.value.segment, caught.value.hl7_code) == ("MSH", ErrorCode.SEGMENT_SEQUENCE)
    assert caught.value.reason


marks = st.sampled_from(
    [b"|", b"^", b"~", b"&", b"\\", b'""', b" ", b"\r", b"\n", b"MSH", b"PID|", b"\\X41\\", b"\xe9", b"a"]
)


@given(st.binary(max_size=100), st.lists(marks, max_size=30).map(b"".join))
def test_any_bytes_are_read_consistently_or_refused(binary, structured):
    for raw in (binary, b"MSH|^~\\&|" + binary, b"MSH|^~\\&|\rPID|" + structured):
        try:
            found = parse(raw)
        except UnreadableMessage:
            continue
        assert found.raw == raw
        assert bytes(parse(bytes(found))) == bytes(found)
        for path in ("PID-1[1].1.1", "PID-1[2].2.1", "PID-2[1].1.2"):
            assert (found.value(path) != "") == (found.presence(path) is Presence.VALUE)


@given(st.lists(segments, max_size=4), st.sampled_from(["UNICODE", "", "8859/1"]))
def test_a_message_ended_by_carriage_returns_is_written_back_byte_for_byte(sent, charset):
    raw = "".join(f"{line}\r" for line in (msh_with_charset(charset), *sent)).encode()
    assert bytes(parse(raw)) == raw


@given(st.lists(segments, min_size=1, max_size=4))
def test_python_hl7_reads_the_same_text(sent):
    text = "".join(f"{line}\r" for line in (MSH, *sent))
    ours, theirs = parse(text.encode()), python_hl7.parse(text)
    for path, place in leaf_places(sent[0]):
        expected = theirs.extract_field(sent[0][:3], 1, *place)
        assert ours.value(path) == ("" if expected == NULL else expected.rstrip(" "))


@given(st.lists(segments, min_size=1, max_size=4))
def test_hl7types_reads_the_same_wire_text(sent):
    text = "\r".join([MSH, *sent])
    ours, theirs = parse(text.encode()), decode_er7_hybrid(text).generic
    assert [segment.name for segment in ours.segments] == [segment.name for segment in theirs.segments]
    for mine, other in zip(ours.segments[1:], theirs.segments[1:], strict=True):
        assert mine.fields[1:] == [field.value for field in other.fields]
        for path, (field, repeat, component, sub) in leaf_places(mine.text):
            repetition = other.fields[field - 1].repetitions[repeat - 1]
            assert mine.wire(path) == leaf_of(repetition, component, sub)


def leaf_of(repetition, component: int, sub: int) -> str:
    """The wire text in the generic view of hl7types; a null covers all its parts."""
    return repetition.components[component - 1].subcomponents[sub - 1]


def leaf_places(segment: str):
    """Every leaf of a segment as our path and as four numbers."""
    for field, text in enumerate(segment.split("|")[1:], 1):
        for repeat, repetition in enumerate(text.split("~"), 1):
            for component, piece in enumerate(repetition.split("^"), 1):
                for sub, _ in enumerate(piece.split("&"), 1):
                    yield (
                        f"{segment[:3]}-{field}[{repeat}].{component}.{sub}",
                        (field, repeat, component, sub),
                    )


COLUMNS = {
    "msh9": "MSH-9",
    "msh10": "MSH-10",
    "msh12": "MSH-12",
    "pid3_raw": "PID-3",
    "pid7": "PID-7",
    "pid30": "PID-30",
    "pv1_2": "PV1-2",
    "pv1_3": "PV1-3",
    "pv1_19": "PV1-19",
    "pv1_36": "PV1-36",
    "pv1_37": "PV1-37",
    "pv1_44": "PV1-44",
    "pv1_45": "PV1-45",
    "pv2_9": "PV2-9",
    "mrg1": "MRG-1",
    "evn2": "EVN-2",
    "evn6": "EVN-6",
}


def test_every_open_sample_agrees_with_its_listed_fields(shared_data):
    folder = shared_data / "adt-open"
    with (folder / "RAW_FIELDS.csv").open(encoding="utf-8", newline="") as listing:
        rows = list(csv.DictReader(listing))
    assert len(rows) >= 88
    for row in rows:
        found = parse((folder / row["file"]).read_bytes())
        assert " ".join(segment.name for segment in found.segments) == row["segments"], row["file"]
        for column, path in COLUMNS.items():
            assert found.wire(path) == row[column], (row["file"], path)


def test_every_open_sample_has_the_line_ends_it_is_listed_with(shared_data):
    folder = shared_data / "adt-open"
    with (folder / "MANIFEST.csv").open(encoding="utf-8", newline="") as listing:
        rows = list(csv.DictReader(listing))
    ends = {"CR": set(), "LF": {Flag.LF_TERMINATED}, "CRLF": {Flag.CRLF_TERMINATED}}
    for row in rows:
        raw = (folder / row["file"]).read_bytes()
        found = parse(raw)
        end, _, bom = row["terminator"].partition(" +")
        assert set(found.flags) & {Flag.LF_TERMINATED, Flag.CRLF_TERMINATED} == ends[end], row["file"]
        assert (Flag.BOM in found.flags) == (bom == "BOM"), row["file"]
        assert split_batch(raw) == [raw], row["file"]
        if end == "CR" and Flag.UNTERMINATED not in found.flags:
            assert bytes(found) == raw, row["file"]


def test_names_in_two_character_sets_from_the_open_samples(shared_data):
    folder = shared_data / "adt-open" / "authored-itk-v24"
    utf8 = parse((folder / "23_A28_utf8_names.hl7").read_bytes())
    latin = parse((folder / "24_A28_latin1_names.hl7").read_bytes())
    assert (utf8.value("PID-5.1"), utf8.value("PID-5.2")) == ("ŁUKASIEWICZ", "ZOË")
    assert utf8.value("PID-11.1") == "5 FFORDD Y GÔR&CAER"
    assert (latin.value("PID-5.1"), latin.value("PID-5.2")) == ("BEYONCÉ-GÖTZ", "ANAÏS")


@pytest.mark.parametrize("text", ["9" * 5000, "9" * 16, "\u00b2", "\u0663"])
def test_a_sequence_number_that_is_none_is_no_fault(text):
    assert message("PID|1", msh=MSH.replace("|7|", f"|{text}|")).sequence_number is None


def test_nul_bytes_are_left_out_of_what_is_read_and_stay_in_what_is_kept():
    raw = f"{MSH}\rPID|1||\x00L1|\\X00\\A\r".encode()
    found = parse(raw)
    assert (found.raw, found.value("PID-3"), found.value("PID-4")) == (raw, "L1", "\\X00\\A")
    assert Flag.NUL in found.flags


@pytest.mark.parametrize("before", ["\ufeff", " ", "\t", "\ufeff\ufeff"])
@pytest.mark.parametrize("charset", ["UNICODE", "8859/1"])
def test_a_second_message_is_found_behind_whatever_hides_its_header(before, charset):
    raw = f"{msh_with_charset(charset)}\rPID|1\r{before}{MSH}\rPID|2\r".encode()
    with pytest.raises(UnreadableMessage, match="More than one message"):
        parse(raw)
