"""The letters of an HL7 v2 message: its separators, escape sequences and character set (v2.4 chapter 2.7 to
2.9).

Separators are read from MSH-1 and MSH-2, never assumed. Escape sequences with a plain meaning are resolved;
every other one (highlighting, formatting, local, unknown or never closed) stays as it was sent, so that no
text is lost.
"""

import re
from enum import StrEnum
from functools import lru_cache
from typing import Final, NamedTuple

from ascbridge.intake.hl7v2.hl7_errors import ErrorCode, UnreadableMessage


class Flag(StrEnum):
    """What was tolerated in a message; each is a thing to raise with the sender."""

    BOM = "bom"
    LF_TERMINATED = "lf_terminated"
    CRLF_TERMINATED = "crlf_terminated"
    EMBEDDED_LF = "embedded_lf"
    UNTERMINATED = "unterminated"
    BLANK_LINES = "blank_lines"
    TRAILING_SPACES = "trailing_spaces"
    ODD_SEGMENT_NAME = "odd_segment_name"
    TRIGGER_FROM_EVN = "trigger_from_evn"
    NUL = "nul"
    """NUL bytes, which are no text: they are left out of what is read and stay in what is kept."""
    CHARSET_GUESSED = "charset_guessed"
    """MSH-18 is empty or unknown and the bytes are not all ASCII."""
    CHARSET_FALLBACK = "charset_fallback"
    """The bytes are not in the character set that MSH-18 names."""
    WINDOWS_1252 = "windows_1252"
    """Called 8859/1 (or taken for it), but with the curly quotes and dashes of Windows-1252."""


class Dialect(NamedTuple):
    """How one message is written: the separators of MSH-1 and MSH-2, and the Python codec of its text.

    `truncation` is the optional fifth character of MSH-2 (v2.7), or empty.
    """

    field: str = "|"
    component: str = "^"
    repetition: str = "~"
    escape: str = "\\"
    subcomponent: str = "&"
    truncation: str = ""
    encoding: str = "utf-8"


STANDARD: Final = Dialect()


def read_separators(header: bytes) -> Dialect:
    """The separators that a header segment (MSH, FHS or BHS) declares.

    Raises `UnreadableMessage` when they are missing, repeated, or letters, digits or blanks.
    """
    return _separators(header[:10])


@lru_cache(maxsize=64)
def _separators(header: bytes) -> Dialect:
    field = header[3:4]
    name = header[:3].decode("ascii", "replace")
    if not _is_separator(field):
        raise UnreadableMessage("No field separator", name, 1, ErrorCode.REQUIRED_FIELD_MISSING)
    others = re.split(rb"[\r\n]", header[4:])[0].partition(field)[0]
    if len(others) not in (4, 5) or not all(_is_separator(others[i : i + 1]) for i in range(len(others))):
        raise UnreadableMessage("Not four or five encoding characters", name, 2, ErrorCode.DATA_TYPE)
    if len(set(field + others)) <= len(others):
        raise UnreadableMessage("The same separator twice", name, 2, ErrorCode.DATA_TYPE)
    return Dialect(*(field + others).decode("ascii"))


def fields_by(field: bytes) -> Dialect:
    """The usual separators with this one between fields: for an answer to a header whose other ones are broken."""
    if not _is_separator(field):
        return STANDARD
    mark = field.decode("ascii")
    others = ("|" if one == mark else one for one in STANDARD[1:5])
    return Dialect(mark, *others)


@lru_cache(maxsize=64)
def written_in(dialect: Dialect, encoding: str) -> Dialect:
    """The same separators with another codec."""
    return dialect._replace(encoding=encoding)


def _is_separator(character: bytes) -> bool:
    return b"!" <= character <= b"~" and not character.isalnum()


# -- escape sequences ----------------------------------------------------------------------------------------

_LINE_BREAKS: Final = (".br", ".BR")


@lru_cache(maxsize=64)
def _sequences(escape: str) -> re.Pattern[str]:
    """Anything written as an escape sequence: no blank, no escape character inside."""
    mark = re.escape(escape)
    return re.compile(f"{mark}([^{mark}\\s]{{1,200}}){mark}")


def unescape(text: str, dialect: Dialect) -> str:
    r"""The text with \F\ \S\ \T\ \R\ \E\ \P\ \.br\ (a line feed) and \Xhh..\ resolved, all others as sent."""
    if dialect.escape not in text:
        return text

    def meaning(match: re.Match[str]) -> str:
        sequence = match[1]
        plain = _plain(dialect).get(sequence)
        if plain is None and sequence[0] == "X":
            plain = _from_hex(sequence[1:], dialect.encoding)
        return match[0] if plain is None else plain

    return _sequences(dialect.escape).sub(meaning, text)


@lru_cache(maxsize=64)
def _plain(dialect: Dialect) -> dict[str, str]:
    """The sequences that stand for one character."""
    letters = zip("FSRETP", dialect[:6], strict=True)
    return {name: meaning for name, meaning in letters if meaning} | dict.fromkeys(_LINE_BREAKS, "\n")


def _from_hex(digits: str, encoding: str) -> str | None:
    """The characters of a hexadecimal sequence, or None when they are none in this character set, or NUL."""
    if not re.fullmatch(r"(?:[0-9A-Fa-f]{2})+", digits):
        return None
    try:
        text = bytes.fromhex(digits).decode(encoding)
    except UnicodeDecodeError:
        return None
    return None if "\x00" in text else text


def escape(text: str, dialect: Dialect) -> str:
    """The text made safe for a field; `unescape` gives it back."""
    return text.translate(_escapes(dialect))


@lru_cache(maxsize=64)
def _escapes(dialect: Dialect) -> dict[int, str]:
    mark = dialect.escape
    named = {ord(c): f"{mark}{name}{mark}" for name, c in zip("FSRETP", dialect[:6], strict=True) if c}
    return named | {ord("\n"): f"{mark}.br{mark}", ord("\r"): f"{mark}X0D{mark}"}


# -- character sets ------------------------------------------------------------------------------------------

_CODECS: Final = (
    {f"8859/{part}": f"iso8859-{part}" for part in (*range(1, 10), 15)}
    | dict.fromkeys(("ASCII", "US-ASCII", "ISO IR6"), "ascii")
    | dict.fromkeys(("UNICODE", "UNICODE UTF-8", "UTF-8", "UTF8"), "utf-8")
    | {"ISO-8859-1": "iso8859-1", "8859-1": "iso8859-1"}
)
_LATIN_1: Final = "iso8859-1"
_C1_CONTROLS: Final = re.compile("[\x80-\x9f]")


def codec_of(charset: str) -> str | None:
    """The Python codec for a name in MSH-18 (table 0211), or None for an empty or unknown one.

    UNICODE means UTF-8 in ITK feeds: a message in UTF-16 could not begin with the bytes of "MSH".
    """
    return _CODECS.get(charset.strip().upper())


def decode(body: bytes, charset: str) -> tuple[str, str, tuple[Flag, ...]]:
    """The text of a message, the codec that read it, and what had to be tolerated.

    The codec gives the same bytes back. Never fails: 8859/1 has a character for every byte.
    """
    declared = codec_of(charset)
    if body.isascii():
        return body.decode("ascii"), declared or "utf-8", ()
    text = _try(body, declared) if declared and declared != _LATIN_1 else None
    if declared and text is not None:
        return text, declared, ()
    if declared == _LATIN_1:
        return _decode_western(body, ())
    flag = Flag.CHARSET_FALLBACK if declared else Flag.CHARSET_GUESSED
    text = _try(body, "utf-8")
    return (text, "utf-8", (flag,)) if text is not None else _decode_western(body, (flag,))


def _decode_western(body: bytes, flags: tuple[Flag, ...]) -> tuple[str, str, tuple[Flag, ...]]:
    """As 8859/1, unless that gives control characters that Windows-1252 reads as punctuation."""
    text = body.decode(_LATIN_1)
    if _C1_CONTROLS.search(text) and (windows := _try(body, "cp1252")) is not None:
        return windows, "cp1252", (*flags, Flag.WINDOWS_1252)
    return text, _LATIN_1, flags


def _try(body: bytes, codec: str) -> str | None:
    try:
        return body.decode(codec)
    except UnicodeDecodeError:
        return None
