"""HL7 v2 segments, read without loss (v2.4 chapter 2): fields, repetitions, components, subcomponents.

Fields are split when first asked for. A place is written as people write it: ``PID-5``, ``PID-5.1``,
``PID-3[2].4.1`` (second repetition, fourth component, first subcomponent), all from 1.

* `value` gives one piece of text: unescaped, trailing blanks gone (they carry no meaning, 2.9), ``""`` when
  there is none. Unstated parts are 1, as the standard asks: a field that has grown components is read by its
  first.
* `presence` tells absent from the HL7 null (two double quotes: "delete what you hold") from a value.
* `wire` gives the text exactly as sent; unstated parts mean all of it.
"""

import re
from enum import Enum
from functools import lru_cache
from typing import Final, NamedTuple

from ascbridge.intake.hl7v2.hl7_text import Dialect, unescape

NULL: Final = '""'
"""The HL7 null: what was there is to be deleted."""
HEADERS: Final = frozenset({"MSH", "FHS", "BHS"})
"""Segments whose first two fields are the separators themselves."""
_PATH: Final = re.compile(r"(?:([A-Z][A-Z0-9]{2})-)?(\d+)(?:\[(\d+)\])?(?:\.(\d+))?(?:\.(\d+))?", re.ASCII)


_LONGEST_NUMBER: Final = 15
"""Digits of the longest sequence number (data type NM, MSH-13); what is longer is no number of anything."""


def whole_number(text: str) -> int | None:
    """The whole number that a text is, or None: digits of other scripts are none, nor is an endless row of them."""
    plain = text.isascii() and text.isdecimal() and len(text) <= _LONGEST_NUMBER
    return int(text) if plain else None


class Presence(Enum):
    """What a message says at a place."""

    ABSENT = "absent"
    NULL = "null"
    VALUE = "value"


class Place(NamedTuple):
    """A place in a message; 0 means unstated."""

    segment: str
    field: int
    repetition: int = 0
    component: int = 0
    subcomponent: int = 0


@lru_cache(maxsize=4096)
def place_of(path: str) -> Place:
    """Read a path; ValueError for one that is not well formed (a mistake in our code, not in a message)."""
    match = _PATH.fullmatch(path)
    if match is None:
        raise ValueError(f"not an HL7 path: {path!r}")
    return Place(match[1] or "", *(int(number or 0) for number in match.groups()[1:]))


@lru_cache(maxsize=4096)
def _leaf(path: str) -> Place:
    """The place of one piece of text: unstated parts are 1."""
    segment, *numbers = place_of(path)
    return Place(segment, *(number or 1 for number in numbers))


def _nth(text: str, separator: str, number: int) -> str:
    """The piece with this number (0: all of it), or an empty text past the end."""
    if number <= 1:
        return text.partition(separator)[0] if number and separator in text else text
    pieces = text.split(separator, number)
    return pieces[number - 1] if number <= len(pieces) else ""


def _within(text: str, component: int, subcomponent: int, dialect: Dialect) -> str:
    """The part of a repetition at a component and subcomponent; a null covers all its parts."""
    if text == NULL:
        return text
    text = _nth(text, dialect.component, component)
    return text if text == NULL else _nth(text, dialect.subcomponent, subcomponent)


def _plain(wire: str, dialect: Dialect) -> str:
    """Wire text of one piece as people read it."""
    wire = wire.rstrip(" ")
    if wire == NULL:
        return ""
    return unescape(wire, dialect) if dialect.escape in wire else wire


def _text(wire: str, component: int, subcomponent: int, dialect: Dialect) -> str:
    """The text of one piece of a repetition: what `_plain` says of `_within`, on the way that every field takes."""
    if dialect.component in wire:
        pieces = wire.split(dialect.component, component)
        wire = pieces[component - 1] if component <= len(pieces) else ""
    elif component > 1:
        return ""
    if subcomponent > 1 or dialect.subcomponent in wire:
        wire = _nth(wire, dialect.subcomponent, subcomponent)
    return wire if wire.isalnum() else _plain(wire, dialect)


def _presence(wire: str, dialect: Dialect) -> Presence:
    """Three-way reading of wire text: no piece with anything in it is absent, nothing but nulls is null."""
    pieces = {piece.rstrip(" ") for piece in wire.translate(_one_separator(dialect)).split(dialect.component)}
    if pieces - {"", NULL}:
        return Presence.VALUE
    return Presence.NULL if NULL in pieces else Presence.ABSENT


@lru_cache(maxsize=64)
def _one_separator(dialect: Dialect) -> dict[int, str]:
    """Makes every separator within a field the same one."""
    return dict.fromkeys(map(ord, (dialect.repetition, dialect.subcomponent)), dialect.component)


class Repetition(NamedTuple):
    """One repetition of a field."""

    wire: str
    dialect: Dialect

    def component(self, number: int) -> str:
        """The text of a component (of its first subcomponent)."""
        return self.sub(number, 1)

    def components(self, *numbers: int) -> tuple[str, ...]:
        """The texts of several components, split once."""
        pieces = self.wire.split(self.dialect.component)
        return tuple([_text(pieces[n - 1], 1, 1, self.dialect) if n <= len(pieces) else "" for n in numbers])

    def sub(self, component: int, subcomponent: int) -> str:
        """The text of a subcomponent."""
        return _text(self.wire, component, subcomponent, self.dialect)

    def presence(self, component: int = 0) -> Presence:
        """What it says at a component, or as a whole."""
        return _presence(_within(self.wire, component, 0, self.dialect), self.dialect)


class Segment:
    """One segment; its paths may leave out the segment name (``segment.value("3.1")``)."""

    __slots__ = ("_fields", "dialect", "name", "text")

    def __init__(self, text: str, dialect: Dialect) -> None:
        self.text = text
        self.dialect = dialect
        self.name = text.partition(dialect.field)[0]
        self._fields: list[str] | None = None

    @property
    def fields(self) -> list[str]:
        """The wire text of every field, by HL7 number; number 0 is the segment name."""
        if self._fields is None:
            self._fields = self.text.split(self.dialect.field)
            if self.name in HEADERS:
                self._fields.insert(1, self.dialect.field)
        return self._fields

    def value(self, path: str) -> str:
        """The text at a place, or an empty one."""
        _, number, repetition, component, subcomponent = _leaf(path)
        fields = self._fields or self.fields
        if number >= len(fields):
            return ""
        text = fields[number]
        if not text or (number <= 2 and self.name in HEADERS):
            return text
        if text.isalnum():  # one repetition of one component: most fields
            return text if repetition == component == subcomponent == 1 else ""
        if repetition > 1 or self.dialect.repetition in text:
            text = _nth(text, self.dialect.repetition, repetition)
        return _text(text, component, subcomponent, self.dialect)

    def presence(self, path: str) -> Presence:
        """Whether the place is absent, null or has a value; a whole field when no part of it is stated."""
        return _presence(self._at(place_of(path)), self.dialect)

    def wire(self, path: str) -> str:
        """The text at a place as sent, escapes and all."""
        return self._at(place_of(path))

    def repetitions(self, path: str) -> list[Repetition]:
        """The repetitions of a field in order, empty ones in their places; none when the field is empty."""
        field = self._field(place_of(path).field)
        return (
            [Repetition(wire, self.dialect) for wire in field.split(self.dialect.repetition)] if field else []
        )

    def _field(self, number: int) -> str:
        fields = self._fields or self.fields
        return fields[number] if number < len(fields) else ""

    def _at(self, place: Place) -> str:
        text = self._field(place.field)
        if not text or (place.field <= 2 and self.name in HEADERS):
            return text
        if place.repetition or place.component:
            text = _nth(text, self.dialect.repetition, place.repetition or 1)
        return _within(text, place.component, place.subcomponent, self.dialect)
