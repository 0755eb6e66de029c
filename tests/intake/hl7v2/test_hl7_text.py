"""Separators from the header, every escape sequence, and every character set, right and wrong."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ascbridge.intake.hl7v2.hl7 import ErrorCode, Flag, UnreadableMessage, parse
from ascbridge.intake.hl7v2.hl7_text import STANDARD, Dialect, escape, unescape
from tests.intake.hl7_texts import message, msh_with_charset


def test_separators_come_from_the_header():
    found = parse(
        b"MSH^~|\\&^SENDING^200M^RECEIVING^200^20120918^^ADT~A24^99^T^2.4\rPID^1^^1~~~FOO&0363~NI|2~x\r"
    )
    assert found.dialect[:6] == ("^", "~", "|", "\\", "&", "")
    assert (found.message_type, found.trigger, found.control_id) == ("ADT", "A24", "99")
    assert found.value("PID-3.4.2") == "0363"
    assert found.value("PID-3[2].2") == "x"


def test_a_fifth_encoding_character_is_the_truncation_character():
    found = parse(b"MSH|^~\\&#|PAS\rPID|1|a\\P\\b\r")
    assert found.dialect.truncation == "#"
    assert found.value("PID-2") == "a#b"


@pytest.mark.parametrize(
    "header, field, code",
    [
        (b"MSH", 1, ErrorCode.REQUIRED_FIELD_MISSING),
        (b"MSH\rPID|", 1, ErrorCode.REQUIRED_FIELD_MISSING),
        (b"MSHX^~\\&|PAS", 1, ErrorCode.REQUIRED_FIELD_MISSING),
        (b"MSH ^~\\& PAS", 1, ErrorCode.REQUIRED_FIELD_MISSING),
        (b"MSH\xa3^~\\&\xa3PAS", 1, ErrorCode.REQUIRED_FIELD_MISSING),
        (b"MSH|", 2, ErrorCode.DATA_TYPE),
        (b"MSH||PAS", 2, ErrorCode.DATA_TYPE),
        (b"MSH|^~&|PAS", 2, ErrorCode.DATA_TYPE),
        (b"MSH|^~\\\rPID|", 2, ErrorCode.DATA_TYPE),
        (b"MSH|^~\\&#!|PAS", 2, ErrorCode.DATA_TYPE),
        (b"MSH|^~\\A|PAS", 2, ErrorCode.DATA_TYPE),
        (b"MSH|^^\\&|PAS", 2, ErrorCode.DATA_TYPE),
        (b"MSH|^~\\&^|PAS", 2, ErrorCode.DATA_TYPE),
    ],
)
def test_separators_that_cannot_be_used(header, field, code):
    with pytest.raises(UnreadableMessage) as caught:
        parse(header)
    fault = caught.value
    assert (fault.segment, fault.field, fault.hl7_code) == ("MSH", field, code)
    assert "PAS" not in str(fault)


@pytest.mark.parametrize(
    "wire, text",
    [
        ("a/F/b", "a|b"),
        ("a/S/b", "a^b"),
        ("a/T/b", "a&b"),
        ("a/R/b", "a~b"),
        ("a/E/b", "a/b"),
        ("one/.br/two", "one\ntwo"),
        ("/X41/", "A"),
        ("/XC3A9/t/Xc3a9/", "été"),
        ("/X0D0A/x", "\r\nx"),
        ("/F//S//T//R//E/", "|^&~/"),
        ("/E/F/E/", "/F/"),
        ("bold /H/text/N/ end", "bold /H/text/N/ end"),
        ("/H/F/N/", "/H/F/N/"),
        ("unknown /Q9/ kept", "unknown /Q9/ kept"),
        ("charset /C2842/ kept", "charset /C2842/ kept"),
        ("format /.sp3/ kept", "format /.sp3/ kept"),
        ("odd hex /X4/ and /XZZ/ kept", "odd hex /X4/ and /XZZ/ kept"),
        ("bytes of no character /XFF/ kept", "bytes of no character /XFF/ kept"),
        ("/X/", "/X/"),
        ("/P/", "/P/"),
        ("Fracture /F neck", "Fracture /F neck"),
        ("a / b /T/ c", "a / b & c"),
        ("lone /", "lone /"),
        ("//", "//"),
    ],
)
def test_an_escape_sequence_shown_with_slashes(wire, text):
    found = message("OBX|" + wire.replace("/", "\\"))
    assert found.value("OBX-1") == text.replace("/", "\\")


def test_hexadecimal_is_read_in_the_message_character_set():
    found = parse((msh_with_charset("8859/1") + "\rOBX|caf\\XE9\\\r").encode("latin-1"))
    assert found.value("OBX-1") == "café"


def test_an_escaped_separator_does_not_separate():
    found = message(r"PID|||1\T\2&3^\S\x~\R\y")
    assert found.value("PID-3.1.1") == "1&2"
    assert found.value("PID-3.1.2") == "3"
    assert found.value("PID-3.2") == "^x"
    assert found.value("PID-3[2]") == "~y"


dialects = st.permutations("|^~\\&#!$*;:'").flatmap(
    lambda marks: st.sampled_from([Dialect(*marks[:5]), Dialect(*marks[:6]), STANDARD])
)


plain_text = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


@given(plain_text, dialects)
def test_escaping_is_undone_by_unescaping(text, dialect):
    wire = escape(text, dialect)
    assert unescape(wire, dialect) == text
    assert not set(wire) & {*dialect[:3], dialect.subcomponent, "\r", "\n"} - {""}


CHARSETS = {f"8859/{part}": f"iso8859-{part}" for part in (1, 2, 3, 4, 5, 6, 7, 8, 9, 15)} | {
    "UNICODE": "utf-8",
    "UNICODE UTF-8": "utf-8",
    "UTF-8": "utf-8",
    "utf8": "utf-8",
    "8859/1~UNICODE": "iso8859-1",
}


def beyond_ascii(codec: str) -> str:
    if codec == "utf-8":
        return "Łukasiewicz Zoë 李"
    return bytes(range(0xA0, 0x100)).decode(codec, "ignore")


@pytest.mark.parametrize("charset, codec", CHARSETS.items())
def test_every_character_set(charset, codec):
    name = beyond_ascii(codec)
    raw = f"{msh_with_charset(charset)}\rPID|||||{name}\r".encode(codec)
    found = parse(raw)
    assert found.wire("PID-5") == name
    assert len(name) > 15
    assert found.flags == ()
    assert bytes(found) == raw


@pytest.mark.parametrize(
    "charset, sent, text, flags",
    [
        ("", "Zoë".encode(), "Zoë", (Flag.CHARSET_GUESSED,)),
        ("", "Zoë".encode("latin-1"), "Zoë", (Flag.CHARSET_GUESSED,)),
        ("", b"plain", "plain", ()),
        ("KLINGON", "Zoë".encode(), "Zoë", (Flag.CHARSET_GUESSED,)),
        ("KLINGON", b"plain", "plain", ()),
        ("ASCII", b"plain", "plain", ()),
        ("ASCII", "Zoë".encode(), "Zoë", (Flag.CHARSET_FALLBACK,)),
        ("ASCII", "Zoë".encode("latin-1"), "Zoë", (Flag.CHARSET_FALLBACK,)),
        ("UNICODE", "Zoë".encode("latin-1"), "Zoë", (Flag.CHARSET_FALLBACK,)),
        ("8859/3", b"Ni\xf1o \xa5", "Niño ¥", (Flag.CHARSET_FALLBACK,)),
        ("8859/1", b"O\x92BRIEN", "O\N{RIGHT SINGLE QUOTATION MARK}BRIEN", (Flag.WINDOWS_1252,)),
        (
            "UNICODE",
            b"O\x92BRIEN",
            "O\N{RIGHT SINGLE QUOTATION MARK}BRIEN",
            (Flag.CHARSET_FALLBACK, Flag.WINDOWS_1252),
        ),
        ("8859/1", b"\x81\x92", "\x81\x92", ()),
    ],
)
def test_a_character_set_that_is_missing_unknown_or_wrong(charset, sent, text, flags):
    raw = msh_with_charset(charset).encode() + b"\rPID|||||" + sent + b"\r"
    found = parse(raw)
    assert found.value("PID-5") == text
    assert found.flags == flags
    assert found.raw == bytes(found) == raw
