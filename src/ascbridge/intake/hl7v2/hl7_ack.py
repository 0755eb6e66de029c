"""HL7 v2 acknowledgements (v2.4 chapter 2.9 and 2.13): built, chosen and read.

An answer can be built for anything, also for bytes that are hardly a message: what of the header can be found
is given back as it was sent, the rest has defaults. ERR has its v2.4 shape, ``ERR|PV1^1^19^101&Required field
missing&HL70357``; reading also takes the v2.5 one.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Final, NamedTuple

from ascbridge.intake.hl7v2.hl7 import Message, Segment, parse
from ascbridge.intake.hl7v2.hl7_errors import ErrorCode, UnreadableMessage
from ascbridge.intake.hl7v2.hl7_segment import whole_number
from ascbridge.intake.hl7v2.hl7_text import Dialect, codec_of, escape, fields_by, read_separators
from ascbridge.intake.hl7v2.hl7_time import format_ts

TEXT_LIMIT: Final = 80
"""The longest MSA-3."""


class AckCode(StrEnum):
    """Table 0008."""

    AA = "AA"
    AE = "AE"
    AR = "AR"
    CA = "CA"
    CE = "CE"
    CR = "CR"


class AckMode(StrEnum):
    """How one feed wants its answers; AUTO goes by MSH-15 of each message."""

    ORIGINAL = "original"
    ENHANCED = "enhanced"
    AUTO = "auto"


class AnswerCodes(NamedTuple):
    """The code for each outcome; None where the sender asked for no answer.

    `error`: the content is at fault and sending it again will not help. `reject`: wrong place or wrong
    moment.
    """

    accept: AckCode | None
    error: AckCode | None
    reject: AckCode | None


ORIGINAL: Final = AnswerCodes(AckCode.AA, AckCode.AE, AckCode.AR)
COMMIT: Final = AnswerCodes(AckCode.CA, AckCode.CE, AckCode.CR)
COMMIT_ON_ERROR: Final = AnswerCodes(None, AckCode.CE, AckCode.CR)
COMMIT_ON_SUCCESS: Final = AnswerCodes(AckCode.CA, None, None)
SILENT: Final = AnswerCodes(None, None, None)

_ASKED_FOR: Final = {"AL": COMMIT, "ER": COMMIT_ON_ERROR, "SU": COMMIT_ON_SUCCESS, "NE": SILENT}
_FRAMING: Final = b"\x0b\x1c"
"""What begins and ends a frame: given back inside an answer, it would cut the answer off."""
_HEADER_LINE: Final = re.compile(rb"MSH[^\r\n]*")
LONGEST_REMEMBERED: Final = 1_000
"""Bytes of a header whose answer's shape is remembered for the next message; real ones have a hundred or two."""
_COMMIT_WISHES: Final = frozenset({"AL", "ER", "SU"})


@lru_cache(maxsize=64)
def ack_mode_for(msh15: str, mode: AckMode) -> AnswerCodes:
    """The codes to answer with, from MSH-15 (table 0155) and the feed's mode.

    ORIGINAL answers AA, AE, AR whatever is asked. AUTO always answers: with commit codes where MSH-15 asks for any,
    else in original mode, so that no sender waits in vain before a feed's mode is agreed. ENHANCED keeps to the
    letter of 2.13: it answers what AL, ER, SU and NE ask for, silence included, and commits where nothing is asked.
    """
    wish = msh15.strip().upper()
    match mode:
        case AckMode.ORIGINAL:
            return ORIGINAL
        case AckMode.AUTO:
            return COMMIT if wish in _COMMIT_WISHES else ORIGINAL
        case AckMode.ENHANCED:
            return _ASKED_FOR.get(wish, COMMIT)


@dataclass(frozen=True, slots=True)
class AckError:
    """One fault and its place: the segment, which one of that name (from 1), the field (0: not one field).

    `text` replaces the wording of table 0357.
    """

    code: ErrorCode
    segment: str = ""
    sequence: int = 1
    field: int = 0
    text: str = ""

    @property
    def wording(self) -> str:
        """What ERR-1.4.2 says."""
        return self.text or self.code.text


@dataclass(frozen=True, slots=True)
class Ack:
    """An answer as read: MSA-1, MSA-2, MSA-3 and the first fault of ERR."""

    code: AckCode
    control_id: str
    text: str = ""
    error: AckError | None = None

    @property
    def accepted(self) -> bool:
        """True when the receiver has taken charge of the message."""
        return self.code in (AckCode.AA, AckCode.CA)


# -- building ------------------------------------------------------------------------------------------------


def build_ack(
    message_or_head: Message | bytes,
    code: AckCode,
    *,
    text: str = "",
    error: AckError | None = None,
    now_ms: int,
    our_app: str,
    our_facility: str,
    control_id: str,
) -> bytes:
    """The answer to a message, or to whatever bytes stood in its place; `now_ms` is UTC milliseconds.

    Sender and receiver change places; separators, version, country, character set, language, profile and
    MSH-10 are given back as sent. `text` is cut to `TEXT_LIMIT`; a character that the sender's set lacks
    becomes "?".
    """
    raw = message_or_head.raw if isinstance(message_or_head, Message) else message_or_head
    line = _header_line(raw)
    dialect = _separators(line)
    separator = dialect.field.encode()
    fields = line.split(separator)
    sent_id = fields[9] if len(fields) > 9 else b""
    for number in (7, 10):  # what differs from one message to the next
        fields[number - 1 : number] = [b""] * (len(fields) >= number)
    shape = _shape if len(line) <= LONGEST_REMEMBERED else _shape.__wrapped__
    before, between, after, dialect = shape(separator.join(fields), dialect, our_app, our_facility)
    ours = _written(control_id, dialect) if control_id else b""
    said = _written(text[:TEXT_LIMIT], dialect) if text else b""
    msa = separator.join((b"MSA", code.encode(), sent_id, said)).rstrip(separator)
    err = (b"ERR", separator, _location(error, dialect), b"\r") if error else ()
    return b"".join((before, format_ts(now_ms).encode(), between, ours, after, msa, b"\r", *err))


def _header_line(raw: bytes) -> bytes:
    """The first MSH line, however broken; empty where there is none."""
    found = _HEADER_LINE.search(raw)
    return found[0].translate(None, _FRAMING) if found else b""


def _separators(line: bytes) -> Dialect:
    try:
        return read_separators(line)
    except UnreadableMessage:
        return fields_by(line[3:4])


class _Shape(NamedTuple):
    """An answer to every header that is alike but for its time and MSH-10: what stands before, between and after our
    own, and how to write to its sender.
    """

    before_time: bytes
    before_id: bytes
    after_id: bytes
    dialect: Dialect


@lru_cache(maxsize=128)
def _shape(line: bytes, dialect: Dialect, our_app: str, our_facility: str) -> _Shape:
    """Turn a header round: MSH-3 to MSH-6 change places, the rest follows the sender."""
    separator = dialect.field.encode()
    sent = [b"MSH", separator, *line.split(separator)[1:]]
    sent += [b""] * (22 - len(sent))
    charset = sent[18].partition(dialect.repetition.encode())[0].decode("ascii", "replace")
    dialect = dialect._replace(encoding=codec_of(charset) or "ascii")
    ours = [_written(our_app, dialect), _written(our_facility, dialect)]
    before = [b"MSH", "".join(dialect[1:6]).encode(), *ours, sent[3], sent[4], b""]
    between = [b"", b"", _message_type(sent[9], dialect), b""]
    after = [b"", sent[11] or b"P", sent[12] or b"2.4", *[b""] * 4, *sent[17:20], b"", sent[21]]
    return _Shape(
        separator.join(before),
        separator.join(between),
        separator.join(after).rstrip(separator) + b"\r",
        dialect,
    )


def _message_type(sent: bytes, dialect: Dialect) -> bytes:
    component = dialect.component.encode()
    trigger = [*sent.split(component), b""][1]
    return component.join((b"ACK", trigger, b"ACK")) if trigger else b"ACK"


def _written(ours: str, dialect: Dialect) -> bytes:
    """Text of ours, escaped and in the sender's character set."""
    return escape(ours, dialect).encode(dialect.encoding, "replace")


def _location(error: AckError, dialect: Dialect) -> bytes:
    """ERR-1 (data type ELD)."""
    what = (str(error.code.value), error.wording, "HL70357")
    fault = dialect.subcomponent.encode().join(_written(one, dialect) for one in what)
    where = (error.segment, str(error.sequence) if error.segment else "", str(error.field or ""))
    return dialect.component.encode().join((*(_written(one, dialect) for one in where), fault))


# -- reading -------------------------------------------------------------------------------------------------


def parse_ack(raw: bytes) -> Ack:
    """Read an answer; raises `UnreadableMessage` when it is not one."""
    message = parse(raw)
    if not message.segments_named("MSA"):
        raise UnreadableMessage("No MSA segment", "MSA", 0, ErrorCode.SEGMENT_SEQUENCE)
    code = message.value("MSA-1").upper()
    if code not in AckCode.__members__:
        raise UnreadableMessage("Unknown acknowledgement code", "MSA", 1, ErrorCode.TABLE_VALUE_NOT_FOUND)
    errors = message.segments_named("ERR")
    return Ack(
        AckCode(code),
        message.value("MSA-2"),
        message.value("MSA-3"),
        _read_error(errors[0]) if errors else None,
    )


def _read_error(err: Segment) -> AckError | None:
    """The fault of an ERR segment, in its v2.4 shape (ERR-1) or its v2.5 one (ERR-2 and ERR-3)."""
    where, code, text = ("1", "1.4.1", "1.4.2") if err.value("1.4.1") else ("2", "3.1", "3.2")
    if not err.value(code):
        return None
    segment, sequence, field = (err.value(f"{where}.{part}") for part in (1, 2, 3))
    known, wording = _known(err.value(code), err.value(text))
    return AckError(known, segment, whole_number(sequence) or 1, whole_number(field) or 0, wording)


def _known(code: str, text: str) -> tuple[ErrorCode, str]:
    """The code, and wording that is not the table's own; a code outside the table is kept in the wording."""
    try:
        known = ErrorCode(int(code))
    except ValueError:
        return ErrorCode.INTERNAL, f"{code} {text}".rstrip()
    return known, "" if text == known.text else text
