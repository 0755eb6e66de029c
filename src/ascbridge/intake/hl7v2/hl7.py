"""HL7 v2 messages, read without loss (v2.4 chapter 2).

`parse` finds the header and the segments of one message; fields are split when asked for, in the words of
`hl7_segment`. What senders commonly get wrong is tolerated and flagged: line feeds for carriage returns, a
byte order mark, blank lines, a character set other than the one named. What could mix two patients up is
refused: a second header inside a message. A batch is taken apart first, by `hl7_batch`.
"""

import re
from functools import lru_cache
from typing import Final

from ascbridge.intake.hl7v2.hl7_errors import ErrorCode, UnreadableMessage
from ascbridge.intake.hl7v2.hl7_segment import HEADERS, NULL, Presence, Repetition, Segment, whole_number
from ascbridge.intake.hl7v2.hl7_text import Dialect, Flag, decode, read_separators, written_in

__all__ = [
    "NULL",
    "Dialect",
    "ErrorCode",
    "Flag",
    "Message",
    "Presence",
    "Repetition",
    "Segment",
    "UnreadableMessage",
    "parse",
]

_BOM: Final = b"\xef\xbb\xbf"
_BEFORE_A_NAME: Final = "\ufeff\u00ef\u00bb\u00bf \t\n"
_NOTHING: Final = Segment("", Dialect())
_CHARSET_FIELD: Final = 18
_NAMES: Final = re.compile(r"[A-Z][A-Z0-9]{2}(?:\|[A-Z][A-Z0-9]{2})*")


class Message:
    """One HL7 v2 message: `raw` as it came, `segments` in order, `dialect`, and `flags` for what was
    tolerated.

    The reading methods look in the first segment of the name that their path begins with; for a segment that
    repeats, take it from `segments_named` and ask the segment.
    """

    __slots__ = ("_first", "dialect", "flags", "has_null", "raw", "segments")

    def __init__(
        self, raw: bytes, segments: tuple[Segment, ...], dialect: Dialect, flags: tuple[Flag, ...]
    ) -> None:
        self.raw = raw
        self.segments = segments
        self.dialect = dialect
        self.flags = flags
        self.has_null = NULL.encode() in raw
        """Whether anything in it may be the HL7 null: most messages have none, and need not be asked twice."""
        self._first = {segment.name: segment for segment in reversed(segments)}

    def __bytes__(self) -> bytes:
        """The message as it came, but with CR after every segment and without blank lines."""
        return "".join([f"{segment.text}\r" for segment in self.segments]).encode(self.dialect.encoding)

    def value(self, path: str) -> str:
        """The text at a place, or an empty one."""
        return self._first.get(path[:3], _NOTHING).value(path)

    def presence(self, path: str) -> Presence:
        """Whether the place is absent, null or has a value; the whole field when no part of it is stated."""
        return self._first.get(path[:3], _NOTHING).presence(path)

    def wire(self, path: str) -> str:
        """The text at a place as sent, escapes and all."""
        return self._first.get(path[:3], _NOTHING).wire(path)

    def repetitions(self, path: str) -> list[Repetition]:
        """The repetitions of a field in order, empty ones in their places; none when the field is empty."""
        return self._first.get(path[:3], _NOTHING).repetitions(path)

    def segments_named(self, name: str) -> list[Segment]:
        """Every segment of a name, in order."""
        return [segment for segment in self.segments if segment.name == name]

    @property
    def sending_application(self) -> str:
        """MSH-3."""
        return self.value("MSH-3")

    @property
    def sending_facility(self) -> str:
        """MSH-4; an ODS code in England."""
        return self.value("MSH-4")

    @property
    def receiving_application(self) -> str:
        """MSH-5; ROUTE means everyone."""
        return self.value("MSH-5")

    @property
    def receiving_facility(self) -> str:
        """MSH-6."""
        return self.value("MSH-6")

    @property
    def message_type(self) -> str:
        """MSH-9.1, such as ADT."""
        return self.value("MSH-9.1")

    @property
    def trigger(self) -> str:
        """MSH-9.2, such as A01; EVN-1 when that is empty (flagged)."""
        return self.value("MSH-9.2") or self.value("EVN-1")

    @property
    def structure(self) -> str:
        """MSH-9.3, such as ADT_A01; often empty before v2.4."""
        return self.value("MSH-9.3")

    @property
    def control_id(self) -> str:
        """MSH-10, which an acknowledgement gives back."""
        return self.value("MSH-10")

    @property
    def processing_id(self) -> str:
        """MSH-11: P production, T training, D debugging."""
        return self.value("MSH-11")

    @property
    def version(self) -> str:
        """MSH-12."""
        return self.value("MSH-12")

    @property
    def sequence_number(self) -> int | None:
        """MSH-13, when it is a number."""
        return whole_number(self.value("MSH-13"))

    @property
    def accept_acknowledgment(self) -> str:
        """MSH-15 (table 0155): AL, NE, ER or SU; empty asks for original mode."""
        return self.value("MSH-15")


def parse(raw: bytes) -> Message:
    """Read one message; raises `UnreadableMessage` when the bytes are not one."""
    body, flags = _from_header(raw)
    if b"\x00" in body:  # no character of HL7 v2 (2.7), and none that PostgreSQL takes in a text
        body = body.replace(b"\x00", b"")
        flags.append(Flag.NUL)
    dialect = read_separators(body)
    text, encoding, charset_flags = decode(body, _charset(body, dialect))
    dialect = written_in(dialect, encoding)
    texts, line_flags = _lines(text, dialect.field)
    segments = tuple([Segment(text, dialect) for text in texts])
    message = Message(
        raw, segments, dialect, (*flags, *charset_flags, *line_flags, *_segment_flags(segments))
    )
    message.has_null = message.has_null or Flag.NUL in flags
    if not message.value("MSH-9.2") and message.trigger:
        message.flags += (Flag.TRIGGER_FROM_EVN,)
    return message


def _from_header(raw: bytes) -> tuple[bytes, list[Flag]]:
    """The bytes from "MSH" on."""
    body = raw.removeprefix(_BOM)
    flags = [Flag.BOM] if len(body) < len(raw) else []
    if not body.startswith(b"MSH"):
        body = body.lstrip()
        flags.append(Flag.BLANK_LINES)
    if body.startswith((b"FHS", b"BHS")):
        raise UnreadableMessage("A batch without a message", "MSH", 0, ErrorCode.SEGMENT_SEQUENCE)
    if not body.startswith(b"MSH"):
        reason = "Does not begin with MSH" if body else "Empty message"
        raise UnreadableMessage(reason, "MSH", 0, ErrorCode.SEGMENT_SEQUENCE)
    return body, flags


def _charset(body: bytes, dialect: Dialect) -> str:
    """The first name in MSH-18, which is the character set of the message."""
    header = body.partition(b"\r")[0].partition(b"\n")[0]
    fields = header.split(dialect.field.encode(), _CHARSET_FIELD)
    named = fields[_CHARSET_FIELD - 1] if len(fields) >= _CHARSET_FIELD else b""
    return named.partition(dialect.repetition.encode())[0].decode("ascii", "replace")


def _segment_flags(segments: tuple[Segment, ...]) -> tuple[Flag, ...]:
    """Judge the segment names; raises `UnreadableMessage` for a header that is not the first segment."""
    names = [segment.name for segment in segments]
    if _NAMES.fullmatch("|".join(names)):
        odd: tuple[Flag, ...] = ()
    else:
        odd = (Flag.ODD_SEGMENT_NAME,)
        names = [name.lstrip(_BEFORE_A_NAME) for name in names]  # a second file, with its byte order mark
    if not HEADERS.isdisjoint(names[1:]):
        raise UnreadableMessage("More than one message", "MSH", 0, ErrorCode.SEGMENT_SEQUENCE)
    return odd


# -- lines ---------------------------------------------------------------------------------------------------


def _lines(text: str, field_separator: str) -> tuple[list[str], list[Flag]]:
    """The text of each segment.

    CR ends a segment, alone or with LF. LF alone does where the next line begins as a segment does; elsewhere
    it is part of a text, so that a careless line break cannot cut a field off.
    """
    flags = [] if text.endswith(("\r", "\n")) else [Flag.UNTERMINATED]
    if "\n" in text:
        lines, line_feed_flags = _lines_with_line_feeds(text, field_separator)
        flags += line_feed_flags
    else:
        lines = text.removesuffix("\r").split("\r")
    if " \r" in text or " \n" in text or text.endswith(" "):
        flags.append(Flag.TRAILING_SPACES)
    elif all(lines):
        return lines, flags
    kept = [line for line in lines if line.strip()]
    return kept, flags if len(kept) == len(lines) else [*flags, Flag.BLANK_LINES]


def _lines_with_line_feeds(text: str, field_separator: str) -> tuple[list[str], list[Flag]]:
    flags = [Flag.CRLF_TERMINATED] if "\r\n" in text else []
    blocks = text.replace("\r\n", "\r").removesuffix("\r").split("\r")
    lines = [line for block in blocks for line in _split_at_line_feeds(block, field_separator)]
    if len(lines) > len(blocks) or blocks[-1].endswith("\n"):
        flags.append(Flag.LF_TERMINATED)
    if any("\n" in line for line in lines):
        flags.append(Flag.EMBEDDED_LF)
    return lines, flags


def _split_at_line_feeds(block: str, field_separator: str) -> list[str]:
    """Cut before every line that begins as a segment; other lines stay with the segment before them."""
    begins_segment = _segment_start(field_separator).match
    segments: list[list[str]] = []
    for line in block.split("\n"):
        if not segments or begins_segment(line):
            segments.append([line])
        else:
            segments[-1].append(line)
    return ["\n".join(lines).strip("\n") for lines in segments]


@lru_cache(maxsize=64)
def _segment_start(field_separator: str) -> re.Pattern[str]:
    return re.compile(rf"[A-Z][A-Z0-9]{{2}}(?:{re.escape(field_separator)}|\s*\Z)")
