"""The parts of one message: what stands at each place, what of it IT staff may see, and the message with some changed.

A place is an HL7 field (``PV1-36``, and ``NK1:2-3`` in the second NK1) or a JSON path (``$.package.status``). Whatever
may name somebody is told by its shape alone: letters as A, digits as 9. Thinks only; the message itself is never
altered, a changed one is another text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

from ascbridge.intake.hl7v2.hl7 import parse
from ascbridge.intake.hl7v2.hl7_segment import HEADERS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ascbridge.intake.hl7v2.hl7_segment import Segment
    from ascbridge.intake.sources.profile import Profile

LONGEST = 4_000
"""Characters that one changed value may have."""
_LONGEST_SHAPE = 60
_PLACE = re.compile(r"([A-Z][A-Z0-9]{2})(?::(\d{1,3}))?-(\d{1,3})", re.ASCII)
_IDENTITY = frozenset({"PID", "MRG"})
_WHOM = frozenset({"PV1-19", "MSH-9", "EVN-1"})
"""Whose stay it is; and of what kind a message is, since some kinds make one person of two."""
_WHOM_NAMES = ("nhs_number", "number_status", "visit_number", "visit_authority", "restriction", "council")
_OPEN_FIELDS = {
    "MSH": frozenset(range(1, 22)) - {8},
    "EVN": frozenset({1, 2, 3, 4, 6}),
    "PV1": frozenset({2, 4, 14, 36, 37, 44, 45}),
    "PV2": frozenset({8, 9}),
}
"""Fields that hold codes and times and nobody's name, in every feed."""
_OPEN_NAMES = ("ready", "ready_on", "expected_discharge", "admission_method", "admission_source",
               "discharge_method", "discharge_destination")  # fmt: skip
"""Those that a profile names besides."""
_CODE_OR_TIME = re.compile(r"[A-Za-z0-9]{0,4}|[0-9.+\-]{0,26}", re.ASCII)
_OPEN_MEMBERS = frozenset({"fact", "status"})
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d(T[0-9:.]+(Z|[+-]\d\d:\d\d)?)?", re.ASCII)
_WORD = re.compile(r"[a-z][a-z_-]{0,39}", re.ASCII)
_STEP = re.compile(r"\.([A-Za-z_][A-Za-z0-9_]*)|\[(\d{1,4})\]", re.ASCII)
_HIDDEN = re.compile(r"\{([A-Z0-9:\-]+|\$[\w.\[\]]*)\}")


class BadChange(ValueError):
    """A change that cannot be made; the text says why and quotes nothing of the message."""


@dataclass(frozen=True, slots=True)
class Part:
    """What stands at one place: as it was sent, and what of that may be shown."""

    place: str
    sent: str
    shown: str
    open: bool


def shape(text: str) -> str:
    """Return the shape of a text: every letter an A, every digit a 9, the rest as it is."""
    plain = "".join("A" if one.isalpha() else "9" if one.isdigit() else one for one in text[:_LONGEST_SHAPE])
    return plain + ("..." if len(text) > _LONGEST_SHAPE else "")


def parts_of(raw: bytes, profile: Profile) -> tuple[Part, ...]:
    """Return every part that a message has, in its order. Raises `UnreadableMessage` or `BadChange`."""
    if _is_hl7(profile):
        return tuple(
            _part(place, text, seen=_is_open(place, text, profile))
            for place, text in _fields(parse(raw).segments)
            if text
        )
    found = leaves(_read(raw), "$")
    return tuple(
        _part(path, orjson.dumps(leaf).decode(), seen=_is_open_leaf(path, leaf)) for path, leaf in found
    )


def changed(raw: bytes, profile: Profile, values: Mapping[str, str]) -> bytes:
    """Return the message with these places set. Raises `BadChange` for a place or value that cannot be."""
    for place, value in values.items():
        if len(value) > LONGEST:
            raise BadChange(f"{place}: longer than {LONGEST} characters")
    return _with_fields(raw, values) if _is_hl7(profile) else _with_leaves(raw, values)


def as_text(raw: bytes, profile: Profile) -> str:
    """Return the whole message for somebody to edit; what may not be shown stands as its place in braces."""
    hidden = {part.place for part in parts_of(raw, profile) if not part.open}
    if not _is_hl7(profile):
        read = _read(raw)
        for path in hidden:
            _set(read, path, f"{{{path}}}")
        return orjson.dumps(read, option=orjson.OPT_INDENT_2).decode()
    values = {place: f"{{{place}}}" for place in hidden}
    return (
        _with_fields(raw, values, masking=True)
        .decode(parse(raw).dialect.encoding)
        .replace("\r", "\n")
        .rstrip("\n")
    )


def from_text(raw: bytes, profile: Profile, text: str) -> bytes:
    """Return what somebody made of `as_text`, with what was hidden back in its place. Raises `BadChange`.

    A place in braces stands for itself alone: elsewhere it would show what is hidden.
    """
    kept = {part.place: part.sent for part in parts_of(raw, profile) if not part.open}
    if not _is_hl7(profile):
        try:
            edited = orjson.loads(text)
        except orjson.JSONDecodeError:
            raise BadChange("this is not JSON") from None
        for path, leaf in list(leaves(edited, "$")):
            if isinstance(leaf, str) and (named := _HIDDEN.findall(leaf)):
                _only_itself(path, leaf, named[0], kept)
                _set(edited, path, orjson.loads(kept[path]))
        return orjson.dumps(edited)
    encoding = parse(raw).dialect.encoding
    lines = "\r".join(line for line in text.replace("\r\n", "\n").split("\n") if line.strip()) + "\r"
    edited_message = _encoded(lines, encoding)
    back = {}
    for place, field in _fields(parse(edited_message).segments):
        if named := _HIDDEN.findall(field):
            _only_itself(place, field, named[0], kept)
            back[place] = kept[place]
    return _with_fields(edited_message, back, masking=True)


def differing(before: bytes, after: bytes, profile: Profile) -> tuple[str, ...]:
    """Return the places at which two messages differ, those of the first in front."""
    was = {part.place: part.sent for part in parts_of(before, profile)}
    now = {part.place: part.sent for part in parts_of(after, profile)}
    return tuple(place for place in {**was, **now} if was.get(place) != now.get(place))


def about_whom(places: tuple[str, ...], profile: Profile) -> tuple[str, ...]:
    """Return those of the places that say whom a message is about, or guard them: a second person must then agree.

    Of a feed whose places are not known to us, every one.
    """
    if _is_hl7(profile):
        named = {_field_of(place) for name in _WHOM_NAMES for place in getattr(profile.where, name)}
        return tuple(one for one in places if one[:3] in _IDENTITY or _unnumbered(one) in named | _WHOM)
    if profile.feed.source != "council_facts" or profile.objects:
        return places
    return tuple(one for one in places if one == "$.person" or one.startswith("$.person."))


def row_of(place: str, profile: Profile) -> str:
    """Return which row of the profile reads this HL7 field, as ``where.discharge_method``; empty: none names it."""
    for name, places in profile.where.model_dump().items():
        if isinstance(places, tuple | list) and _unnumbered(place) in map(_field_of, places):
            return f"where.{name}"
    return ""


def _is_hl7(profile: Profile) -> bool:
    return profile.feed.source == "hospital_adt"


def _part(place: str, sent: str, *, seen: bool) -> Part:
    return Part(place, sent, sent if seen else shape(sent), seen)


def _field_of(place: str) -> str:
    """``PID-32[6]`` and ``PV1-19.1`` are of the fields ``PID-32`` and ``PV1-19``."""
    return re.split(r"[.\[]", place, maxsplit=1)[0]


def _unnumbered(place: str) -> str:
    """``NK1:2-3`` is ``NK1-3`` of the second NK1."""
    return re.sub(r":\d+", "", place)


def _only_itself(place: str, text: str, named: str, kept: Mapping[str, str]) -> None:
    if text != f"{{{place}}}" or place not in kept:
        raise BadChange(
            f"{{{named}}} stands for what is hidden at {named}, and can stand nowhere but there alone"
        )


# -- HL7 -----------------------------------------------------------------------------------------------------


def _fields(segments: tuple[Segment, ...]) -> Iterator[tuple[str, str]]:
    seen: dict[str, int] = {}
    for segment in segments:
        seen[segment.name] = number = seen.get(segment.name, 0) + 1
        name = segment.name if number == 1 else f"{segment.name}:{number}"
        first = 3 if segment.name in HEADERS else 1
        for field, text in enumerate(segment.fields[first:], first):
            yield f"{name}-{field}", text


def _is_open(place: str, text: str, profile: Profile) -> bool:
    segment, field = place[:3], int(place.rpartition("-")[2])
    if segment == "MSH":
        return field in _OPEN_FIELDS["MSH"]
    named = {_field_of(one) for name in _OPEN_NAMES for one in getattr(profile.where, name)}
    stated = field in _OPEN_FIELDS.get(segment, ()) or _unnumbered(place) in named
    return stated and segment not in _IDENTITY and _CODE_OR_TIME.fullmatch(text) is not None


def _with_fields(raw: bytes, values: Mapping[str, str], *, masking: bool = False) -> bytes:
    message = parse(raw)
    wanted: dict[tuple[str, int], dict[int, str]] = {}
    for place, value in values.items():
        match = _PLACE.fullmatch(place)
        if match is None:
            raise BadChange("a place is written as PV1-36, or NK1:2-3 in the second NK1")
        if not masking and (message.dialect.field in value or any(ord(one) < 32 for one in value)):
            raise BadChange(f"{place}: a value can hold no field separator and no line break")
        wanted.setdefault((match[1], int(match[2] or 1)), {})[int(match[3])] = value
    lines, seen = [], dict[str, int]()
    for segment in message.segments:
        seen[segment.name] = number = seen.get(segment.name, 0) + 1
        fields = list(segment.fields)
        for field, value in wanted.pop((segment.name, number), {}).items():
            if field == 0 or (segment.name in HEADERS and field < 3):
                raise BadChange(f"{segment.name}-{field} holds the separators, which cannot be changed")
            fields += [""] * (field + 1 - len(fields))
            fields[field] = value
        if segment.name in HEADERS:
            del fields[1]
        lines.append(message.dialect.field.join(fields) + "\r")
    for name, number in wanted:
        raise BadChange(f"the message has no {'' if number == 1 else f'{number}. '}segment {name}")
    return _encoded("".join(lines), message.dialect.encoding)


def _encoded(text: str, encoding: str) -> bytes:
    try:
        return text.encode(encoding)
    except UnicodeEncodeError:
        raise BadChange("it holds letters that the message's character set does not have") from None


# -- JSON ----------------------------------------------------------------------------------------------------


def _read(raw: bytes) -> Any:
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError:
        raise BadChange(
            "the message is not JSON: it can only be given up, and sent again by its sender"
        ) from None


def leaves(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Give every value of a JSON document that holds no others, with its path."""
    if isinstance(value, dict):
        for name, one in value.items():
            yield from leaves(one, f"{path}.{name}")
    elif isinstance(value, list):
        for number, one in enumerate(value):
            yield from leaves(one, f"{path}[{number}]")
    else:
        yield path, value


def _is_open_leaf(path: str, leaf: object) -> bool:
    if path.startswith("$.person"):
        return False
    if not isinstance(leaf, str):
        return True
    name = path.rpartition(".")[2]
    return _MOMENT.fullmatch(leaf) is not None or (
        name in _OPEN_MEMBERS and _WORD.fullmatch(leaf) is not None
    )


def _with_leaves(raw: bytes, values: Mapping[str, str]) -> bytes:
    read = _read(raw)
    known = dict(leaves(read, "$"))
    for path, text in values.items():
        was = known.get(path, "")
        value: Any = text
        if not isinstance(was, str):
            try:
                value = orjson.loads(text)
            except orjson.JSONDecodeError:
                raise BadChange(f"{path}: a number, true, false or null stands here") from None
        _set(read, path, value)
    return orjson.dumps(read)


def _set(read: Any, path: str, value: Any) -> None:
    steps = [name or int(number) for name, number in _STEP.findall(path[1:])]
    if (
        not path.startswith("$")
        or "".join(m.group() for m in _STEP.finditer(path[1:])) != path[1:]
        or not steps
    ):
        raise BadChange("a place is written as $.package.status")
    at = read
    try:
        for step in steps[:-1]:
            at = at[step]
        if isinstance(at, list) and not isinstance(steps[-1], int):
            raise TypeError
        at[steps[-1]] = value
    except (KeyError, IndexError, TypeError):
        raise BadChange(f"{path}: the message has no such place") from None
